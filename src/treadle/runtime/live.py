"""An execution in memory: the value, and what has happened to it since its last commit."""

from __future__ import annotations

import asyncio

from treadle.asl.plan import Plan, Task
from treadle.engine.commands import Command, Transition
from treadle.engine.execution import Execution, Frame, FrameId, Working
from treadle.engine.history import HistoryEvent
from treadle.engine.index import Index
from treadle.runtime.records import Revision
from treadle.runtime.store import Key
from treadle.values import Instant


class Live:
    """Owned by the pump. `durable` is false for express executions, which no store ever sees."""

    __slots__ = (
        "armed", "broken", "busy", "commands", "dirty", "dropped", "due", "durable", "events", "execution", "flying",
        "fresh", "index", "key", "plan", "queued", "replaces", "revision", "saving", "size", "touched", "trace_header",
        "waiting",
    )  # fmt: skip

    def __init__(
        self, key: Key, execution: Execution, plan: Plan, revision: Revision, trace_header: str | None
    ) -> None:
        self.key, self.execution, self.plan, self.revision = key, execution, plan, revision
        self.trace_header = trace_header
        self.index: Index | None = None  # what the last step said of the execution's frames
        self.durable = execution.facts.kind == "STANDARD"
        self.fresh = False  # the store does not know it yet
        self.replaces: Key | None = None
        self.broken = False  # a bug was met here: leave it alone
        self.size = 0  # as the pump counted it when it came to rest
        self.saving = False
        self.queued = False  # for another slice of a long loop
        self.due: Instant | None = None
        self.armed: Instant | None = None  # the earliest timer that is set for it
        self.busy: set[FrameId] = set()  # frames whose tasks a restart must perform again
        self.dirty = False
        self.events: list[HistoryEvent] = []
        self.commands: list[Command] = []
        self.touched: set[FrameId] = set()
        self.dropped: set[FrameId] = set()
        self.waiting: list[asyncio.Future[None]] = []  # for the commit of all this
        self.flying: list[asyncio.Future[None]] = []  # for the save that is under way

    @property
    def arn(self) -> str:
        return self.execution.facts.arn

    @property
    def running(self) -> bool:
        return self.execution.status == "RUNNING"

    @property
    def mocked(self) -> bool:
        return self.execution.facts.test_case is not None

    def absorb(self, transition: Transition) -> bool:
        """Take over what a step has changed; False when it was nothing."""
        self.index = transition.index
        if not (transition.touched or transition.history or transition.dropped or transition.commands):
            return False
        self.execution = transition.execution
        self.dirty = True
        self.events += transition.history
        if self.durable:
            self._note_frames(transition)
        return True

    def _note_frames(self, transition: Transition) -> None:
        frames = transition.execution.frames
        for id in transition.touched:
            if repeats(self.plan, frames[id], self.mocked):
                self.busy.add(id)
            elif self.busy:
                self.busy.discard(id)
        self.touched |= transition.touched
        if transition.dropped:
            self.dropped |= transition.dropped
            self.touched -= transition.dropped
            self.busy -= transition.dropped

    def remember_busy(self) -> None:
        """After loading: which frames are busy, all of them looked at."""
        busy = (frame.id for frame in self.execution.frames.values() if repeats(self.plan, frame, self.mocked))
        self.busy = set(busy) if self.running else set()


def repeats(plan: Plan, frame: Frame, mocked: bool) -> bool:
    """Whether a restart has something to perform for this frame: not when a worker or a token will report by itself.
    In a `mocked` execution no worker may exist, and nobody may have the token."""
    working = frame.pending
    if type(working) is not Working:
        return False
    node = plan.flows[frame.flow].nodes[frame.state]
    if not isinstance(node, Task):
        return False
    if mocked:
        return True
    if node.resource.kind == "activity":
        return working.phase == "scheduled"
    return working.phase != "submitted" or node.resource.pattern != "token"
