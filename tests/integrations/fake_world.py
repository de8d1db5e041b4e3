"""A world for tests: answers are given, requests are kept."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from treadle.asl.resource import parse_resource
from treadle.aws import AwsError, Caller
from treadle.integrations.integration import Call
from treadle.values import Json

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:orders:run-1"


class Invocation(Struct, frozen=True):
    payload: bytes
    status: int = 200
    function_error: str | None = None
    executed_version: str = "$LATEST"
    log_tail: str | None = None
    request_id: str = "11111111-2222-4333-8444-555555555555"


class FakeWorld:
    """Answers requests from `answers` by operation name. An AwsError is raised, a list gives one item each time."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.requests: list[tuple[str, str, Json]] = []
        self.slept: list[float] = []

    def _answer(self, service: str, operation: str, params: Json) -> Any:
        self.requests.append((service, operation, params))
        answer = self.answers[operation]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, AwsError):
            raise answer
        return answer

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        return self._answer(service, operation, params)

    async def invoke(
        self, caller: Caller, function: str, payload: bytes, role: str | None = None, **options: Any
    ) -> Any:
        return self._answer("lambda", "Invoke", {"function": function, "payload": payload, **options})

    async def execute(self, caller: Caller, operation: str, params: dict[str, Any], role: str | None = None) -> Any:
        return self._answer("states", operation, params)

    async def ended(self, execution_arn: str) -> Any:
        return self._answer("states", "ended", execution_arn)

    async def find_api(self, api_id: str) -> str | None:
        found = self.answers.get("find_api")
        return None if found is None else str(found[api_id])

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str] | None:
        return None

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        return f"token-for-{cluster}"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def call(world: FakeWorld, arn: str, arguments: Json, **more: Any) -> Call:
    """A task of the machine `orders` that uses `arn`."""
    resource = parse_resource(arn)
    assert resource is not None
    return Call(world, Caller(), resource, arguments, EXECUTION, "Step", task_id="7", **more)
