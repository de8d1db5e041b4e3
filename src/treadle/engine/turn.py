"""The draft of the next execution: alive for one step, and the only thing in the engine that changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from msgspec.structs import replace

from treadle.asl.errors import PAYLOAD_LIMIT, too_large
from treadle.asl.plan import AnyNode, Plan
from treadle.asl.scope import Scope, Trace
from treadle.engine import context
from treadle.engine.commands import Command, Transition
from treadle.engine.execution import (
    Ended,
    EventId,
    Execution,
    Failure,
    Finished,
    Frame,
    FrameId,
    Pending,
    Ready,
    Status,
    TaskId,
    Working,
)
from treadle.engine.history import HistoryEvent
from treadle.engine.index import Family, Index
from treadle.values import LONG, Instant, Json, Payload, weigh

READY = Ready()
# Characters that are not even encoded to be measured.
HUGE = 16 * PAYLOAD_LIMIT
# In every event that carries a payload: AWS never truncates below its own 256 KiB limit.
WHOLE = {"truncated": False}


class Turn:
    def __init__(
        self,
        plan: Plan,
        execution: Execution,
        at: Instant,
        trace: Trace | None = None,
        absent: frozenset[str] = frozenset(),
        index: Index | None = None,
    ) -> None:
        self.plan, self.execution, self.at, self.trace = plan, execution, at, trace
        self.absent = absent
        self.frames = dict(execution.frames)
        self.status: Status = execution.status
        self.serial, self.events = execution.serial, execution.events
        self.output, self.failure = execution.output, execution.failure
        self.stopped_at = execution.stopped_at
        self.index = index or Index(execution.frames)
        self.ready = deque(id for id in sorted(self.index.open) if type(self.frames[id].pending) is Ready)
        self.history: list[HistoryEvent] = []
        self.commands: list[Command] = []
        self.touched: set[FrameId] = set()
        self.dropped: set[FrameId] = set()
        self.cancelled: set[TaskId] = set()

    def close(self) -> Transition:
        """Freeze the draft."""
        execution = replace(
            self.execution,
            frames=self.frames,
            status=self.status,
            serial=self.serial,
            events=self.events,
            output=self.output,
            failure=self.failure,
            stopped_at=self.stopped_at,
        )
        return Transition(
            execution,
            tuple(self.history),
            tuple(self.commands),
            frozenset(self.touched),
            frozenset(self.dropped),
            self.index,
        )

    # -- frames
    def put(self, frame: Frame) -> Frame:
        """Store a new or changed frame; a Ready one gets its turn later in this step."""
        before = self.frames.get(frame.id)
        # From one pure state to the next a frame stays Ready, and the index has nothing to note.
        if before is None or before.pending is not frame.pending:
            self.index.note(before, frame)
        self.frames[frame.id] = frame
        self.touched.add(frame.id)
        if type(frame.pending) is Ready:
            self.ready.append(frame.id)
        return frame

    def wait(self, frame: Frame, pending: Pending) -> Frame:
        return self.put(replace(frame, pending=pending))

    def adopt(self, child: Frame) -> Frame:
        """Store a new child and count it in its family."""
        self.index.adopt(child)
        return self.put(child)

    def remove(self, frame: Frame) -> None:
        self.index.remove(self.frames.pop(frame.id))
        self.touched.discard(frame.id)
        if frame.id in self.execution.frames:
            self.dropped.add(frame.id)

    def node(self, frame: Frame) -> AnyNode:
        return self.plan.flows[frame.flow].nodes[frame.state]

    def parent(self, frame: Frame) -> Frame | None:
        return None if frame.parent is None else self.frames[frame.parent]

    def family(self, parent: FrameId) -> Family:
        return self.index.family(parent)

    def children(self, frame: Frame) -> list[Frame]:
        """The children that exist, in the order of branches or items."""
        family = self.index.families.get(frame.id)
        return [] if family is None else [self.frames[id] for _, id in sorted(family.members.items())]

    def forget_children(self, frame: Frame) -> None:
        self.index.families.pop(frame.id, None)

    def awaiting(self, task: TaskId) -> list[tuple[Frame, Working]]:
        """The frame that waits for `task`. None when the news is stale, which is no error."""
        id = self.index.tasks.get(task)
        frame = None if id is None else self.frames[id]
        return [] if frame is None or not isinstance(frame.pending, Working) else [(frame, frame.pending)]

    def next_id(self) -> int:
        self.serial += 1
        return self.serial

    # -- history
    def record(self, type: str, previous: EventId, details: dict[str, object] | None = None) -> EventId:
        self.events += 1
        self.history.append(HistoryEvent(self.events, previous, self.at, type, details))
        return self.events

    def log(self, type: str, frame: Frame, details: dict[str, object] | None = None) -> Frame:
        """Record an event of `frame`'s chain; the frame with its chain moved on (not stored yet)."""
        return replace(frame, last=self.record(type, frame.last, details))

    # -- expressions
    def scope(self, frame: Frame, node: AnyNode, token: str | None = None) -> Scope:
        return Scope(
            frame.input.value,
            variables(self.frames, frame),
            lambda: self.context(frame, node, token),
            self.at,
            # Every evaluation has luck of its own, and the same one when it is repeated.
            self.execution.facts.seed ^ (self.events << 20) ^ frame.id,
            self.trace,
            node.multiplies,
        )

    def context(self, frame: Frame, node: AnyNode, token: str | None = None) -> Json:
        """The context object: asked for by few expressions, and made only then."""
        derived = context.describe(self.execution, self.frames, frame, node, token)
        return derived if self.trace is None else self.trace.context(derived)

    # -- the end
    def finish(self, status: Status, output: Payload | None = None, failure: Failure | None = None) -> None:
        self.status, self.output, self.failure, self.stopped_at = status, output, failure, self.at


def variables(frames: Mapping[FrameId, Frame], frame: Frame) -> Mapping[str, Json]:
    """What `frame` sees: its own variables before those of the scopes around it."""
    if frame.parent is None:
        return frame.variables
    seen: dict[str, Json] = dict(frame.variables)
    outer: FrameId | None = frame.parent
    while outer is not None:
        seen = {**frames[outer].variables, **seen}
        outer = frames[outer].parent
    return seen


def payload_of(frame: Frame, scope: Scope, value: Json) -> Payload:
    """The payload of what a state has made of its data. Raises StatesError when it is too large, also when encoding
    it would be the end of the process: long data may have been named many times."""
    origin = frame.input
    multiplied = scope.multiplies and value is not origin.value and (len(origin.text) > LONG or scope.variables)
    if multiplied and weigh(value) > HUGE:
        raise too_large(frame.state)
    made = origin.derive(value)
    if made.size() > PAYLOAD_LIMIT:
        raise too_large(frame.state)
    return made


def is_over(frame: Frame) -> bool:
    return isinstance(frame.pending, Finished | Ended)
