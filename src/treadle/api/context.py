"""What an operation gets beside its parameters: who calls, the memory, the runtime, the time, and a little luck."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from treadle.api.registry import Registry
from treadle.asl.findings import TaskCheck
from treadle.aws import Caller
from treadle.engine.execution import Status
from treadle.engine.maprun import MapRun
from treadle.runtime.mocks import NONE, Mocks
from treadle.runtime.pages import HistoryPage
from treadle.runtime.performer import Find
from treadle.runtime.pump import Performer
from treadle.runtime.records import ExecutionRecord, Order, Revision, Started, SyncResult
from treadle.runtime.store import Page, Query
from treadle.values import Instant

Params: TypeAlias = dict[str, Any]
Answer: TypeAlias = dict[str, Any]


class Executions(Protocol):
    """The runtime as the API uses it (runtime.service.Service). It refuses what it must refuse with an AwsError."""

    async def start(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> Started: ...

    async def start_sync(
        self, revision: Revision, name: str | None = None, input_text: str = "{}", *, trace_header: str | None = None
    ) -> SyncResult: ...

    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> Instant: ...

    async def redrive(self, arn: str, client_token: str | None = None) -> Instant: ...

    def describe(self, arn: str) -> ExecutionRecord: ...

    def map_run(self, arn: str) -> MapRun | None: ...

    def map_runs(self, execution_arn: str) -> Sequence[MapRun]: ...

    async def update_map_run(
        self,
        arn: str,
        concurrency: int | None = None,
        tolerated_count: int | None = None,
        tolerated_percentage: float | None = None,
    ) -> bool: ...

    def revision_of(self, arn: str) -> Revision: ...

    def list(self, query: Query) -> Page: ...

    def history(
        self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward"
    ) -> HistoryPage: ...

    def count(self, machine_arn: str, status: Status = "RUNNING") -> int: ...

    async def task_succeeded(self, token: str, output_text: str) -> None: ...

    async def task_failed(self, token: str, error: str | None = None, cause: str | None = None) -> None: ...

    async def task_heartbeat(self, token: str) -> None: ...

    async def poll_activity(self, activity_arn: str, worker: str | None = None) -> tuple[str, str] | None: ...


class Office(Struct, frozen=True):
    """What all operations of a server share."""

    registry: Registry
    executions: Executions
    now: Callable[[], Instant]
    luck: Callable[[], float]  # uniform in [0, 1)
    new_id: Callable[[], str]  # a fresh uuid
    log_group_exists: Callable[[Caller, str], Awaitable[bool]]
    verify_delivery: Callable[[Caller, str], Awaitable[None]]  # to a log group, by its ARN
    tasks: TaskCheck | None = None
    # One performer for one TestState, which chooses the integrations.
    performer: Callable[[Find], Performer] | None = None
    # Whose test cases StartExecution takes after a `#`.
    mocks: Mocks = NONE


class Context(Struct, frozen=True):
    """One caller in the office; made once per caller, not per request."""

    caller: Caller
    office: Office

    @property
    def registry(self) -> Registry:
        return self.office.registry

    def arn(self, resource: str) -> str:
        return self.caller.arn("states", resource)
