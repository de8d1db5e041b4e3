"""The server's side of the nursery: one small process per interpreter that forks every worker (see nursery_process)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import orjson

log = logging.getLogger("treadle.lambdas")
_PROGRAM = Path(__file__).with_name("nursery_process.py")
# What the nursery itself may see of the server's environment. Workers get theirs from scratch.
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")


class Birth(msgspec.Struct, frozen=True):
    """How to start one worker. Without `argv` it is a Python function run by AWS's runtime client."""

    argv: list[str] | None
    handler: str
    env: dict[str, str]
    cwd: str
    path: list[str] = []
    fresh: bool = False


class Exit(msgspec.Struct, frozen=True):
    """How a process ended: an exit code, or the signal that ended it. Both None: nobody knows."""

    code: int | None = None
    signal: int | None = None

    @property
    def reason(self) -> str:
        """In the words of Lambda's sandbox, which is written in Go."""
        if self.signal is not None:
            return f"Runtime exited with error: signal: {_SIGNALS.get(self.signal, f'signal {self.signal}')}"
        if self.code:
            return f"Runtime exited with error: exit status {self.code}"
        return "Runtime exited without providing a reason"


_SIGNALS: dict[int, str] = {
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGHUP: "hangup",
    signal.SIGILL: "illegal instruction",
    signal.SIGINT: "interrupt",
    signal.SIGKILL: "killed",
    signal.SIGPIPE: "broken pipe",
    signal.SIGQUIT: "quit",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
    signal.SIGTRAP: "trace/breakpoint trap",
}


class Child:
    """One worker process: its pid once it runs, and what to call when it ends."""

    def __init__(self, identity: str, on_exit: Callable[[Exit], None]) -> None:
        self.identity = identity
        self.pid: int | None = None
        self.on_exit = on_exit


class Nursery:
    """Starts and kills workers of one interpreter. Restarted by whoever holds it when `alive` turned false."""

    def __init__(self, interpreter: str = sys.executable) -> None:
        self._loop = asyncio.get_running_loop()
        self._children: dict[str, Child] = {}
        self._backlog: list[tuple[bytes, int | None]] = []
        self._text = b""
        self._serial = 0
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            self._channel = ours
            environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
            self._process = subprocess.Popen(
                [interpreter, "-I", "-X", "utf8", str(_PROGRAM), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.alive = True
        self._loop.add_reader(self._channel, self._listen)

    @property
    def pid(self) -> int:
        return self._process.pid

    def spawn(self, birth: Birth, output: int, on_exit: Callable[[Exit], None]) -> Child:
        """Start a worker writing to the descriptor `output`, which is closed here once handed over."""
        self._serial += 1
        child = Child(str(self._serial), on_exit)
        self._children[child.identity] = child
        body = {"spawn": child.identity, **msgspec.structs.asdict(birth)}
        self._send(orjson.dumps(body) + b"\n", output)
        return child

    def kill(self, child: Child) -> None:
        """Kill the worker and its process group; `on_exit` follows."""
        if child.identity in self._children:
            self._send(orjson.dumps({"kill": child.identity}) + b"\n", None)

    def close(self) -> None:
        """End the nursery and with it every worker."""
        if self.alive:
            self._end()
        self._process.wait(5)

    def _send(self, message: bytes, descriptor: int | None) -> None:
        self._backlog.append((message, descriptor))
        if len(self._backlog) == 1:
            self._flush()

    def _flush(self) -> None:
        """Write what fits; the rest when the socket is writable again."""
        while self._backlog and self.alive:
            message, descriptor = self._backlog[0]
            try:
                if descriptor is None:
                    sent = self._channel.send(message)
                else:
                    sent = socket.send_fds(self._channel, [message], [descriptor])
                    os.close(descriptor)
            except BlockingIOError:
                self._loop.add_writer(self._channel, self._resume)
                return
            except (BrokenPipeError, ConnectionResetError):
                self._end()
                return
            if sent < len(message):
                self._backlog[0] = (message[sent:], None)
            else:
                self._backlog.pop(0)

    def _resume(self) -> None:
        self._loop.remove_writer(self._channel)
        self._flush()

    def _listen(self) -> None:
        try:
            text = self._channel.recv(65536)
        except BlockingIOError:
            return
        except ConnectionResetError:
            text = b""
        if not text:
            log.error("the process that starts Lambda workers ended; its workers are gone")
            self._end()
            return
        *lines, self._text = (self._text + text).split(b"\n")
        for line in lines:
            self._hear(orjson.loads(line))

    def _hear(self, message: dict[str, object]) -> None:
        match message:
            case {"started": str(identity), "pid": int(pid)}:
                if identity in self._children:
                    self._children[identity].pid = pid
            case {"exited": str(identity), "code": int() | None as code, "signal": int() | None as number}:
                child = self._children.pop(identity, None)
                if child is not None:
                    child.on_exit(Exit(code, number))
            case _:
                pass

    def _end(self) -> None:
        self.alive = False
        self._process.poll()
        self._loop.remove_reader(self._channel)
        self._loop.remove_writer(self._channel)
        self._channel.close()
        for _, descriptor in self._backlog:
            if descriptor is not None:
                os.close(descriptor)
        self._backlog.clear()
        children, self._children = list(self._children.values()), {}
        for child in children:
            child.on_exit(Exit(signal=signal.SIGKILL))
