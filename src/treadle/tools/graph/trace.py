"""What an execution did, read from its history: status of every state, transitions taken, how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from treadle.engine.history import HistoryEvent
from treadle.tools.graph.theme import Status
from treadle.tools.history import Visit, event_of, visits
from treadle.tools.layout import Drawing, Edge
from treadle.values import Pointer

# Which outcome of several visits at once (iterations of a Map) a state shows.
_GRAVITY: tuple[Status, ...] = ("FAILED", "TIMED_OUT", "RUNNING", "ABORTED", "CAUGHT", "SUCCEEDED")
_ENDS: Mapping[str, Status] = {
    "ExecutionSucceeded": "SUCCEEDED",
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


def read_trace(drawing: Drawing, events: Sequence[HistoryEvent | Mapping[str, Any]]) -> Trace:
    """The trace of GetExecutionHistory's `events`, oldest first, over the picture of their definition."""
    ids = {box.name: box.id for box in reversed(drawing.boxes) if box.kind not in ("Start", "End", "Missing")}
    history = [event if isinstance(event, HistoryEvent) else event_of(event) for event in events]
    outcome: Status = _ENDS.get(history[-1].type, "RUNNING") if history else "RUNNING"
    stays = visits(history)
    found: dict[Pointer, list[Visit]] = {}
    for visit in stays:
        if visit.name in ids:
            found.setdefault(ids[visit.name], []).append(visit)
    status = {id: _worst(each) for id, each in found.items()}
    return Trace(outcome, status, {id: len(each) for id, each in found.items()}, _taken(drawing, ids, stays, outcome))


def _taken(
    drawing: Drawing, ids: Mapping[str, Pointer], stays: Sequence[Visit], outcome: Status
) -> Mapping[Pointer, int]:
    """How often each transition was taken."""
    edges: dict[Pointer, list[Edge]] = {}
    for edge in drawing.edges:
        edges.setdefault(edge.source, []).append(edge)
    ways: list[Edge] = []
    for visit in stays:
        if visit.before is not None:
            ways += _between(edges, ids.get(visit.before.name), ids.get(visit.name), visit.before)
        elif visit.parent is None:
            ways += edges.get("/StartAt", ())
    last = next((visit for visit in reversed(stays) if visit.parent is None), None)
    if outcome == "SUCCEEDED" and last is not None:
        ways += (each for each in edges.get(ids.get(last.name, ""), ()) if each.kind == "end")
    taken: dict[Pointer, int] = {}
    for edge in ways:
        taken[edge.id] = taken.get(edge.id, 0) + 1
    return taken


def _between(
    edges: Mapping[Pointer, list[Edge]], source: Pointer | None, target: Pointer | None, left: Visit
) -> list[Edge]:
    """The transitions that may have led from one state to the next: history does not name the choice rule."""
    ways = [each for each in edges.get(source or "", ()) if each.target == target]
    if not left.caught:
        return [each for each in ways if each.kind != "catch"]
    catches = [each for each in ways if each.kind == "catch"]
    error = left.attempts[-1].error or ("States.Timeout" if left.attempts[-1].timed_out else "States.TaskFailed")
    named = [each for each in catches if each.label and error in each.label.note]
    return (named or catches)[:1]


def _worst(stays: list[Visit]) -> Status:
    """The gravest of the stays that never ended well; if all were left, how the last one was."""
    open_ones = [status_of(each) for each in stays if each.outcome != "exited"]
    return min(open_ones, key=_GRAVITY.index) if open_ones else status_of(stays[-1])


def status_of(visit: Visit) -> Status:
    if visit.outcome == "exited":
        return "CAUGHT" if visit.caught else "SUCCEEDED"
    if visit.ended is not None:
        return _ENDS.get(visit.ended, "FAILED")
    if visit.attempts and visit.attempts[-1].failed:
        return "TIMED_OUT" if visit.attempts[-1].timed_out else "FAILED"
    statuses: Mapping[str, Status] = {"failed": "FAILED", "aborted": "ABORTED"}
    return statuses.get(visit.outcome, "RUNNING")
