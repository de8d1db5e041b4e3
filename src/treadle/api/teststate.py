"""TestState: runs one state in isolation."""

from __future__ import annotations

from treadle.api.context import Answer, Context, Params
from treadle.api.errors import NOT_YET


async def test_state(context: Context, params: Params) -> Answer:
    """Refused until the engine can show its trace."""
    raise NOT_YET(operation="TestState")
