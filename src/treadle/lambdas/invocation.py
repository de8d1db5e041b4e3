"""What comes of invoking a function."""

from __future__ import annotations

import msgspec


class Invocation(msgspec.Struct, frozen=True):
    """The answer to an invocation. `function_error` is None or "Unhandled"; `log_tail` is base64."""

    status: int
    payload: bytes
    function_error: str | None
    executed_version: str
    log_tail: str | None
    request_id: str
