"""A history read as visits: which states were entered, with what, how often they were tried, how they were left.

The one reader of histories, for pictures, terminals, costs, comparisons, tests and the console. It takes those made
here and those of AWS: events are linked to states by their chain of previous events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET

from treadle.engine.history import DETAILS, HistoryEvent
from treadle.values import Instant, Json, Payload, loads

_SCHEDULED = frozenset({"TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled", "MapRunStarted"})
_BEGUN = frozenset({"ParallelStateStarted", "MapStateStarted"})
_SUCCEEDED = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded", "ActivitySucceeded"})
# Events that end an attempt badly; those of forks repeat what a child has told.
_FAILED = frozenset(
    {
        "TaskFailed",
        "TaskTimedOut",
        "TaskStartFailed",
        "TaskSubmitFailed",
        "LambdaFunctionFailed",
        "LambdaFunctionTimedOut",
        "LambdaFunctionScheduleFailed",
        "LambdaFunctionStartFailed",
        "ActivityFailed",
        "ActivityTimedOut",
        "ActivityScheduleFailed",
        "MapRunFailed",
        "EvaluationFailed",
    }
)


class Decoded:
    """A member that holds a payload as its event keeps it and decodes it when somebody asks: most are never read."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._kept = f"_{name}"

    def __get__(self, holder: Any, owner: type | None = None) -> Json:
        return decoded(getattr(holder, self._kept))

    def __set__(self, holder: Any, value: Json) -> None:
        setattr(holder, self._kept, value)


class Attempt:
    """One try of a Task, Parallel or Map. `arguments` are what the task was called with."""

    arguments, submitted, result = Decoded(), Decoded(), Decoded()

    def __init__(self, at: Instant) -> None:
        self.at = at
        self.started: Instant | None = None
        self.until: Instant | None = None
        self.arguments = None
        self.submitted = UNSET
        self.result = UNSET
        self.error: str | None = None
        self.cause: str | None = None
        self.timed_out = False
        self.called: object = None  # the ARN of a function or an activity
        self.resource = ""  # "lambda", "activity", "map" (a map run), or the integration: "lambda:invoke"

    @property
    def function(self) -> str | None:
        """The name of the Lambda function it invoked."""
        given = self.called
        if self.resource == "lambda:invoke" and isinstance(self.arguments, dict):
            given = self.arguments.get("FunctionName")
        if self.resource not in ("lambda", "lambda:invoke") or not isinstance(given, str):
            return None
        parts = given.split(":")
        return parts[6] if len(parts) > 6 else parts[0]

    @property
    def failed(self) -> bool:
        return self.error is not None or self.cause is not None or self.timed_out


class Visit:
    """One passage through a state. `items` are the indexes of the enclosing Map iterations, outermost first."""

    input, output = Decoded(), Decoded()

    def __init__(self, name: str, type: str, input: Json, at: Instant, parent: Visit | None, depth: int) -> None:
        self.name, self.type, self.input, self.at = name, type, input, at
        self.parent, self.depth = parent, depth
        self.before: Visit | None = None  # the visit that led here; None at the start of a flow
        self.items: tuple[int, ...] = ()
        self.until: Instant | None = None
        self.output = None
        self.variables: dict[str, Json] = {}
        self.attempts: list[Attempt] = []
        self.event = 0  # id of its Entered event
        self.outcome = "open"  # "exited", "failed", "aborted"
        self.ended: str | None = None  # the type of the event by which the execution ended here
        self.error: str | None = None
        self.cause: str | None = None

    @property
    def retries(self) -> int:
        return max(0, len(self.attempts) - 1)

    @property
    def duration(self) -> float | None:
        """Seconds from entering to leaving it."""
        return None if self.until is None else self.until - self.at

    @property
    def errors(self) -> list[str | None]:
        """The errors of its failed attempts."""
        return [attempt.error for attempt in self.attempts if attempt.failed]

    @property
    def caught(self) -> bool:
        """Whether it was left by way of a Catch."""
        return self.outcome == "exited" and bool(self.attempts) and self.attempts[-1].failed

    def begin(self, at: Instant) -> Attempt:
        self.attempts.append(Attempt(at))
        return self.attempts[-1]

    def __repr__(self) -> str:
        return f"<visit of {self.name}: {self.outcome}>"


def visits(
    events: Iterable[HistoryEvent | Mapping[str, Any]], items: tuple[int, ...] = (), depth: int = 0
) -> list[Visit]:
    """The visits in the order they began, from events of the engine or as GetExecutionHistory gives them. `items` and
    `depth` are those of the execution inside its parent. KeyError, TypeError and ValueError tell what is no event."""
    reader = _Reader(items, depth)
    for event in events:
        reader.take(event if isinstance(event, HistoryEvent) else event_of(event))
    return reader.visits


