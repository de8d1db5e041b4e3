"""X-Ray: the trace of an execution whose machine has `tracingConfiguration.enabled`.

One segment per execution, a subsegment per state that was entered, below it one per call. Sent when the execution ends,
so that running costs nothing. AWS samples; here every traced execution is kept. Source: X-Ray developer guide, "Segment
documents"; Step Functions developer guide, "Trace Step Functions request data in AWS X-Ray".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import orjson

from treadle.api.errands import Errands
from treadle.api.metrics import TERMINAL
from treadle.aws import Caller
from treadle.engine.execution import Execution
from treadle.engine.history import DETAILS, HistoryEvent
from treadle.runtime.records import Revision

# A segment document has at most 64 kB (X-Ray developer guide): so many events of a history are looked at.
MOST = 1_000
LIMIT = 64_000
# How a call ends -> what kind of call it is.
CALL_ENDS = {
    f"{call}{end}": call
    for call in ("Task", "LambdaFunction", "Activity")
    for end in ("Succeeded", "Failed", "TimedOut")
}


class Cloud(Protocol):
    """What of the built-in cloud is needed here."""

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> Any: ...


class Moment(NamedTuple):
    """What of a history event is needed here."""

    id: int
    previous: int
    at: float
    type: str
    details: Mapping[str, Any]


class Traces:
    """A listener of the pump. `history` gives the inside of a JSON array of a Standard execution's events, `header` the
    traceHeader of an execution that is in memory."""

    def __init__(
        self, cloud: Cloud, errands: Errands, history: Callable[[str], bytes], header: Callable[[str], str | None]
    ) -> None:
        self._cloud, self._errands, self._history, self._header = cloud, errands, history, header
        self._express: dict[str, list[Moment]] = {}  # those have no history in a store

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        if not revision.tracing:
            return
        arn = execution.facts.arn
        if execution.facts.kind == "EXPRESS":
            self._express.setdefault(arn, []).extend(map(seen, events[:MOST]))
        if not any(event.type in TERMINAL for event in events):
            return
        moments = self._express.pop(arn, None)
        if moments is None:
            moments = [read(event) for event in orjson.loads(b"[" + self._history(arn) + b"]")]
        document = segment(execution, revision, moments, self._header(arn))
        if document is not None:
            self._errands.send(self._put(Caller(*reversed(arn.split(":", 5)[3:5])), document))

    async def _put(self, caller: Caller, document: str) -> None:
        await self._cloud.call(caller, "xray", "PutTraceSegments", {"TraceSegmentDocuments": [document]})


def seen(event: HistoryEvent) -> Moment:
    return Moment(event.id, event.previous, event.at, event.type, event.details or {})


def read(event: Mapping[str, Any]) -> Moment:
    """An event in its wire form."""
    kind = event["type"]
    details = event.get(DETAILS.get(kind, ""), {})
    return Moment(event["id"], event["previousEventId"], event["timestamp"], kind, details)


def segment(execution: Execution, revision: Revision, moments: Sequence[Moment], header: str | None) -> str | None:
    """The segment document, as JSON text; None when the caller has decided against a trace (`Sampled=0`)."""
    facts, parts = execution.facts, header_of(header)
    if parts.get("Sampled") == "0":
        return None
    body: dict[str, Any] = {
        "trace_id": parts.get("Root") or f"1-{int(facts.started_at):08x}-{digest(facts.arn, 24)}",
        "id": digest(facts.arn, 16),
        "name": revision.name,
        "start_time": facts.started_at,
        "end_time": execution.stopped_at,
        "origin": "AWS::StepFunctions::StateMachine",
        "aws": {"account_id": facts.arn.split(":")[4], "execution_arn": facts.arn, "request_id": facts.name},
    }
    if "Parent" in parts:
        body["parent_id"] = parts["Parent"]
    if execution.status != "SUCCEEDED":
        body["fault"] = True
    if execution.failure is not None:
        body["cause"] = caused(facts.arn, execution.failure.error, execution.failure.cause)
    body["subsegments"] = subsegments(facts.arn, moments[:MOST], execution.stopped_at or facts.started_at)
    while len(text := orjson.dumps(body)) > LIMIT and body["subsegments"]:
        del body["subsegments"][len(body["subsegments"]) // 2 :]
    return text.decode()


def header_of(text: str | None) -> dict[str, str]:
    """`Root=1-...;Parent=...;Sampled=1` as its parts."""
    pairs = [part.strip().partition("=") for part in (text or "").split(";")]
    return {name: value for name, _, value in pairs if value}


def subsegments(arn: str, moments: Sequence[Moment], end: float) -> list[dict[str, Any]]:
    """One per state that was entered, in that order; one that was never left lasts until the `end`."""
    by_id = {moment.id: moment for moment in moments}
    states: dict[int, dict[str, Any]] = {}
    for moment in moments:
        kind, _, verb = moment.type.partition("State")
        call = CALL_ENDS.get(moment.type)
        if verb == "Entered":
            states[moment.id] = span(arn, moment, moment.details["name"])
        elif verb == "Exited":
            entered = back(by_id, moment, f"{kind}StateEntered", moment.details["name"])
            if entered is not None:
                states[entered.id]["end_time"] = moment.at
        elif call is not None and (begun := back(by_id, moment, f"{call}Scheduled")) is not None:
            entered = back(by_id, begun, "TaskStateEntered")
            if entered is not None:
                states[entered.id].setdefault("subsegments", []).append(called(arn, begun, moment))
    for state in states.values():
        if "end_time" not in state:
            state |= {"end_time": end, "fault": True}
    return list(states.values())


def back(by_id: Mapping[int, Moment], moment: Moment, type: str, name: str | None = None) -> Moment | None:
    """The closest event before `moment`, in its own chain, of this type (and state name)."""
    found = by_id.get(moment.previous)
    while found is not None and not (found.type == type and name in (None, found.details.get("name"))):
        found = by_id.get(found.previous)
    return found


def span(arn: str, moment: Moment, name: str) -> dict[str, Any]:
    return {"id": digest(f"{arn}/{moment.id}", 16), "name": name, "start_time": moment.at}


def called(arn: str, begun: Moment, ended: Moment) -> dict[str, Any]:
    """The call of a task, from its scheduling to its end."""
    resource = str(begun.details.get("resource", ""))
    service = begun.details.get("resourceType") or ("lambda" if ":function:" in resource else "states")
    made = span(arn, begun, str(service)) | {"end_time": ended.at, "namespace": "aws", "aws": {"operation": resource}}
    if not ended.type.endswith("Succeeded"):
        made |= {"fault": True, "cause": caused(arn, ended.details.get("error"), ended.details.get("cause"))}
    return made


def caused(arn: str, error: str | None, cause: str | None) -> dict[str, Any]:
    return {"exceptions": [{"id": digest(f"{arn}{error}", 16), "type": error or "", "message": cause or ""}]}


def digest(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]
