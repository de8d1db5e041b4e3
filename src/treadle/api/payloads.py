"""JSON text given as a parameter: whether it is JSON, found out without building its value."""

from __future__ import annotations

import msgspec

from treadle.asl.jsontext import explain

_skip = msgspec.json.Decoder(msgspec.Raw).decode


def problem(text: str) -> str | None:
    """What is wrong with `text` in AWS's words, None when it is one JSON value."""
    try:
        _skip(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return explain(text)
    return None
