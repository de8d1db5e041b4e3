"""Why a text is not JSON, in Jackson's words: AWS reads JSON with it and shows what it says.

Valid text costs one fast decode. Only text that is refused is read a second time, token by token, as Jackson's
ReaderBasedJsonParser does (messages of jackson-core 2.13), to find its words and the place.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

from msgspec import DecodeError, Struct

from treadle.values import Json, loads

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DIGITS = re.compile(r"[0-9]+")
_HEX = frozenset("0123456789abcdefABCDEF")
_SHOWN = 500  # characters of the text that a location quotes
_LONGEST_TOKEN = 256
_DEEPEST = 1000
LONGEST_NUMBER = 1000  # characters
_TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_EMPTY = "No content to map due to end-of-input"


class Malformed(Exception):
    """`message` is Jackson's, `location` its `[Source: (String)"..."; line: 1, column: 4]`."""

    def __init__(self, message: str, location: str) -> None:
        super().__init__(message, location)
        self.message = message
        self.location = location


def load(text: str) -> Json:
    """The value of `text`. Raises Malformed."""
    try:
        return loads(text)
    except (DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise _diagnose(text, error) from None


def load_strictly(text: str) -> Json:
    """The same, where no object may name a member twice."""
    value = load(text)
    try:
        repeats = _repeats(text)
    except RecursionError as error:
        raise _diagnose(text, error) from None
    if repeats:
        _Reading(text, strict=True).run()
    return value


def explain(text: str) -> str | None:
    """What is wrong with `text`, or None when it is one JSON value."""
    try:
        load(text)
    except Malformed as malformed:
        return malformed.message
    return None


def examine(text: str) -> str | None:
    """The same, found out by reading the text as Jackson does: it refuses numbers that our decoder takes."""
    try:
        _Reading(text, strict=False).run()
    except Malformed as malformed:
        return malformed.message
    return explain(text)


def explain_input(text: str) -> str | None:
    """The same for an execution's input: StartExecution has words of its own for an empty text."""
    return explain(text) if text.strip() else "Invalid execution input."


def _diagnose(text: str, error: Exception) -> Malformed:
    """Jackson's complaint about a text that our decoder refused with `error`."""
    reading = _Reading(text, strict=False)
    try:
        reading.run()
    except Malformed as malformed:
        return malformed
    if isinstance(error, RecursionError):
        # Somewhat below Jackson's limit, when our own stack is deep already.
        return Malformed("Document nesting depth exceeds the maximum that can be read", reading.where())
    return Malformed(str(error), reading.where())


def _repeats(text: str) -> bool:
    """Whether some object names a member twice."""
    found = False

    def build(pairs: list[tuple[str, Json]]) -> None:
        nonlocal found
        found = found or len(dict(pairs)) < len(pairs)

    json.loads(text, object_pairs_hook=build, parse_int=len, parse_float=len)
    return found


class _Open(Struct):
    """An array or object that is being read, from the place of its bracket; its members so far."""

    kind: str  # "Array" or "Object"
    start: int
    count: int = 0
    names: set[str] = set()

    @property
    def end(self) -> str:
        return "]" if self.kind == "Array" else "}"


class _Reading:
    """One pass over a text. `at` is the next character, as in Jackson: locations point behind what was consumed."""

    def __init__(self, text: str, strict: bool) -> None:
        self.text = text
        self.strict = strict
        self.at = 0
        self.open: list[_Open] = []

    def run(self) -> None:
        """Read one value and look whether anything follows. Raises Malformed at the first fault."""
        self.space()
        if self.at >= len(self.text):
            self.fail(_EMPTY)
        if self.text[self.at] in "]}":
            self.close()
        self.value()
        while self.open:
            self.member()
        self.space()
        if self.at < len(self.text):
            self.trailing()

    def trailing(self) -> NoReturn:
        first = self.text[self.at]
        if first in "]}":
            self.close()
        self.value()
        token = {"{": "START_OBJECT", "[": "START_ARRAY", '"': "VALUE_STRING", "n": "VALUE_NULL"}
        kind = token.get(first) or ("VALUE_" + {"t": "TRUE", "f": "FALSE"}.get(first, "NUMBER_INT"))
        self.fail(
            f"Trailing token (of type {kind}) found after value (bound as"
            " `com.fasterxml.jackson.databind.JsonNode`): not allowed as per"
            " `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`"
        )

    def member(self) -> None:
        """The next member of the innermost array or object, or its end."""
        around = self.open[-1]
        self.space()
        if self.at >= len(self.text):
            self.fail(
                f"Unexpected end-of-input: expected close marker for {around.kind}"
                f" (start marker at {self.where(around.start)})"
            )
        if self.text[self.at] in "]}":
            return self.close()
        if around.count:
            self.expect(",", f"was expecting comma to separate {around.kind} entries")
        around.count += 1
        if around.kind == "Object":
            self.name(around)
            self.expect(":", "was expecting a colon to separate field name and value")
        self.value()

    def close(self) -> None:
        found = self.text[self.at]
        around = self.open[-1] if self.open else None
        self.at += 1
        if around is None or found != around.end:
            kind, start = (around.kind, self.where(around.start)) if around else ("root", self.where(-1))
            expected = around.end if around else "]" if found == "}" else "}"
            self.fail(f"Unexpected close marker '{found}': expected '{expected}' (for {kind} starting at {start})")
        self.open.pop()

    def name(self, around: _Open) -> None:
        if self.text[self.at] != '"':
            self.unexpected("was expecting double-quote to start field name")
        start = self.at
        self.string("name", "Unexpected end-of-input in field name")
        if self.strict:
            name = loads(self.text[start : self.at])
            if name in around.names:
                self.fail(f"Duplicate field '{name}'")
            around.names.add(name)

    def expect(self, mark: str, complaint: str) -> None:
        """The separator `mark`, and the space around it: something has to follow."""
        self.space()
        if self.at < len(self.text):
            if self.text[self.at] != mark:
                self.unexpected(complaint)
            self.at += 1
            self.space()
        if self.at >= len(self.text):
            self.fail(f"Unexpected end-of-input within/between {self.open[-1].kind} entries")

    def value(self) -> None:
        first = self.text[self.at]
        if first in "{[":
            self.open.append(_Open("Object" if first == "{" else "Array", self.at, names=set()))
            self.at += 1
            if len(self.open) > _DEEPEST:
                self.fail(
                    f"Document nesting depth ({len(self.open)}) exceeds the maximum allowed ({_DEEPEST}, from"
                    " `StreamReadConstraints.getMaxNestingDepth()`)"
                )
        elif first == '"':
            self.string("string value", "Unexpected end-of-input: was expecting closing quote for a string value")
        elif first == "-" or "0" <= first <= "9":
            self.number()
        elif first in "tfn":
            self.literal({"t": "true", "f": "false", "n": "null"}[first])
        elif first == "}":
            self.unexpected("expected a value")
        else:
            self.odd(first)

    def odd(self, first: str) -> NoReturn:
        for name in ("NaN", "Infinity"):
            if first == name[0]:
                self.literal(name)
                self.fail(f"Non-standard token '{name}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")
        if _starts_identifier(first):
            self.at += 1
            self.token(first)
        self.unexpected(f"expected a valid value {_TOKENS}")

    def literal(self, word: str) -> None:
        matched = 0
        while matched < len(word) and self.text.startswith(word[matched], self.at):
            matched += 1
            self.at += 1
        follower = self.text[self.at : self.at + 1]
        if matched < len(word) or (follower and _continues_identifier(follower)):
            self.token(word[:matched])

    def token(self, word: str) -> NoReturn:
        """Refuse the word that began with `word`."""
        while self.at < len(self.text) and _continues_identifier(self.text[self.at]):
            word += self.text[self.at]
            self.at += 1
            if len(word) >= _LONGEST_TOKEN:
                word += "..."
                break
        self.fail(f"Unrecognized token '{word}': was expecting {_TOKENS}")

    def number(self) -> None:
        start = self.at
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            self.at += 1
            self.digit("expected digit (0-9) to follow minus sign, for valid numeric value")
        else:
            self.at = match.end()
        if match is not None and match[0].endswith("0") and match[0] in ("0", "-0") and self.peek().isdigit():
            self.at += 1
            self.fail("Invalid numeric value: Leading zeroes not allowed")
        if self.peek() == ".":
            self.at += 1
            self.digit("Decimal point not followed by a digit")
        if self.peek() in ("e", "E"):
            self.at += 1
            if self.peek() in ("+", "-"):
                self.at += 1
            self.digit("Exponent indicator not followed by a digit")
        if self.at - start > LONGEST_NUMBER:
            self.fail(
                f"Number value length ({self.at - start}) exceeds the maximum allowed ({LONGEST_NUMBER}, from"
                " `StreamReadConstraints.getMaxNumberLength()`)"
            )
        if not self.open and self.peek() not in ("", " ", "\t", "\n", "\r"):
            self.unexpected("Expected space separating root-level values")

    def digit(self, complaint: str) -> None:
        match = _DIGITS.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        elif self.at >= len(self.text):
            self.fail("Unexpected end-of-input in a Number value")
        else:
            character = self.text[self.at]
            self.at += 1
            self.fail(f"Unexpected character ({_describe(character)}) in numeric value: {complaint}")

    def string(self, what: str, at_end: str) -> None:
        self.at += 1
        while True:
            match = _PLAIN.match(self.text, self.at)
            self.at = match.end() if match else self.at
            character = self.peek()
            self.at += 1
            if character == '"':
                return
            if not character:
                self.at -= 1
                self.fail(at_end)
            if character == "\\":
                self.escape()
            else:
                self.fail(
                    f"Illegal unquoted character ({_describe(character)}): has to be escaped using backslash to be"
                    f" included in {what}"
                )

    def escape(self) -> None:
        character = self.peek()
        if not character:
            self.fail("Unexpected end-of-input in character escape sequence")
        self.at += 1
        if character == "u":
            for _ in range(4):
                if not self.peek():
                    self.fail("Unexpected end-of-input in character escape sequence")
                if self.peek() not in _HEX:
                    self.unexpected("expected a hex-digit for character escape sequence")
                self.at += 1
        elif character not in '"\\/bfnrt':
            self.fail(f"Unrecognized character escape {_describe(character)}")

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        character = self.peek()
        if character == "/":
            self.unexpected(
                "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled"
                " for parser)"
            )
        if character and character < " ":
            self.at += 1
            self.fail(
                f"Illegal character ({_describe(character)}): only regular white space (\\r, \\n, \\t) is allowed"
                " between tokens"
            )

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def unexpected(self, complaint: str) -> NoReturn:
        character = self.text[self.at]
        self.at += 1
        self.fail(f"Unexpected character ({_describe(character)}): {complaint}")

    def fail(self, message: str) -> NoReturn:
        raise Malformed(message, self.where())

    def where(self, offset: int | None = None) -> str:
        """Jackson's location string, of the character at `offset` or of the next one; -1 is before the text."""
        offset = self.at if offset is None else offset
        line = self.text.count("\n", 0, max(offset, 0)) + 1
        column = offset - self.text.rfind("\n", 0, max(offset, 0))
        quoted = re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f]", lambda match: f"\\u{ord(match[0]):04X}", self.text[:_SHOWN])
        hidden = len(self.text) - _SHOWN
        more = f"[truncated {hidden} chars]" if hidden > 0 else ""
        return f'[Source: (String)"{quoted}"{more}; line: {line}, column: {column}]'


def _describe(character: str) -> str:
    code = ord(character)
    if code < 0x20 or 0x7F <= code <= 0x9F:
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code})" if code <= 255 else f"'{character}' (code {code} / 0x{code:x})"


def _starts_identifier(character: str) -> bool:
    """Java's notion: letters, currency signs and connecting punctuation."""
    return character.isidentifier() or character == "$"


def _continues_identifier(character: str) -> bool:
    return ("a" + character).isidentifier() or character == "$"
