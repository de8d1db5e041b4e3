"""The HTTP door: one port for all services, AWS's envelope around every answer."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import orjson
import pytest
from msgspec import Struct

from treadle.api.app import LIMIT, App
from treadle.aws import AwsError, Request, Response

from .office import HEAD, PASS, ROLE, World

SIGNED = (
    "AWS4-HMAC-SHA256 Credential={account}/20261122/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
)


class Neighbour:
    """Another service behind the port; remembers what it was given."""

    def __init__(self, name: str) -> None:
        self.name, self.requests = name, list[Request]()

    async def handle(self, request: Request) -> Response:
        self.requests.append(request)
        if request.path == "/refused":
            raise AwsError("AccessDenied", "no", 403)
        if request.path == "/broken":
            raise RuntimeError("a bug")
        return Response(200, self.name.encode(), {"Content-Type": "text/plain"})


class Answer(Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Door:
    def __init__(self, world: World) -> None:
        self.lambdas, self.cloud, self.pages = Neighbour("lambda"), Neighbour("cloud"), Neighbour("pages")
        self.app = App(world.desk, self.lambdas, self.cloud, self.pages)

    async def knock(
        self, method: str = "POST", path: str = "/", headers: dict[str, str] | None = None, *parts: bytes
    ) -> Answer:
        """One request whose body arrives in `parts`."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        }
        chunks = list(parts) or [b""]
        incoming = [
            {"type": "http.request", "body": part, "more_body": number < len(chunks)}
            for number, part in enumerate(chunks, 1)
        ]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return incoming.pop(0) if incoming else await asyncio.Future()

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        head, body = sent
        found = {name.decode(): value.decode() for name, value in head["headers"]}
        return Answer(head["status"], found, body["body"])

    async def states(self, operation: str, params: Any, account: str = "test", region: str = "us-east-1") -> Answer:
        headers = {
            "x-amz-target": f"AWSStepFunctions.{operation}",
            "authorization": SIGNED.format(account=account, region=region, service="states"),
        }
        return await self.knock("POST", "/", headers, params if isinstance(params, bytes) else orjson.dumps(params))


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)


async def test_an_operation_answers_with_json_and_a_request_id(door: Door) -> None:
    answer = await door.states("CreateStateMachine", {"name": "m", "definition": PASS, "roleArn": ROLE})
    assert (answer.status, answer.json["stateMachineArn"]) == (200, f"{HEAD}:stateMachine:m")
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    again = await door.states("ListStateMachines", {})
    assert answer.headers["x-amzn-requestid"] != again.headers["x-amzn-requestid"]


async def test_the_signature_says_which_account_and_region(door: Door) -> None:
    params = {"name": "a"}
    answer = await door.states("CreateActivity", params, "111122223333", "eu-west-1")
    assert answer.json["activityArn"] == "arn:aws:states:eu-west-1:111122223333:activity:a"


async def test_a_request_without_a_signature_is_accepted(door: Door) -> None:
    answer = await door.knock("POST", "/", {"x-amz-target": "AWSStepFunctions.ListStateMachines"}, b"{}")
    assert answer.json == {"stateMachines": []}


async def test_a_refusal_names_its_type(door: Door) -> None:
    answer = await door.states("DescribeStateMachine", {"stateMachineArn": "nonsense"})
    assert answer.status == 400
    assert answer.json == {"__type": "InvalidArn", "message": "Invalid Arn: 'Invalid ARN prefix: nonsense'"}


@pytest.mark.parametrize(
    ("operation", "body", "code", "status"),
    [
        ("ListStateMachines", b"{", "SerializationException", 400),
        ("ListStateMachines", b"[]", "SerializationException", 400),
        ("MakeCoffee", b"{}", "UnknownOperationException", 400),
        ("ListStateMachines", b" " * (LIMIT + 1), "RequestEntityTooLargeException", 413),
    ],
)
async def test_requests_that_make_no_sense(door: Door, operation: str, body: bytes, code: str, status: int) -> None:
    answer = await door.states(operation, body)
    assert (answer.status, answer.json["__type"]) == (status, code)


async def test_a_body_may_arrive_in_parts(door: Door) -> None:
    headers = {"x-amz-target": "AWSStepFunctions.ListStateMachines"}
    answer = await door.knock("POST", "/", headers, b'{"max', b'Results"', b": 5}")
    assert answer.status == 200


async def test_a_bug_is_an_internal_failure_and_the_next_request_is_served(
    door: Door, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.machine()
    del world.runtime.records  # the runtime is broken
    answer = await door.states("StartExecution", {"stateMachineArn": f"{HEAD}:stateMachine:m"})
    assert (answer.status, answer.json["__type"]) == (500, "InternalFailure")
    assert "AttributeError" in caplog.text and answer.headers["x-amzn-requestid"] in caplog.text
    assert (await door.states("ListStateMachines", {})).status == 200


@pytest.mark.parametrize(
    ("method", "path", "service", "expected"),
    [
        ("POST", "/2015-03-31/functions", "lambda", "lambda"),
        ("GET", "/bucket/key", "s3", "cloud"),
        ("POST", "/", "sqs", "cloud"),
        ("GET", "/_treadle/health", "s3", "pages"),
    ],
)
async def test_everything_else_goes_to_its_service(
    door: Door, method: str, path: str, service: str, expected: str
) -> None:
    headers = {"authorization": SIGNED.format(account="test", region="us-east-1", service=service)}
    answer = await door.knock(method, path, headers, b"body")
    assert answer.body.decode() == expected and "x-amzn-requestid" in answer.headers


async def test_a_neighbour_may_refuse_or_break(door: Door) -> None:
    headers = {"authorization": SIGNED.format(account="test", region="us-east-1", service="sqs")}
    assert (await door.knock("POST", "/refused", headers)).status == 403
    assert (await door.knock("POST", "/broken", headers)).status == 500


async def test_head_has_no_body(door: Door) -> None:
    headers = {"authorization": SIGNED.format(account="test", region="us-east-1", service="s3")}
    answer = await door.knock("HEAD", "/bucket/key", headers)
    assert answer.body == b"" and answer.headers["content-length"] == "5"


async def test_a_worker_that_hangs_up_takes_no_task(door: Door, world: World) -> None:
    await world.call("CreateActivity", name="a")
    cancelled = asyncio.Event()

    async def poll(arn: str, worker: str | None) -> None:
        try:
            await asyncio.Future()
        finally:
            cancelled.set()

    world.runtime.poll_activity = poll  # type: ignore[method-assign]
    headers = [(b"x-amz-target", b"AWSStepFunctions.GetActivityTask")]
    body = orjson.dumps({"activityArn": f"{HEAD}:activity:a"})
    incoming: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": body},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> MutableMapping[str, Any]:
        return incoming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await door.app({"type": "http", "headers": headers}, receive, send)
    assert cancelled.is_set() and not sent
