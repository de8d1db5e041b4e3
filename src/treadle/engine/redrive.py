"""Redrive: ended leaves become ready again, ended joins join again; what has finished stays finished."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.asl.errors import DATA_LIMIT
from treadle.engine import distributed, fork
from treadle.engine.execution import Ended, Finished, Frame, Joining, Ready, Working
from treadle.engine.turn import Turn


def redrive(turn: Turn) -> None:
    """Go on where the execution failed, with fresh attempts and timeouts (guide: "Redriving executions")."""
    if turn.status not in ("FAILED", "ABORTED", "TIMED_OUT"):
        return
    count = turn.execution.redrives + 1
    turn.status, turn.failure, turn.output, turn.stopped_at = "RUNNING", None, None, None
    turn.execution = replace(
        turn.execution,
        redrives=count,
        redriven_at=turn.at,
        deadline=None if turn.plan.timeout is None else turn.at + turn.plan.timeout,
    )
    event = turn.record("ExecutionRedriven", 0, {"redriveCount": count})
    for frame in [f for f in turn.frames.values() if isinstance(f.pending, Ended)]:
        if frame.id in turn.frames and isinstance(frame.pending, Ended):
            revive(turn, frame, frame.pending, event)


def revive(turn: Turn, frame: Frame, ended: Ended, event: int) -> None:
    frame = replace(frame, pending=ended.resume, attempts=(), last=event)
    if isinstance(ended.resume, Joining) and ended.failure.error == DATA_LIMIT:
        # All branches run again when the limit was what failed them.
        fork.drop(turn, frame)
        turn.put(replace(frame, pending=Ready(again=True)))
        return
    if isinstance(ended.resume, Working):
        return distributed.redriven(turn, frame, ended.resume)
    turn.put(frame)
    if isinstance(ended.resume, Joining):
        join, children = ended.resume, turn.children(frame)
        if len(children) == join.total and all(isinstance(c.pending, Finished) for c in children):
            fork.finish(turn, frame, fork.fork_of(turn, frame), join, event)