def event_of(row: Mapping[str, Any]) -> HistoryEvent:
    """One event as GetExecutionHistory, the AWS CLI (ISO 8601) or boto3 (datetime) give it. Raises as `visits`."""
    at = row["timestamp"]
    if not isinstance(at, int | float):
        at = (at if isinstance(at, datetime) else datetime.fromisoformat(str(at))).timestamp()
    details = row.get(DETAILS.get(row["type"], ""))
    return HistoryEvent(row["id"], int(row.get("previousEventId", 0)), float(at), row["type"], details)


class _Reader:
    def __init__(self, items: tuple[int, ...], depth: int) -> None:
        self.visits: list[Visit] = []
        self._items, self._depth = items, depth
        self._owner: dict[int, Visit | None] = {0: None}
        self._iterations: dict[int, tuple[Visit | None, tuple[int, ...]]] = {}
        self._types: dict[int, str] = {}
        self._revived: list[Visit] = []

    def take(self, event: HistoryEvent) -> None:
        details = event.details or {}
        previous = self._owner.get(event.previous)
        if self._types.get(event.previous) == "ExecutionRedriven":
            previous = self._redriven(details)
        elif event.type == "ExecutionRedriven":
            self._revive()
        self._types[event.id] = event.type
        if event.type.endswith("StateEntered"):
            owner: Visit | None = self._enter(event, details, previous)
        elif event.type.endswith("StateExited"):
            owner = climb(previous, str(details["name"])) or previous
            if owner is not None:
                self._cut(owner, event.at)
                _leave(owner, event, details)
        elif event.type.startswith("MapIteration"):
            owner = _around(previous, "Map") if "name" not in details else climb(previous, str(details["name"]))
            if event.type == "MapIterationStarted" and owner is not None:
                self._iterations[event.id] = (owner, (*owner.items, int(str(details.get("index", 0)))))
            owner = owner or previous
        elif event.type.startswith(("ParallelState", "MapState")):
            owner = self._fork(event, previous)
        else:
            owner = previous
            if owner is not None:
                _work(owner, event, details)
            if event.type in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
                self._end(event, details, previous)
        self._owner[event.id] = owner

    def _enter(self, event: HistoryEvent, details: dict[str, object], previous: Visit | None) -> Visit:
        parent, items = previous.parent if previous else None, previous.items if previous else self._items
        before: Visit | None = None
        if event.previous in self._iterations:
            parent, items = self._iterations[event.previous]
        elif self._types.get(event.previous) == "ParallelStateStarted":
            parent = previous
        else:
            before = previous
        depth = self._depth if parent is None else parent.depth + 1
        kind = event.type.removesuffix("StateEntered")
        visit = Visit(str(details["name"]), kind, details.get("input"), event.at, parent, depth)
        visit.items, visit.event, visit.before = items, event.id, before
        self.visits.append(visit)
        return visit

    def _revive(self) -> None:
        """What failed or was cut off goes on: the leaves first of all."""
        over = [visit for visit in self.visits if visit.outcome in ("failed", "aborted")]
        parents = {id(visit.parent) for visit in over}
        self._revived = [visit for visit in over if id(visit) not in parents]
        for visit in over:
            visit.outcome, visit.until, visit.error, visit.cause = "open", None, None, None
            visit.ended = None
            if id(visit) in parents and visit.attempts:
                # A fork joins again rather than beginning anew.
                visit.attempts[-1].error, visit.attempts[-1].cause, visit.attempts[-1].until = None, None, None

    def _redriven(self, details: dict[str, object]) -> Visit | None:
        """Whose event follows upon ExecutionRedriven: that of the name it has, else the next leaf."""
        if "name" in details:
            return next((visit for visit in reversed(self.visits) if visit.name == details["name"]), None)
        return self._revived.pop(0) if self._revived else None

    def _fork(self, event: HistoryEvent, previous: Visit | None) -> Visit | None:
        """Events of a Parallel or Map itself. Most have no name: it is the nearest one around that is still open."""
        owner = _around(previous, event.type.partition("State")[0])
        if owner is None:
            return previous
        if event.type in _BEGUN:
            self._cut(owner, event.at)
            owner.begin(event.at)
        elif event.type.endswith("Failed"):
            if not owner.attempts:
                owner.begin(event.at)
            owner.attempts[-1].until = event.at
            _fail(owner, previous)
        elif event.type.endswith("Aborted"):
            owner.outcome, owner.until = "aborted", event.at
        return owner

    def _cut(self, fork: Visit, at: Instant) -> None:
        """What is still open in a fork that is left, or begins anew, was cut off."""
        if not (fork.attempts and fork.attempts[-1].failed):
            return
        for visit in reversed(self.visits):
            if visit is fork:
                return
            if visit.outcome == "open" and _is_inside(visit, fork):
                visit.outcome, visit.until = "aborted", at

    def _end(self, event: HistoryEvent, details: dict[str, object], last: Visit | None) -> None:
        """The execution is over: what is still open has failed (where the error came from) or was cut off."""
        if last is not None and last.outcome == "open":
            last.ended = event.type
        while last is not None:
            if last.outcome == "open" and event.type == "ExecutionFailed":
                last.outcome, last.until = "failed", event.at
                last.error = last.error or _text(details.get("error"))
                last.cause = last.cause or _text(details.get("cause"))
            last = last.parent
        for visit in self.visits:
            if visit.outcome == "open":
                visit.outcome, visit.until = "aborted", event.at


