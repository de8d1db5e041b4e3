"""What a Task can do, declared once: read by the runtime, validation, TestState, mocks, cost, docs and console."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from msgspec import Struct

from treadle.asl.resource import Resource
from treadle.aws import Caller
from treadle.values import Json


class World(Protocol):
    """The world as an integration may touch it; the runtime passes it in."""

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        """One SDK call by botocore names (service "dynamodb", operation "PutItem"). Raises AwsError."""

    async def invoke(
        self, caller: Caller, function: str, payload: bytes, role: str | None = None, **options: Any
    ) -> Any:
        """Invoke a Lambda function (options: see treadle.lambdas), as `role` when it is elsewhere. Raises AwsError."""

    async def execute(self, caller: Caller, operation: str, params: dict[str, Any], role: str | None = None) -> Any:
        """A Step Functions operation of this very server (StartExecution, ...), as `role`. Raises AwsError."""

    async def ended(self, execution_arn: str) -> Any:
        """Wait until an execution of this server has ended; its ExecutionRecord."""

    async def find_api(self, api_id: str) -> str | None:
        """The URL under which this server serves the REST API of that id; None when it is none of its own."""

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str] | None:
        """The headers of a request to an API that is none of this server's, signed; None when no credentials are
        used for such calls. Raises AwsError."""

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        """The bearer token by which an EKS cluster knows who calls, good for a minute. Raises AwsError."""

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass between two looks at a job."""


class Call(Struct, frozen=True):
    """One task to perform. `arguments` are the state's effective Parameters or Arguments."""

    world: World
    caller: Caller
    resource: Resource
    arguments: Json
    execution_arn: str
    state: str
    token: str | None = None
    role: str | None = None  # Credentials.RoleArn, else the machine's role
    task_id: str = ""  # stable across restarts: an idempotency key
    timeout: float | None = None


class Job(Struct, frozen=True):
    """How a `.sync` job is followed. `watch` returns the task's output or raises StatesError; `cancel` is best effort
    and may raise AwsError.

    Both receive what `call` answered, so that they work after a restart.
    """

    watch: Callable[[Call, Json], Awaitable[Json]]
    cancel: Callable[[Call, Json], Awaitable[None]]


class Integration(Struct, frozen=True):
    """One thing a Task can do. `call` does it once: it returns the reply or raises StatesError(error, cause)."""

    name: str  # "lambda:invoke", "aws-sdk:dynamodb:putItem"
    patterns: frozenset[str]  # of "request", "sync", "sync:2", "token"
    call: Callable[[Call], Awaitable[Json]]
    job: Job | None = None
    # A task whose call may have left before a crash: do it again, or report it as failed.
    after_crash: Literal["repeat", "lose"] = "repeat"
