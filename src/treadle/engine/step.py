"""The verbs of the engine: `step` turns one event into one transition. No I/O, no clock, no luck of its own.

Rule 1: every transition of an execution starts here and nowhere else.
Rule 2: news that nobody waits for changes nothing, so delivering an event twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from treadle.asl.plan import Plan, Task
from treadle.asl.scope import Trace
from treadle.engine import failure, fork, redrive, task
from treadle.engine.commands import RunTask, Transition
from treadle.engine.events import (
    Event,
    RedriveRequested,
    StopRequested,
    TaskFailed,
    TaskHeartbeat,
    TaskStarted,
    TaskSubmitted,
    TaskSucceeded,
    Ticked,
)
from treadle.engine.execution import (
    Entry,
    Execution,
    Facts,
    Failure,
    Frame,
    Joining,
    Pending,
    Ready,
    Sleeping,
    Working,
)
from treadle.engine.index import Index
from treadle.engine.state import enter, leave, resume
from treadle.engine.turn import WHOLE, Turn
from treadle.values import Instant

# States per transition. A longer loop of pure states yields to others; the next tick, due at once, resumes it.
BUDGET = 1_000

# Ours: AWS has no such failure, but reads and writes no JSON of more than 1,000 levels either.
TOO_DEEP = Failure("States.Runtime", "The data is nested too deeply to be worked on.")

# AWS fails an execution whose history would grow longer: developer guide, "Service quotas".
HISTORY_LIMIT = 25_000


def start(
    plan: Plan,
    facts: Facts,
    at: Instant,
    trace: Trace | None = None,
    absent: frozenset[str] = frozenset(),
    entry: Entry | None = None,
) -> Transition:
    """Begin an execution and run it until it waits for the outside. `absent`: activities that do not exist.

    With an `entry` it begins there: its history goes from ExecutionStarted to that state's entry.
    """
    execution = Execution(facts, {}, deadline=None if plan.timeout is None else at + plan.timeout)
    try:
        return proceed(begin(Turn(plan, execution, at, trace, absent), entry))
    except RecursionError:
        return overwhelm(begin(Turn(plan, execution, at, trace), entry))


def begin(turn: Turn, entry: Entry | None = None) -> Turn:
    facts = turn.execution.facts
    turn.record(
        "ExecutionStarted",
        0,
        {"input": facts.input, "inputDetails": WHOLE, "roleArn": facts.role_arn},
    )
    first = entry or Entry(turn.plan.flows[""].start, facts.input)
    turn.put(Frame(0, "", first.state, first.input, variables=first.variables))
    return turn


def step(
    plan: Plan,
    execution: Execution,
    event: Event,
    trace: Trace | None = None,
    budget: int = BUDGET,
    absent: frozenset[str] = frozenset(),
    index: Index | None = None,
) -> Transition:
    """What happens to `execution` when `event` arrives. Stale or late news gives an empty transition.

    At most `budget` states are then run. `absent`: activities of the plan that do not exist (any more).
    `index`: the one that came with `execution`, if the caller kept it; it is used up.
    """
    turn = Turn(plan, execution, event.at, trace, absent, index)
    try:
        if isinstance(event, RedriveRequested):
            redrive.redrive(turn)
        elif turn.status == "RUNNING":
            apply(turn, event)
        return proceed(turn, budget)
    except RecursionError:
        return overwhelm(Turn(plan, execution, event.at, trace))


def apply(turn: Turn, event: Event) -> None:
    match event:
        case Ticked():
            expire(turn)
        case TaskStarted(_, id, worker):
            for frame, working in turn.awaiting(id):
                task.started(turn, frame, working, worker)
        case TaskSubmitted(_, id, output):
            for frame, working in turn.awaiting(id):
                task.submitted(turn, frame, working, output)
        case TaskSucceeded(_, id, output):
            for frame, _working in turn.awaiting(id):
                task.succeeded(turn, frame, output)
        case TaskFailed(_, id, why, stage):
            for frame, _working in turn.awaiting(id):
                task.failed(turn, frame, why, stage)
        case TaskHeartbeat(at, id):
            for frame, working in turn.awaiting(id):
                turn.wait(frame, replace(working, heartbeat_at=task.after(at, working.heartbeat)))
        case StopRequested(_, why):
            failure.stop(turn, "ABORTED", why)


def proceed(turn: Turn, budget: int = BUDGET) -> Transition:
    """Run ready frames until all wait for the outside, or the budget is spent."""
    ready = turn.ready
    while ready and budget and turn.status == "RUNNING":
        frame = turn.frames.get(ready.popleft())
        if frame is not None and type(frame.pending) is Ready:
            if frame.pending.again:
                resume(turn, frame)
            else:
                enter(turn, frame)
            budget -= 1
            if turn.events >= HISTORY_LIMIT:
                break
    if turn.events >= HISTORY_LIMIT and turn.execution.facts.kind == "STANDARD":
        overflow(turn)
    return turn.close()


def overflow(turn: Turn) -> None:
    """AWS keeps 25,000 events and makes the last one the failure, unless the execution has just ended with it."""
    if turn.events == HISTORY_LIMIT and turn.status != "RUNNING":
        return
    room = HISTORY_LIMIT - 1 - turn.execution.events
    del turn.history[room:]
    turn.commands.clear()
    turn.events = HISTORY_LIMIT - 1
    turn.status = "RUNNING"
    last = turn.history[-1].id if turn.history else turn.events
    why = Failure("States.Runtime", "The execution reached the maximum number of history events (25000).")
    failure.end_execution(turn, why, last)


def overwhelm(turn: Turn) -> Transition:
    """The customer's data exhausts the stack: this step has not happened, and the execution fails instead of it."""
    frame = failure.end(turn, turn.frames[0], TOO_DEEP)
    failure.end_execution(turn, TOO_DEEP, frame.last)
    return turn.close()


