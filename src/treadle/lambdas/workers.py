"""One worker: a process that runs one version of a function, one request at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Protocol

import msgspec
import orjson

from treadle.lambdas import logs
from treadle.lambdas.nursery import Child, Exit, Nursery
from treadle.lambdas.runtime_api import MAX_RESPONSE, Connection, Turn
from treadle.lambdas.runtimes import Home, Place, birth

# Seconds a runtime may take to get ready before the function's own timeout begins to count.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_TIME = 10.0
# Seconds between two looks at the memory of a busy worker.
WATCH = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Outcome(msgspec.Struct, frozen=True):
    """What a request ended with. `error` is None or Lambda's X-Amz-Function-Error, `log` the tail when asked for."""

    payload: bytes
    error: str | None = None
    log: bytes | None = None


class Call:
    """One request to run, from the moment it is queued to its outcome."""

    def __init__(self, turn: Turn, *, tail: bool) -> None:
        self.turn = turn
        self.tail = logs.Tail() if tail else None
        self.queued = time.perf_counter()
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settle(self, payload: bytes, error: str | None) -> None:
        # Abandoned when the server closes.
        if not self.outcome.done():
            self.outcome.set_result(Outcome(payload, error, self.tail.text if self.tail else None))

    def fail(self, error: BaseException) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class Keeper(Protocol):
    """Who owns the worker."""

    def ready(self, worker: Worker) -> None:
        """The worker can take a request now."""

    def served(self, seconds: float) -> None:
        """A request took this long."""

    def reported(self, request_id: str, facts: logs.Facts) -> None:
        """The figures of a request, whatever became of it."""

    def gone(self, worker: Worker) -> None:
        """The worker ended. When it never `was_ready`, a request may be waiting for it: see `fail`."""


