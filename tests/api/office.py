"""An office with a fake world: documents in memory, a runtime that ends every execution at once."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from treadle.api.call import Desk
from treadle.api.context import Office
from treadle.api.registry import Registry
from treadle.aws import AwsError, Caller
from treadle.engine.execution import Status
from treadle.engine.maprun import MapRun
from treadle.runtime.pages import HistoryPage
from treadle.runtime.records import ExecutionRecord, Order, Revision, Started, SyncResult
from treadle.runtime.store import Page, Query

PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"n": 1}, "End": true}}}'
OTHER = '{"Comment": "2", "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
ROLE = "arn:aws:iam::000000000000:role/r"
HEAD = "arn:aws:states:us-east-1:000000000000"


class Papers:
    """Documents in memory."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, bytes]] = {}

    def documents(self, kind: str) -> dict[str, bytes]:
        return dict(self.kinds.get(kind, {}))

    async def put(self, kind: str, key: str, value: bytes) -> None:
        self.kinds.setdefault(kind, {})[key] = value

    async def delete(self, kind: str, key: str) -> None:
        self.kinds.get(kind, {}).pop(key, None)


class Runtime:
    """Ends every execution at once, except those whose input is "wait"."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._ids = now, itertools.count(1)
        self.records: dict[str, ExecutionRecord] = {}
        self.revisions: dict[str, Revision] = {}
        self.calls: list[tuple[Any, ...]] = []

    async def start(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> Started:
        name = name or f"id-{next(self._ids)}"
        noun = "execution" if revision.kind == "STANDARD" else "express"
        arn = revision.machine_arn.replace(":stateMachine:", f":{noun}:") + f":{name}"
        waits = input_text == '"wait"'
        self.revisions[arn] = revision
        self.records[arn] = ExecutionRecord(
            arn=arn,
            machine_arn=revision.machine_arn,
            name=name,
            status="RUNNING" if waits else "SUCCEEDED",
            started_at=self._now(),
            stopped_at=None if waits else self._now(),
            revision=revision.id,
            kind=revision.kind,
            input=input_text,
            output=None if waits else input_text,
            version_arn=revision.version_arn,
            alias_arn=revision.alias_arn,
            trace_header=trace_header,
        )
        return Started(arn, self._now())

    async def start_sync(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> SyncResult:
        started = await self.start(revision, name, input_text, trace_header=trace_header)
        return SyncResult(record=self.records[started.arn], billed_ms=100, billed_mb=64)

    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> float:
        now = self._now()
        self.records[arn] = replace(self.records[arn], status="ABORTED", stopped_at=now, error=error, cause=cause)
        return now

    async def redrive(self, arn: str, client_token: str | None = None) -> float:
        self.calls.append(("redrive", arn, client_token))
        return self._now()

    def describe(self, arn: str) -> ExecutionRecord:
        if arn not in self.records:
            raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self.records[arn]

    def map_run(self, arn: str) -> MapRun | None:
        return None

    def map_runs(self, execution_arn: str) -> list[MapRun]:
        return []

    async def update_map_run(self, arn: str, *limits: float | None) -> bool:
        return False

    def revision_of(self, arn: str) -> Revision:
        return self.revisions[self.describe(arn).arn]

    def list(self, query: Query) -> Page:
        found = list(enumerate(self.records.values()))[::-1]
        for member in ("machine_arn", "version_arn", "alias_arn", "status"):
            wanted = getattr(query, member)
            found = [(key, each) for key, each in found if wanted in (None, getattr(each, member))]
        found = [(key, each) for key, each in found if query.before is None or key < query.before]
        shown = found[: query.limit]
        return Page([each for _, each in shown], shown[-1][0] if len(found) > len(shown) else None)

    def history(self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward") -> HistoryPage:
        """Three events, two at most on a page."""
        events = [b'{"id":%d,"stateEnteredEventDetails":{"name":"A","input":"{}"}}' % each for each in (1, 2, 3)]
        shown = events[start or 0 :][: min(limit, 2)]
        following = (start or 0) + len(shown)
        return HistoryPage(b",".join(shown), following if following < len(events) else None)

    def count(self, machine_arn: str, status: Status = "RUNNING") -> int:
        return sum((each.machine_arn, each.status) == (machine_arn, status) for each in self.records.values())

    async def task_succeeded(self, token: str, output_text: str) -> None:
        self.calls.append(("succeeded", token, output_text))

    async def task_failed(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        self.calls.append(("failed", token, error, cause))

    async def task_heartbeat(self, token: str) -> None:
        self.calls.append(("heartbeat", token))

    async def poll_activity(self, activity_arn: str, worker: str | None = None) -> tuple[str, str] | None:
        self.calls.append(("poll", activity_arn, worker))
        return None


class World:
    """The office and its surroundings, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self.luck = 1_700_000_000.0, 0.0
        self.groups = {"/aws/vendedlogs/here"}
        self.verified: list[str] = []
        self.papers, self.runtime = Papers(), Runtime(lambda: self.now)
        self._ids = itertools.count(1)
        self.caller = Caller()
        self.open()

    def open(self) -> None:
        """Open (or after a restart reopen) the office on the same papers."""
        self.office = Office(
            registry=Registry(self.papers),
            executions=self.runtime,
            now=lambda: self.now,
            luck=lambda: self.luck,
            new_id=lambda: f"revision-{next(self._ids)}",
            log_group_exists=self._group_exists,
            verify_delivery=self._verify,
        )
        self.desk = Desk(self.office)

    async def _group_exists(self, caller: Caller, arn: str) -> bool:
        return any(arn.endswith(f":log-group:{name}:*") for name in self.groups)

    async def _verify(self, caller: Caller, arn: str) -> None:
        self.verified.append(arn)

    def call(self, operation: str, **params: Any) -> Awaitable[dict[str, Any]]:
        return self.desk.call(self.caller, operation, params)

    async def machine(self, name: str = "m", **params: Any) -> str:
        """The ARN of a new machine."""
        given = {"definition": PASS, "roleArn": ROLE, "name": name, **params}
        answer = await self.call("CreateStateMachine", **given)
        arn: str = answer["stateMachineArn"]
        return arn
