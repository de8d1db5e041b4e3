"""The latest Express executions, kept in memory: no store ever sees them, and AWS tells of them in a log at most.

A listener of the pump. Those that did not succeed have room of their own, so that many good ones do not push them out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct

from treadle.aws import AwsError
from treadle.console.answers import MOST_EVENTS
from treadle.engine.execution import Execution
from treadle.engine.history import HistoryEvent, encode
from treadle.runtime.pages import HistoryPage
from treadle.runtime.records import ExecutionRecord, Order, Revision
from treadle.runtime.summaries import describe
from treadle.values import Json

# Executions that are kept of either outcome.
KEPT = 100


class Stored(Protocol):
    """What the runtime keeps of executions (runtime.service.Service)."""

    def history(
        self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward"
    ) -> HistoryPage: ...

    def describe(self, arn: str) -> ExecutionRecord: ...

    def revision_of(self, arn: str) -> Revision: ...


class Kept(Struct):
    execution: Execution
    revision: Revision
    events: list[HistoryEvent]


class Express:
    """Answers like the runtime, also of Express executions that are remembered."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._running: dict[str, Kept] = {}
        self._well: OrderedDict[str, Kept] = OrderedDict()
        self._badly: OrderedDict[str, Kept] = OrderedDict()

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        facts = execution.facts
        if facts.kind != "EXPRESS":
            return
        kept = self._running.get(facts.arn)
        if kept is None:
            kept = self._running[facts.arn] = Kept(execution, revision, [])
        kept.execution = execution
        if len(kept.events) < MOST_EVENTS:
            kept.events += events
        if execution.status != "RUNNING":
            del self._running[facts.arn]
            room = self._well if execution.status == "SUCCEEDED" else self._badly
            room[facts.arn] = kept
            if len(room) > KEPT:
                room.popitem(last=False)

    def find(self, arn: str) -> Kept | None:
        return self._running.get(arn) or self._badly.get(arn) or self._well.get(arn)

    def of(self, machine_arn: str) -> list[ExecutionRecord]:
        """Those of a machine, the newest first."""
        rooms = (self._running, self._well, self._badly)
        mine = [kept for room in rooms for kept in room.values() if kept.revision.machine_arn == machine_arn]
        mine.sort(key=lambda kept: kept.execution.facts.started_at, reverse=True)
        return [describe(kept.execution, kept.revision, None) for kept in mine]

    # -- as the runtime answers
    def describe(self, arn: str) -> ExecutionRecord:
        kept = self.find(arn)
        return self._stored.describe(arn) if kept is None else describe(kept.execution, kept.revision, None)

    def revision_of(self, arn: str) -> Revision:
        kept = self.find(arn)
        return self._stored.revision_of(arn) if kept is None else kept.revision

    def history(self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward") -> HistoryPage:
        kept = self.find(arn)
        if kept is None or order != "forward":
            return self._stored.history(arn, start, limit, order)
        after = start or 0
        page = [event for event in kept.events if after < event.id <= after + limit]
        more = bool(kept.events) and kept.events[-1].id > after + limit
        return HistoryPage(encode(page), after + limit if more else None)


def described(express: Express, arn: str) -> Json:
    """An execution as DescribeExecution would show it, and its definition. Raises AwsError."""
    if not arn.startswith("arn:"):
        raise AwsError("InvalidArn", f"Invalid Arn: '{arn}'")
    return {"execution": dict(_members(express.describe(arn))), "definition": express.revision_of(arn).definition}


def listed(express: Express, machine_arn: str) -> Json:
    """The remembered executions of a machine; how many of either outcome are remembered of all machines."""
    return {"executions": [dict(_members(record, whole=False)) for record in express.of(machine_arn)], "kept": KEPT}


def _members(record: ExecutionRecord, whole: bool = True) -> Iterator[tuple[str, Any]]:
    yield "executionArn", record.arn
    yield "stateMachineArn", record.machine_arn
    yield "name", record.name
    yield "status", record.status
    yield "startDate", round(record.started_at, 3)
    more = {
        "stopDate": None if record.stopped_at is None else round(record.stopped_at, 3),
        "mapRunArn": record.map_run_arn,
        "error": record.error,
        "cause": record.cause if whole else None,
        "input": record.input if whole else None,
        "output": record.output if whole else None,
    }
    yield from ((name, value) for name, value in more.items() if value is not None)
