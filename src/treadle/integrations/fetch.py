"""One HTTP/1.1 request without blocking, for API Gateway, HTTP tasks and Kubernetes. No redirects, no keep-alive."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

import httptools
from msgspec import Struct

# Bytes of a body that are read at most; far above what a state may hold.
LIMIT = 8 * 1024 * 1024


class Unreachable(Exception):
    """No answer: refused, unknown host, broken off, timed out."""


class Fetched(Struct, frozen=True):
    """An HTTP response. `headers` keep order, spelling and repetition."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, "" when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    def grouped(self) -> dict[str, list[str]]:
        """Name -> values; names in the spelling of their first occurrence, plain ones in the usual spelling."""
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(_spelled(name), []).append(value)
        return found


# Headers of API Gateway and CloudFront that have spellings of their own.
_SPELLINGS = {
    name.lower(): name
    for name in (
        "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Amzn-Trace-Id", "X-Cache", "x-amzn-RequestId", "x-amz-apigw-id",
        "x-amzn-ErrorType", "ETag",
    )
}  # fmt: skip


def _spelled(name: str) -> str:
    """`content-type` -> `Content-Type`, as the services write it; unknown headers of the x- kind stay as they came."""
    if not name.islower():
        return name
    return _SPELLINGS.get(name) or (name if name.startswith("x-") else name.title())


class _Response:
    """What httptools reports of a response."""

    def __init__(self) -> None:
        self.reason = b""
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []
        self.headed = False
        self.complete = False

    def on_status(self, status: bytes) -> None:
        self.reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.headed = True

    def on_body(self, data: bytes) -> None:
        self.body.append(data)

    def on_message_complete(self) -> None:
        self.complete = True


async def fetch(
    method: str, url: str, headers: dict[str, str], body: bytes, timeout: float, trust: ssl.SSLContext | None = None
) -> Fetched:
    """The response to one request. `trust` says whose certificates are believed, by default those that everybody
    believes. Raises Unreachable, and ValueError for a URL that is none."""
    try:
        async with asyncio.timeout(timeout):
            return await _exchange(method, url, headers, body, trust)
    except TimeoutError:
        raise Unreachable(f"no answer within {timeout:g} seconds") from None
    except (OSError, EOFError, httptools.HttpParserError) as problem:
        raise Unreachable(f"{type(problem).__name__}: {problem}") from None


async def _exchange(
    method: str, url: str, headers: dict[str, str], body: bytes, trust: ssl.SSLContext | None
) -> Fetched:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an HTTP URL: {url}")
    secure = (trust or ssl.create_default_context()) if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        writer.write(_head(method, target, parts.netloc.rpartition("@")[2], headers, body) + body)
        await writer.drain()
        return await _read(reader, method)
    finally:
        writer.close()


def _head(method: str, target: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = {"Host": host, **headers, "Connection": "close"}
    if body or method in ("POST", "PUT", "PATCH"):
        lines["Content-Length"] = str(len(body))
    for name, value in lines.items():
        if "\r" in name + value or "\n" in name + value:
            raise ValueError(f"the header {name!r} contains a line break")
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{text}\r\n".encode()


async def _read(reader: asyncio.StreamReader, method: str) -> Fetched:
    response = _Response()
    parser = httptools.HttpResponseParser(response)
    size = 0
    while not response.complete:
        data = await reader.read(65536)
        if not data:
            break
        size += len(data)
        if size > LIMIT:
            raise Unreachable(f"the answer is larger than {LIMIT} bytes")
        parser.feed_data(data)
        if response.headed and method == "HEAD":
            break
    if not response.headed:
        raise EOFError("the connection was closed without an answer")
    return Fetched(
        parser.get_status_code(), response.reason.decode("latin-1"), response.headers, b"".join(response.body)
    )
