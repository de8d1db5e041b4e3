"""What could be read off the frames, kept so that a step of a Map of thousands need not read them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from treadle.engine.execution import Finished, Frame, FrameId, Ready, Sleeping, TaskId, Working

OPEN = (Ready, Sleeping, Working)


class Family:
    """The children of one frame: by branch or item, and how many of them have finished."""

    __slots__ = ("finished", "members")

    def __init__(self) -> None:
        self.members: dict[int, FrameId] = {}  # index -> frame
        self.finished = 0


class Index:
    """Belongs to one execution at a time, and to the one step that changes both; made again where nobody kept it.

    `open`: frames that time or news can move. `tasks`: who waits for which task. `families`: children by parent.
    """

    __slots__ = ("families", "open", "tasks")

    def __init__(self, frames: Mapping[FrameId, Frame]) -> None:
        self.open: set[FrameId] = set()
        self.tasks: dict[TaskId, FrameId] = {}
        self.families: dict[FrameId, Family] = {}
        for frame in frames.values():
            self.adopt(frame)
            self.note(None, frame)

    def note(self, before: Frame | None, after: Frame) -> None:
        """A frame is new or has changed."""
        if before is not None:
            self._forget_task(before)
        pending = after.pending
        if isinstance(pending, OPEN):
            self.open.add(after.id)
            if type(pending) is Working:
                self.tasks[pending.task] = after.id
        else:
            self.open.discard(after.id)
            if type(pending) is Finished and after.parent is not None:
                self.family(after.parent).finished += 1

    def remove(self, frame: Frame) -> None:
        self._forget_task(frame)
        self.open.discard(frame.id)

    def adopt(self, child: Frame) -> None:
        """Count a new frame in its family."""
        if child.parent is not None:
            self.family(child.parent).members[child.index] = child.id

    def family(self, parent: FrameId) -> Family:
        family = self.families.get(parent)
        if family is None:
            family = self.families[parent] = Family()
        return family

    def _forget_task(self, frame: Frame) -> None:
        if type(frame.pending) is Working:
            self.tasks.pop(frame.pending.task, None)

    def facts(self) -> Iterator[object]:
        """All that it says, to be compared."""
        yield self.open
        yield self.tasks
        yield {id: (f.members, f.finished) for id, f in self.families.items() if f.members}
