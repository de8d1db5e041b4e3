"""Map runs, the work of distributed Maps: ListMapRuns, DescribeMapRun, UpdateMapRun."""

from __future__ import annotations

from treadle.api.arns import read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import MAP_RUN_DOES_NOT_EXIST, NOTHING_TO_UPDATE_IN_RUN
from treadle.api.executions import existing


async def list_runs(context: Context, params: Params) -> Answer:
    existing(context, params["executionArn"])
    return {"mapRuns": []}


async def describe(context: Context, params: Params) -> Answer:
    raise MAP_RUN_DOES_NOT_EXIST(arn=read(params["mapRunArn"], "mapRun").text)


async def update(context: Context, params: Params) -> Answer:
    if not any(name in params for name in ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")):
        raise NOTHING_TO_UPDATE_IN_RUN()
    raise MAP_RUN_DOES_NOT_EXIST(arn=read(params["mapRunArn"], "mapRun").text)
