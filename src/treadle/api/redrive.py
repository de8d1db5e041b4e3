"""Whether an execution can be redriven, and AWS's sentence when it cannot."""

from __future__ import annotations

from treadle.runtime.records import ExecutionRecord
from treadle.values import Instant

PERIOD = 14 * 24 * 3600.0  # seconds after the end
LONGEST = 365 * 24 * 3600.0  # seconds an execution may be open
MOST_EVENTS = 24_999


def redrive_status(record: ExecutionRecord, now: Instant, deleting: bool) -> tuple[str, str | None]:
    """`redriveStatus` and `redriveStatusReason` (API reference, DescribeExecution)."""
    reason = None
    if record.status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {record.status} and cannot be redriven"
    elif deleting:
        reason = "State machine is in DELETING status."
    elif record.events >= MOST_EVENTS:
        reason = "Execution history event limit exceeded."
    elif now - record.started_at >= LONGEST:
        reason = "Execution has exceeded the max execution time."
    elif record.stopped_at is not None and now - record.stopped_at > PERIOD:
        reason = "Execution redrivable period exceeded."
    if reason is not None:
        return "NOT_REDRIVABLE", reason
    return ("REDRIVABLE" if record.map_run_arn is None else "REDRIVABLE_BY_MAP_RUN"), None
