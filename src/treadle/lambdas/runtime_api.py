"""The AWS Lambda Runtime API, as one worker sees it: next, response, error. One small HTTP server per worker.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httptools
import msgspec

# A bit over 6 MB, the figure Lambda itself names when it refuses.
MAX_RESPONSE = 6_291_556
_PREFIX = "/2018-06-01/runtime/"
_ACCEPTED = b'{"status":"OK"}\n'


class Turn(msgspec.Struct, frozen=True):
    """What `next` hands to the runtime: one event and what surrounds it. `deadline` in epoch milliseconds."""

    request_id: str
    payload: bytes
    deadline: int
    function_arn: str
    trace: str
    client_context: str | None = None


class Runtime(Protocol):
    """What the server tells the worker about."""

    def parked(self, connection: Connection) -> None:
        """The runtime asks for the next event on this connection and waits."""

    def parting(self, connection: Connection) -> None:
        """That connection is gone."""

    def responded(self, request_id: str, payload: bytes) -> bool:
        """The function returned. False: no such request is running."""

    def oversized(self, request_id: str, size: int) -> bool:
        """The function returned more than Lambda passes on."""

    def failed(self, request_id: str, payload: bytes, kind: str) -> bool:
        """The function raised. False: no such request is running."""

    def init_failed(self, payload: bytes, kind: str) -> None:
        """The runtime could not get ready for its first event."""


class Connection(asyncio.Protocol):
    """One connection of a runtime. Requests come one after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: Any) -> None:
        # An asyncio.Transport in all but name: uvloop's does not inherit from it.
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._runtime.parting(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._transport is not None:
                self._transport.close()

    # The parser calls these

    def on_message_begin(self) -> None:
        self._url, self._headers, self._body, self._size = b"", {}, [], 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        # curl asks before it sends a large body, and waits a second when nobody answers.
        if b"expect" in self._headers and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= MAX_RESPONSE:
            self._body.append(body)

    def on_message_complete(self) -> None:
        path = self._url.decode("latin-1").partition("?")[0]
        match path.removeprefix(_PREFIX).split("/"):
            case ["invocation", "next"]:
                self._runtime.parked(self)
            case ["invocation", request_id, "response"] if self._size > MAX_RESPONSE:
                self._answer_known(self._runtime.oversized(request_id, self._size), 413)
            case ["invocation", request_id, "response"]:
                # A streamed response reports a failure midway in trailers; the parser hands those on as headers.
                self._answer_known(self._runtime.responded(request_id, b"".join(self._body)))
            case ["invocation", request_id, "error"]:
                self._answer_known(self._runtime.failed(request_id, b"".join(self._body), self._kind()))
            case ["init", "error"]:
                self._runtime.init_failed(b"".join(self._body), self._kind())
                self._answer(202, _ACCEPTED)
            case ["restore", "next"]:
                self._answer(200, b"")
            case _:
                self._answer(404, b'{"errorMessage":"no such path in the Runtime API","errorType":"NotFound"}')

    def _kind(self) -> str:
        return self._headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")

    def _answer_known(self, known: bool, status: int = 202) -> None:
        if known:
            self._answer(status, _ACCEPTED)
        else:
            self._answer(400, b'{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}')

    def _answer(self, status: int, body: bytes) -> None:
        if self._transport is not None:
            head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
            self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def give(self, turn: Turn) -> None:
        """Answer the waiting `next` with this event."""
        assert self._transport is not None, "the runtime is not connected"
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Lambda-Runtime-Aws-Request-Id: {turn.request_id}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {turn.deadline}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {turn.function_arn}\r\n"
            f"Lambda-Runtime-Trace-Id: {turn.trace}\r\n"
        )
        if turn.client_context is not None:
            head += f"Lambda-Runtime-Client-Context: {turn.client_context}\r\n"
        self._transport.write(f"{head}Content-Length: {len(turn.payload)}\r\n\r\n".encode() + turn.payload)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 413: "Payload Too Large"}
