"""Retry, catch, propagate: one rule for a Task, a Parallel, a Map and the execution itself."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.asl.errors import matches
from treadle.asl.machine import Retrier
from treadle.asl.plan import Catch, Fork, Task
from treadle.asl.scope import Luck
from treadle.engine import distributed, fork, state, task
from treadle.engine.execution import (
    Ended,
    EventId,
    Failure,
    Frame,
    Joining,
    Ready,
    Sleeping,
    Status,
    Working,
)
from treadle.engine.turn import Turn, is_over
from treadle.values import Json

AGAIN = Ready(again=True)


def fail(turn: Turn, frame: Frame, why: Failure, fatal: bool = False) -> None:
    """The state of `frame` has failed: retry, else catch, else hand the failure to the parent.

    `fatal` failures pass by every Retry and Catch.
    """
    node = turn.node(frame)
    if turn.trace is not None:
        turn.trace("failure", why)
    if isinstance(node, Task | Fork):
        if not fatal and retried(turn, frame, node, why):
            return
        if has_children(node) and (not fatal or isinstance(frame.pending, Joining | Working)):
            frame = turn.log(f"{node.type}StateFailed", frame)
        catch = None if fatal else next((c for c in node.catch if matches(c.errors, why.error, why.alias)), None)
        if catch is not None:
            return caught(turn, frame, node, catch, why)
    give_up(turn, frame, why, fatal)


def has_children(node: Task | Fork) -> bool:
    return isinstance(node, Fork) or node.map is not None


def retried(turn: Turn, frame: Frame, node: Task | Fork, why: Failure) -> bool:
    """Sleep before the next attempt, if a retrier covers the failure and has attempts left."""
    attempts = frame.attempts or (0,) * len(node.retry)
    for i, retrier in enumerate(node.retry):
        if not matches(retrier.errors, why.error, why.alias):
            continue
        if attempts[i] >= retrier.attempts:
            return False
        seconds = backoff(retrier, attempts[i], Luck(turn.execution.facts.seed ^ turn.events))
        counted = (*attempts[:i], attempts[i] + 1, *attempts[i + 1 :])
        if turn.trace is not None:
            turn.trace("retry", (i, seconds))
        fork.drop(turn, frame)
        turn.put(replace(frame, pending=Sleeping(turn.at + seconds, "retry"), attempts=counted))
        return True
    return False


def backoff(retrier: Retrier, attempt: int, luck: Luck) -> float:
    """Seconds before attempt number `attempt` (0 is the first retry); full jitter draws between zero and that."""
    try:
        seconds = retrier.interval * retrier.backoff**attempt
    except OverflowError:
        seconds = float("inf")
    # Nothing waits longer than an execution may live: one year (developer guide, "Service quotas").
    seconds = min(seconds, retrier.max_delay or 31_536_000)
    return seconds * luck.random() if retrier.jitter else seconds


def caught(turn: Turn, frame: Frame, node: Task | Fork, catch: Catch, why: Failure) -> None:
    """Leave through a catcher."""
    if turn.trace is not None:
        turn.trace("catch", node.catch.index(catch))
    # Recorded: an error or a cause that nobody gave (SendTaskFailure without them) is null in the error output.
    error: dict[str, Json] = {"Error": why.error, "Cause": why.cause}
    state.depart_caught(turn, frame, node, catch, error)


def give_up(turn: Turn, frame: Frame, why: Failure, fatal: bool) -> None:
    """This flow is over: end it and fail the parent, or the execution."""
    frame = end(turn, frame, why)
    parent = turn.parent(frame)
    if parent is None:
        return end_execution(turn, why, frame.last)
    node = fork.fork_of(turn, parent)
    last = frame.last
    if node.items:
        turn.record("MapIterationFailed", last, fork.iteration(node, frame.index))
    elif turn.node(frame).type == "Task":
        # Recorded: a failed task of a branch is shown as aborted as well, a Fail state is not.
        last = turn.record("TaskStateAborted", last)
    abort_siblings(turn, parent, frame, node)
    fail(turn, replace(parent, last=last), why, fatal)


def end_execution(turn: Turn, why: Failure, last: EventId) -> None:
    turn.record("ExecutionFailed", last, described(why))
    turn.finish("FAILED", failure=why)


def described(why: Failure) -> dict[str, object]:
    details: dict[str, object] = {}
    if why.error is not None:
        details["error"] = why.error
    if why.cause is not None:
        details["cause"] = why.cause
    return details


def end(turn: Turn, frame: Frame, why: Failure) -> Frame:
    """End a subtree but keep its shape, so that a redrive can pick it up."""
    for child in turn.children(frame):
        if not is_over(child):
            end(turn, child, why)
    task.cancel(turn, frame)
    return turn.put(replace(frame, pending=Ended(why, resumption(turn, frame, why))))


def resumption(turn: Turn, frame: Frame, why: Failure) -> Ready | Joining | Working:
    """What a redrive goes on with: a fork joins again, a map run is taken up again, all else runs again."""
    if isinstance(frame.pending, Working) and turn.node(frame).type == "Map" and distributed.can_go_on(why):
        return frame.pending
    return frame.pending if isinstance(frame.pending, Joining) else AGAIN


def abort_siblings(turn: Turn, parent: Frame, failed: Frame, node: Fork) -> None:
    """AWS stops the other branches or iterations and says so, innermost first."""
    for sibling in turn.children(parent):
        if sibling.id != failed.id and not is_over(sibling):
            abort(turn, sibling, Failure("States.BranchFailed"))
            if node.items:
                turn.record("MapIterationAborted", turn.frames[sibling.id].last, fork.iteration(node, sibling.index))


def abort(turn: Turn, frame: Frame, why: Failure) -> None:
    node = turn.node(frame)
    for child in turn.children(frame):
        if not is_over(child):
            abort(turn, child, why)
            if isinstance(node, Fork) and node.items:
                turn.record("MapIterationAborted", turn.frames[child.id].last, fork.iteration(node, child.index))
    frame = distributed.aborted(turn, frame, node)
    if node.type in ("Task", "Wait", "Parallel", "Map") and frame.entered:
        frame = turn.log(f"{node.type}StateAborted", frame)
    task.cancel(turn, frame)
    turn.put(replace(frame, pending=Ended(why, resumption(turn, frame, why))))


def stop(turn: Turn, status: Status, why: Failure) -> None:
    """StopExecution, or the machine's TimeoutSeconds. AWS chains the event to nothing (previousEventId 0)."""
    for frame in list(turn.frames.values()):
        distributed.aborted(turn, frame, turn.node(frame))
    end(turn, turn.frames[0], why)
    if status == "TIMED_OUT":
        turn.record("ExecutionTimedOut", 0, described(why))
        # Recorded: DescribeExecution of a timed-out execution has neither error nor cause.
        turn.finish(status)
    else:
        turn.record("ExecutionAborted", 0, described(why))
        turn.finish(status, failure=why)
