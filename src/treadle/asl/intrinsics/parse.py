"""The text of an intrinsic call -> its tree: `States.Format('Hello {}', $.name)`."""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from treadle.asl.intrinsics.functions import FUNCTIONS
from treadle.asl.jsonpath import Path, PathError
from treadle.asl.jsonpath.text import char, closing, end_of_string, skip_blanks
from treadle.values import Json, loads

MAX_NESTING = 10
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: dict[str, Json] = {"null": None, "true": True, "false": False}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class IntrinsicError(ValueError):
    """The text is not a valid intrinsic call. `str()` says why."""


class Literal(Struct, frozen=True):
    """A number, null, true or false."""

    value: Json


class Text(Struct, frozen=True):
    """A string between apostrophes, its escapes unresolved: Format has to tell `{}` from an escaped brace."""

    raw: str

    @property
    def value(self) -> str:
        out, at = "", 0
        while at < len(self.raw):
            protected = self.raw[at] == "\\" and at + 1 < len(self.raw)
            out += unescape(self.raw[at + 1]) if protected else self.raw[at]
            at += 2 if protected else 1
        return out


class Call(Struct, frozen=True):
    name: str
    arguments: tuple[Argument, ...]
    text: str  # as written


Argument: TypeAlias = Literal | Text | Path | Call


def unescape(character: str) -> str:
    """What a backslash makes of the character behind it."""
    return _ESCAPES.get(character, character)


def parse(text: str) -> Call:
    """Raises IntrinsicError."""
    call, at = _read_call(text, skip_blanks(text, 0), 1)
    if skip_blanks(text, at) != len(text):
        raise IntrinsicError(f"Unexpected text after the call at position {at}: {text[at:]}")
    return call


def _read_call(text: str, at: int, depth: int) -> tuple[Call, int]:
    found = _NAME.match(text, at)
    if found is None or char(text, found.end()) != "(":
        raise IntrinsicError(f"Expected a function call at position {at}: {text}")
    name = found.group()
    if name not in FUNCTIONS:
        raise IntrinsicError(f"The function {name} does not exist")
    if depth > MAX_NESTING:
        raise IntrinsicError(f"Intrinsic functions may be nested {MAX_NESTING} deep at most")
    arguments, end = _read_arguments(text, found.end() + 1, depth)
    _check_count(name, len(arguments))
    return Call(name, arguments, text[at:end]), end


def _check_count(name: str, count: int) -> None:
    function = FUNCTIONS[name]
    if count < function.least or (function.most is not None and count > function.most):
        wanted = (
            f"at least {function.least}"
            if function.most is None
            else f"{function.least}"
            if function.least == function.most
            else f"{function.least} to {function.most}"
        )
        raise IntrinsicError(f"The function {name} takes {wanted} arguments, but has {count}")


def _read_arguments(text: str, at: int, depth: int) -> tuple[tuple[Argument, ...], int]:
    """The arguments from behind the opening parenthesis, and the position behind the closing one."""
    arguments: list[Argument] = []
    at = skip_blanks(text, at)
    if char(text, at) == ")":
        return (), at + 1
    while True:
        argument, at = _read_argument(text, skip_blanks(text, at), depth)
        arguments.append(argument)
        at = skip_blanks(text, at)
        mark = char(text, at)
        if mark == ")":
            return tuple(arguments), at + 1
        if mark != ",":
            raise IntrinsicError(f"Expected ',' or ')' at position {at}: {text}")
        at += 1


def _read_argument(text: str, at: int, depth: int) -> tuple[Argument, int]:
    first = char(text, at)
    if first == "'":
        try:
            end = end_of_string(text, at)
        except PathError:
            raise IntrinsicError(f"The string at position {at} is not closed: {text}") from None
        return Text(text[at + 1 : end]), end + 1
    if first == "$":
        return _read_path(text, at)
    number = _NUMBER.match(text, at)
    if number:
        return Literal(loads(number.group())), number.end()
    for word, value in _WORDS.items():
        if text.startswith(word, at) and not char(text, at + len(word)).isalnum():
            return Literal(value), at + len(word)
    return _read_call(text, at, depth + 1)


def _read_path(text: str, at: int) -> tuple[Path, int]:
    """A path ends at a comma or closing parenthesis outside its own brackets."""
    end = at
    try:
        while end < len(text) and text[end] not in ",)":
            end = closing(text, end, regex=True) + 1 if text[end] in "[(" else end + 1
        return Path(text[at:end].rstrip()), end
    except PathError as problem:
        raise IntrinsicError(f"Invalid path {text[at:end].strip()}: {problem}") from None
