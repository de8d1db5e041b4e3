"""Why a text is not JSON, in Jackson's words (AWS reads JSON with it)."""

from __future__ import annotations

import msgspec

from treadle.values import loads


def explain(text: str) -> str | None:
    """What is wrong with `text`, or None when it is one JSON value."""
    try:
        loads(text)
    except msgspec.DecodeError as error:
        return str(error)
    return None


def explain_definition(text: str) -> str | None:
    return explain(text)
