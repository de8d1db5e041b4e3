"""The default store: one SQLite file in one data directory, written by one thread, read from the loop.

Durable means `synchronous=FULL` in WAL mode: a save is done after its fsync. Reads take a few microseconds from the
page cache, so they happen on the loop itself, over a connection of their own that no writer ever blocks.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from msgspec.structs import replace

from treadle.engine.execution import Execution, Facts, Failure, Frame, FrameId, Status
from treadle.engine.history import encode
from treadle.runtime.codec import Codec
from treadle.runtime.embedded import schema
from treadle.runtime.embedded.latest import Latest
from treadle.runtime.embedded.lock import DirectoryLock
from treadle.runtime.embedded.runs import SqliteRuns
from treadle.runtime.embedded.schema import SHIFT, STATUS_NUMBER, STATUSES
from treadle.runtime.embedded.search import SqliteSearch
from treadle.runtime.embedded.writer import INLINE, Item, Work, Writer, forget
from treadle.runtime.records import ExecutionRecord, Revision
from treadle.runtime.store import Chunk, Done, Ended, Found, Key, Loaded, Page, Query, Save, Search
from treadle.values import Instant, Payload

FILE = "treadle.db"
# A root frame above this many bytes is stored beside the frames of forks, so that not every commit rewrites it.
LARGE_ROOT = 2048
# Seconds for which a thread may keep the interpreter while another wants it. The default of 5 ms would be paid by
# the writer at each of its few statements per commit whenever the loop is busy.
SWITCH = 0.0005
# Names and revisions that stay in memory.
KEPT = 1000
OLDEST_SQLITE = (3, 35, 0)

_COLUMNS = ", ".join(schema.FIXED + schema.MOVING)
_LISTED = (
    "e.id, e.arn, e.machine, r.name, e.started, e.version, e.alias, e.map_run, e.trace, e.status, e.stopped, "
    "e.redrives, e.redriven, e.events"
)


class SqliteStore:
    """A Store in `directory`, which belongs to one process at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = DirectoryLock(directory)
        self._codec = Codec()
        self._expand = zstandard.ZstdDecompressor()
        # Every map run has a name and a revision of its own.
        self._names: Latest[str, int] = Latest(KEPT)
        self._texts: Latest[int, str] = Latest(KEPT)
        self._revisions: Latest[str, tuple[int, Revision]] = Latest(KEPT)
        self._apart: set[Key] = set()  # executions whose root frame lies in the table of frames
        self._spread: set[Key] = set()  # executions that have any row there
        self._next_name = self._next_revision = self._next_key = 1

    async def open(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old, treadle needs 3.35")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH))
        self._db = self._connect()
        create(self._db)
        self._next_key = self._highest("executions") + 1
        self._next_name = self._highest("names") + 1
        self._next_revision = self._highest("revisions") + 1
        self.writer = Writer(self._connect)
        self.writer.start()
        self.runs = SqliteRuns(self._db, self.writer)
        self._searching = SqliteSearch(self._connect)

    async def close(self) -> None:
        await self.writer.close()
        self._searching.close()
        self._db.close()
        self._lock.release()

    def next_key(self) -> Key:
        key = self._next_key
        self._next_key += 1
        return key

    # -- writing
    def save(self, save: Save, done: Done) -> None:
        item = Item(done)
        moving = self._moving(save, item)
        if save.fresh:
            item.insert = self._fixed(save, item) + moving
        else:
            item.update = [save.key, *moving]
        if save.events:
            first, last = save.events[0].id, save.events[-1].id
            item.history = [save.key << SHIFT | first, last, encode(list(save.events))]
        item.forget = save.replaces
        self.writer.submit(item)

    def _fixed(self, save: Save, item: Item) -> list[Any]:
        facts, revision = save.execution.facts, save.revision
        text: str | None = facts.input.text
        if text is not None and len(text) > INLINE:
            item.input = [save.key, text]
            text = None
        return [
            save.key,
            facts.arn,
            self._number(facts.machine_arn),
            self._revision_number(revision),
            facts.started_at,
            facts.seed.to_bytes(16, "big"),
            text,
            None if revision.version_arn is None else self._number(revision.version_arn),
            None if revision.alias_arn is None else self._number(revision.alias_arn),
            None if revision.map_run_arn is None else self._number(revision.map_run_arn),
            save.trace_header,
        ]

    def _moving(self, save: Save, item: Item) -> list[Any]:
        execution = save.execution
        failure = execution.failure or _NO_FAILURE
        return [
            STATUS_NUMBER[execution.status],
            execution.stopped_at,
            save.next_due,
            1 if save.busy else None,
            self._snapshot(save, item),
            None if execution.output is None else execution.output.text,
            failure.error,
            failure.cause,
            execution.redrives,
            execution.redriven_at,
            execution.events,
        ]

    def _snapshot(self, save: Save, item: Item) -> bytes | None:
        """The snapshot's bytes, and the frames beside it. What has succeeded can never go on: it needs none."""
        execution, key = save.execution, save.key
        if execution.status == "SUCCEEDED":
            self._apart.discard(key)
            if key in self._spread:
                self._spread.discard(key)
                item.clear = key
            return None
        at = key << SHIFT
        item.frames = [
            [at | id, self._codec.encode_frame(execution, execution.frames[id])] for id in save.touched if id
        ]
        item.drops = [at | id for id in save.dropped]
        apart = key in self._apart and 0 not in save.touched
        snapshot = self._codec.encode_snapshot(execution, root=not apart)
        if not apart:
            self._apart.discard(key)
            if len(snapshot) > LARGE_ROOT and execution.status == "RUNNING":
                self._apart.add(key)
                item.frames.append([at, self._codec.encode_frame(execution, execution.frames[0])])
                snapshot = self._codec.encode_snapshot(execution, root=False)
        if item.frames:
            self._spread.add(key)
        return snapshot

    def _number(self, text: str) -> int:
        """The number of a name; a new one is written just before its first user."""
        number = self._names.get(text)
        if number is None:
            row = self._db.execute("SELECT id FROM names WHERE text = ?", (text,)).fetchone()
            if row is None:
                number = self._next_name
                self._next_name += 1
                self._names.add(text, number)
                written = partial(self._names.written, text)
                self._write(written, "INSERT OR IGNORE INTO names VALUES (?, ?)", number, text)
            else:
                number = self._names.found(text, row[0])
        return number

    def _revision_number(self, revision: Revision) -> int:
        known = self._revisions.get(revision.id)
        if known is not None:
            return known[0]
        row = self._db.execute("SELECT id FROM revisions WHERE name = ?", (revision.id,)).fetchone()
        if row is not None:
            number: int = row[0]
            self._revisions.found(revision.id, (number, revision))
        else:
            number = self._next_revision
            self._next_revision += 1
            self._revisions.add(revision.id, (number, revision))
            hash = blake2b(revision.definition.encode(), digest_size=16).digest()
            body = msgspec.msgpack.encode(replace(revision, definition=""))
            text = zstandard.compress(revision.definition.encode())
            written = partial(self._revisions.written, revision.id)
            self._write(None, "INSERT OR IGNORE INTO definitions VALUES (?, ?)", hash, text)
            self._write(written, "INSERT OR IGNORE INTO revisions VALUES (?, ?, ?, ?)", number, revision.id, body, hash)
        return number

    def _write(self, written: Callable[[], object] | None, sql: str, *parameters: object) -> None:
        """Write something of the store's own: an item of its own, which nobody else's failure can take back."""
        item = Item(partial(_must_succeed, written))
        item.work.append(_inserting(sql, *parameters))
        self.writer.submit(item)

    # -- reading
    def find(self, arn: str) -> Key | None:
        row = self._db.execute("SELECT id FROM executions WHERE arn = ?", (arn,)).fetchone()
        return None if row is None else row[0]

    def load(self, keys: Sequence[Key]) -> list[Loaded]:
        loaded = []
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM executions WHERE id IN ({', '.join('?' * len(some))})", some
            ).fetchall()
            loaded += [self._loaded(dict(zip(schema.FIXED + schema.MOVING, row, strict=True))) for row in rows]
        return loaded

    def _loaded(self, row: dict[str, Any]) -> Loaded:
        key, revision = row["id"], self._revision(row["revision"])
        input = Payload(text=self._input(key, row["input"]))
        facts = Facts(
            row["arn"],
            row["arn"].split(":")[7],
            self._text(row["machine"]),
            revision.name,
            revision.role_arn,
            row["started"],
            int.from_bytes(row["seed"], "big"),
            input,
            revision.kind,
            revision.test_case,
        )
        execution = Execution(
            facts,
            {},
            STATUSES[row["status"]],
            events=row["events"],
            redrives=row["redrives"],
            redriven_at=row["redriven"],
            stopped_at=row["stopped"],
            output=None if row["output"] is None else Payload(text=self._plain(row["output"])),
            failure=_failure(row),
        )
        if row["snapshot"] is not None:
            execution = self._with_frames(key, execution, row["snapshot"])
        return Loaded(
            key=key,
            execution=execution,
            revision=revision,
            next_due=row["next_due"],
            busy=row["busy"] == 1,
            trace_header=row["trace"],
        )

    def _with_frames(self, key: Key, execution: Execution, blob: bytes) -> Execution:
        input = execution.facts.input
        frames: dict[FrameId, Frame] = {}
        snapshot = self._codec.decode_snapshot(self._unpack(blob), input)
        if snapshot.root is not None:
            frames[0] = snapshot.root
        else:
            self._apart.add(key)
        if snapshot.root is None or snapshot.spread:
            self._spread.add(key)
            for id, body in self._db.execute(
                "SELECT id, body FROM frames WHERE id >= ? AND id < ? ORDER BY id", (key << SHIFT, (key + 1) << SHIFT)
            ):
                number = id & (1 << SHIFT) - 1
                if number or snapshot.root is None:
                    frames[number] = self._codec.decode_frame(self._unpack(body), input)
        return replace(execution, frames=frames, serial=snapshot.serial, deadline=snapshot.deadline)

    def due(self, after: Instant, until: Instant) -> list[tuple[Instant, Key]]:
        sql = "SELECT next_due, id FROM executions WHERE next_due > ? AND next_due <= ?"
        return self._db.execute(sql, (after, until)).fetchall()

    def next_due(self, after: Instant) -> list[tuple[Instant, Key]]:
        earliest = "SELECT min(next_due) FROM executions WHERE next_due > ?"
        sql = f"SELECT next_due, id FROM executions WHERE next_due = ({earliest})"
        return self._db.execute(sql, (after,)).fetchall()

    def busy(self) -> list[Key]:
        return [key for (key,) in self._db.execute("SELECT id FROM executions WHERE busy = 1")]

    def record(self, arn: str) -> ExecutionRecord | None:
        row = self._db.execute(
            f"SELECT {_LISTED}, e.input, e.output, e.error, e.cause FROM executions e JOIN revisions r "
            "ON r.id = e.revision WHERE e.arn = ?",
            (arn,),
        ).fetchone()
        if row is None:
            return None
        *listed, input, output, error, cause = row
        return replace(
            self._listed(listed),
            input=self._input(row[0], input),
            output=None if output is None else self._plain(output),
            error=error,
            cause=cause,
        )

    def records(self, query: Query) -> Page:
        column, arn = next(
            (column, arn)
            for column, arn in (
                ("version", query.version_arn),
                ("alias", query.alias_arn),
                ("map_run", query.map_run_arn),
                ("machine", query.machine_arn),
            )
            if arn is not None
        )
        owner = self._known(arn)
        if owner is None:
            return Page([])
        statuses = STATUSES if query.status is None else (query.status,)
        redriven = {None: "", True: "AND e.redrives > 0", False: "AND e.redrives = 0"}[query.redriven]
        before = (1 << 62) if query.before is None else query.before
        # One ordered walk per status, merged: no index has all statuses of one machine in order of age.
        part = (
            f"SELECT * FROM (SELECT {_LISTED} FROM executions e JOIN revisions r ON r.id = e.revision "
            f"WHERE e.{column} = ? AND e.status = ? AND e.id < ? {redriven} ORDER BY e.id DESC LIMIT ?)"
        )
        sql = " UNION ALL ".join([part] * len(statuses)) + " ORDER BY 1 DESC LIMIT ?"
        parameters: list[Any] = []
        for status in statuses:
            parameters += [owner, STATUS_NUMBER[status], before, query.limit + 1]
        rows = self._db.execute(sql, [*parameters, query.limit + 1]).fetchall()
        records = [self._listed(row) for row in rows[: query.limit]]
        return Page(records, rows[query.limit - 1][0] if len(rows) > query.limit else None)

    async def search(self, search: Search) -> Found:
        return await self._searching.search(search)

    async def ended(self, since: Instant, limit: int) -> list[Ended]:
        return await self._searching.ended(since, limit)

    def _listed(self, row: Sequence[Any]) -> ExecutionRecord:
        (
            _,
            arn,
            machine,
            revision,
            started,
            version,
            alias,
            map_run,
            trace,
            status,
            stopped,
            redrives,
            redriven,
            events,
        ) = row
        return ExecutionRecord(
            arn=arn,
            machine_arn=self._text(machine),
            name=arn.split(":")[7],
            status=STATUSES[status],
            started_at=started,
            revision=revision,
            stopped_at=stopped,
            version_arn=None if version is None else self._text(version),
            alias_arn=None if alias is None else self._text(alias),
            map_run_arn=None if map_run is None else self._text(map_run),
            trace_header=trace,
            redrives=redrives,
            redriven_at=redriven,
            events=events,
        )

    def revision(self, id: str) -> Revision | None:
        row = self._db.execute("SELECT id FROM revisions WHERE name = ?", (id,)).fetchone()
        return None if row is None else self._revision(row[0])

    def history(self, key: Key, first: int, last: int) -> list[Chunk]:
        at = key << SHIFT
        rows = self._db.execute(
            "SELECT id, last, body FROM history WHERE id >= ? AND id <= ? AND last >= ? ORDER BY id",
            (at, at | min(last, (1 << SHIFT) - 1), first),
        )
        return [Chunk(id & (1 << SHIFT) - 1, end, self._unpack(body)) for id, end, body in rows]

    def count(self, machine_arn: str, status: Status) -> int:
        number = self._known(machine_arn)
        sql = "SELECT count(*) FROM executions WHERE machine = ? AND status = ?"
        row = self._db.execute(sql, (number, STATUS_NUMBER[status])).fetchone()
        return int(row[0])

    async def purge(self, before: Instant, limit: int = 1000) -> int:
        def work(db: sqlite3.Connection) -> int:
            rows = db.execute(
                "SELECT id FROM executions WHERE started < ?1 AND stopped < ?1 ORDER BY id LIMIT ?2", (before, limit)
            ).fetchall()
            for (key,) in rows:
                forget(db, key)
            return len(rows)

        return int(await self._perform(work) or 0)

    # -- documents
    def documents(self, kind: str) -> Mapping[str, bytes]:
        return dict(self._db.execute("SELECT key, value FROM documents WHERE kind = ?", (kind,)).fetchall())

    async def put(self, kind: str, key: str, value: bytes) -> None:
        await self._perform(_inserting("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", kind, key, value))

    async def delete(self, kind: str, key: str) -> None:
        await self._perform(_inserting("DELETE FROM documents WHERE kind = ? AND key = ?", kind, key))

    async def _perform(self, work: Work) -> Any:
        future = asyncio.get_running_loop().create_future()

        def done(error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is None:
                future.set_result(item.result)
            else:
                future.set_exception(error)

        item = Item(done)
        item.work.append(work)
        self.writer.submit(item)
        return await future

    # -- cells
    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._directory / FILE, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA cache_size = -16000")
        return db

    def _highest(self, table: str) -> int:
        return int(self._db.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0)

    def _known(self, text: str) -> int | None:
        number = self._names.get(text)
        if number is None:
            row = self._db.execute("SELECT id FROM names WHERE text = ?", (text,)).fetchone()
            number = None if row is None else row[0]
        return number

    def _text(self, number: int) -> str:
        text = self._texts.get(number)
        if text is None:
            row = self._db.execute("SELECT text FROM names WHERE id = ?", (number,)).fetchone()
            text = self._texts.found(number, row[0])
        return text

    def _revision(self, number: int) -> Revision:
        name, body, definition = self._db.execute(
            "SELECT r.name, r.body, d.text FROM revisions r JOIN definitions d ON d.hash = r.definition WHERE r.id = ?",
            (number,),
        ).fetchone()
        known = self._revisions.get(name)
        if known is not None:
            return known[1]
        revision = replace(
            msgspec.msgpack.decode(body, type=Revision), definition=self._expand.decompress(definition).decode()
        )
        return self._revisions.found(name, (number, revision))[1]

    def _input(self, key: Key, cell: str | None) -> str:
        if cell is None:
            cell = self._db.execute("SELECT text FROM inputs WHERE id = ?", (key,)).fetchone()[0]
        return self._plain(cell)

    def _plain(self, cell: str | bytes) -> str:
        return cell if isinstance(cell, str) else self._expand.decompress(cell).decode()

    def _unpack(self, blob: bytes) -> bytes:
        return self._expand.decompress(blob) if blob[:4] == zstandard.FRAME_HEADER else blob


_NO_FAILURE = Failure()


def _failure(row: dict[str, Any]) -> Failure | None:
    if row["status"] in (STATUS_NUMBER["RUNNING"], STATUS_NUMBER["SUCCEEDED"]):
        return None
    return Failure(row["error"], row["cause"])


def _must_succeed(written: Callable[[], object] | None, error: BaseException | None) -> None:
    if error is not None:
        raise error
    if written is not None:
        written()


def _inserting(sql: str, *parameters: object) -> Work:
    return lambda db: db.execute(sql, parameters) and None


def create(db: sqlite3.Connection) -> None:
    """Make the tables of a new file; refuse one that a newer treadle has written."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > schema.VERSION:
        raise RuntimeError(
            f"the store was written by a newer treadle (schema {version}, this one knows {schema.VERSION})"
        )
    if version == 0:
        db.executescript(f"BEGIN;{schema.TABLES}PRAGMA user_version = {schema.VERSION};COMMIT;")
    for old in range(version or schema.VERSION, schema.VERSION):
        db.executescript(f"BEGIN;{schema.UPGRADES[old]}PRAGMA user_version = {old + 1};COMMIT;")
