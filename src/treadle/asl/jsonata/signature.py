"""Function signatures such as `<s-nn?:s>`: checking and completing the arguments of a call."""

from __future__ import annotations

import re
from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.values import UNDEFINED, Function, Kept, Outer, Sequence, TupleStream, Undefined, Value
from treadle.values import Wide

_PLURALS: Final = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_SYMBOLS: Final[dict[type, str]] = {
    str: "s", int: "n", float: "n", Wide: "n", bool: "b", type(None): "l", dict: "o", Undefined: "m",
    list: "a", Sequence: "a", Kept: "a", Outer: "a", TupleStream: "a",
}  # fmt: skip
_ANY: Final = "[asnblfom]"


def symbol(value: Value) -> str:
    """The letter of a value's type; m for a missing one."""
    return _symbol_of(value.__class__)


def _symbol_of(kind: type) -> str:
    return _SYMBOLS.get(kind) or ("f" if issubclass(kind, Function) else "s")


@dataclass(slots=True)
class Parameter:
    type: str
    pattern: str
    # What may stand in from the context when the argument is missing.
    context: str | None = None
    subtype: str | None = None


class Signature:
    """A parsed signature. `plans` remembers, per combination of argument types, how the parameters take them."""

    __slots__ = ("parameters", "plans", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.parameters = _parse(text)
        self.plans: dict[str, list[str] | None] = {}

    def pattern(self) -> re.Pattern[str]:
        """What the types of the arguments must look like. Raises re.error for nonsense such as `<n???>`.

        Compiled when it is needed: the library has seventy signatures, and a workflow uses few of them.
        """
        return re.compile("".join(f"({parameter.pattern})" for parameter in self.parameters))

    def validate(self, arguments: Items[Value], context: Value) -> Items[Value]:
        """The arguments to invoke with: context filled in, single values made arrays. Raises T0410, T0411, T0412."""
        key = "".join([_SYMBOLS.get(argument.__class__) or symbol(argument) for argument in arguments])
        try:
            plan = self.plans[key]
        except KeyError:
            plan = self._plan(arguments, key)
            if len(key) < 10:
                self.plans[key] = plan
        return arguments if plan is None else self._fit(arguments, context, plan)

    def _plan(self, arguments: Items[Value], key: str) -> list[str] | None:
        """What every parameter matched of the argument types; None if the arguments can be taken as they are."""
        match = self.pattern().fullmatch(key)
        if not match:
            raise self._mismatch(arguments, key)
        plan = [part or "" for part in match.groups()]
        plain = all(
            len(part) == 1 and (parameter.type != "a" or (part == "a" and parameter.subtype is None))
            for part, parameter in zip(plan, self.parameters, strict=True)
        )
        return None if plain else plan

    def _mismatch(self, arguments: Items[Value], key: str) -> Failure:
        good = 0
        pattern = ""
        for parameter in self.parameters:
            pattern += parameter.pattern
            match = re.match(pattern, key)
            if not match:
                break
            good = match.end()
        value = arguments[good] if good < len(arguments) else UNDEFINED
        return Failure("T0410", value=value, index=good + 1)

    def _fit(self, arguments: Items[Value], context: Value, plan: list[str]) -> list[Value]:
        fitted: list[Value] = []
        at = 0
        for parameter, part in zip(self.parameters, plan, strict=True):
            if not part and parameter.context is not None:
                if not re.match(parameter.context, symbol(context)):
                    raise Failure("T0411", value=context, index=at + 1)
                fitted.append(context)
                continue
            for single in part or "m":
                argument = arguments[at] if at < len(arguments) else UNDEFINED
                if parameter.type == "a" and part:
                    argument = UNDEFINED if single == "m" else _array(argument, parameter.subtype, single, part, at)
                fitted.append(argument)
                at += 1
        return fitted


def _array(argument: Value, subtype: str | None, single: str, part: str, at: int) -> Value:
    """The argument of an array parameter, made an array if it is none; its items must be of the `subtype`."""
    if subtype is not None:
        if single != "a":
            fits = part == subtype
        else:
            first = symbol(argument[0]) if argument else ""
            kinds = set(map(type, argument))
            fits = not argument or (first == subtype[0] and all(_symbol_of(kind) == first for kind in kinds))
        if not fits:
            raise Failure("T0412", value=argument, index=at + 1, type=_PLURALS.get(subtype, UNDEFINED))
    return argument if single == "a" else [argument]


def _parse(text: str) -> list[Parameter]:
    parameters: list[Parameter] = []
    at = 1
    while at < len(text) and text[at] != ":":
        char = text[at]
        last = parameters[-1] if parameters else Parameter("", "")
        if char in "snblo":
            parameters.append(Parameter(char, f"[{char}m]"))
        elif char in "ax":
            parameters.append(Parameter(char, _ANY))
        elif char == "f":
            parameters.append(Parameter(char, "f"))
        elif char == "j":
            parameters.append(Parameter(char, "[asnblom]"))
        elif char == "-":
            last.context = last.pattern
            last.pattern += "?"
        elif char in "?+":
            last.pattern += char
        elif char == "(":
            end = _closing(text, at, "(", ")")
            choice = text[at + 1 : end]
            if "<" in choice:
                raise Failure("S0402", at, value=choice)
            parameters.append(Parameter(f"({choice})", f"[{re.escape(choice)}m]"))
            at = end
        elif char == "<":
            if last.type not in ("a", "f"):
                raise Failure("S0401", at, value=last.type)
            end = _closing(text, at, "<", ">")
            last.subtype = text[at + 1 : end]
            at = end
        at += 1
    return parameters


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth = 1
    for at in range(start + 1, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
    return len(text)
