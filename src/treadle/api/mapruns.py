"""Map runs, the work of distributed Maps: ListMapRuns, DescribeMapRun, UpdateMapRun."""

from __future__ import annotations

from treadle.api import pages
from treadle.api.arns import read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import MAP_RUN_DOES_NOT_EXIST, NOTHING_TO_UPDATE_IN_RUN, RUN_IS_OVER
from treadle.api.executions import existing
from treadle.engine.maprun import MapRun, Tally
from treadle.values import Json


async def list_runs(context: Context, params: Params) -> Answer:
    """ListMapRuns of an execution: the newest first."""
    execution = existing(context, params["executionArn"])
    runs = context.office.executions.map_runs(execution.arn)
    now = context.office.now()
    listing = f"map runs {execution.arn}"
    place = pages.position(params.get("nextToken"), listing, now)
    first = 0 if place is None else int(place)
    last = first + pages.size(params)
    answer: Answer = {"mapRuns": [_listed(run) for run in runs[first:last]]}
    if last < len(runs):
        answer["nextToken"] = pages.token(listing, str(last), now)
    return answer


async def describe(context: Context, params: Params) -> Answer:
    """DescribeMapRun."""
    run = _existing(context, params)
    answer: Answer = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": round(run.started_at, 3),
        "maxConcurrency": run.concurrency,
        "toleratedFailurePercentage": float(run.tolerated_percentage),
        "toleratedFailureCount": run.tolerated_count,
        "itemCounts": _counts(run, run.items),
        "executionCounts": _counts(run, run.children),
        "redriveCount": run.redrives,
    }
    if run.stopped_at is not None:
        answer["stopDate"] = round(run.stopped_at, 3)
    if run.redriven_at is not None:
        answer["redriveDate"] = round(run.redriven_at, 3)
    return answer


async def update(context: Context, params: Params) -> Answer:
    """UpdateMapRun: takes effect while the run goes on."""
    limits = [params.get(name) for name in ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")]
    if all(limit is None for limit in limits):
        raise NOTHING_TO_UPDATE_IN_RUN()
    run = _existing(context, params)
    if not await context.office.executions.update_map_run(run.arn, *limits):
        raise RUN_IS_OVER()
    return {}


def _existing(context: Context, params: Params) -> MapRun:
    arn = read(params["mapRunArn"], "mapRun").text
    run = context.office.executions.map_run(arn)
    if run is None:
        raise MAP_RUN_DOES_NOT_EXIST(arn=arn)
    return run


def _listed(run: MapRun) -> Answer:
    entry: Answer = {
        "executionArn": run.execution_arn,
        "mapRunArn": run.arn,
        "stateMachineArn": run.machine_arn,
        "startDate": round(run.started_at, 3),
    }
    if run.stopped_at is not None:
        entry["stopDate"] = round(run.stopped_at, 3)
    return entry


def _counts(run: MapRun, tally: Tally) -> dict[str, Json]:
    """Counts of items or child executions. Those about redrives come with runs that a redrive can concern."""
    counts: dict[str, Json] = {
        "pending": tally.pending,
        "running": tally.running,
        "succeeded": tally.succeeded,
        "failed": tally.failed,
        "timedOut": tally.timed_out,
        "aborted": tally.aborted,
        "total": tally.total,
        "resultsWritten": tally.written,
    }
    if run.redrives or run.status in ("FAILED", "ABORTED"):
        # Every unsuccessful child can be redriven here.
        counts |= {"failuresNotRedrivable": 0, "pendingRedrive": tally.pending_redrive}
    return counts
