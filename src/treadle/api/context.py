"""What an operation gets beside its parameters: who calls, the memory, the runtime, the time, and a little luck."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from treadle.api.registry import Registry
from treadle.asl.findings import ResourceCheck
from treadle.aws import Caller
from treadle.engine.execution import Failure
from treadle.runtime.records import ExecutionRecord, Order, Revision, Started, SyncResult
from treadle.runtime.store import Page, Query
from treadle.values import Instant, Payload

Params: TypeAlias = dict[str, Any]
Answer: TypeAlias = dict[str, Any]


class Executions(Protocol):
    """The runtime as the API uses it. What does not exist, or may not be done, it refuses with an AwsError."""

    async def start(
        self, revision: Revision, input: Payload, name: str | None = None, trace_header: str | None = None
    ) -> Started: ...

    async def start_sync(
        self, revision: Revision, input: Payload, name: str | None = None, trace_header: str | None = None
    ) -> SyncResult: ...

    async def stop(self, arn: str, failure: Failure) -> Instant:
        """When it stopped, also if that was before."""

    async def stop_all(self, machine_arn: str) -> None:
        """Stop every running execution of a machine that is being deleted."""

    async def redrive(self, arn: str, client_token: str | None = None) -> Instant: ...

    def describe(self, arn: str) -> ExecutionRecord: ...

    def revision(self, id: str) -> Revision: ...

    def list(self, query: Query) -> Page: ...

    def history(self, arn: str, *, order: Order, after: int | None, limit: int, data: bool) -> tuple[bytes, int | None]:
        """The inside of a JSON array of events, and what `after` must be to go on."""

    async def task_succeeded(self, token: str, output: Payload) -> None: ...

    async def task_failed(self, token: str, failure: Failure) -> None: ...

    async def task_heartbeat(self, token: str) -> None: ...

    async def poll_activity(self, arn: str, worker: str | None) -> tuple[str, str] | None:
        """Token and input of a task, None when none came in time."""


class Office(Struct, frozen=True):
    """What all operations of a server share."""

    registry: Registry
    executions: Executions
    now: Callable[[], Instant]
    luck: Callable[[], float]  # uniform in [0, 1)
    new_id: Callable[[], str]  # a fresh uuid
    log_group_exists: Callable[[Caller, str], Awaitable[bool]]
    resources: ResourceCheck | None = None


class Context(Struct, frozen=True):
    """One caller in the office; made once per caller, not per request."""

    caller: Caller
    office: Office

    @property
    def registry(self) -> Registry:
        return self.office.registry

    def arn(self, resource: str) -> str:
        return self.caller.arn("states", resource)
