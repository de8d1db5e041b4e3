"""The whole server on a real port: it starts fast, ends in good order, and remembers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from treadle.api.host import PortTaken, bind
from treadle.api.server import serve

from .office import PASS, ROLE


@contextlib.asynccontextmanager
async def running(data: Path) -> AsyncIterator[str]:
    """The endpoint of a server on a free port."""
    endpoint: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve("127.0.0.1", 0, data, ready=endpoint.set_result))
    await asyncio.wait((server, endpoint), return_when=asyncio.FIRST_COMPLETED)
    if server.done():
        server.result()
    try:
        yield endpoint.result()
    finally:
        server.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server


async def ask(endpoint: str, operation: str, **params: Any) -> Any:
    request = urllib.request.Request(
        endpoint, orjson.dumps(params), {"X-Amz-Target": f"AWSStepFunctions.{operation}"}, method="POST"
    )

    def send() -> Any:
        with urllib.request.urlopen(request) as response:
            return orjson.loads(response.read())

    return await asyncio.to_thread(send)


async def get(url: str) -> tuple[int, Any]:
    def send() -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(url) as response:
                return response.status, orjson.loads(response.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, orjson.loads(refusal.read())

    return await asyncio.to_thread(send)


async def test_what_was_answered_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as endpoint:
        machine = await ask(endpoint, "CreateStateMachine", name="m", definition=PASS, roleArn=ROLE)
        started = await ask(endpoint, "StartExecution", stateMachineArn=machine["stateMachineArn"], input='{"a": 1}')
        assert (await get(f"{endpoint}/_treadle/health"))[1]["state_machines"] == 1
    async with running(tmp_path) as endpoint:
        described = await ask(endpoint, "DescribeExecution", executionArn=started["executionArn"])
        assert (described["status"], described["input"], described["output"]) == ("SUCCEEDED", '{"a": 1}', '{"n":1}')
        history = await ask(endpoint, "GetExecutionHistory", executionArn=started["executionArn"], reverseOrder=True)
        assert [event["type"] for event in history["events"]] == [
            "ExecutionSucceeded",
            "PassStateExited",
            "PassStateEntered",
            "ExecutionStarted",
        ]


async def test_pages_of_our_own(tmp_path: Path) -> None:
    async with running(tmp_path) as endpoint:
        status, health = await get(f"{endpoint}/_treadle/health")
        assert (status, health["status"], health["running_executions"]) == (200, "ok", 0)
        status, refusal = await get(f"{endpoint}/_treadle/nothing")
        assert (status, refusal["message"]) == (404, "There is nothing at /_treadle/nothing.")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} on 127.0.0.1 is in use by another program"):
            bind("127.0.0.1", port)


def test_starting_imports_nothing_heavy() -> None:
    heavy = "{'botocore', 'boto3', 'moto', 'flask', 'werkzeug', 'cryptography'}"
    code = f"import sys, treadle.api.server; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
