"""Whether an execution may be redriven, in AWS's words (developer guide, "Redriving executions")."""

from __future__ import annotations

from typing import Literal

from treadle.runtime.records import ExecutionRecord
from treadle.values import Instant

DAY = 86_400.0
# A closed execution may be redriven for so long, and only with so many events.
PERIOD = 14 * DAY
EVENTS = 24_999
# An execution may be open for one year.
OPEN_TIME = 365 * DAY

RedriveStatus = Literal["REDRIVABLE", "NOT_REDRIVABLE", "REDRIVABLE_BY_MAP_RUN"]


def redrive_status(record: ExecutionRecord, now: Instant) -> tuple[RedriveStatus, str | None]:
    """`redriveStatus` and `redriveStatusReason` of DescribeExecution."""
    reason = None
    if record.status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {record.status} and cannot be redriven"
    elif record.events >= EVENTS:
        reason = "Execution history event limit exceeded."
    elif now - record.started_at > OPEN_TIME:
        reason = "Execution has exceeded the max execution time."
    elif record.stopped_at is not None and now - record.stopped_at > PERIOD:
        reason = "Execution redrivable period exceeded."
    if reason is not None:
        return "NOT_REDRIVABLE", reason
    return ("REDRIVABLE" if record.map_run_arn is None else "REDRIVABLE_BY_MAP_RUN"), None
