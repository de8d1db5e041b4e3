"""The trail on disk: lines of JSON in a few files that are appended to, begun anew when full, and forgotten when old.

A call costs its caller an append to a list. Twice a second the list is written in a thread of its own; what a crash of
the machine or `kill -9` can take is the last half second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from heapq import merge
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from treadle.audit.calls import RINGS, Call, Ring, Visit, is_told, ring_of
from treadle.aws import AwsError, Caller

log = logging.getLogger("treadle.audit")

# Seconds between two writings.
PAUSE = 0.5
# AWS keeps its event history for 90 days.
RETENTION = 90 * 86_400.0
FILE_BYTES = 8 << 20
# Files of each ring: the oldest goes when there are more.
FILES: dict[Ring, int] = {"changes": 8, "runs": 8, "reads": 4}
# So many calls may wait to be written; more are dropped, and that is logged.
WAITING = 200_000

# Access keys whose owners are remembered.
KNOWN = 10_000

# Who an access key is: (caller, key) -> ARN of a user or of an assumed role, "" for the account's root.
Identify: TypeAlias = Callable[[Caller, str], Awaitable[str]]


class Position(Struct, frozen=True, array_like=True):
    """A place in the trail: everything before it was seen already. Per ring the name of a file and an offset in it."""

    places: dict[Ring, tuple[str, int]] = {}


class Found(Struct, frozen=True):
    """`calls` newest first; `looked` calls were looked at, the last of them at `back_to`; `next` is where to go on."""

    calls: list[Call]
    looked: int
    back_to: float | None
    next: Position | None


class Trail:
    """Owned by the server's loop; the files belong to one process at a time, like the whole data folder."""

    def __init__(self, folder: Path, identify: Identify | None = None, now: Callable[[], float] = time.time) -> None:
        self._folder, self._identify, self._now = folder, identify, now
        # Called when calls were written.
        self.listeners: list[Callable[[], object]] = []
        self._waiting: list[Call] = []
        # (account, access key) -> ARN, and those that calls have brought and that are not there yet.
        self._users: dict[tuple[str, str], str] = {}
        self._strangers: dict[tuple[str, str], Caller] = {}
        self._flushing: asyncio.Task[None] | None = None
        self._dropped = 0
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Call)

    # -- writing
    def note(
        self,
        visit: Visit,
        caller: Caller,
        service: str,
        operation: str,
        request: dict[str, Any] | None,
        response: dict[str, Any] | None,
        error: tuple[str, str] | None = None,
    ) -> None:
        """Keep a call. `request` and `response` are what may be told: no payloads, no secrets."""
        if not is_told(service, operation):
            return
        if len(self._waiting) >= WAITING:
            self._dropped += 1
            return
        home = (caller.account, visit.key)
        if home not in self._users:
            self._strangers[home] = caller
        code, message = error or (None, None)
        self._waiting.append(
            Call(
                self._now(), visit.id, caller, visit.key, "", visit.address, visit.agent, service, operation, request,
                response, code, message,
            )
        )  # fmt: skip
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_soon())

    async def close(self) -> None:
        """Write what is left."""
        if self._flushing is not None:
            self._flushing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flushing
        await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        calls, self._waiting = self._waiting, []
        if self._dropped:
            log.error(
                "%d API calls are not in the audit trail: they came faster than they could be written", self._dropped
            )
            self._dropped = 0
        if not calls:
            return
        await self._greet(calls)
        # Keys that nobody was given need no second look: most servers see no others.
        users = {known: user for known, user in self._users.items() if user}
        if users:
            calls = [_named(call, users.get((call.caller.account, call.key))) for call in calls]
        try:
            await asyncio.to_thread(self._write, calls)
        except OSError as problem:
            # The API must go on where the disk is full; the log says what the trail lacks.
            log.error("%d API calls could not be written to the audit trail: %s", len(calls), problem)
        for listener in self.listeners:
            listener()

    async def _flush_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(PAUSE)
            await asyncio.shield(self.flush())
        self._flushing = None

    async def _greet(self, calls: list[Call]) -> None:
        """Ask who the strangers among the callers are. One who cannot be asked now is asked again next time."""
        strangers, self._strangers = self._strangers, {}
        if len(self._users) > KNOWN:
            self._users.clear()
            strangers = {(call.caller.account, call.key): call.caller for call in calls}
        for (account, key), caller in strangers.items():
            with contextlib.suppress(AwsError):
                self._users[account, key] = "" if self._identify is None else await self._identify(caller, key)

    def _write(self, calls: list[Call]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        rings: dict[Ring, list[Call]] = {ring: [] for ring in RINGS}
        for call in calls:
            rings[ring_of(call.service, call.operation)].append(call)
        for ring, mine in rings.items():
            if mine:
                self._append(ring, self._encoder.encode_lines(mine))

    def _append(self, ring: Ring, lines: bytes) -> None:
        files = self._files(ring)
        if not files or files[-1].stat().st_size >= FILE_BYTES:
            files.append(self._folder / f"{ring}-{time.time_ns():020d}.jsonl")
            for old in files[: -FILES[ring]]:
                old.unlink(missing_ok=True)
        for old in files[:-1]:
            if old.exists() and old.stat().st_mtime < self._now() - RETENTION:
                old.unlink(missing_ok=True)
        with files[-1].open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def _files(self, ring: Ring) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(f"{ring}-*.jsonl"))

    # -- reading
    async def search(
        self,
        fits: Callable[[Call], bool],
        *,
        limit: int,
        hints: tuple[bytes, ...] = (),
        after: Position | None = None,
        since: float = 0.0,
        most: int = 200_000,
    ) -> Found:
        """Up to `limit` calls that fit, newest first; it looks at no more than `most` and not before `since`.

        `hints` are texts that a fitting line holds: others are not even decoded.
        """
        await self.flush()
        return await asyncio.to_thread(self._search, fits, limit, hints, after or Position(), since, most)

    def _search(
        self,
        fits: Callable[[Call], bool],
        limit: int,
        hints: tuple[bytes, ...],
        after: Position,
        since: float,
        most: int,
    ) -> Found:
        horizon = max(since, self._now() - RETENTION)
        places = dict(after.places)
        found: list[Call] = []
        looked, back_to = 0, None
        for at, ring, place, line in merge(*(self._lines(ring, places.get(ring)) for ring in RINGS), key=_newest):
            if at < horizon:
                # Rings are in the order of time: nothing fits any more.
                return Found(found, looked, back_to, None)
            if len(found) == limit or looked == most:
                return Found(found, looked, back_to, Position(places))
            places[ring] = place
            looked, back_to = looked + 1, at
            if all(hint in line for hint in hints):
                call = self._decoder.decode(line)
                if fits(call):
                    found.append(call)
        return Found(found, looked, back_to, None)

    def _lines(self, ring: Ring, start: tuple[str, int] | None) -> Iterator[tuple[float, Ring, tuple[str, int], bytes]]:
        """(time, ring, place, line) from the newest to the oldest, after the place `start`."""
        for file in reversed(self._files(ring)):
            name = file.name
            if start is not None and name > start[0]:
                continue
            try:
                body = file.read_bytes()
            except FileNotFoundError:
                continue
            end = len(body) if start is None or name < start[0] else start[1]
            while end > 0:
                begin = body.rfind(b"\n", 0, end - 1) + 1
                line = body[begin:end]
                end = begin
                # A crash may have torn the last line.
                if line.endswith(b"]\n"):
                    yield float(line[1 : line.index(b",")]), ring, (name, begin), line


def _named(call: Call, user: str | None) -> Call:
    return call if user is None else replace(call, user=user)


def _newest(row: tuple[float, Ring, tuple[str, int], bytes]) -> float:
    return -row[0]
