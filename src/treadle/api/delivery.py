"""What AWS tells others about executions: CloudWatch logs and metrics, EventBridge status events, X-Ray traces.

Each is a listener of the pump, called after the commit; none of them may cost anything where nobody asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from treadle.api.errands import Errands
from treadle.api.metrics import TERMINAL, ExecutionMetrics, Metrics
from treadle.api.tracing import Traces
from treadle.aws import Caller
from treadle.engine.execution import Execution
from treadle.engine.history import HistoryEvent
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.redrives import redrive_status
from treadle.values import Payload

# Level -> whether an event is logged (developer guide, "Log levels for execution events").
FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
ERROR_ENDS = ("Failed", "TimedOut", "Aborted")
# Members of an event's details that are data of the execution: left out unless includeExecutionData is set.
DATA = frozenset(
    {"input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables", "assignedVariablesDetails"}
)
# AWS drops the input of a status event when input and output together are longer.
EVENT_LIMIT = 248 * 1024
CHANGES = TERMINAL | {"ExecutionStarted", "ExecutionRedriven"}


class Cloud(Protocol):
    """What of the built-in cloud is needed here."""

    @property
    def in_use(self) -> bool:
        """Whether anybody has asked the cloud for anything yet."""

    def listens(self, caller: Caller) -> bool: ...

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> Any: ...

    async def put_log_events(
        self, caller: Caller, group: str, stream: str, events: Sequence[tuple[int, str]]
    ) -> None: ...

    async def publish(self, caller: Caller, entries: Sequence[Mapping[str, Any]]) -> None: ...


class Deliveries:
    """Everything of this module, to be appended to a pump's listeners."""

    def __init__(
        self,
        cloud: Cloud,
        metrics: Metrics,
        history: Callable[[str], bytes],
        header: Callable[[str], str | None],
    ) -> None:
        self.errands = Errands()
        self._listeners = (
            ExecutionLog(cloud, self.errands),
            StatusEvents(cloud, self.errands),
            ExecutionMetrics(metrics),
            Traces(cloud, self.errands, history, header),
        )

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        for listener in self._listeners:
            listener(execution, revision, events)

    async def close(self) -> None:
        await self.errands.settle()


def caller_of(arn: str) -> Caller:
    fields = arn.split(":", 5)
    return Caller(fields[4], fields[3])


# -- logs
class ExecutionLog:
    """Writes the history events that a machine's loggingConfiguration asks for to its log group."""

    def __init__(self, cloud: Cloud, errands: Errands) -> None:
        self._cloud, self._errands = cloud, errands

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        wanted = revision.logging or {}
        level = wanted.get("level", "OFF")
        if level == "OFF":
            return
        with_data = bool(wanted.get("includeExecutionData"))
        chosen = [event for event in events if level == "ALL" or logged(event.type, level)]
        told = [(int(event.at * 1000), record(execution, event, with_data)) for event in chosen]
        for destination in wanted.get("destinations", []) if told else []:
            arn = destination["cloudWatchLogsLogGroup"]["logGroupArn"]
            group = arn.split(":", 6)[6].removesuffix(":*")
            self._errands.send(self._cloud.put_log_events(caller_of(arn), group, stream(execution, revision), told))


def logged(type: str, level: str) -> bool:
    if type in FATAL:
        return True
    return level == "ERROR" and (type == "FailStateEntered" or type.endswith(ERROR_ENDS))


def stream(execution: Execution, revision: Revision) -> str:
    """`states/MACHINE/YYYY-MM-DD-HH-MM/ID`, as AWS names streams; one per machine and day here."""
    day = datetime.fromtimestamp(execution.facts.started_at, UTC)
    return f"states/{revision.name}/{day:%Y-%m-%d-00-00}/{revision.id[:8]}"


def record(execution: Execution, event: HistoryEvent, with_data: bool) -> str:
    """One log event; every scalar is a string, as recorded."""
    body: dict[str, Any] = {"id": str(event.id), "type": event.type}
    if event.details is not None:
        body["details"] = {name: value for name, value in event.details.items() if with_data or name not in DATA}
    body |= {
        "previous_event_id": str(event.previous),
        "event_timestamp": str(int(event.at * 1000)),
        "execution_arn": execution.facts.arn,
        "redrive_count": str(execution.redrives),
    }
    return orjson.dumps(body, default=_text).decode()


def _text(value: object) -> str:
    if isinstance(value, Payload):
        return value.text
    raise TypeError(f"not part of a log event: {type(value).__name__}")


# -- EventBridge
class StatusEvents:
    """Puts `Step Functions Execution Status Change` on the default bus, for Standard workflows (best effort)."""

    def __init__(self, cloud: Cloud, errands: Errands) -> None:
        self._cloud, self._errands = cloud, errands

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        if execution.facts.kind == "EXPRESS":
            return
        changes = [event for event in events if event.type in CHANGES]
        caller = caller_of(execution.facts.arn)
        if changes and self._cloud.listens(caller):
            entries = [self._entry(execution, revision, change) for change in changes]
            self._errands.send(self._cloud.publish(caller, entries))

    def _entry(self, execution: Execution, revision: Revision, change: HistoryEvent) -> dict[str, Any]:
        facts = execution.facts
        ended = change.type in TERMINAL
        status = execution.status if ended else "RUNNING"
        redrive, reason = redrive_status(summary(execution, revision, status), change.at)
        output = execution.output.text if ended and execution.output is not None else None
        large = len(facts.input.text) + len(output or "") > EVENT_LIMIT
        failure = execution.failure if ended else None
        detail = {
            "executionArn": facts.arn,
            "stateMachineArn": revision.machine_arn,
            "name": facts.name,
            "status": status,
            "startDate": int(facts.started_at * 1000),
            "stopDate": int(change.at * 1000) if ended else None,
            "input": None if large else facts.input.text,
            "output": output,
            "stateMachineVersionArn": revision.version_arn,
            "stateMachineAliasArn": revision.alias_arn,
            "redriveCount": execution.redrives,
            "redriveDate": None if execution.redriven_at is None else int(execution.redriven_at * 1000),
            "redriveStatus": redrive,
            "redriveStatusReason": reason,
            "inputDetails": {"included": not large},
            "outputDetails": None if output is None else {"included": True},
            "error": failure.error if failure else None,
            "cause": failure.cause if failure else None,
        }
        return {
            "Source": "aws.states",
            "DetailType": "Step Functions Execution Status Change",
            "Resources": [facts.arn],
            "Detail": orjson.dumps(detail).decode(),
            "Time": change.at,
        }


def summary(execution: Execution, revision: Revision, status: Any) -> ExecutionRecord:
    """The record of an execution as it was when `status` was reached."""
    facts = execution.facts
    return ExecutionRecord(
        arn=facts.arn,
        machine_arn=revision.machine_arn,
        name=facts.name,
        status=status,
        started_at=facts.started_at,
        revision=revision.id,
        kind=facts.kind,
        stopped_at=execution.stopped_at,
        redrives=execution.redrives,
        redriven_at=execution.redriven_at,
        events=execution.events,
        map_run_arn=revision.map_run_arn,
    )
