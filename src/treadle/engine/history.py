"""AWS history events: their names, the member that holds their details, and their wire form."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from treadle.engine.execution import EventId
from treadle.values import Instant, Json, Payload


class HistoryEvent(NamedTuple):
    """One event as GetExecutionHistory shows it. `details` holds wire names; Payloads in it become JSON text."""

    id: EventId
    previous: EventId
    at: Instant
    type: str
    details: dict[str, object] | None = None


def _members() -> dict[str, str]:
    members = {
        f"{kind}State{verb}": f"state{verb}EventDetails"
        for kind in ("Pass", "Choice", "Wait", "Succeed", "Fail", "Task", "Parallel", "Map")
        for verb in ("Entered", "Exited")
    }
    names = [
        "ExecutionStarted",
        "ExecutionSucceeded",
        "ExecutionFailed",
        "ExecutionAborted",
        "ExecutionTimedOut",
        "ExecutionRedriven",
        "TaskScheduled",
        "TaskStarted",
        "TaskStartFailed",
        "TaskSubmitted",
        "TaskSubmitFailed",
        "TaskSucceeded",
        "TaskFailed",
        "TaskTimedOut",
        "LambdaFunctionScheduled",
        "LambdaFunctionScheduleFailed",
        "LambdaFunctionStartFailed",
        "LambdaFunctionSucceeded",
        "LambdaFunctionFailed",
        "LambdaFunctionTimedOut",
        "ActivityScheduled",
        "ActivityScheduleFailed",
        "ActivityStarted",
        "ActivitySucceeded",
        "ActivityFailed",
        "ActivityTimedOut",
        "MapStateStarted",
        "MapIterationStarted",
        "MapIterationSucceeded",
        "MapIterationFailed",
        "MapIterationAborted",
        "MapRunStarted",
        "MapRunFailed",
        "MapRunRedriven",
        "EvaluationFailed",
    ]
    return members | {name: f"{name[0].lower()}{name[1:]}EventDetails" for name in names}


# Event type -> member of the HistoryEvent shape (botocore: stepfunctions, shape HistoryEvent). Types that are
# absent (LambdaFunctionStarted, ParallelStateStarted, MapStateFailed, ...) have no details.
DETAILS = _members()


def wire(event: HistoryEvent) -> dict[str, Json]:
    """The event in the form of the API; Payload members are still Payloads."""
    body: dict[str, Json] = {
        "timestamp": round(event.at, 3),
        "type": event.type,
        "id": event.id,
        "previousEventId": event.previous,
    }
    if event.details is not None:
        body[DETAILS[event.type]] = event.details
    return body


def encode(events: tuple[HistoryEvent, ...] | list[HistoryEvent]) -> bytes:
    """The events as the inside of a JSON array: ready to be stored and to be joined with commas into an answer."""
    return orjson.dumps([wire(event) for event in events], default=_text)[1:-1]


def _text(value: object) -> str:
    if isinstance(value, Payload):
        return value.text
    raise TypeError(f"not part of a history event: {type(value).__name__}")
