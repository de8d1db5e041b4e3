"""The process around the application: a socket, uvicorn, and an end in good order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GRACE = 3  # seconds that requests under way may take after the server was asked to end
KEEP_ALIVE = 75  # seconds an idle connection stays open: longer than SDKs keep theirs
# Up to so many bytes a body is copied behind its head; a longer one is worth a write of its own.
SHORT = 65_536


class PortTaken(OSError):
    """The address is in use, or may not be used."""


class _Server(uvicorn.Server):
    """uvicorn, which tells when it is ready and when it ends, and leaves signals to `host`."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object], ending: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready, self._ending = ready, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Whole:
    """A transport on which the head of a response waits for what comes next, at most until the loop's next turn.

    uvicorn writes head and body apart, and each write is a system call and a packet at once: of a short call that is a
    sixth of the time, and the client wakes up twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._head: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        head, self._head = self._head, None
        if head is None and data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)
        elif head is not None and len(data) < SHORT:
            self._transport.write(head + data)
        else:
            if head is not None:
                self._transport.write(head)
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        head, self._head = self._head, None
        if head is not None and not self._transport.is_closing():
            self._transport.write(head)


class _Protocol(HttpToolsProtocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(Whole(transport, self.loop))  # type: ignore[arg-type]


def bind(host: str, port: int) -> socket.socket:
    """A socket on the address; port 0 takes a free one. Raises PortTaken with a sentence for people."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as problem:
        raise PortTaken(f"cannot listen on {host}: {problem.strerror}") from None
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        # Says at once whether somebody else listens; uvicorn sets the real backlog.
        found.listen(512)
    except OSError as problem:
        found.close()
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} on {host} is in use by another program; choose another with --port") from None
        raise PortTaken(f"cannot listen on {host}:{port}: {problem.strerror}") from None
    return found


async def host(
    app: Any, listening: socket.socket, ready: Callable[[], object], ending: Callable[[], object] = lambda: None
) -> None:
    """Serve until SIGINT or SIGTERM, or until the task is cancelled. `ending` is called before open requests are waited
    for: whoever holds some open without end must let go of them."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config, ready, ending)
    tune_collector()
    with _signals(server):
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            # Cancelled in its middle, uvicorn would leave its sockets with the event loop.
            server.should_exit = True
            await serving
            raise


def tune_collector() -> None:
    """What is loaded by now stays; executions are trees without cycles, so the collector need not look often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextlib.contextmanager
def _signals(server: uvicorn.Server) -> Iterator[None]:
    loop, handled = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)

    def end() -> None:
        # The second time: at once.
        server.force_exit = server.should_exit
        server.should_exit = True

    installed = []
    for each in handled:
        # Not in a thread, and not on Windows: there the caller ends us by cancelling.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(each, end)
            installed.append(each)
    try:
        yield
    finally:
        for each in installed:
            loop.remove_signal_handler(each)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
