"""News about tasks from outside: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat."""

from __future__ import annotations

import msgspec

from treadle.api.context import Answer, Context, Params
from treadle.api.errors import INVALID_OUTPUT
from treadle.asl.jsontext import explain
from treadle.engine.execution import Failure
from treadle.values import Payload, loads


async def succeed(context: Context, params: Params) -> Answer:
    text = params["output"]
    try:
        output = Payload(loads(text))
    except msgspec.DecodeError:
        raise INVALID_OUTPUT(problem=explain(text)) from None
    await context.office.executions.task_succeeded(params["taskToken"], output)
    return {}


async def fail(context: Context, params: Params) -> Answer:
    failure = Failure(params.get("error"), params.get("cause"))
    await context.office.executions.task_failed(params["taskToken"], failure)
    return {}


async def heartbeat(context: Context, params: Params) -> Answer:
    await context.office.executions.task_heartbeat(params["taskToken"])
    return {}
