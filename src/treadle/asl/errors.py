"""The reserved error names, and who may retry or catch what."""

from __future__ import annotations

from treadle.values import StatesError

RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"
TIMEOUT = "States.Timeout"
HEARTBEAT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
QUERY = "States.QueryEvaluationError"
ALL = "States.ALL"

# AWS counts UTF-8 bytes of the compact text: developer guide, "Service quotas", maximum input or output size.
PAYLOAD_LIMIT = 256 * 1024


class QueryError(StatesError):
    """A JSONata evaluation failed. `location` is the field as AWS names it: "Output/total", "Choices[1]/Condition"."""

    def __init__(self, cause: str, location: str | None = None) -> None:
        super().__init__(QUERY, cause)
        self.location = location


def too_large(what: str) -> StatesError:
    """The 256 KiB limit, worded as recorded; `what` is the state's or the resource's name."""
    return StatesError(
        DATA_LIMIT,
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def matches(wanted: tuple[str, ...], error: str | None, alias: str | None = None) -> bool:
    """Whether `ErrorEquals` (`wanted`) covers an error. `alias` is a second name it goes by.

    States.ALL covers everything that may be caught at all; States.TaskFailed everything but a timeout
    (developer guide, "Handling errors in Step Functions workflows").
    """
    for name in wanted:
        if name in (ALL, error) or (alias is not None and name == alias):
            return True
        if name == TASK_FAILED and error != TIMEOUT:
            return True
    return False
