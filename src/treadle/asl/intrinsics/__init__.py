"""Intrinsic functions of JSONPath states: `States.Format('Hello {}', $.name)`, compiled into closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from treadle.asl.intrinsics.functions import FUNCTIONS, Luck, Refusal, split_template
from treadle.asl.intrinsics.parse import Argument, Call, IntrinsicError, Literal, Text, parse, unescape
from treadle.asl.jsonpath import Path, PathMissing, Roots, locate
from treadle.values import Json, StatesError, dumps

__all__ = ["IntrinsicError", "Surroundings", "compile", "is_intrinsic", "references"]


class Surroundings(Roots, Protocol):
    """What a call may see: the roots of its paths, and luck."""

    @property
    def luck(self) -> Luck: ...


Evaluate: TypeAlias = Callable[[Surroundings], Json]


def compile(text: str) -> Evaluate:
    """The call as a function of its surroundings; it raises StatesError(States.Runtime) when a function refuses.

    Raises IntrinsicError when `text` is not a valid call.
    """
    return _compile_call(parse(text))


def is_intrinsic(text: str) -> bool:
    try:
        parse(text)
    except IntrinsicError:
        return False
    return True


def references(text: str) -> tuple[Path, ...]:
    """Every path that a valid call mentions, in the order of the text."""
    return tuple(_paths(parse(text)))


def _paths(call: Call) -> list[Path]:
    found: list[Path] = []
    for argument in call.arguments:
        if isinstance(argument, Path):
            found.append(argument)
        elif isinstance(argument, Call):
            found += _paths(argument)
    return found


def _compile_call(call: Call) -> Evaluate:
    function = FUNCTIONS[call.name]
    arguments = [_compile_argument(each) for each in call.arguments]
    if call.name == "States.Format" and isinstance(call.arguments[0], Text):
        pieces = split_template(call.arguments[0].raw, unescape)
        arguments[0] = lambda around: pieces
    compute = _with_luck(function.apply, arguments) if function.lucky else _apply(function.apply, arguments)
    # The innermost call that fails is the one to blame: a StatesError from below passes through.
    subject = f"The function '{call.text}' had the following error"

    def evaluate(around: Surroundings) -> Json:
        try:
            return compute(around)
        except Refusal as reason:
            raise StatesError("States.Runtime", f"{subject}: {reason}") from None
        except PathMissing as missing:
            reason_text = f"The JsonPath argument for the field '{missing.text}' could not be found in the input"
            raise StatesError("States.Runtime", f"{subject}: {reason_text} '{dumps(missing.root)}'") from None

    return evaluate


def _compile_argument(argument: Argument) -> Evaluate:
    match argument:
        case Literal(value):
            return lambda around: value
        case Text():
            text = argument.value
            return lambda around: text
        case Path():
            return locate(argument)
        case Call():
            return _compile_call(argument)


def _apply(function: Callable[..., Json], arguments: list[Evaluate]) -> Evaluate:
    """The function of its evaluated arguments; the usual numbers of arguments are spelled out, for speed."""
    match arguments:
        case [only]:
            return lambda around: function(only(around))
        case [first, second]:
            return lambda around: function(first(around), second(around))
        case [first, second, third]:
            return lambda around: function(first(around), second(around), third(around))
        case _:
            return lambda around: function(*[each(around) for each in arguments])


def _with_luck(function: Callable[..., Json], arguments: list[Evaluate]) -> Evaluate:
    return lambda around: function(around.luck, *[each(around) for each in arguments])
