"""Parameters checked against AWS's model, with the sentences of AWS's own validator (Coral).

Every shape is compiled once into a closure `check(value, path, faults)`. It appends to `faults` what AWS would list and
raises SerializationException for JSON of the wrong type, as AWS's deserialiser does before any constraint is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from treadle.api.errors import SERIALIZATION, UNKNOWN_OPERATION, VALIDATION
from treadle.api.model import Model, Shape, load
from treadle.values import Json

Check: TypeAlias = Callable[[Json, str, list[str]], None]

# Payloads are limited in bytes of UTF-8, other strings in UTF-16 units (service quotas; model: max 262144).
PAYLOAD = 262144
_NOT_NULL = "failed to satisfy constraint: Member must not be null"


@cache
def checker(operation: str) -> Callable[[Json], None]:
    """The check of an operation's parameters. Raises ValidationException or SerializationException."""
    model = load()
    if operation not in model.operations:
        raise UNKNOWN_OPERATION(operation=operation)
    check = _Compiler(model).compile(model.operations[operation])

    def validate(params: Json) -> None:
        faults: list[str] = []
        check(params, "", faults)
        if faults:
            count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: "
            raise VALIDATION(faults=count + "; ".join(faults))

    return validate


def enum_order(values: tuple[str, ...]) -> list[str]:
    """The order in which AWS prints an enum: that of a Java hash table of 32 buckets, newest first within a bucket."""
    return [value for _, _, value in sorted((_java_hash(value) % 32, -age, value) for age, value in enumerate(values))]


def _java_hash(text: str) -> int:
    total = 0
    for character in text:
        total = (31 * total + ord(character)) & 0xFFFFFFFF
    return total


class _Compiler:
    """Shapes to checks. Holds what is compiled, since shapes share shapes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._done: dict[str, Check] = {}

    def compile(self, name: str) -> Check:
        if name not in self._done:
            shape = self._model.shapes[name]
            self._done[name] = self._constrained(name, shape)
        return self._done[name]

    def _constrained(self, name: str, shape: Shape) -> Check:
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "string":
                return _string(shape)
            case "boolean":
                return _boolean
            case "integer" | "long" | "float" | "double":
                return _number(shape)
            case other:
                raise NotImplementedError(f"shape {name} of type {other} in a request")

    def _structure(self, shape: Shape) -> Check:
        members = {name: self.compile(target) for name, target in shape.members.items()}
        required = tuple(name for name in shape.members if name in shape.required)

        def check(value: Json, path: str, faults: list[str]) -> None:
            if type(value) is not dict:
                raise SERIALIZATION(problem=_unexpected(value))
            inside = f"{path}." if path else ""
            for name in required:
                if value.get(name) is None:
                    faults.append(f"Value null at '{inside}{name}' {_NOT_NULL}")
            for name, member in value.items():
                if member is not None and (test := members.get(name)) is not None:
                    test(member, inside + name, faults)

        return check

    def _list(self, shape: Shape) -> Check:
        assert shape.member is not None
        element, bounds, show = self.compile(shape.member), _bounds(shape, "length"), self._shown(shape)

        def check(value: Json, path: str, faults: list[str]) -> None:
            if type(value) is not list:
                raise SERIALIZATION(problem=_unexpected(value))
            for wrong in bounds(len(value)):
                faults.append(f"Value '{show(value)}' at '{path}' failed to satisfy constraint: {wrong}")
            for number, item in enumerate(value, 1):
                if item is None:
                    faults.append(f"Value null at '{path}.{number}.member' {_NOT_NULL}")
                else:
                    element(item, f"{path}.{number}.member", faults)

        return check

    def _shown(self, shape: Shape) -> Callable[[Json], str]:
        """How Java prints a list: `[Item(name=a, weight=1), ...]`."""
        assert shape.member is not None
        name = shape.member
        members = self._model.shapes[name].members

        def item(value: Json) -> str:
            if not isinstance(value, dict):
                return _java_text(value)
            return f"{name}({', '.join(f'{member}={_java_text(value.get(member))}' for member in members)})"

        return lambda value: f"[{', '.join(item(each) for each in value)}]"


def _string(shape: Shape) -> Check:
    least, most = shape.min or 0, shape.max if shape.max is not None else float("inf")
    pattern = None if shape.pattern is None else re.compile(shape.pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]"))
    values, bounds = frozenset(shape.enum), _bounds(shape, "length")
    wrong_enum = f"Member must satisfy enum value set: [{', '.join(enum_order(shape.enum))}]"
    wrong_pattern = f"Member must satisfy regular expression pattern: {shape.pattern}"
    sensitive = shape.sensitive

    def check(value: Json, path: str, faults: list[str]) -> None:
        if type(value) is not str:
            raise SERIALIZATION(problem=_unexpected(value, "a String"))
        length = len(value) if most != PAYLOAD or value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        wrong = [] if least <= length <= most else bounds(length)
        if pattern is not None and pattern.fullmatch(value) is None:
            wrong.append(wrong_pattern)
        if values and value not in values:
            wrong.append(wrong_enum)
        if wrong:
            # Coral never prints a sensitive value.
            shown = "Value" if sensitive else f"Value '{value}'"
            faults.extend(f"{shown} at '{path}' failed to satisfy constraint: {each}" for each in wrong)

    return check


def _number(shape: Shape) -> Check:
    whole = shape.type in ("integer", "long")
    bits = {"integer": 31, "long": 63}.get(shape.type)
    kind = {"integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double"}[shape.type]
    bounds = _bounds(shape, "value")

    def check(value: Json, path: str, faults: list[str]) -> None:
        if type(value) is not int and (type(value) is not float or (whole and not value.is_integer())):
            raise SERIALIZATION(problem=_unexpected(value, kind))
        if bits is not None and not -(1 << bits) <= value < 1 << bits:
            raise SERIALIZATION(problem=f"Numeric value ({value}) out of range of {kind.split()[1].lower()}")
        for wrong in bounds(value):
            faults.append(f"Value '{value}' at '{path}' failed to satisfy constraint: {wrong}")

    return check


def _boolean(value: Json, path: str, faults: list[str]) -> None:
    if type(value) is not bool:
        raise SERIALIZATION(problem=_unexpected(value, "a Boolean"))


def _bounds(shape: Shape, what: str) -> Callable[[float], list[str]]:
    """What is wrong with a length or a value, as a list of at most one sentence."""
    least, most = shape.min, shape.max

    def bounds(size: float) -> list[str]:
        if least is not None and size < least:
            return [f"Member must have {what} greater than or equal to {least:.0f}"]
        if most is not None and size > most:
            return [f"Member must have {what} less than or equal to {most:.0f}"]
        return []

    return bounds


def _java_text(value: Json) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unexpected(value: Json, wanted: str | None = None) -> str:
    """The deserialiser's sentence for JSON of another type than the model's."""
    match value:
        case dict():
            return "Start of structure or map found where not expected."
        case list():
            return "Start of list found where not expected."
        case bool():
            kind = "TRUE_VALUE" if value else "FALSE_VALUE"
        case str():
            kind = "STRING_VALUE"
        case None:
            kind = "NULL_VALUE"
        case int():
            kind = "NUMBER_VALUE"
        case _:
            kind = "DECIMAL_VALUE"
    return f"{kind} can not be converted to {wanted}" if wanted else f"Unexpected token: {kind}"
