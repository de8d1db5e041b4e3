"""What can happen: news from outside. Every event says when; stale news changes nothing."""

from __future__ import annotations

from typing import Literal, TypeAlias

from treadle.engine.execution import Failure, TaskId
from treadle.values import Instant, Payload, Value


class Ticked(Value, frozen=True):
    """Time has come this far: expire what is due, go on with what is ready."""

    at: Instant


class TaskStarted(Value, frozen=True):
    """The call leaves now (or an activity worker took the task)."""

    at: Instant
    task: TaskId
    worker: str | None = None


class TaskSubmitted(Value, frozen=True):
    """The service has taken the job (.sync) or the message (.waitForTaskToken); `output` is its answer."""

    at: Instant
    task: TaskId
    output: Payload


class TaskSucceeded(Value, frozen=True):
    at: Instant
    task: TaskId
    output: Payload


class TaskFailed(Value, frozen=True):
    """`stage` names the history event: the call was never made (schedule, start), refused (submit), or failed."""

    at: Instant
    task: TaskId
    failure: Failure
    stage: Literal["schedule", "start", "submit", "run", "timeout"] = "run"


class TaskHeartbeat(Value, frozen=True):
    at: Instant
    task: TaskId


class StopRequested(Value, frozen=True):
    at: Instant
    failure: Failure


class RedriveRequested(Value, frozen=True):
    at: Instant


Event: TypeAlias = (
    Ticked | TaskStarted | TaskSubmitted | TaskSucceeded | TaskFailed | TaskHeartbeat | StopRequested | RedriveRequested
)
