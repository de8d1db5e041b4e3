"""The one thread that writes. It takes whatever waits, commits it together and wakes the loop once per commit."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import zstandard

from treadle.runtime.embedded import schema
from treadle.runtime.store import Done

log = logging.getLogger("treadle.store")

# Texts and blobs above this many characters are compressed.
INLINE = 1024
# So many items at most share a commit: it bounds how long the first of them waits.
GROUP = 1024
# While the disk is full or locked, seconds between two attempts.
PATIENCE = 0.5

Row = list[Any]
Work = Callable[[sqlite3.Connection], object]


class Item:
    """What one caller wants written. Rows are lists in the order of the schema's columns."""

    __slots__ = ("clear", "done", "drops", "forget", "frames", "history", "input", "insert", "result", "update", "work")

    def __init__(self, done: Done) -> None:
        self.done = done
        self.insert: Row | None = None
        self.update: Row | None = None
        self.input: Row | None = None
        self.history: Row | None = None
        self.frames: list[Row] = []
        self.drops: list[int] = []
        self.clear: int | None = None  # execution whose frames all go
        self.forget: int | None = None  # execution that goes
        self.work: list[Work] = []  # first of all, in order
        self.result: object = None


class Writer:
    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._fresh: list[Item] = []
        self._queue: queue.SimpleQueue[list[Item] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="treadle-writer", daemon=True)
        self._squeeze = zstandard.ZstdCompressor(level=1)
        self.commits = 0
        self.items = 0

    def start(self) -> None:
        self._thread.start()

    def submit(self, item: Item) -> None:
        """Everything submitted within one turn of the loop is handed over together."""
        self._fresh.append(item)
        if len(self._fresh) == 1:
            self._loop.call_soon(self._hand_over)

    async def close(self) -> None:
        self._hand_over()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        if self._fresh:
            batch, self._fresh = self._fresh, []
            self._queue.put(batch)

    # -- in the thread
    def _run(self) -> None:
        db = self._connect()
        open = True
        while open:
            batch = self._queue.get()
            if batch is None:
                break
            while len(batch) < GROUP:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    open = False
                    break
                batch += more
            self._commit(db, batch)
        db.close()

    def _commit(self, db: sqlite3.Connection, batch: list[Item]) -> None:
        """Write the batch in one transaction. An item that cannot be written fails alone."""
        error = self._attempt(db, batch)
        if error is None:
            outcomes: list[tuple[Item, BaseException | None]] = [(item, None) for item in batch]
        elif len(batch) == 1:
            outcomes = [(batch[0], error)]
        else:
            outcomes = [(item, self._attempt(db, [item])) for item in batch]
        self.commits += 1
        self.items += len(batch)
        self._loop.call_soon_threadsafe(_finish, outcomes)

    def _attempt(self, db: sqlite3.Connection, batch: list[Item]) -> BaseException | None:
        """None, or why the batch cannot be written. Waits as long as it takes for a full or locked disk."""
        while True:
            try:
                db.execute("BEGIN IMMEDIATE")
                self._write(db, batch)
                db.execute("COMMIT")
                return None
            except sqlite3.OperationalError as problem:
                _roll_back(db)
                if not _passes(problem):
                    return problem
                log.error("cannot write to the store, trying again: %s", problem)
                time.sleep(PATIENCE)
            except Exception as problem:
                # The edge of the thread: whoever submitted the item is told.
                _roll_back(db)
                return problem

    def _write(self, db: sqlite3.Connection, batch: list[Item]) -> None:
        compress(self._squeeze, batch)
        for item in batch:
            if item.forget is not None:
                forget(db, item.forget)
            for work in item.work:
                item.result = work(db)
        execute(db, schema.insert, [item.insert for item in batch if item.insert is not None])
        execute(db, schema.put_input, [item.input for item in batch if item.input is not None])
        execute(db, schema.update, [item.update for item in batch if item.update is not None])
        execute(db, schema.put_history, [item.history for item in batch if item.history is not None])
        execute(db, schema.put_frame, [row for item in batch for row in item.frames])
        execute(db, schema.drop_frame, [[id] for item in batch for id in item.drops])
        for item in batch:
            if item.clear is not None:
                db.execute(schema.FORGET_FRAMES, (item.clear,))


def _finish(outcomes: list[tuple[Item, BaseException | None]]) -> None:
    for item, error in outcomes:
        item.done(error)


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def _passes(problem: sqlite3.OperationalError) -> bool:
    """Whether waiting may help: SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_IOERR (with their subtypes)."""
    return (problem.sqlite_errorcode & 0xFF) in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    )


def execute(db: sqlite3.Connection, statement: Callable[[int], str], rows: Sequence[Row]) -> None:
    """Run `statement` for all rows, as many as possible at a time."""
    start, left = 0, len(rows)
    while left:
        size = next(size for size in schema.SIZES if size <= left)
        db.execute(statement(size), [cell for row in rows[start : start + size] for cell in row])
        start += size
        left -= size


def forget(db: sqlite3.Connection, key: int) -> None:
    for statement in schema.FORGET:
        db.execute(statement, (key,))


# -- compression: one call for the whole batch, so that the interpreter's lock is given away once
_SNAPSHOT = schema.MOVING.index("snapshot")
_OUTPUT = schema.MOVING.index("output")


def compress(squeeze: zstandard.ZstdCompressor, batch: list[Item]) -> None:
    cells: list[tuple[Row, int]] = []
    for item in batch:
        if item.history is not None:
            _note(cells, item.history, 2)
        if item.insert is not None:
            _note(cells, item.insert, len(schema.FIXED) + _SNAPSHOT)
            _note(cells, item.insert, len(schema.FIXED) + _OUTPUT)
        if item.update is not None:
            _note(cells, item.update, 1 + _SNAPSHOT)
            _note(cells, item.update, 1 + _OUTPUT)
        if item.input is not None:
            _note(cells, item.input, 1)
        for frame in item.frames:
            _note(cells, frame, 1)
    if cells:
        packed = squeeze_all(squeeze, [_bytes(row[column]) for row, column in cells])
        for (row, column), blob in zip(cells, packed, strict=True):
            row[column] = blob


def squeeze_all(squeeze: zstandard.ZstdCompressor, blobs: list[bytes | bytearray | memoryview[int]]) -> list[bytes]:
    if hasattr(squeeze, "multi_compress_to_buffer"):  # only in the C backend of zstandard
        packed = squeeze.multi_compress_to_buffer(blobs)
        return [packed[number].tobytes() for number in range(len(packed))]
    return [squeeze.compress(blob) for blob in blobs]


def _note(cells: list[tuple[Row, int]], row: Row, column: int) -> None:
    value = row[column]
    if value is not None and len(value) > INLINE and value[:4] != zstandard.FRAME_HEADER:
        cells.append((row, column))


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