def _around(visit: Visit | None, type: str) -> Visit | None:
    """`visit` or the nearest around it that is of a type and still open."""
    while visit is not None and (visit.type != type or visit.outcome != "open"):
        visit = visit.parent
    return visit


def _is_inside(visit: Visit, fork: Visit) -> bool:
    around = visit.parent
    while around is not None and around is not fork:
        around = around.parent
    return around is fork


def climb(visit: Visit | None, name: str) -> Visit | None:
    """`visit` or the nearest around it that is called `name`: names are unique in a machine."""
    while visit is not None and visit.name != name:
        visit = visit.parent
    return visit


def _leave(visit: Visit, event: HistoryEvent, details: dict[str, object]) -> None:
    visit.outcome, visit.until, visit.output = "exited", event.at, details.get("output")
    assigned = details.get("assignedVariables")
    if isinstance(assigned, dict):
        visit.variables = {name: decoded(value) for name, value in assigned.items()}
    if visit.attempts and visit.attempts[-1].until is None:
        visit.attempts[-1].until = event.at


def _work(visit: Visit, event: HistoryEvent, details: dict[str, object]) -> None:
    """Events of a task."""
    if event.type in _SCHEDULED:
        attempt = visit.begin(event.at) if event.type != "MapRunStarted" else visit.attempts[-1]
        attempt.arguments = details.get("parameters", details.get("input"))
        if event.type == "TaskScheduled":
            attempt.resource = f"{details.get('resourceType')}:{details.get('resource')}".partition(".")[0]
        elif event.type == "MapRunStarted":
            attempt.resource, attempt.called = "map", details.get("mapRunArn")
        else:
            attempt.resource = "lambda" if event.type.startswith("Lambda") else "activity"
            attempt.called = details.get("resource")
    elif event.type == "MapRunRedriven":
        visit.begin(event.at).resource = "map"
    elif event.type in ("TaskStarted", "LambdaFunctionStarted", "ActivityStarted") and visit.attempts:
        visit.attempts[-1].started = event.at
    elif event.type == "TaskSubmitted" and visit.attempts:
        visit.attempts[-1].submitted = details.get("output")
    elif event.type in _SUCCEEDED and visit.attempts:
        visit.attempts[-1].result, visit.attempts[-1].until = details.get("output"), event.at
    elif event.type in _FAILED:
        # An expression that fails on the result is no other attempt.
        last = visit.attempts[-1] if visit.attempts and not visit.attempts[-1].failed else None
        attempt = last or visit.begin(event.at)
        attempt.error, attempt.cause = _text(details.get("error")), _text(details.get("cause"))
        attempt.until, attempt.timed_out = event.at, event.type.endswith("TimedOut")
        visit.error, visit.cause = attempt.error, attempt.cause
    elif event.type.endswith("StateAborted"):
        # AWS says so of a task that failed its branch, too.
        visit.outcome = "failed" if visit.attempts and visit.attempts[-1].failed else "aborted"
        visit.until = event.at


def _fail(fork: Visit, child: Visit | None) -> None:
    """A fork fails with the error of the child that failed, whose own way has come to its end."""
    while child is not None and child is not fork:
        if child.outcome == "open":
            child.outcome, child.until = "failed", fork.attempts[-1].until
        fork.error, fork.cause = child.error or fork.error, child.cause or fork.cause
        child = child.parent
    fork.attempts[-1].error, fork.attempts[-1].cause = fork.error, fork.cause


def decoded(value: object) -> Json:
    """A payload of an event as JSON, whichever form the event keeps it in."""
    if isinstance(value, Payload):
        return value.value
    if isinstance(value, str):
        try:
            return loads(value)
        except ValueError:
            return value
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)
