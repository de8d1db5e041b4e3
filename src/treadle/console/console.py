"""The console's door: which requests are for it, and what they get.

A browser that asks for `/` gets the page, `/_treadle/console/` its files, `/_treadle/api/` the small API. Everything
else on the port is AWS's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import orjson

from treadle.aws import AwsError, Response
from treadle.console import live, statistics
from treadle.console.answers import House, Ledgers
from treadle.console.express import Express
from treadle.console.files import INDEX, Bundle, File
from treadle.console.live import Feed, Hub
from treadle.console.unbuilt import PAGE

if TYPE_CHECKING:
    from treadle.console.questions import Questions

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FILES = "/_treadle/console/"
API = "/_treadle/api/"
NONCE = b"__CSP_NONCE__"
# Only our own files, nothing inline but the styles that carry the page's nonce (the editor makes some).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# In a query they mean a call of AWS's: presigned addresses, and operations of the query protocol.
SIGNS = (b"X-Amz-", b"AWSAccessKeyId=", b"Action=")
GUARDS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
BODY_LIMIT = 4 << 20
_log = logging.getLogger("treadle.console")


class Console:
    """An ASGI application for what `claims` says. Its `hub` and `express` want to be listeners of the pump."""

    def __init__(self, house: House, bundle: Bundle | None = None) -> None:
        self._house = house
        self._bundle = bundle or Bundle()
        self._questions: Questions | None = None
        self.hub = Hub()
        self.express = Express(house.executions)

    def close(self) -> None:
        """End the open streams, so that the server can end."""
        self.hub.close()

    def claims(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return path.startswith((FILES, API)) or (path == "/" and _is_browser(scope))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == f"{API}events" and scope["method"] == "GET":
            return await self._events(scope, receive, send)
        try:
            response = await self._answer(scope, path, receive)
        except AwsError as error:
            response = _json({"__type": error.code, "message": error.message}, error.status)
        except Exception:
            _log.exception("%s %s failed", scope["method"], path)
            response = _json({"__type": "InternalFailure", "message": "The server met a bug; its log says more."}, 500)
        await _respond(send, response, scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, path: str, receive: Receive) -> Response:
        if path.startswith(API):
            return await self._ask(scope, path[len(API) :], receive)
        if scope["method"] not in ("GET", "HEAD"):
            raise AwsError("MethodNotAllowed", f"{path} can only be read.", 405)
        name = INDEX if path == "/" else unquote(path[len(FILES) :])
        file = self._bundle.file(name)
        if name == INDEX:
            return _page(PAGE.encode() if file is None else file.body)
        if file is None:
            raise AwsError("NotFound", f"There is nothing at {path}.", 404)
        return _file(file, scope)

    async def _ask(self, scope: Scope, question: str, receive: Receive) -> Response:
        if self._questions is None:
            # A server that nobody looks at needs none of what answers them: drawing, linting, reckoning.
            self._questions = await asyncio.to_thread(_questions, self._house, self.express)
        found = await self._questions.ask(scope["method"], question, _query(scope), partial(_body, receive))
        if found is None:
            raise AwsError("NotFound", f"There is nothing at {API}{question}.", 404)
        return _json(found)

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Server-sent events until the page leaves or the server ends."""
        feed = self.hub.join({arn for arn in _query(scope).get("watch", "").split(",") if arn})
        leaving = asyncio.ensure_future(_left(receive))
        leaving.add_done_callback(lambda _: feed.close())
        try:
            headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
            # The page may leave at any moment.
            with contextlib.suppress(OSError):
                await send({"type": "http.response.start", "status": 200, "headers": _headers(headers)})
                await _write(send, [("hello", {"version": self._house.version})])
                await _follow(feed, send, self._house.ledgers)
                await send({"type": "http.response.body", "body": b""})
        finally:
            self.hub.leave(feed)
            leaving.cancel()


def _questions(house: House, express: Express) -> Questions:
    from treadle.console.questions import Questions

    return Questions(house, express)


async def _follow(feed: Feed, send: Send, ledgers: Ledgers | None) -> None:
    """Write what the feed hears; of the time only that spans of figures have slid on."""
    seen = ledgers.now() if ledgers else 0.0
    while not feed.closed:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(feed.woken.wait(), min(live.QUIET, live.MINUTE - seen % live.MINUTE))
        if ledgers:
            before, seen = seen, ledgers.now()
            feed.slid(statistics.slid(before, seen))
        messages = feed.take()
        if messages:
            await _write(send, messages)
        elif not feed.closed:
            await send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
        # The next news wait a moment for company.
        if not feed.closed:
            await asyncio.sleep(live.GATHER)


async def _write(send: Send, messages: list[tuple[str, Any]]) -> None:
    body = b"".join(b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data)) for name, data in messages)
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_browser(scope: Scope) -> bool:
    """Whether somebody looks at `/`: an unsigned GET that wants HTML. Not S3's ListBuckets, not a bucket's own host."""
    if scope["method"] not in ("GET", "HEAD") or any(sign in scope["query_string"] for sign in SIGNS):
        return False
    html = False
    for name, value in scope["headers"]:
        if name in (b"authorization", b"x-amz-date", b"x-amz-content-sha256"):
            return False
        if name == b"accept":
            html = b"text/html" in value
        elif name == b"host" and _belongs_to_a_service(value):
            return False
    return html


def _belongs_to_a_service(host: bytes) -> bool:
    labels = host.partition(b":")[0].split(b".")
    return any(label.startswith(b"s3") or label in (b"execute-api", b"lambda-url", b"amazonaws") for label in labels)


def _query(scope: Scope) -> Mapping[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1")))


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > BODY_LIMIT:
            raise AwsError("RequestEntityTooLargeException", "The request body is too long.", 413)
    return body


def _page(html: bytes) -> Response:
    nonce = secrets.token_urlsafe(12)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "content-security-policy": POLICY.format(nonce=nonce),
        # A proxy must not give the page to who asks for S3's list of buckets.
        "vary": "accept, authorization",
    }
    return Response(200, html.replace(NONCE, nonce.encode()), headers)


def _file(file: File, scope: Scope) -> Response:
    headers = {
        "content-type": file.type,
        "cache-control": "public, max-age=31536000, immutable" if file.forever else "no-cache",
        "vary": "accept-encoding",
    }
    accepted = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
    if file.packed is not None and b"gzip" in accepted:
        return Response(200, file.packed, {**headers, "content-encoding": "gzip"})
    return Response(200, file.body, headers)


def _json(body: object, status: int = 200) -> Response:
    return Response(status, orjson.dumps(body), {"content-type": "application/json", "cache-control": "no-store"})


def _headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in {**GUARDS, **headers}.items()]


async def _respond(send: Send, response: Response, head_only: bool) -> None:
    headers = _headers({**response.headers, "content-length": str(len(response.body))})
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else response.body})
