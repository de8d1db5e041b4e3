"""Text -> tokens, one at a time: whether `/` starts a regular expression depends on what the parser expects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.values import SAFE, Value, normal

# Binding powers of the operators; their first characters also end a name.
OPERATORS: Final = {
    ".": 75, "[": 80, "]": 0, "{": 70, "}": 0, "(": 80, ")": 0, ",": 0, "@": 80, "#": 80, ";": 80, ":": 80, "?": 20,
    "+": 50, "-": 50, "*": 60, "/": 60, "%": 60, "|": 20, "=": 40, "<": 40, ">": 40, "^": 40, "**": 60, "..": 20,
    ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40, "and": 30, "or": 25, "in": 40, "&": 50, "!": 0, "~": 0,
    "??": 40, "?:": 40,
}  # fmt: skip

# Operators of two characters, as of 2.0 and as of 2.1.
DOUBLE: Final = frozenset({"..", ":=", "!=", ">=", "<=", "**", "~>"})
DOUBLE_2_1: Final = DOUBLE | {"??", "?:"}
_SPACE: Final = " \t\n\r\v"
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Token:
    """`type` is name, variable, operator, string, number, value, regex or end; `flags` are a regex's.

    `position` is, as in the reference, that of the first character after the token.
    """

    type: str
    value: Value
    position: int
    flags: str = ""


class Lexer:
    """A cursor over the source."""

    def __init__(self, source: str, double: frozenset[str] = DOUBLE) -> None:
        self.source = source
        self.double = double
        self.position = 0

    def next(self, infix: bool) -> Token:
        """The next token. With `infix` an operator is expected, so that `/` divides."""
        self._skip()
        source, start = self.source, self.position
        if start >= len(source):
            return Token("end", "(end)", len(source))
        char = source[start]
        if char == "/" and not infix:
            return self._regex()
        if source[start : start + 2] in self.double:
            self.position += 2
            return Token("operator", source[start : start + 2], self.position)
        if char in OPERATORS:
            self.position += 1
            return Token("operator", char, self.position)
        if char in "\"'":
            return self._string(char)
        number = _NUMBER.match(source, start)
        if number:
            return self._number(number)
        return self._quoted() if char == "`" else self._name()

    def _skip(self) -> None:
        source = self.source
        while self.position < len(source):
            if source[self.position] in _SPACE:
                self.position += 1
            elif source.startswith("/*", self.position):
                end = source.find("*/", self.position + 2)
                if end < 0:
                    raise Failure("S0106", self.position)
                self.position = end + 2
            else:
                return

    def _string(self, quote: str) -> Token:
        source, start = self.source, self.position
        parts: list[str] = []
        at = start + 1
        while at < len(source):
            char = source[at]
            if char == quote:
                self.position = at + 1
                return Token("string", join_surrogates("".join(parts)), self.position)
            if char == "\\":
                at += 1
                escape = source[at : at + 1]
                if escape == "u":
                    digits = _HEX.match(source, at + 1)
                    if not digits:
                        raise Failure("S0104", at)
                    char = chr(int(digits[0], 16))
                    at += 4
                elif escape in _ESCAPES:
                    char = _ESCAPES[escape]
                else:
                    raise Failure("S0103", at, token=escape)
            parts.append(char)
            at += 1
        raise Failure("S0101", at)

    def _number(self, match: re.Match[str]) -> Token:
        start, text = self.position, match[0]
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise Failure("S0102", start, token=text)
        self.position = match.end()
        exact = not match[1] and not match[2] and -SAFE <= value <= SAFE
        return Token("number", int(text) if exact else normal(value), self.position)

    def _quoted(self) -> Token:
        start = self.position
        end = self.source.find("`", start + 1)
        if end < 0:
            raise Failure("S0105", len(self.source))
        self.position = end + 1
        return Token("name", self.source[start + 1 : end], self.position)

    def _name(self) -> Token:
        source, start = self.source, self.position
        at = start
        while at < len(source) and source[at] not in _SPACE and source[at] not in OPERATORS:
            at += 1
        self.position = at
        name = source[start:at]
        if name.startswith("$"):
            return Token("variable", name[1:], at)
        if name in ("and", "or", "in"):
            return Token("operator", name, at)
        if name in _CONSTANTS:
            return Token("value", _CONSTANTS[name], at)
        return Token("name", name, at)

    def _regex(self) -> Token:
        source = self.source
        start = at = self.position + 1
        depth = 0
        while at < len(source):
            char = source[at]
            if char == "/" and depth == 0 and not _escaped(source, at):
                return self._regex_end(start, at)
            # As in the reference, brackets count wherever they stand, except after a backslash.
            if source[at - 1] != "\\":
                depth += (char in "([{") - (char in ")]}")
            at += 1
        raise Failure("S0302", at)

    def _regex_end(self, start: int, end: int) -> Token:
        pattern = self.source[start:end]
        if not pattern:
            raise Failure("S0301", end)
        at = end + 1
        while self.source[at : at + 1] in ("i", "m"):
            at += 1
        self.position = at
        return Token("regex", pattern, at, self.source[end + 1 : at])


def _escaped(source: str, at: int) -> bool:
    slashes = 0
    while source[at - 1 - slashes] == "\\":
        slashes += 1
    return slashes % 2 == 1


def join_surrogates(text: str) -> str:
    """Surrogate pairs written as two `\\u` escapes become the character they stand for."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") if _paired(text) else text


def _paired(text: str) -> bool:
    return any("\ud800" <= one <= "\udbff" and "\udc00" <= two <= "\udfff" for one, two in pairwise(text))
