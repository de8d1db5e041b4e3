"""Looking ahead in the text of a path: the few habits that the path and the filter parser share."""

from __future__ import annotations

from treadle.asl.jsonpath.steps import PathError

_CLOSING = {"(": ")", "[": "]", "{": "}"}


def skip_blanks(text: str, at: int) -> int:
    """The position of the first character at or after `at` that is no blank."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def char(text: str, at: int) -> str:
    """The character at `at`, or "" behind the end."""
    return text[at] if at < len(text) else ""


def end_of_string(text: str, at: int) -> int:
    """The position of the quote that closes the string opened at `at`; a backslash protects a character."""
    quote, position = text[at], at + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == quote:
            return position
        position += 1
    raise PathError(f"Property has not been closed - missing closing {quote}")


def closing(text: str, at: int, *, regex: bool = False) -> int:
    """The position of the bracket that closes the one at `at`; strings (and /regexes/) are stepped over."""
    stack: list[str] = []
    position = at
    while position < len(text):
        this = text[position]
        if this in "'\"" or (regex and this == "/"):
            position = end_of_string(text, position)
        elif this in _CLOSING:
            stack.append(_CLOSING[this])
        elif this in ")]}":
            if not stack or stack.pop() != this:
                raise PathError(f"Unexpected close bracket '{this}' at character position: {position}")
            if not stack:
                return position
        position += 1
    raise PathError(f"Brackets are not closed properly: {text[at:]}")


_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def unescape(text: str) -> str:
    r"""Resolve `\'`, `\\`, `\n`, `\uXXXX`, ... as Jayway does in bracketed names."""
    if "\\" not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        this = text[at]
        if this != "\\" or at + 1 == len(text):
            out.append(this)
            at += 1
        elif text[at + 1] == "u":
            digits = text[at + 2 : at + 6]
            try:
                out.append(chr(int(digits, 16)))
            except ValueError:
                raise PathError(f"Unable to parse unicode value: {digits}") from None
            at += 6
        else:
            out.append(_ESCAPES.get(text[at + 1], text[at + 1]))
            at += 2
    return "".join(out)
