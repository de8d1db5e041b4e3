"""Map runs in the embedded store: one row per run, one per chunk of results."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial

import msgspec
import zstandard

from treadle.engine.maprun import Index, MapRun
from treadle.runtime.embedded.writer import INLINE, Item, Work, Writer
from treadle.runtime.maps.store import Chunk, Result, Stored
from treadle.runtime.store import Done

SHIFT = 32
_encoder = msgspec.msgpack.Encoder()
_results = msgspec.msgpack.Decoder(list[Result])
_run = msgspec.msgpack.Decoder(MapRun)


class SqliteRuns:
    """A RunStore beside the executions; `db` is only read from."""

    def __init__(self, db: sqlite3.Connection, writer: Writer) -> None:
        self._db, self._writer = db, writer
        self._expand = zstandard.ZstdDecompressor()
        self._keys: dict[str, int] = {}
        self._chunks: dict[int, int] = {}
        self._next = int(db.execute("SELECT max(id) FROM map_runs").fetchone()[0] or 0) + 1

    def save(self, run: MapRun, order: str | None, results: Sequence[Result], done: Done) -> None:
        key = self._key(run.arn)
        if key is None:
            key = self._keys[run.arn] = self._next
            self._next += 1
        number = 0
        if results:
            number = self._chunks[key] = self._last_chunk(key) + 1
        if run.phase == "over":
            done = partial(self._over, done, run.arn, key, self._chunks.get(key))
        item = Item(done)
        item.work.append(_saving(key, run, order, list(results), number))
        self._writer.submit(item)

    def _over(self, done: Done, arn: str, key: int, chunk: int | None, error: BaseException | None) -> None:
        """A run that is over is read again when it is asked for; unless it went on meanwhile, nothing of it stays."""
        if error is None and self._chunks.get(key) == chunk:
            self._chunks.pop(key, None)
            self._keys.pop(arn, None)
        done(error)

    def load(self, arn: str) -> Stored | None:
        row = self._db.execute("SELECT body, orders FROM map_runs WHERE arn = ?", (arn,)).fetchone()
        return None if row is None else Stored(_run.decode(self._unpack(row[0])), self._unpack(row[1]).decode())

    def of(self, execution_arn: str) -> list[MapRun]:
        sql = "SELECT body FROM map_runs WHERE execution = ? ORDER BY id DESC"
        return [_run.decode(self._unpack(body)) for (body,) in self._db.execute(sql, (execution_arn,))]

    def unfinished(self) -> list[str]:
        return [arn for (arn,) in self._db.execute("SELECT arn FROM map_runs WHERE over = 0 ORDER BY id")]

    def chunk(self, arn: str, after: int) -> Chunk | None:
        sql = "SELECT id, body FROM map_results WHERE id > ? AND id < ? ORDER BY id LIMIT 1"
        return self._one(arn, sql, after, None)

    def chunk_before(self, arn: str, before: int | None) -> Chunk | None:
        sql = "SELECT id, body FROM map_results WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1"
        return self._one(arn, sql, 0, before)

    def result(self, arn: str, index: Index) -> Result | None:
        key = self._key(arn)
        if key is None:
            return None
        sql = "SELECT body FROM map_results WHERE id > ? AND id < ? AND low <= ? AND high >= ? ORDER BY id DESC"
        for (body,) in self._db.execute(sql, (key << SHIFT, (key + 1) << SHIFT, index, index)):
            for result in _results.decode(self._unpack(body)):
                if result.index == index:
                    return result
        return None

    def _one(self, arn: str, sql: str, after: int, before: int | None) -> Chunk | None:
        key = self._key(arn)
        if key is None:
            return None
        end = (key + 1) << SHIFT if before is None else key << SHIFT | before
        row = self._db.execute(sql, (key << SHIFT | after, end)).fetchone()
        return None if row is None else Chunk(row[0] & (1 << SHIFT) - 1, _results.decode(self._unpack(row[1])))

    def _key(self, arn: str) -> int | None:
        key = self._keys.get(arn)
        if key is None:
            row = self._db.execute("SELECT id FROM map_runs WHERE arn = ?", (arn,)).fetchone()
            if row is not None:
                key = self._keys[arn] = row[0]
        return key

    def _last_chunk(self, key: int) -> int:
        last = self._chunks.get(key)
        if last is None:
            sql = "SELECT max(id) FROM map_results WHERE id > ? AND id < ?"
            row = self._db.execute(sql, (key << SHIFT, (key + 1) << SHIFT)).fetchone()
            last = (row[0] or 0) & (1 << SHIFT) - 1
        return last

    def _unpack(self, blob: bytes) -> bytes:
        return self._expand.decompress(blob) if blob[:4] == zstandard.FRAME_HEADER else blob


def _saving(key: int, run: MapRun, order: str | None, results: list[Result], number: int) -> Work:
    """Encoding and compressing happen in the writer's thread: values do not change."""

    def work(db: sqlite3.Connection) -> None:
        body, over = _pack(_encoder.encode(run)), int(run.phase == "over")
        if order is None:
            db.execute("UPDATE map_runs SET body = ?, over = ? WHERE id = ?", (body, over, key))
        else:
            row = (key, run.arn, run.execution_arn, over, _pack(order.encode()), body)
            db.execute("INSERT INTO map_runs VALUES (?, ?, ?, ?, ?, ?)", row)
        if results:
            indexes = [result.index for result in results]
            row_of = (key << SHIFT | number, min(indexes), max(indexes), _pack(_encoder.encode(results)))
            db.execute("INSERT INTO map_results VALUES (?, ?, ?, ?)", row_of)

    return work


def _pack(blob: bytes) -> bytes:
    return zstandard.compress(blob, 1) if len(blob) > INLINE else blob
