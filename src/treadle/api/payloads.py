"""JSON text given as a parameter: whether it is JSON, found out without building its value."""

from __future__ import annotations

import re

import msgspec

from treadle.asl.jsontext import LONGEST_NUMBER, examine, explain

_DIGITS = re.compile("[0-9]*")
_skip = msgspec.json.Decoder(msgspec.Raw).decode


def problem(text: str) -> str | None:
    """What is wrong with `text` in AWS's words, None when it is one JSON value."""
    try:
        _skip(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return explain(text)
    return examine(text) if _has_long_number(text) else None


def _has_long_number(text: str) -> bool:
    """Whether so many digits follow one another that they may be a number too long to be read.

    They must cover one of the places looked at: to look at all of them takes longer than everything else.
    """
    for at in range(LONGEST_NUMBER, len(text), LONGEST_NUMBER):
        if "0" <= text[at] <= "9":
            before = text[at - LONGEST_NUMBER : at]
            digits = len(before) - len(before.rstrip("0123456789"))
            end = _DIGITS.match(text, at)
            if end is not None and digits + end.end() - at > LONGEST_NUMBER:
                return True
    return False
