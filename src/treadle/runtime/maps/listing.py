"""Express children as ListExecutions and DescribeExecution show them: their results are all that is kept of them."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.engine.maprun import MapRun, child_index, child_name
from treadle.runtime.maps.results import child_arn, is_latest
from treadle.runtime.maps.store import Result
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.store import Page, Query, Store

# A place in the listing of a run: number of the chunk, and of the result in it counted from its end.
SHIFT = 20


def run_of_child(arn: str) -> tuple[str, str] | None:
    """(ARN of the run, name of the child) of `express:NAME/LABEL:CHILD:RUN`; None for another ARN."""
    fields = arn.split(":")
    if len(fields) != 9 or fields[5] != "express" or "/" not in fields[6]:
        return None
    return ":".join([*fields[:5], "mapRun", fields[6], fields[8]]), fields[7]


def record_from(run: MapRun, revision: str, result: Result) -> ExecutionRecord:
    return ExecutionRecord(
        arn=child_arn(run, result.index),
        machine_arn=run.machine_arn,
        name=child_name(run.arn, result.index),
        status=result.status,
        started_at=result.started_at,
        revision=revision,
        kind="EXPRESS",
        stopped_at=result.stopped_at,
        input=result.input,
        output=result.output,
        error=result.error,
        cause=result.cause,
        map_run_arn=run.arn,
        redrives=result.redrives,
        redriven_at=run.redriven_at if result.redrives else None,
        items=result.items,
    )


def ended_child(store: Store, run: MapRun, revision: Revision, name: str) -> ExecutionRecord | None:
    index = child_index(run.arn, name)
    result = None if index is None else store.runs.result(run.arn, index)
    return None if result is None else record_from(run, revision.id, result)


def ended_children(store: Store, run: MapRun, revision: str, query: Query) -> Page:
    """A page of the children that have ended, the latest first."""
    records: list[ExecutionRecord] = []
    before, skip = (None, 0) if query.before is None else (query.before >> SHIFT, query.before & (1 << SHIFT) - 1)
    chunk = store.runs.chunk_before(run.arn, before)
    while chunk is not None:
        for number, result in enumerate(reversed(chunk.results)):
            if number < skip or not _fits(result, query) or not is_latest(store, run, result):
                continue
            if len(records) == query.limit:
                return Page(records, chunk.number + 1 << SHIFT | number)
            records.append(replace(record_from(run, revision, result), input=None, output=None, error=None, cause=None))
        chunk, skip = store.runs.chunk_before(run.arn, chunk.number), 0
    return Page(records)


def _fits(result: Result, query: Query) -> bool:
    return query.status in (None, result.status) and query.redriven in (None, result.redrives > 0)
