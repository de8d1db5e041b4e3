"""What the Lambda tests share: a client of one Lambda, zips from texts, a sink for logs."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from treadle.aws import AwsError, Caller, Request, Response
from treadle.lambdas import Invocation, Lambda

ROLE = "arn:aws:iam::000000000000:role/worker"
ECHO = {"app.py": "def handler(event, context):\n    return event\n"}
FUNCTIONS = "/2015-03-31/functions"


def zipped(files: dict[str, str], *, executable: bool = False) -> bytes:
    """A zip with these files. Equal files make equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if executable else 0o644) << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def base64_zip(files: dict[str, str], *, executable: bool = False) -> str:
    return base64.b64encode(zipped(files, executable=executable)).decode()


class Sink:
    """Keeps log events in memory."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, str]] = []  # group, stream, text

    async def put(self, caller: Caller, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        self.events += [(group, stream, text) for _, text in events]

    @property
    def text(self) -> str:
        return "".join(text for _, _, text in self.events)


class Bucket:
    """An S3 with one object."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def fetch(self, caller: Caller, bucket: str, key: str, version: str | None) -> bytes:
        if key != "code.zip":
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        return self.content


class Client:
    """Sends requests to a Lambda as an SDK would."""

    def __init__(self, server: Lambda, sink: Sink, caller: Caller | None = None) -> None:
        self.server = server
        self.sink = sink
        self.caller = caller or Caller()

    async def send(
        self, method: str, path: str, body: Any = None, *, query: str = "", headers: dict[str, str] | None = None
    ) -> Response:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, headers or {}, raw, "lambda", self.caller)
        return await self.server.handle(request)

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The decoded answer to a request that succeeds."""
        response = await self.send(method, path, body, **more)
        assert response.status < 300, response.body.decode()
        return json.loads(response.body) if response.body else None

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str, str]:
        """Status, error name and message of a request that is refused."""
        response = await self.send(method, path, body, **more)
        assert response.status >= 400, response.body.decode()
        answer = json.loads(response.body)
        return response.status, response.headers["x-amzn-errortype"], answer.get("message", answer.get("Message"))

    async def create(self, name: str, files: dict[str, str] | None = None, **more: Any) -> Any:
        """Create a function; `executable` marks the files of its zip so."""
        executable = more.pop("executable", False)
        body = {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": {"ZipFile": base64_zip(files or ECHO, executable=executable)},
            **more,
        }
        return await self.ok("POST", FUNCTIONS, body)

    async def invoke(self, name: str, event: Any = None, **more: Any) -> Invocation:
        return await self.server.invoke(self.caller, name, json.dumps(event).encode(), **more)

    async def result(self, name: str, event: Any = None) -> Any:
        """The decoded result of a function that succeeds."""
        done = await self.invoke(name, event)
        assert done.function_error is None, done.payload.decode()
        return json.loads(done.payload)

    async def failure(self, name: str, event: Any = None) -> Any:
        """The decoded error of a function that fails."""
        done = await self.invoke(name, event)
        assert (done.status, done.function_error) == (200, "Unhandled"), done.payload.decode()
        return json.loads(done.payload)


async def eventually(condition: Callable[[], bool], *, within: float = 10.0) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.02)


async def opened(place: Path, **more: Any) -> Client:
    sink = Sink()
    fetch = Bucket(zipped(ECHO)).fetch
    server = await Lambda.open(place, endpoint_url="http://127.0.0.1:4566/", fetch_object=fetch, logs=sink, **more)
    return Client(server, sink)


def one(name: str, tail: str = "") -> str:
    """The path of a function, named by name or ARN."""
    return f"{FUNCTIONS}/{quote(name, safe='')}{tail}"
