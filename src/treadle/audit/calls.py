"""One API call as the trail keeps it, and what must never be kept: payloads and secrets.

CloudTrail shows `HIDDEN_DUE_TO_SECURITY_REASONS` where an input, an output or a definition stood; so do we. Of services
whose parameters we do not know one by one only what names things is kept.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from treadle.aws import Caller

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# "changes" are kept longest: a flood of executions or of reads cannot push them out.
Ring: TypeAlias = Literal["changes", "runs", "reads"]
RINGS: tuple[Ring, ...] = ("changes", "runs", "reads")

_STATES_HIDDEN = frozenset(
    ("cause", "context", "definition", "error", "input", "mock", "output", "taskToken", "variables", "inspectionData")
)
_RUNS = frozenset(("StartExecution", "StartSyncExecution", "StopExecution", "RedriveExecution", "TestState"))
_READ = re.compile(
    r"(BatchGet|Check|Describe|Discover|Estimate|Filter|Get|Head|List|Lookup|Query|Scan|Search|Validate)"
)
# Data events: CloudTrail does not keep them in its event history.
_DATA = {
    "states": frozenset(("GetActivityTask", "SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess")),
    "lambda": frozenset(("Invoke", "InvokeAsync", "InvokeWithResponseStream")),
    "dynamodb": frozenset(
        (
            "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
            "ExecuteTransaction", "GetItem", "GetRecords", "GetShardIterator", "PutItem", "Query", "Scan",
            "TransactGetItems", "TransactWriteItems", "UpdateItem",
        )
    ),
    "events": frozenset(("PutEvents",)),
    "firehose": frozenset(("PutRecord", "PutRecordBatch")),
    "kinesis": frozenset(("GetRecords", "GetShardIterator", "PutRecord", "PutRecords")),
    "logs": frozenset(("FilterLogEvents", "GetLogEvents", "PutLogEvents")),
    "monitoring": frozenset(("GetMetricData", "GetMetricStatistics", "PutMetricData")),
    "sns": frozenset(("Publish", "PublishBatch")),
    "sqs": frozenset(
        (
            "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch",
            "ReceiveMessage", "SendMessage", "SendMessageBatch",
        )
    ),
}  # fmt: skip
# Parameters that name something, in services whose others may be secret.
_NAMING = re.compile(
    r"(^|.*[a-z])(Name|Names|Arn|ArnList|Id|Identifier|Url|Type|Version|Runtime|Handler|Bucket|Table)$", re.I
)
_LONG = 1024


class Visit(Struct, frozen=True):
    """What the HTTP door knows of a request besides its content."""

    id: str
    key: str  # the access key that signed; "" for an unsigned call
    address: str
    agent: str


class Call(Struct, frozen=True, array_like=True):
    """A row of the trail. `at` in seconds since the epoch; `user` is an ARN, "" for the account's root."""

    at: float
    id: str
    caller: Caller
    key: str
    user: str
    address: str
    agent: str
    service: str
    operation: str
    request: dict[str, Any] | None
    response: dict[str, Any] | None
    error: str | None
    message: str | None

    @property
    def reads(self) -> bool:
        return is_read(self.operation)


def is_told(service: str, operation: str) -> bool:
    return operation not in _DATA.get(service, ())


@functools.lru_cache(4096)
def is_read(operation: str) -> bool:
    return _READ.match(operation) is not None


@functools.lru_cache(4096)
def ring_of(service: str, operation: str) -> Ring:
    if is_read(operation):
        return "reads"
    return "runs" if service == "states" and operation in _RUNS else "changes"


def states_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters or answer of a Step Functions operation without its payloads."""
    # Of the thousands of calls a second most have only short texts: no call of a function for each.
    return {
        name: HIDDEN
        if name in _STATES_HIDDEN
        else (value if value.__class__ is not str or len(value) <= _LONG else _short(value))
        for name, value in params.items()
    }


def naming_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of any other service: values that name something stay, all others are hidden."""
    return {
        name[:1].lower() + name[1:]: _short(value) if _NAMING.match(name) and _plain(value) else HIDDEN
        for name, value in params.items()
    }


def _plain(value: Any) -> bool:
    return isinstance(value, str | int) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _short(value: Any) -> Any:
    return value[:_LONG] + "..." if isinstance(value, str) and len(value) > _LONG else value