def expire(turn: Turn) -> None:
    """Everything that is due at `turn.at`, in the order of its instants."""
    limit = turn.execution.deadline
    if limit is not None and limit <= turn.at:
        failure.stop(turn, "TIMED_OUT", Failure("States.Timeout"))
        return
    overdue = [(t, id) for id in turn.index.open if (t := due(turn.frames[id].pending)) is not None and t <= turn.at]
    for _, id in sorted(overdue):
        frame = turn.frames.get(id)
        if frame is None or turn.status != "RUNNING":  # swept away by an earlier expiry of this same tick
            continue
        match frame.pending:
            case Sleeping(_, "retry"):
                turn.wait(frame, Ready(again=True))
            case Sleeping():
                leave(turn, frame)
            case Working(timeout_at=timeout_at):
                task.timed_out(turn, frame, timeout_at is not None and timeout_at <= turn.at)


def deadline(execution: Execution, index: Index | None = None) -> Instant | None:
    """When the next tick is due: the only timer a runtime keeps. 0.0 means at once, None never."""
    if execution.status != "RUNNING":
        return None
    earliest = execution.deadline
    frames = execution.frames
    for id in frames if index is None else index.open:
        instant = due(frames[id].pending)
        if instant is not None and (earliest is None or instant < earliest):
            earliest = instant
    return earliest


def due(pending: Pending) -> Instant | None:
    match pending:
        case Ready():
            return 0.0
        case Sleeping(until):
            return until
        case Working(timeout_at=None, heartbeat_at=None):
            return None
        case Working(timeout_at=timeout_at, heartbeat_at=heartbeat_at):
            return min(t for t in (timeout_at, heartbeat_at) if t is not None)
        case _:
            return None


def outstanding(plan: Plan, execution: Execution) -> Iterator[RunTask]:
    """What a restarted runtime must perform again: the snapshot is the outbox."""
    if execution.status != "RUNNING":
        return
    for frame in execution.frames.values():
        node = plan.flows[frame.flow].nodes[frame.state]
        if isinstance(frame.pending, Working) and isinstance(node, Task):
            yield task.command(frame.pending, node, frame)


__all__ = ["BUDGET", "HISTORY_LIMIT", "Joining", "deadline", "fork", "outstanding", "start", "step"]
