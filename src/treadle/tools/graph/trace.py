"""What an execution did, read from its history: status of every state, transitions taken, how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from treadle.tools.graph.theme import Status
from treadle.tools.layout import Drawing, Edge
from treadle.values import Pointer

Event: TypeAlias = Mapping[str, Any]

_INNER = ("ParallelStateStarted", "MapIterationStarted")
_OF_CONTAINERS = ("ParallelState", "MapState", "MapIteration", "MapRun")
# Which outcome of several visits at once (iterations of a Map) a state shows.
_GRAVITY: tuple[Status, ...] = ("FAILED", "TIMED_OUT", "RUNNING", "ABORTED", "CAUGHT", "SUCCEEDED")
_ENDS: Mapping[str, Status] = {
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}


class Trace(Struct, frozen=True):
    """States by the pointer of their definition, transitions by the pointer of the field that names their target."""

    outcome: Status
    status: Mapping[Pointer, Status]
    visits: Mapping[Pointer, int]
    taken: Mapping[Pointer, int]
    never: frozenset[Pointer] = frozenset()  # transitions that tests should have taken, and did not
    notes: Mapping[Pointer, str] = {}  # more about a state, for whoever points at it


class Visit(Struct):
    """One stay in one state."""

    name: str
    type: str
    around: Visit | None  # the stay in the container
    error: str | None = None
    timed_out: bool = False
    left: bool = False
    caught: str | None = None
    ended: Status | None = None  # where the execution ended in it


def read_trace(drawing: Drawing, events: Sequence[Event]) -> Trace:
    """The trace of GetExecutionHistory's `events`, oldest first, over the picture of their definition."""
    ids = {box.name: box.id for box in reversed(drawing.boxes) if box.kind not in ("Start", "End", "Missing")}
    edges: dict[Pointer, list[Edge]] = {}
    for edge in drawing.edges:
        edges.setdefault(edge.source, []).append(edge)
    visits, taken, outcome = _walk(events, ids, edges)
    found: dict[Pointer, list[Visit]] = {}
    for visit in visits:
        if visit.name in ids:
            found.setdefault(ids[visit.name], []).append(visit)
    status = {id: _worst(stays, outcome) for id, stays in found.items()}
    return Trace(outcome, status, {id: len(stays) for id, stays in found.items()}, taken)


def _walk(
    events: Sequence[Event], ids: Mapping[str, Pointer], edges: Mapping[Pointer, list[Edge]]
) -> tuple[list[Visit], dict[Pointer, int], Status]:
    """Follow the history from event to event, each to the stay it belongs to."""
    owner: dict[int, Visit | None] = {0: None}
    types: dict[int, str] = {0: ""}
    visits: list[Visit] = []
    taken: dict[Pointer, int] = {}
    outcome: Status = "RUNNING"

    def take(candidates: Iterable[Edge]) -> None:
        for edge in candidates:
            taken[edge.id] = taken.get(edge.id, 0) + 1

    for event in events:
        type, previous = str(event["type"]), int(event["previousEventId"])
        visit = owner.get(previous)
        if type.endswith("StateEntered"):
            first = types.get(previous) in _INNER
            name = str(event["stateEnteredEventDetails"]["name"])
            entered = Visit(name, type.removesuffix("StateEntered"), visit if first else visit and visit.around)
            if visit is None:
                take(edges.get("/StartAt", ()))
            elif not first:
                take(_between(edges, ids.get(visit.name), ids.get(name), visit.caught))
            visits.append(entered)
            visit = entered
        elif type.startswith("Execution"):
            outcome = "SUCCEEDED" if type == "ExecutionSucceeded" else _ENDS.get(type, outcome)
            if type == "ExecutionSucceeded" and visit is not None:
                take(each for each in edges.get(ids.get(visit.name, ""), ()) if each.kind == "end")
            elif type in _ENDS and visit is not None and not visit.left:
                visit.ended = _ENDS[type]
        elif visit is not None:
            visit = _tell(visit, event, type)
        owner[int(event["id"])] = visit
        types[int(event["id"])] = type
    return visits, taken, outcome


def _tell(visit: Visit, event: Event, type: str) -> Visit:
    """Note what an event tells about its state; the stay that it belongs to."""
    at: Visit | None = visit
    if type.endswith("StateExited"):
        name = event["stateExitedEventDetails"]["name"]
        while at is not None and (at.name != name or at.left):
            at = at.around
        if at is not None:
            at.left, at.caught, at.error = True, at.error, None
        return at or visit
    if type.startswith(_OF_CONTAINERS):
        while at is not None and (at.type not in ("Parallel", "Map") or at.left):
            at = at.around
        if at is None or type.startswith("MapIteration"):
            return at or visit
    at = at or visit
    if type.endswith(("Failed", "TimedOut")):
        details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
        at.timed_out = type.endswith("TimedOut")
        at.error = str(details.get("error") or ("States.Timeout" if at.timed_out else "States.TaskFailed"))
    elif type.endswith(("Scheduled", "Succeeded", "StateStarted")):
        at.error = None
    return at


def _between(
    edges: Mapping[Pointer, list[Edge]], source: Pointer | None, target: Pointer | None, caught: str | None
) -> list[Edge]:
    """The transitions that may have led from one state to the next: history does not name the choice rule."""
    ways = [each for each in edges.get(source or "", ()) if each.target == target]
    if caught is None:
        return [each for each in ways if each.kind != "catch"]
    catches = [each for each in ways if each.kind == "catch"]
    named = [each for each in catches if each.label and caught in each.label.note]
    return (named or catches)[:1]


def _worst(stays: list[Visit], outcome: Status) -> Status:
    """The gravest of the stays that never ended well; if all were left, how the last one was."""
    open_ones = [_status(each, outcome) for each in stays if not each.left]
    return min(open_ones, key=_GRAVITY.index) if open_ones else _status(stays[-1], outcome)


def _status(visit: Visit, outcome: Status) -> Status:
    if visit.left:
        return "CAUGHT" if visit.caught else "SUCCEEDED"
    if visit.ended is not None:
        return visit.ended
    if visit.error is not None:
        return "TIMED_OUT" if visit.timed_out else "FAILED"
    around = visit.around
    while around is not None and not around.left:
        around = around.around
    if around is not None or outcome != "RUNNING":
        return "FAILED" if visit.type == "Fail" else "ABORTED"
    return "RUNNING"
