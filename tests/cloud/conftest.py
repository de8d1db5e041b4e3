"""One built-in cloud per module, behind a small HTTP door so that boto3 can be used; and a list of what it invoked."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import boto3
import pytest
import uvicorn
from botocore.config import Config

from treadle.aws import AwsError, Caller, Request
from treadle.cloud import Cloud, attribute

T = TypeVar("T")


class Ran(NamedTuple):
    """What came of a function."""

    payload: bytes
    function_error: str | None = None


class Invoked:
    """Records invocations instead of performing them."""

    def __init__(self) -> None:
        self.executions: list[tuple[str, str, str]] = []
        self.functions: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.results: dict[str, Any] = {}

    async def start_execution(self, caller: Caller, machine_arn: str, input_text: str, name: str) -> None:
        self.executions.append((machine_arn, input_text, name))

    async def invoke_function(self, caller: Caller, function_arn: str, payload: str) -> None:
        self.functions.append((function_arn, payload))

    async def run_function(self, caller: Caller, function_arn: str, payload: bytes) -> Ran:
        """Answers with what `results` says of the function; what it was given is kept."""
        self.functions.append((function_arn, payload.decode()))
        return self.results[function_arn]

    async def ask(self, caller: Caller, service: str, operation: str, params: dict[str, Any]) -> Any:
        """Answers with what `results` says of the operation; an AwsError there is raised."""
        self.asked.append((service, operation, params))
        found = self.results[operation]
        if isinstance(found, AwsError):
            raise found
        return found


class Clock:
    """Real time plus what a test has let pass."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        import time

        return time.time() + self.ahead


class Running:
    """A cloud on a loop of its own, reachable over HTTP at `url`."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.invoked = Invoked()
        self.clock = Clock()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.cloud = self.open()
        config = uvicorn.Config(self._answer, port=0, log_level="error", lifespan="off", interface="asgi3")
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve(), self.loop)
        while not self._server.started:
            self.run(asyncio.sleep(0.01))
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def open(self) -> Cloud:
        async def make() -> Cloud:
            return Cloud.open(self.directory, self.invoked, self.clock)

        return self.run(make())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    @functools.cache  # noqa: B019 - one of these lives as long as its module's tests
    def client(self, service: str, account: str = "test", region: str = "us-east-1") -> Any:
        config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "secret"}
        return boto3.client(service, region_name=region, endpoint_url=self.url, config=config, **keys)

    def restart(self, gracefully: bool = True) -> None:
        """Let the cloud process end, one way or the other, and begin again from the directory."""
        if gracefully:
            self.run(self.cloud.close())
        elif (child := self.cloud._child) is not None:
            child.process.kill()
            child.process.wait()
            # A server that is killed fires no schedules any more.
            self.run(self.cloud._timetable.close())
            self.run(self.cloud._deliveries.close())
        self.cloud = self.open()

    def close(self) -> None:
        self.run(self.cloud.close())
        # Whatever is still being answered is of no interest any more.
        self._server.should_exit = self._server.force_exit = True
        self._serving.result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path, query = scope["raw_path"].decode(), scope["query_string"].decode()
        service, caller = attribute(scope["method"], path, query, headers, body[:1024])
        request = Request(scope["method"], path, query, headers, body, service, caller)
        response = await self.cloud.handle(request)
        told = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": told})
        await send({"type": "http.response.body", "body": response.body})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    server = Running(tmp_path_factory.mktemp("data"))
    yield server
    server.close()


@pytest.fixture
def launch() -> Iterator[Callable[[Path], Running]]:
    """Starts a further cloud on a directory of the test's own."""
    made: list[Running] = []

    def make(directory: Path) -> Running:
        made.append(Running(directory))
        return made[-1]

    yield make
    for server in made:
        server.close()
