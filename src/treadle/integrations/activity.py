"""Activities: the task waits in a queue of the runtime until a worker asks for it with GetActivityTask."""

from __future__ import annotations

from treadle.integrations.integration import Call, Integration
from treadle.values import Json


async def call(call: Call) -> Json:
    raise AssertionError("the runtime's queue performs activities")


ACTIVITY = Integration("activity", frozenset({"request"}), call)
