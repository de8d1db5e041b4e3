"""The program of the nursery process: starts every worker by forking itself. Runs alone: imports nothing of treadle.

A Python worker is a fork that goes on into AWS's runtime client with its modules (and boto3) already imported; any
other worker is a fork that executes its program. Talks JSON lines over the socket whose number is its first argument:

    in   {"spawn": ID, "argv": [...] | null, "handler": ..., "env": {...}, "cwd": ..., "path": [...],
          "fresh": true to begin with a new interpreter}
         with the descriptor for the worker's output attached;  {"kill": ID}
    out  {"ready": true}   {"started": ID, "pid": N}   {"exited": ID, "code": N | null, "signal": N | null}

When the socket closes, or this process dies, so do all workers.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

# What a typical function needs. Not the runtime client: its modules read the environment when imported.
PRELOAD = (
    *("simplejson", "traceback", "logging", "http.client", "importlib", "concurrent.futures.thread"),
    *("decimal", "datetime", "uuid", "urllib.request", "hashlib", "tempfile", "random", "base64", "email.parser"),
    *("zoneinfo", "botocore.session", "botocore.httpsession", "botocore.endpoint", "boto3", "boto3.session"),
)
LOG_FD = 3
# As in Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_OPEN_FILES = 1024
_PR_SET_PDEATHSIG = 1


class Nursery:
    """Forks on request, reaps, reports. `run` returns in a new worker only: with what that worker must do."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._pids: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._text = b""
        self._descriptors: list[int] = []

    def run(self) -> Callable[[], None]:
        read, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        channel = self._channel.fileno()
        waiting = list(PRELOAD)
        self._tell(ready=True)
        while True:
            idle = 0 if waiting else None
            readable, _, _ = select.select([channel, read], [], [], idle)
            if read in readable:
                os.read(read, 4096)
                self._reap()
            if channel in readable:
                job = self._listen()
                if job is not None:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    return job
            if not readable and waiting:
                # An absent or broken module is no concern of ours: the function that wants it will say so.
                with contextlib.suppress(Exception):
                    importlib.import_module(waiting.pop(0))
                if not waiting:
                    gc.collect()
                    gc.freeze()

    def _listen(self) -> Callable[[], None] | None:
        size = array.array("i").itemsize
        text, attached, _, _ = self._channel.recvmsg(1 << 20, socket.CMSG_SPACE(64 * size))
        for level, kind, data in attached:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._descriptors.extend(array.array("i", data[: len(data) - len(data) % size]))
        if not text:
            self._end()
        *lines, self._text = (self._text + text).split(b"\n")
        for line in lines:
            job = self._obey(json.loads(line))
            if job is not None:
                return job
        return None

    def _obey(self, message: dict[str, Any]) -> Callable[[], None] | None:
        if "kill" in message:
            pid = self._pids.get(message["kill"])
            if pid is not None:
                _kill(pid)
            return None
        output = self._descriptors.pop(0)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._channel.close()
            return lambda: _become(message, output, parent)
        os.close(output)
        self._pids[message["spawn"]] = pid
        self._ids[pid] = message["spawn"]
        self._tell(started=message["spawn"], pid=pid)
        return None

    def _reap(self) -> None:
        while self._ids:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            identity = self._ids.pop(pid, None)
            if identity is None:
                continue
            del self._pids[identity]
            # Processes the function left behind die with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            code = os.waitstatus_to_exitcode(status)
            self._tell(exited=identity, code=code if code >= 0 else None, signal=-code if code < 0 else None)

    def _tell(self, **message: object) -> None:
        try:
            self._channel.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            self._end()

    def _end(self) -> None:
        for pid in self._pids.values():
            _kill(pid)
        os._exit(0)


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        # The fork has not made its process group yet.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _become(message: dict[str, Any], output: int, parent: int) -> None:
    """Turn this fork into the worker that was asked for; the calling program ends when the worker does."""
    os.setsid()
    _die_with_parent(parent)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, max(output, 64) + 1)
    os.dup2(1, LOG_FD)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    environment: dict[str, str] = message["env"]
    os.chdir(message["cwd"])
    if message["argv"] is not None:
        _execute(message["argv"], environment)
    environment["_LAMBDA_TELEMETRY_LOG_FD"] = str(LOG_FD)
    if message["fresh"] or _shadowed(message["path"]):
        # The package brings its own copy of a module that is already imported here: begin afresh, as Lambda does.
        program = [sys.executable, "-s", "-m", "awslambdaric", message["handler"]]
        python = {"PYTHONPATH": os.pathsep.join(message["path"]), "PYTHONUTF8": "1"}
        _execute(program, {**environment, **python})
    _run_python(message, environment)


def _execute(argv: list[str], environment: dict[str, str]) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.set_inheritable(LOG_FD, True)
    try:
        os.execve(argv[0], argv, environment)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(126)


def _shadowed(path: list[str]) -> bool:
    loaded = {name.partition(".")[0] for name in sys.modules}
    for place in path:
        with contextlib.suppress(OSError):
            for entry in os.listdir(place):
                if entry.partition(".")[0] in loaded and (entry.endswith(".py") or "." not in entry):
                    return True
    return False


def _run_python(message: dict[str, Any], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[:0] = message["path"]
    importlib.invalidate_caches()
    handler = message["handler"]
    sys.argv = ["awslambdaric", handler]
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    bootstrap.run(handler, LambdaRuntimeClient(environment["AWS_LAMBDA_RUNTIME_API"], False))


def main() -> None:
    _die_with_parent(os.getppid())
    job = Nursery(socket.socket(fileno=int(sys.argv[1]))).run()
    job()


if __name__ == "__main__":
    main()
