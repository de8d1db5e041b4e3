"""The ASGI application: one port for Step Functions, Lambda, the other services and our own pages.

A Step Functions request is recognised by its target header and costs microseconds; everything else is attributed to a
service by its signature, host or path and handed over whole.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol, TypeAlias

import orjson

from treadle.api.call import Desk
from treadle.api.errors import INTERNAL, NOT_FOUND, SERIALIZATION, TOO_LARGE
from treadle.api.operations import POLLS
from treadle.api.witness import CONSOLE, LOOKUP, Witness, access_key
from treadle.audit.calls import Visit
from treadle.aws import AwsError, Caller, Request, Response
from treadle.cloud.routing import attribute

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

LIMIT = 1 << 20  # bytes of a Step Functions request (service quotas)
PREFIX = "/_treadle/"
_TARGET = b"AWSStepFunctions."
_TYPE = (b"content-type", b"application/x-amz-json-1.0")
_log = logging.getLogger("treadle.api")


class Service(Protocol):
    """Another service behind the same port: Lambda, the cloud, our own pages."""

    async def handle(self, request: Request) -> Response: ...


class Mount(Protocol):
    """An ASGI application that takes some requests before they are attributed to a service: the web console."""

    def claims(self, scope: Scope) -> bool: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Disconnected(Exception):
    """The client went away; nobody reads the answer."""


class App:
    """Routes requests. `lambdas` and `cloud` get what is theirs, `pages` everything below /_treadle/ that the
    console does not claim."""

    def __init__(
        self,
        desk: Desk,
        lambdas: Service,
        cloud: Service,
        pages: Service,
        console: Mount | None = None,
        witness: Witness | None = None,
    ) -> None:
        self._desk, self._lambdas, self._cloud, self._pages = desk, lambdas, cloud, pages
        self._console, self._witness = console, witness
        # Unique and cheap: a random beginning for the process, then a number.
        head = os.urandom(10).hex()
        self._head = f"{head[:8]}-{head[8:12]}-{head[12:16]}-{head[16:20]}-"
        self._ids = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']} connections are not served here")
        request_id = f"{self._head}{next(self._ids):012x}".encode()
        target, authorization = None, b""
        for name, value in scope["headers"]:
            if name == b"x-amz-target":
                target = value
            elif name == b"authorization":
                authorization = value
        try:
            if target is not None and target.startswith(_TARGET):
                await self._states(target[len(_TARGET) :], authorization, request_id, scope, receive, send)
            elif self._console is not None and self._console.claims(scope):
                await self._console(scope, receive, send)
            else:
                await self._other(scope, request_id, receive, send)
        except Disconnected:
            return

    async def _states(
        self, operation: bytes, authorization: bytes, request_id: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        status = 200
        try:
            body = await read_body(receive, LIMIT)
            headers = {"authorization": authorization.decode("latin-1")} if authorization else {}
            _, caller = attribute("POST", "/", "", headers, b"")
            visit = _visit(scope, request_id, headers.get("authorization", ""))
            content = await self._answer(operation.decode("latin-1"), caller, body, receive, visit)
        except AwsError as error:
            status, content = error.status, error_body(error)
        except Disconnected:
            raise
        except Exception:
            _log.exception("%s failed (request %s)", operation.decode("latin-1"), request_id.decode())
            status, content = 500, error_body(INTERNAL())
        head = [_TYPE, (b"x-amzn-requestid", request_id), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, operation: str, caller: Caller, body: bytes, receive: Receive, visit: Visit) -> bytes:
        try:
            params = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError as error:
            raise SERIALIZATION(problem=f"The request body is not JSON: {error}") from None
        call = self._desk.call(caller, operation, params)
        answer, refusal = None, None
        try:
            answer = await (while_connected(call, receive) if operation in POLLS else call)
            return orjson.dumps(answer)
        except AwsError as error:
            refusal = error
            raise
        except Exception:
            refusal = INTERNAL()
            raise
        finally:
            if self._witness is not None:
                self._witness.states(visit, caller, operation, params, answer, refusal)

    async def _other(self, scope: Scope, request_id: bytes, receive: Receive, send: Send) -> None:
        request = None
        try:
            request = await self._request(scope, receive)
            response = await self._handle(request)
        except AwsError as error:
            response = Response(error.status, error_body(error), {"content-type": "application/x-amz-json-1.0"})
        except Disconnected:
            raise
        except Exception:
            _log.exception("%s %s failed (request %s)", scope["method"], scope["path"], request_id.decode())
            response = Response(500, error_body(INTERNAL()), {"content-type": "application/x-amz-json-1.0"})
        if self._witness is not None and request is not None:
            visit = _visit(scope, request_id, request.headers.get("authorization", ""))
            await self._witness.other(visit, request, response)
        await respond(send, response, request_id, scope["method"] == "HEAD")

    async def _handle(self, request: Request) -> Response:
        if self._witness is not None and request.headers.get("x-amz-target", "").endswith(LOOKUP):
            return await self._witness.lookup(request)
        return await self._service(request).handle(request)

    async def _request(self, scope: Scope, receive: Receive) -> Request:
        body = await read_body(receive, None)
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        query, headers = scope["query_string"].decode("latin-1"), decode_headers(scope["headers"])
        if path.startswith(PREFIX):
            return Request(method, path, query, headers, body, "treadle")
        service, caller = attribute(method, path, query, headers, body[:4096])
        return Request(method, path, query, headers, body, service, caller)

    def _service(self, request: Request) -> Service:
        match request.service:
            case "treadle":
                return self._pages
            case "lambda":
                return self._lambdas
            case "states":
                # Step Functions without a target header: nothing that AWS answers to.
                raise NOT_FOUND(path=request.path)
            case _:
                return self._cloud


def _visit(scope: Scope, request_id: bytes, authorization: str) -> Visit:
    agent = b""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            agent = value
        elif name == CONSOLE:
            agent = b"treadle-console/" + value
            break
    client = scope.get("client")
    return Visit(request_id.decode(), access_key(authorization), client[0] if client else "", agent.decode("latin-1"))


async def read_body(receive: Receive, limit: int | None) -> bytes:
    """The whole body. Raises RequestEntityTooLargeException beyond `limit` bytes."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, total = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            total += len(part)
            if limit is not None and total > limit:
                raise TOO_LARGE()
            parts.append(part)
        body = b"".join(parts)
    if limit is not None and len(body) > limit:
        raise TOO_LARGE()
    return body


async def while_connected(call: Awaitable[Any], receive: Receive) -> Any:
    """The result of `call`, which is cancelled when the client hangs up first."""
    working, leaving = asyncio.ensure_future(call), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Disconnected
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def respond(send: Send, response: Response, request_id: bytes, head_only: bool) -> None:
    names = {name.lower() for name in response.headers}
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if "x-amzn-requestid" not in names:
        headers.append((b"x-amzn-requestid", request_id))
    if "content-length" not in names and response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else response.body})


def error_body(error: AwsError) -> bytes:
    return orjson.dumps({"__type": error.code, "message": error.message, **error.extra})


def decode_headers(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Names and values as text; a repeated header is joined with commas (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found
