"""News about tasks from outside: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat."""

from __future__ import annotations

from treadle.api.context import Answer, Context, Params
from treadle.api.errors import INVALID_OUTPUT
from treadle.api.payloads import problem


async def succeed(context: Context, params: Params) -> Answer:
    wrong = problem(params["output"])
    if wrong is not None:
        raise INVALID_OUTPUT(problem=wrong)
    await context.office.executions.task_succeeded(params["taskToken"], params["output"])
    return {}


async def fail(context: Context, params: Params) -> Answer:
    await context.office.executions.task_failed(params["taskToken"], params.get("error"), params.get("cause"))
    return {}


async def heartbeat(context: Context, params: Params) -> Answer:
    await context.office.executions.task_heartbeat(params["taskToken"])
    return {}
