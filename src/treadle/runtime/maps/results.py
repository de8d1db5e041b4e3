"""How the children of a run ended, whatever their kind: read back, worded as AWS does, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct

from treadle.asl.errors import PAYLOAD_LIMIT, too_large
from treadle.asl.timestamps import format_timestamp
from treadle.engine.maprun import Index, MapRun, child_name
from treadle.runtime.maps.order import Order
from treadle.runtime.maps.store import Result
from treadle.runtime.records import ExecutionRecord
from treadle.runtime.store import Store
from treadle.values import Json, Payload, dumps, loads

# Records that are read before the loop gets a turn.
BATCH = 64


def child_arn(run: MapRun, index: Index) -> str:
    """`execution:NAME/LABEL:UUID`, or `express:NAME/LABEL:UUID:RUN` for express children."""
    head, _, machine = run.machine_arn.partition(":stateMachine:")
    name = child_name(run.arn, index)
    if run.kind == "STANDARD":
        return f"{head}:execution:{machine}:{name}"
    return f"{head}:express:{machine}:{name}:{run.arn.rpartition(':')[2]}"


class Outcome(Struct, frozen=True):
    """A child that has ended. `ended` False: it was never started, or is still under way."""

    index: Index
    status: str
    input: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    started_at: float | None = None
    stopped_at: float | None = None
    redrives: int = 0


def outcome_of(index: Index, record: ExecutionRecord) -> Outcome:
    return Outcome(
        index,
        record.status,
        record.input or "null",
        record.output,
        record.error,
        record.cause,
        record.started_at,
        record.stopped_at,
        record.redrives,
    )


def outcome_from(result: Result) -> Outcome:
    return Outcome(
        result.index,
        result.status,
        result.input,
        result.output,
        result.error,
        result.cause,
        result.started_at,
        result.stopped_at,
        result.redrives,
    )


async def outcomes(store: Store, run: MapRun) -> AsyncIterator[Outcome]:
    """All children that have ended, in constant memory: standard ones by number, express ones as they ended."""
    source = _standard(store, run) if run.kind == "STANDARD" else _express(store, run)
    async for outcome in source:
        yield outcome


async def _standard(store: Store, run: MapRun) -> AsyncIterator[Outcome]:
    for index in range(run.read):
        record = store.record(child_arn(run, index))
        if record is not None and record.status != "RUNNING":
            yield outcome_of(index, record)
        if index % BATCH == BATCH - 1:
            await asyncio.sleep(0)


async def _express(store: Store, run: MapRun) -> AsyncIterator[Outcome]:
    number = 0
    while (chunk := store.runs.chunk(run.arn, number)) is not None:
        number = chunk.number
        for result in chunk.results:
            if is_latest(store, run, result):
                yield outcome_from(result)
        await asyncio.sleep(0)


def is_latest(store: Store, run: MapRun, result: Result) -> bool:
    """Whether no redrive has given the child another result since."""
    if run.redrives == 0 or result.status == "SUCCEEDED":
        return True
    return store.runs.result(run.arn, result.index) == result


# -- wording
def record_of(run: MapRun, outcome: Outcome) -> dict[str, Json]:
    """A child with its metadata: what Transformation NONE writes, members in AWS's order."""
    record: dict[str, Any] = {}
    if outcome.cause is not None:
        record["Cause"] = outcome.cause
    if outcome.error is not None:
        record["Error"] = outcome.error
    record |= {
        "ExecutionArn": child_arn(run, outcome.index),
        "Input": outcome.input,
        "InputDetails": {"Included": True},
        "Name": child_name(run.arn, outcome.index),
    }
    if outcome.output is not None:
        record["Output"] = outcome.output
    record["OutputDetails"] = {"Included": True}
    record["RedriveCount"] = outcome.redrives
    if outcome.status == "SUCCEEDED":
        record["RedriveStatus"] = "NOT_REDRIVABLE"
        record["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    else:
        record["RedriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
    if outcome.started_at is not None:
        record["StartDate"] = format_timestamp(outcome.started_at)
    record["StateMachineArn"] = run.machine_arn
    record["Status"] = outcome.status
    if outcome.stopped_at is not None:
        record["StopDate"] = format_timestamp(outcome.stopped_at)
    return record


def texts_of(run: MapRun, order: Order, outcome: Outcome) -> list[str]:
    """What one child adds to the results, as JSON. Failures are never transformed."""
    if order.transformation == "NONE" or outcome.output is None:
        return [dumps(record_of(run, outcome))]
    if order.transformation == "FLATTEN" and outcome.output.startswith("["):
        return [dumps(value) for value in loads(outcome.output)]
    return [outcome.output]


async def gather(store: Store, run: MapRun, order: Order, state: str) -> Payload:
    """The results as the state's own output. Raises StatesError when they are larger than a payload may be."""
    parts: list[tuple[Index, list[str]]] = []
    size = 2
    async for outcome in outcomes(store, run):
        texts = texts_of(run, order, outcome)
        size += sum(len(text.encode()) + 1 for text in texts)
        if size - 1 > PAYLOAD_LIMIT:
            raise too_large(state)
        parts.append((outcome.index, texts))
    parts.sort()
    return Payload(text="[" + ",".join(text for _, texts in parts for text in texts) + "]")