class Worker:
    """Owns the process, its runtime API, its output, and the request it is running."""

    def __init__(self, home: Home, place: Place, keeper: Keeper, book: logs.LogBook) -> None:
        self.home = home
        self.idle_since = 0.0
        self._place = place
        self._keeper = keeper
        self._book = book
        self._stream = (home.caller, home.log_group, home.stream)
        self._loop = asyncio.get_running_loop()
        self._server: asyncio.Server | None = None
        self._output: logs.Output | None = None
        self._nursery: Nursery | None = None
        self._child: Child | None = None
        self._connection: Connection | None = None
        self._call: Call | None = None
        self._report: logs.Report | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._init_failure: tuple[bytes, str] | None = None
        self._end: tuple[str, str] | None = None  # why we killed it: status and error type for the report
        self._born = self._begun = 0.0
        self._init: float | None = None
        self._exit = Exit()
        self.was_ready = False
        self.counted = False  # its start has been accounted for by its pool
        self.leaving = False
        self.ended = False
        self.start_time = 0.0  # seconds until it was ready
        self._peak = 0
        self._looked = 0.0
        self._spare = 0  # bytes of the nursery's preloaded modules that a fork shares: not the function's memory
        self._aliases = place.aliases
        self._json = home.config.logging.get("LogFormat") == "JSON"

    @property
    def busy(self) -> bool:
        """Is the function's code running, or getting ready?"""
        return self._call is not None or not self.was_ready

    @property
    def free(self) -> bool:
        """Can it take a request now?"""
        return self._connection is not None and self._call is None and not self.leaving

    async def start(self, nursery: Nursery) -> None:
        """Open the worker's runtime API and start its process."""
        self._server = await self._loop.create_server(lambda: Connection(self), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.home = msgspec.structs.replace(self.home, runtime_api=f"127.0.0.1:{port}")
        Path(self.home.temporary).mkdir(parents=True)
        read, write = os.pipe()
        self._output = logs.Output(read, self._event)
        self._nursery = nursery
        self._born = time.perf_counter()
        if self._place.argv is None and not self._place.fresh:
            self._spare = max(0, (resident(nursery.pid) or 0) - BARE)
        self._event(_now(), logs.init_line(self.home.config.runtime, json=self._json))
        self._child = nursery.spawn(birth(self.home, self._place), write, self._exited)
        self._timer = self._loop.call_later(INIT_TIME + self.home.config.timeout, self._expire)

    def give(self, call: Call) -> None:
        """Run this request now. Only for a worker that said it is ready."""
        assert self._connection is not None and self._call is None, "the worker is not ready"
        turn = msgspec.structs.replace(call.turn, deadline=_now() + self.home.config.timeout * 1000)
        self._call = call
        self._begun = time.perf_counter()
        connection, self._connection = self._connection, None
        self._open_report(call)
        self._timer = self._loop.call_later(self.home.config.timeout, self._expire)
        connection.give(turn)

    def leave(self) -> None:
        """End an idle worker: it takes no further request."""
        self.leaving = True
        self.kill()

    def abandon(self) -> None:
        """The server closes: whoever waits for the running request gets no answer."""
        if self._call is not None:
            self._call.outcome.cancel()

    def kill(self, status: str = "error", kind: str = "Runtime.ExitError") -> None:
        """End the process now; a running request fails with that."""
        self._end = self._end or (status, kind)
        if self._nursery is not None and self._child is not None:
            self._nursery.kill(self._child)

    def watch_memory(self) -> None:
        """Note how much the process holds, and kill it beyond its limit, as Lambda does."""
        pid = self._child.pid if self._child else None
        now = time.monotonic()
        if now - self._looked < WATCH / 2:
            return
        self._looked = now
        held = resident(pid) if pid else None
        if held is None:
            return
        self._peak = max(self._peak, held - self._spare)
        if self.busy and self._peak > self.home.config.memory * 1_048_576:
            self.kill("error", "Runtime.OutOfMemory")

    # What the runtime tells us

    def parked(self, connection: Connection) -> None:
        if self._call is not None:
            # It asks for more without having answered: Lambda takes that as a failure of the runtime.
            self.kill("error", "Runtime.ExitError")
            return
        self._connection = connection
        if not self.was_ready:
            self.was_ready = True
            self.start_time = time.perf_counter() - self._born
            self._init = self.start_time * 1000
            self._cancel_timer()
        self._keeper.ready(self)

    def parting(self, connection: Connection) -> None:
        if self._connection is connection:
            # A runtime without its connection is about to exit; nothing may be given to it.
            self._connection = None
            self.kill()

    def responded(self, request_id: str, payload: bytes) -> bool:
        return self._finish(request_id, payload, None, "success", None)

    def oversized(self, request_id: str, size: int) -> bool:
        message = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
        body = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
        return self._finish(request_id, orjson.dumps(body), "Unhandled", "error", "Function.ResponseSizeTooLarge")

    def failed(self, request_id: str, payload: bytes, kind: str) -> bool:
        return self._finish(request_id, self._disguise(payload), "Unhandled", "error", kind or None)

    def init_failed(self, payload: bytes, kind: str) -> None:
        self._init_failure = (self._disguise(payload), kind)

    # How requests end

    def _finish(self, request_id: str, payload: bytes, error: str | None, status: str, kind: str | None) -> bool:
        call = self._call
        if call is None or call.turn.request_id != request_id:
            return False
        self._cancel_timer()
        duration = (time.perf_counter() - self._begun) * 1000
        if self._output is not None:
            self._output.flush()
        self._close_report(duration, status, kind)
        self._call = None
        self._keeper.served(duration / 1000)
        call.settle(payload, error)
        return True

    def _expire(self) -> None:
        self._timer = None
        self.kill("timeout", "Sandbox.Timedout")

    def _exited(self, exit: Exit) -> None:
        self._cancel_timer()
        if self._output is not None:
            self._output.drain()
            self._output.close()
        if self._server is not None:
            self._server.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._exit = exit
        self.ended = True
        if self._call is not None:
            self._finish_dead(self._call.turn.request_id)
        self._loop.run_in_executor(None, shutil.rmtree, self.home.temporary, True)
        self._keeper.gone(self)

    def _death(self, request_id: str) -> bytes:
        """The payload for a request whose process ended."""
        if self._end is not None and self._end[0] == "timeout":
            message = f"RequestId: {request_id} Error: Task timed out after {self.home.config.timeout:.2f} seconds"
            return orjson.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message})
        message = f"RequestId: {request_id} Error: {self._exit.reason}"
        return orjson.dumps({"errorType": "Runtime.ExitError", "errorMessage": message})

    def fail(self, call: Call) -> None:
        """Settle a request that waited for this worker, which ended before it was ready."""
        request_id = call.turn.request_id
        self._call, self._begun = call, self._born
        self._open_report(call)
        if self._init_failure is not None:
            payload, kind = self._init_failure
            self._finish(request_id, payload, "Unhandled", "error", kind)
        else:
            self._finish_dead(request_id)

    def _finish_dead(self, request_id: str) -> None:
        status, kind = self._end or ("error", "Runtime.ExitError")
        self._last_words(request_id, status, kind)
        self._finish(request_id, self._death(request_id), "Unhandled", status, kind)

    # Logs

    def _event(self, at: int, text: str) -> None:
        for ours, theirs in self._aliases:
            text = text.replace(ours, theirs)
        self._book.write(self._stream, at, text)
        if self._call is not None and self._call.tail is not None:
            self._call.tail.add(text)

    def _open_report(self, call: Call) -> None:
        self._report = logs.Report(call.turn.request_id, self.home.config.version, json=self._json)
        text = self._report.start()
        self._book.write(self._stream, _now(), text)
        if call.tail is not None:
            call.tail.add(text)

    def _close_report(self, duration: float, status: str, kind: str | None) -> None:
        report = self._report
        assert report is not None, "a request always opens its report"
        self.watch_memory()
        used = -(-self._peak // 1_048_576) if self._peak else None
        init, self._init = self._init, None
        facts = logs.Facts(duration, init, self.home.config.memory, used, status, kind if status == "error" else None)
        self._keeper.reported(report.request_id, facts)
        at = _now()
        for text in (report.end(), report.report(facts)):
            if text is not None:
                self._event(at, text)

    def _last_words(self, request_id: str, status: str, kind: str) -> None:
        at = _now()
        if status == "timeout":
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at / 1000)) + f".{at % 1000:03d}Z"
            seconds = self.home.config.timeout
            self._event(at, f"{stamp} {request_id} Task timed out after {seconds:.2f} seconds\n\n")
        else:
            self._event(at, f"RequestId: {request_id} Error: {self._exit.reason}\n{kind}\n")

    def _disguise(self, payload: bytes) -> bytes:
        """An error payload with AWS's directories in place of ours."""
        for ours, theirs in self._aliases:
            payload = payload.replace(orjson.dumps(ours)[1:-1], theirs.encode())
        return payload

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


# What a bare interpreter with the runtime client holds, in bytes (about what Lambda shows for an empty function).
BARE = 34 * 1_048_576


def resident(pid: int) -> int | None:
    """Bytes of memory a process holds, or None where the system does not say (no /proc)."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None


def _now() -> int:
    return time.time_ns() // 1_000_000
