"""What functions write: read from their pipe, gathered per stream, delivered in batches; and the platform's lines."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from typing import Protocol

import orjson

from treadle.aws import Caller

log = logging.getLogger("treadle.lambdas")
_output = logging.getLogger("treadle.lambdas.output")
# Log output waits at most this long (seconds) before it is delivered.
_DELAY = 0.2
# Seconds that closing may spend on the last delivery.
_CLOSING = 5.0
# Bytes of log that LogType=Tail returns.
TAIL = 4096
# A runtime frames its log records: marker and type, length, timestamp in microseconds (see awslambdaric).
_MARKER = b"\xa5\x5a\x00"
_FRAME_HEAD = 16
_MAX_LINE = 256 * 1024
_READ = 65_536


class LogSink(Protocol):
    """Where function logs go: CloudWatch Logs of the built-in cloud, as a rule."""

    async def put(self, caller: Caller, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        """Append events (epoch milliseconds, text), creating group and stream when they are missing."""


Stream = tuple[Caller, str, str]


class LogBook:
    """Gathers the events of all streams and delivers them in order, a batch per stream."""

    def __init__(self, sink: LogSink | None) -> None:
        self._sink = sink
        self._events: dict[Stream, list[tuple[int, str]]] = {}
        self._delivery: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()

    def write(self, stream: Stream, at: int, text: str) -> None:
        """Append one event, `at` in epoch milliseconds."""
        _output.info("%s %s", stream[1], text.rstrip("\n"))
        if self._sink is None:
            return
        self._events.setdefault(stream, []).append((at, text))
        if self._delivery is None:
            self._delivery = asyncio.create_task(self._deliver_soon(self._sink))

    async def close(self) -> None:
        """Deliver what is left."""
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
        if self._sink is not None:
            try:
                await asyncio.wait_for(self._deliver(self._sink), _CLOSING)
            except TimeoutError:
                log.error("the last function logs could not be delivered within %s seconds", _CLOSING)

    async def _deliver_soon(self, sink: LogSink) -> None:
        while self._events:
            await asyncio.sleep(_DELAY)
            await asyncio.shield(self._deliver(sink))
        self._delivery = None

    async def _deliver(self, sink: LogSink) -> None:
        async with self._sending:
            events, self._events = self._events, {}
            for (caller, group, stream), batch in events.items():
                try:
                    await sink.put(caller, group, stream, batch)
                except Exception:
                    # The sink is another process: its failure must not stop functions, and is told.
                    log.exception("could not deliver %d log events to %s %s", len(batch), group, stream)


class Output:
    """The reading end of one worker's stdout and stderr. Calls `event(milliseconds, text)` for each line or record."""

    def __init__(self, descriptor: int, event: Callable[[int, str], None]) -> None:
        os.set_blocking(descriptor, False)
        self._loop = asyncio.get_running_loop()
        self._descriptor: int | None = descriptor
        self._event = event
        self._rest = b""
        self._loop.add_reader(descriptor, self.drain)

    def drain(self) -> None:
        """Read what is in the pipe now. Called before a result counts, so that logs never lag behind it."""
        # A process that writes without end must not keep us here.
        for _ in range(16):
            if self._descriptor is None:
                return
            try:
                data = os.read(self._descriptor, _READ)
            except BlockingIOError:
                return
            if not data:
                self.close()
                return
            self._rest = self._split(self._rest + data)
            if len(data) < _READ:
                return

    def flush(self) -> None:
        """Read what is there; a last line without its end is an event too."""
        self.drain()
        if self._rest and not self._rest.startswith(_MARKER):
            self._line(self._rest)
            self._rest = b""

    def close(self) -> None:
        """Stop reading."""
        if self._descriptor is None:
            return
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        if self._rest:
            self._line(self._rest)
            self._rest = b""

    def _split(self, data: bytes) -> bytes:
        """Hand on whole lines and records; return what is not complete yet."""
        while data:
            start = data.find(_MARKER)
            if start == 0:
                if len(data) < _FRAME_HEAD:
                    return data
                length = int.from_bytes(data[4:8], "big")
                if len(data) < _FRAME_HEAD + length:
                    return data
                micros = int.from_bytes(data[8:16], "big")
                self._event(micros // 1000, data[_FRAME_HEAD : _FRAME_HEAD + length].decode("utf-8", "replace"))
                data = data[_FRAME_HEAD + length :]
                continue
            end = data.find(b"\n", 0, start if start > 0 else len(data))
            if end < 0 and start < 0 and len(data) < _MAX_LINE:
                return data
            cut = end + 1 if end >= 0 else (start if start > 0 else len(data))
            self._line(data[:cut])
            data = data[cut:]
        return data

    def _line(self, line: bytes) -> None:
        self._event(time.time_ns() // 1_000_000, line.decode("utf-8", "replace").replace("\r", "\n"))


class Tail:
    """The last bytes of one request's log, for LogType=Tail."""

    def __init__(self) -> None:
        self._text = b""

    def add(self, text: str) -> None:
        self._text = (self._text + text.encode())[-TAIL:]

    @property
    def text(self) -> bytes:
        return self._text


def init_line(runtime: str | None, *, json: bool) -> str:
    """What the platform writes when it starts a worker."""
    if not json:
        return f"INIT_START Runtime Version: {runtime}\n"
    record = {"initializationType": "on-demand", "phase": "init", "runtimeVersion": runtime}
    return _platform("platform.initStart", record)


class Report:
    """The platform's own lines for one request, as text or as JSON (LoggingConfig's LogFormat)."""

    def __init__(self, request_id: str, version: str, *, json: bool) -> None:
        self.request_id = self._id = request_id
        self._version = version
        self._json = json

    def start(self) -> str:
        if self._json:
            return _platform("platform.start", {"requestId": self._id, "version": self._version})
        return f"START RequestId: {self._id} Version: {self._version}\n"

    def end(self) -> str | None:
        return None if self._json else f"END RequestId: {self._id}\n"

    def report(self, facts: Facts) -> str:
        if self._json:
            return _platform("platform.report", facts.record(self._id))
        return f"REPORT RequestId: {self._id}\t{facts.line()}\n"


class Facts:
    """The figures of a REPORT line: durations in milliseconds, memory in MB."""

    def __init__(
        self, duration: float, init: float | None, memory: int, used: int | None, status: str, error: str | None
    ) -> None:
        self.duration = duration
        self.init = init
        self.memory = memory
        self.used = used
        self.status = status
        self.error = error

    @property
    def billed(self) -> int:
        return -int(-(self.duration + (self.init or 0.0)) // 1)

    def line(self) -> str:
        parts = [
            f"Duration: {self.duration:.2f} ms",
            f"Billed Duration: {self.billed} ms",
            f"Memory Size: {self.memory} MB",
        ]
        if self.used is not None:
            parts.append(f"Max Memory Used: {self.used} MB")
        if self.init is not None:
            parts.append(f"Init Duration: {self.init:.2f} ms")
        if self.status != "success":
            parts.append(f"Status: {self.status}")
        if self.error:
            parts.append(f"Error Type: {self.error}")
        return "\t".join(parts) + "\t"

    def record(self, request_id: str) -> dict[str, object]:
        metrics: dict[str, object] = {
            "durationMs": round(self.duration, 3),
            "billedDurationMs": self.billed,
            "memorySizeMB": self.memory,
        }
        if self.used is not None:
            metrics["maxMemoryUsedMB"] = self.used
        if self.init is not None:
            metrics["initDurationMs"] = round(self.init, 3)
        body: dict[str, object] = {"requestId": request_id, "metrics": metrics, "status": self.status}
        return {**body, "errorType": self.error} if self.error else body


def _platform(kind: str, record: object) -> str:
    return orjson.dumps({"time": _iso(time.time()), "type": kind, "record": record}).decode() + "\n"


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"
