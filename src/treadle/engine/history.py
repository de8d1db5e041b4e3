"""AWS history events: their names, the member that holds their details, and their wire form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
from msgspec import Struct
from msgspec.structs import replace

from treadle.engine.execution import EventId
from treadle.values import LONG, Instant, Json, Payload


class HistoryEvent(Struct, frozen=True):
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


def encode(events: Sequence[HistoryEvent]) -> bytes:
    """The events as the inside of a JSON array: ready to be stored and to be joined with commas into an answer.

    A long payload is quoted once and copied, because it usually stands in two events: as the output of one state and
    as the input of the next, which may add a member to it. For short ones a single pass of the encoder over everything
    is faster.
    """
    if not any(is_long(value) for event in events for value in (event.details or {}).values()):
        return orjson.dumps([wire(event) for event in events], default=_text)[1:-1]
    quoted: dict[int, bytes] = {}
    return b",".join(encode_one(event, quoted) for event in events)


def is_long(value: object) -> bool:
    return type(value) is Payload and len(value.text) > LONG


def encode_one(event: HistoryEvent, quoted: dict[int, bytes]) -> bytes:
    """One event; `quoted` keeps the JSON strings of long texts, by their identity, for the events after it."""
    details = event.details or {}
    long = {name: value for name, value in details.items() if isinstance(value, Payload) and is_long(value)}
    short = replace(event, details={name: value for name, value in details.items() if name not in long})
    text = orjson.dumps(wire(short if long else event), default=_text)
    if not long:
        return text
    # `wire` puts the details last, so the text ends with theirs and its own brace.
    parts = [text[:-2]]
    for name, payload in long.items():
        parts += [b'"' if parts[-1][-1:] == b"{" else b',"', name.encode(), b'":"', *_quote(payload, quoted), b'"']
    return b"".join([*parts, b"}}"])


def _quote(payload: Payload, quoted: dict[int, bytes]) -> Iterator[bytes]:
    """The inside of the JSON string that has the payload's text."""
    for part in payload.parts():
        if len(part) <= LONG:
            yield orjson.dumps(part)[1:-1]
            continue
        if id(part) not in quoted:
            quoted[id(part)] = orjson.dumps(part)[1:-1]
        yield quoted[id(part)]


def _text(value: object) -> str:
    if isinstance(value, Payload):
        return value.text
    raise TypeError(f"not part of a history event: {type(value).__name__}")
