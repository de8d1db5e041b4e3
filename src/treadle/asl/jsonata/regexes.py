"""Regular expression literals: JavaScript's syntax and meaning, carried out by the `regex` package.

That package can give up a match after a time: a pattern that backtracks catastrophically ends as an error (U1001)
after `PATIENCE` seconds instead of holding the server. This is the only place where an evaluation depends on a clock,
and only for expressions that would not come to an end otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence as Items
from typing import Any, Final

from treadle.asl.jsonata.callables import Applied
from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.run import Run
from treadle.asl.jsonata.text import stringify
from treadle.asl.jsonata.values import UNDEFINED, Function, Value

PATIENCE: Final = 1.0

_SPACES: Final = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": _SPACES}
_LINE: Final = "\\n\\r\\u2028\\u2029"
_WORD: Final = "[A-Za-z0-9_]"
_EDGE: Final = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
_INSIDE: Final = f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))"
_CONTROLS: Final = {"t": "\\t", "n": "\\n", "v": "\\v", "f": "\\f", "r": "\\r", "0": "\\x00"}
_QUANTIFIER: Final = re.compile(r"\{\d+(?:,\d*)?\}")
_CODE: Final = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|c([A-Za-z])")
_BACK: Final = re.compile(r"[1-9]\d?|k<(\w+)>")


class Matcher(Function):
    """A regular expression as a function value."""

    __slots__ = ("pattern", "source")

    def __init__(self, source: str, flags: str) -> None:
        self.arity = 2
        self.source = source
        self.pattern = translate(source, flags)

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        text = arguments[0] if arguments else UNDEFINED
        if text.__class__ is not str:
            text = "undefined" if text is UNDEFINED else stringify(text)
        return self._describe(text, self.search(text, 0, run))

    def _describe(self, text: str, match: Any) -> Value:
        """The match as the object that matcher functions return, with `next` to go on."""
        if match is None:
            return UNDEFINED

        def go_on(run: Run) -> Value:
            return self._describe(text, self.following(text, match, run))

        start = utf16_length(text, match.start())
        return {
            "match": match[0],
            "start": start,
            "end": start + utf16_length(match[0], len(match[0])),
            "groups": [UNDEFINED if group is None else group for group in match.groups()],
            "next": Applied(go_on, 0),
        }

    def search(self, text: str, start: int, run: Run) -> Any:
        run.spend(1 + (len(text) >> 6))
        try:
            return self.pattern.search(text, start, timeout=PATIENCE)
        except TimeoutError:
            raise Failure("U1001 time") from None

    def following(self, text: str, match: Any, run: Run) -> Any:
        """The match after `match`, or None."""
        if match.end() >= len(text):
            return None
        found = self.search(text, match.end(), run)
        if found is not None and not found[0]:
            raise Failure("D1004", value=self.source)
        return found

    def matches(self, text: str, run: Run) -> Iterator[Any]:
        match = self.search(text, 0, run)
        while match is not None:
            yield match
            match = self.following(text, match, run)


def utf16_length(text: str, end: int) -> int:
    """How many UTF-16 units `text[:end]` has: JavaScript counts those."""
    return end if text.isascii() else end + sum(char > "\uffff" for char in text[:end])


def translate(source: str, flags: str) -> Any:
    """The compiled pattern of a JavaScript regular expression. Raises JsonataError."""
    import regex  # 15 ms that most workflows do not need

    try:
        return regex.compile(_Translator(source, "m" in flags).run(), regex.IGNORECASE if "i" in flags else 0)
    except regex.error as error:
        raise Failure("S0303", token=source, value=str(error)) from None


class _Translator:
    """Walks a JavaScript pattern and writes the same for `regex`."""

    def __init__(self, source: str, multiline: bool) -> None:
        self.source = source
        self.at = 0
        self.multiline = multiline

    def run(self) -> str:
        parts: list[str] = []
        while self.at < len(self.source):
            parts.append(self._atom())
        return "".join(parts)

    def _atom(self) -> str:
        source = self.source
        char = source[self.at]
        self.at += 1
        match char:
            case "\\":
                return self._escape(False)
            case "[":
                return self._class()
            case ".":
                return f"[^{_LINE}]"
            case "^":
                return f"(?:\\A|(?<=[{_LINE}]))" if self.multiline else "\\A"
            case "$":
                return f"(?=[{_LINE}]|\\Z)" if self.multiline else "\\Z"
            case "{":
                bounds = _QUANTIFIER.match(source, self.at - 1)
                if not bounds:
                    return "\\{"
                self.at = bounds.end()
                return self._quantifier(bounds[0])
            case "*" | "+" | "?":
                return self._quantifier(char)
            case "(":
                return self._group()
            case "}" | "]" | "#" | " " | "&" | "~" | "-":
                return "\\" + char
            case _:
                return char

    def _quantifier(self, bounds: str) -> str:
        # `a++` is possessive for `regex`, an error in JavaScript.
        if self.source[self.at : self.at + 1] == "+":
            raise Failure("S0303", token=self.source, value="Nothing to repeat")
        return bounds

    def _group(self) -> str:
        source, at = self.source, self.at
        if source[at : at + 1] != "?":
            return "("
        for opening in ("?:", "?=", "?!", "?<=", "?<!"):
            if source.startswith(opening, at):
                self.at += len(opening)
                return "(" + opening
        if source.startswith("?<", at):
            self.at += 2
            return "(?P<"
        raise Failure("S0303", token=source, value="Invalid group")

    def _escape(self, in_class: bool) -> str:
        source, at = self.source, self.at
        if at >= len(source):
            raise Failure("S0303", token=source, value="\\ at end of pattern")
        char = source[at]
        self.at += 1
        code = _CODE.match(source, at)
        if code:
            self.at = code.end()
            number = ord(code[3]) % 32 if code[3] else int(code[1] or code[2], 16)
            return f"\\u{number:04x}"
        if char in "dws":
            return _CLASSES[char] if in_class else f"[{_CLASSES[char]}]"
        if char in "DWS":
            # Within brackets: a nested negated set needs V1; the union is written as such a set.
            return f"[^{_CLASSES[char.lower()]}]"
        if char in "bB":
            return "\\x08" if in_class and char == "b" else "B" if in_class else _EDGE if char == "b" else _INSIDE
        back = None if in_class else _BACK.match(source, at)
        if back:
            self.at = back.end()
            # A group that took no part matches the empty string in JavaScript.
            return f"(?({back[1] or back[0]}){f'(?P={back[1]})' if back[1] else chr(92) + back[0]})"
        if char in _CONTROLS:
            return _CONTROLS[char]
        return char if char.isalnum() or char == "_" else "\\" + char

    def _class(self) -> str:
        """A character class; `\\D`, `\\W`, `\\S` in it become alternatives."""
        source = self.source
        negated = source[self.at : self.at + 1] == "^"
        self.at += negated
        parts: list[str] = []
        nested: list[str] = []
        while True:
            if self.at >= len(source):
                raise Failure("S0303", token=source, value="Unterminated character class")
            char = source[self.at]
            self.at += 1
            if char == "]":
                break
            if char == "\\":
                part = self._escape(True)
                (nested if part.startswith("[") else parts).append(part)
            else:
                parts.append(
                    "\\" + char if char in "[&~|^" or (char == "-" and not _is_range(source, self.at)) else char
                )
        return _join_class(negated, "".join(parts), nested)


def _is_range(source: str, at: int) -> bool:
    """Whether the `-` before `at` stands between two characters, and not beside a bracket."""
    return source[at : at + 1] not in ("]", "") and source[at - 2] != "["


def _join_class(negated: bool, body: str, nested: list[str]) -> str:
    if not nested:
        if body:
            return f"[{'^' if negated else ''}{body}]"
        # `[^]` is any character, `[]` none.
        return "(?s:.)" if negated else "(?!)"
    options = [*nested, *([f"[{body}]"] if body else [])]
    joined = "|".join(options)
    return f"(?:(?!{joined})(?s:.))" if negated else f"(?:{joined})"
