"""A small reverse proxy that serves another server below a path, and loses it on demand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class Proxy:
    """Copies bytes both ways and takes the path off each request. One request per connection."""

    def __init__(self, path: str) -> None:
        self._path = path.encode()
        self._server: asyncio.Server
        self._open: set[asyncio.StreamWriter] = set()
        self._target: str | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: str) -> AsyncIterator[Proxy]:
        proxy = cls(path)
        proxy._server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        yield proxy
        proxy.target = None
        proxy._server.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._path.decode()}"

    @property
    def target(self) -> str | None:
        """The address of the server behind; None when it is lost, and all connections with it."""
        return self._target

    @target.setter
    def target(self, target: str | None) -> None:
        self._target = target
        if target is None:
            for writer in list(self._open):
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._forward(reader, writer)
        self._open.discard(writer)
        writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, rest = head.split(b" ", 2)
        if self._target is None or not path.startswith(self._path + b"/"):
            return
        place = urlsplit(self._target)
        upstream, behind = await asyncio.open_connection(place.hostname, place.port)
        self._open.add(behind)
        line, _, headers = rest.partition(b"\r\n")
        behind.write(b"%s %s %s\r\nconnection: close\r\n%s" % (method, path[len(self._path) :], line, headers))
        await asyncio.gather(_copy(reader, behind, False), _copy(upstream, writer, True))
        self._open.discard(behind)
        behind.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter, last: bool) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    if last:
        sink.close()
