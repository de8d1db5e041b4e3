"""The cloud process: one thread that performs calls, journals them, and answers. Started by `treadle.cloud.process`.

    python -m treadle.cloud.child <socket descriptor> <directory> <sync: 0 or 1>

It takes what has arrived, performs it call by call, writes one journal record for each call that changed something,
syncs once, and only then answers. From time to time it forks: the fork, which sees the state of one moment, writes a
snapshot while this process goes on. When the socket closes, its server is gone and so is this process.
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.cloud import door, tape
from treadle.cloud.frames import (
    Ack,
    Answer,
    Call,
    Delivery,
    Fire,
    Leave,
    Question,
    Ready,
    Splitter,
    Told,
    decode_to_cloud,
    encode,
)
from treadle.cloud.journal import Blobs, Journal, snapshots

log = logging.getLogger("treadle.cloud")

# A snapshot is due when repeating the journal would take longer than this many seconds, and longer than four snapshots.
SNAPSHOT_AFTER = 0.5
# How often a parked long poll looks again although no call has come (delays and visibility timeouts end by themselves).
POLL_SECONDS = 0.1
# Bytes of bodies that may wait for the collector.
COLLECT_AFTER = 32 * 1024 * 1024


class Parked(msgspec.Struct):
    """A long poll that found nothing yet."""

    call: Call
    since: float
    until: float
    worth_trying: Callable[[], bool]


class Process:
    """The loop and what it owns: the world, the journal, the pending deliveries and the parked polls."""

    def __init__(self, link: socket.socket, directory: Path, sync: bool) -> None:
        # The tape is in place by now; only then may moto be imported.
        from treadle.cloud import buffers
        from treadle.cloud.world import World, is_read

        self._link = link
        self._directory = directory
        self._blobs = Blobs(directory / "blobs")
        buffers.store_in(self._blobs)
        self._journal = Journal(directory, self._blobs, sync)
        self._world = World()
        self._is_read = is_read
        self._deliveries: dict[str, Delivery] = {}
        self._parked: list[Parked] = []
        self._outbox: list[Answer | Delivery | Ready] = []
        self._splitter = Splitter()
        self._inbox: collections.deque[Any] = collections.deque()
        self._spent = 0.0
        self._handled = 0  # bytes of bodies since the collector was called
        self._snapshot_cost = 0.0
        self._snapshot: tuple[int, int, float] | None = None  # process id, record number, when it began

    def restore(self) -> None:
        """The newest snapshot, then every record behind it."""
        from treadle.cloud.snapshot import load

        started = time.perf_counter()
        number = 0
        for stale in self._directory.glob("*.tmp"):
            stale.unlink()
        if found := snapshots(self._directory):
            head = load(found[-1][1])
            number = head.number
            self._deliveries = {delivery.id: delivery for delivery in head.deliveries}
        loaded = time.perf_counter()
        count = 0
        tape.TAPE.replaying = True
        for record in self._journal.replay(number):
            self._apply(self._journal.body(record), record.instant, record.seed, record.drawn)
            count += 1
        tape.TAPE.replaying = False
        self._spent = time.perf_counter() - loaded
        self._outbox += self._deliveries.values()
        self._outbox.append(Ready(count, time.perf_counter() - started))

    def serve(self) -> None:
        """Until the server leaves."""
        door.answering[:] = [self._ask]
        self._send()
        while True:
            readable, _, _ = select.select([self._link], [], [], self._patience())
            if readable and not self._receive():
                return
            came = bool(self._inbox)
            while self._inbox:
                message = self._inbox.popleft()
                if isinstance(message, Leave):
                    self._finish()
                    return
                self._accept(message)
            self._retry(changed=came)
            self._journal.commit()
            self._send()
            self._tend_snapshot()

    def _receive(self) -> bool:
        """Put what has arrived into the inbox. False when the server is gone."""
        data = self._link.recv(1 << 20)
        self._inbox.extend(decode_to_cloud(frame) for frame in self._splitter.feed(data))
        return bool(data)

    def _ask(self, account: str, region: str, service: str, operation: str, params: bytes) -> bytes:
        """The server's answer to a question that came up within a call.

        To answer it the server may read here (a definition in S3, a log group); everything else waits.
        """
        waiting, self._inbox = self._inbox, collections.deque()
        self._link.sendall(encode(Question(account, region, service, operation, params)))
        with tape.TAPE.aside():
            while True:
                if not self._receive():
                    # The call under way is not journaled: it has not happened.
                    os._exit(0)
                told = None
                for message in self._inbox:
                    if isinstance(message, Told):
                        told = message.body
                    elif isinstance(message, Call) and self._is_read(message):
                        self._accept(message)
                    else:
                        waiting.append(message)
                self._inbox.clear()
                self._journal.commit()
                self._send()
                if told is not None:
                    self._inbox = waiting
                    return told

    def _accept(self, message: Call | Fire | Ack) -> None:
        if isinstance(message, Ack):
            self._deliveries.pop(message.id, None)
            self._journal.append(0.0, b"", message, [], urgent=False)
        elif isinstance(message, Fire):
            self._answer(message.id, self._perform(message, message.until)[0])
        else:
            reply, seen = self._perform(message, message.at)
            if seen.patience:
                now = time.monotonic()
                self._parked.append(Parked(message, now, now + seen.patience, seen.worth_trying))
            else:
                self._answer(message.id, reply)

    def _perform(self, call: Call | Fire, instant: float) -> Any:
        started = time.perf_counter()
        seed = os.urandom(16)
        reply, seen = self._world.perform(call, instant, seed)
        self._collect((len(call.body) if isinstance(call, Call) else 0) + len(reply[2]))
        if seen.touched or isinstance(call, Fire) or not self._is_read(call):
            self._journal.append(instant, seed, call, seen.drawn)
            self._outbox += self._note_deliveries(seen)
            self._spent += time.perf_counter() - started
        elif seen.deliveries:
            raise AssertionError(f"a read wants deliveries: {call}")
        return reply, seen

    def _collect(self, size: int) -> None:
        """Requests of moto refer to themselves: their bodies would stay until the collector comes by."""
        self._handled += size
        if self._handled > COLLECT_AFTER:
            self._handled = 0
            gc.collect()

    def _apply(self, call: Call | Fire | Ack, instant: float, seed: bytes, drawn: list[bytes]) -> None:
        """Perform a record of the journal again."""
        if isinstance(call, Ack):
            self._deliveries.pop(call.id, None)
        else:
            _, seen = self._world.perform(call, instant, seed, drawn)
            self._note_deliveries(seen)

    def _note_deliveries(self, seen: tape.Seen) -> list[Delivery]:
        noted = [
            Delivery(id, account, region, target, payload, source, policy)
            for id, target, payload, source, account, region, policy in seen.deliveries
        ]
        self._deliveries.update((delivery.id, delivery) for delivery in noted)
        return noted

    def _retry(self, changed: bool) -> None:
        """Perform parked polls again when something may have come for them."""
        now = time.monotonic()
        waiting, self._parked = self._parked, []
        for parked in waiting:
            # Looked at with the time that has passed for the client.
            tape.TAPE.instant = parked.call.at + now - parked.since
            worth_trying, tape.TAPE.instant = parked.worth_trying(), None
            if parked.until > now and not worth_trying:
                self._parked.append(parked)
                continue
            reply, seen = self._perform(parked.call, parked.call.at + now - parked.since)
            if seen.patience and parked.until > now:
                self._parked.append(parked)
            else:
                self._answer(parked.call.id, reply)

    def _answer(self, call: int, reply: tuple[int, dict[str, str], bytes]) -> None:
        self._outbox.append(Answer(call, *reply))

    def _send(self) -> None:
        for message in self._outbox:
            self._link.sendall(encode(message))
        self._outbox.clear()

    def _patience(self) -> float | None:
        """How long to wait for the next frame, in seconds."""
        if self._parked:
            return POLL_SECONDS
        return 0.2 if self._snapshot else None

    def _tend_snapshot(self) -> None:
        if self._snapshot is not None:
            self._reap()
        elif self._spent > max(SNAPSHOT_AFTER, 4 * self._snapshot_cost) and hasattr(os, "fork"):
            self._spent = 0.0
            number = self._journal.rotate()
            began = time.perf_counter()
            process = os.fork()
            if process == 0:
                self._link.close()
                os._exit(self._write_snapshot(number))
            self._snapshot = (process, number, began)

    def _reap(self) -> None:
        assert self._snapshot is not None
        process, number, began = self._snapshot
        found, status = os.waitpid(process, os.WNOHANG)
        if not found:
            return
        self._snapshot = None
        self._snapshot_cost = time.perf_counter() - began
        if status:
            # The journal is complete without it; only the next start takes longer.
            log.error("the snapshot after record %d failed", number)
            self._snapshot_cost = max(self._snapshot_cost, 60.0)
        else:
            self._forget(number)

    def _write_snapshot(self, number: int) -> int:
        """0 when the snapshot is on disk."""
        from treadle.cloud.snapshot import save

        gc.disable()
        try:
            save(self._directory / f"snapshot-{number:012d}.bin", number, list(self._deliveries.values()))
        except Exception:  # The edge of the forked process.
            log.exception("the state of the cloud cannot be written as a snapshot")
            return 1
        return 0

    def _forget(self, number: int) -> None:
        from treadle.cloud.snapshot import head_of

        head = head_of(self._directory / f"snapshot-{number:012d}.bin")
        self._journal.forget(number, set(head.blobs))

    def _finish(self) -> None:
        """A last snapshot, if repeating the journal would cost more than a moment."""
        while self._snapshot is not None:
            self._reap()
            time.sleep(0.01)
        if self._spent > SNAPSHOT_AFTER / 10:
            number = self._journal.rotate()
            if self._write_snapshot(number) == 0:
                self._forget(number)
        self._journal.close()


def lock_directory(directory: Path, seconds: float = 30.0) -> int:
    """Wait until no other cloud process owns `directory`, then own it until this process ends."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        if time.monotonic() > deadline:
            raise SystemExit(f"{directory} is in use by another process")
        time.sleep(0.02)


def main(descriptor: str, directory: str, sync: str) -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Ctrl-C reaches the whole group of processes; the server decides when this one leaves.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What lies in the journal may be secret.
    os.umask(0o077)
    link = socket.socket(fileno=int(descriptor))
    lock_directory(Path(directory))
    tape.install()
    # Thousands of classes and models are made now and never die: the collector need not look at them, now or later.
    gc.disable()
    process = Process(link, Path(directory), sync == "1")
    process.restore()
    gc.freeze()
    gc.enable()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.serve()
    # Daemon threads of moto must not hold the process up.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
