"""What the world is asked to do, and what a step answers. That is all a runtime ever has to perform."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.asl.plan import Task
from treadle.engine.execution import Execution, FrameId, TaskId
from treadle.engine.history import HistoryEvent
from treadle.engine.index import Index
from treadle.values import Json, Payload


class RunTask(Struct, frozen=True):
    """Perform `node.resource` with `arguments`; answer with events that carry `task`.

    `phase` is "scheduled" for a new task. After a restart `outstanding` also yields tasks in phase "started" (the call
    may or may not have left: the integration's `after_crash` decides) and "submitted" (go on watching; `submitted`
    is the service's answer to the submission).
    """

    task: TaskId
    node: Task
    arguments: Payload
    phase: Literal["scheduled", "started", "submitted"] = "scheduled"
    token: str | None = None
    credentials: Json = None
    submitted: Payload | None = None
    timeout: float | None = None  # seconds
    attempt: int = 0  # retries of the state so far, its RetryCount
    redrives: int = 0  # of a map run


class CancelTask(Struct, frozen=True):
    """Nobody waits for `task` any more: stop it if that is possible."""

    task: TaskId
    node: Task
    arguments: Payload
    credentials: Json = None
    submitted: Payload | None = None


Command: TypeAlias = RunTask | CancelTask


class Transition(Struct, frozen=True):
    """The answer of one step. `touched` and `dropped` name the frames a store must write and delete."""

    execution: Execution
    history: tuple[HistoryEvent, ...] = ()
    commands: tuple[Command, ...] = ()
    touched: frozenset[FrameId] = frozenset()
    dropped: frozenset[FrameId] = frozenset()
    index: Index | None = None  # of `execution`, for its next step
