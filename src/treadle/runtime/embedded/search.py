"""Searching the executions: over a connection and a thread of their own, so that the engine never waits for a search.

Every search is bounded: it looks at a number of rows, says how far it came, and goes on from there when asked again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import zstandard

from treadle.runtime.embedded.schema import STATUS_NUMBER, STATUSES
from treadle.runtime.records import ExecutionRecord
from treadle.runtime.store import Ended, Found, Key, Search
from treadle.values import Instant

T = TypeVar("T")
# So many executions with names of one beginning are looked up by name; of more, the newest are looked through.
NAMED = 5_000
# Bytes of payloads that one search for a text unpacks, and rows it takes at a time.
TEXT_BYTES = 64 << 20
SLICE = 256
_TOP = 1 << 62
_LISTED = (
    "e.id, e.arn, e.status, e.started, e.stopped, v.text, a.text, e.redrives, e.redriven, e.events, e.error, r.name"
)
_TABLES = (
    "executions e JOIN revisions r ON r.id = e.revision "
    "LEFT JOIN names v ON v.id = e.version LEFT JOIN names a ON a.id = e.alias"
)


class SqliteSearch:
    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._expand = zstandard.ZstdDecompressor()

    async def search(self, search: Search) -> Found:
        return await asyncio.to_thread(self._with, lambda db: self._search(db, search))

    async def ended(self, since: Instant, limit: int) -> list[Ended]:
        return await asyncio.to_thread(self._with, lambda db: _ended(db, since, limit))

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._db is None:
                self._db = self._connect()
            return work(self._db)

    def _search(self, db: sqlite3.Connection, search: Search) -> Found:
        row = db.execute("SELECT id FROM names WHERE text = ?", (search.machine_arn,)).fetchone()
        if row is None:
            return Found([], None, 0, None)
        machine: int = row[0]
        top = _TOP if search.before is None else search.before
        if search.until is not None:
            top = min(top, _first_since(db, search.until))
        bottom = 0 if search.since is None else _first_since(db, search.since)
        few = _named(db, search) if search.prefix else None
        # Without a filter that rows must be read for, every row that is met is found.
        costly = few is None and bool(search.prefix or search.error or search.text or search.redriven is not None)
        floor = max(bottom, _floor(db, machine, search, top)) if costly else bottom
        wanted = [STATUS_NUMBER[status] for status in search.statuses or STATUSES]
        if search.text:
            condition, values = _condition(machine, wanted, search, (floor, top), few)
            return self._through(db, search, condition, values, floor, bottom)
        # One ordered walk per status, merged: no index has all statuses of one machine in order of age.
        walks, all_values = list[str](), list[Any]()
        for status in wanted:
            condition, values = _condition(machine, [status], search, (floor, top), few)
            walks.append(
                f"SELECT * FROM (SELECT {_LISTED} FROM {_TABLES} WHERE {condition} ORDER BY e.id DESC LIMIT ?)"
            )
            all_values += [*values, search.limit + 1]
        sql = " UNION ALL ".join(walks) + " ORDER BY 1 DESC LIMIT ?"
        rows = db.execute(sql, [*all_values, search.limit + 1]).fetchall()
        looked = _count(db, machine, search, floor, top) if costly else len(few if few is not None else rows)
        return _found(db, search, rows, floor, bottom, looked)

    def _through(
        self, db: sqlite3.Connection, search: Search, condition: str, values: list[Any], floor: Key, bottom: Key
    ) -> Found:
        """Look through the payloads themselves."""
        needle = (search.text or "").lower()
        cells = "coalesce(e.input, i.text), e.output, e.cause"
        rows = db.execute(
            f"SELECT {_LISTED}, {cells} FROM {_TABLES} LEFT JOIN inputs i ON i.id = e.id "
            f"WHERE {condition} ORDER BY e.id DESC",
            values,
        )
        found: list[Sequence[Any]] = []
        looked = size = 0
        last: Key | None = None
        while some := rows.fetchmany(SLICE):
            for row in some:
                if len(found) == search.limit or size > TEXT_BYTES:
                    return Found([_record(search, one) for one in found], last, looked, _started(db, last))
                looked, last = looked + 1, row[0]
                for cell in row[-3:]:
                    text = self._plain(cell)
                    size += len(text)
                    if needle in text.lower():
                        found.append(row[:-3])
                        break
        return _found(db, search, found, floor, bottom, looked)

    def _plain(self, cell: str | bytes | None) -> str:
        if cell is None:
            return ""
        return cell if isinstance(cell, str) else self._expand.decompress(cell).decode()


def _found(
    db: sqlite3.Connection, search: Search, rows: Sequence[Sequence[Any]], floor: Key, bottom: Key, looked: int
) -> Found:
    page = rows[: search.limit]
    if len(rows) > search.limit:
        after: Key | None = page[-1][0]
    else:
        after = floor if floor > bottom else None
    return Found([_record(search, row) for row in page], after, looked, _started(db, after))


def _record(search: Search, row: Sequence[Any]) -> ExecutionRecord:
    _, arn, status, started, stopped, version, alias, redrives, redriven, events, error, revision = row
    return ExecutionRecord(
        arn=arn,
        machine_arn=search.machine_arn,
        name=arn.split(":")[7],
        status=STATUSES[status],
        started_at=started,
        revision=revision,
        stopped_at=stopped,
        version_arn=version,
        alias_arn=alias,
        redrives=redrives,
        redriven_at=redriven,
        events=events,
        error=error,
    )


def _condition(
    machine: int, statuses: list[int], search: Search, keys: tuple[Key, Key], few: list[Key] | None
) -> tuple[str, list[Any]]:
    """What a row must meet, its key from the first of `keys` to before the second; and the values for it."""
    parts = [f"e.machine = ? AND e.status IN ({', '.join('?' * len(statuses))}) AND e.id >= ? AND e.id < ?"]
    values: list[Any] = [machine, *statuses, *keys]
    if few is not None:
        parts.append(f"e.id IN ({', '.join(map(str, few))})")
    elif search.prefix:
        parts.append("e.arn >= ? AND e.arn < ?")
        values += _name_range(search)
    if search.redriven is not None:
        parts.append("e.redrives > 0" if search.redriven else "e.redrives = 0")
    if search.error:
        parts.append("instr(lower(e.error), ?)")
        values.append(search.error.lower())
    return " AND ".join(parts), values


def _name_range(search: Search) -> tuple[str, str]:
    first = search.machine_arn.replace(":stateMachine:", ":execution:", 1) + f":{search.prefix}"
    return first, first + "\U0010ffff"


def _named(db: sqlite3.Connection, search: Search) -> list[Key] | None:
    """The executions with a name of this beginning, None when they are many."""
    sql = "SELECT id FROM executions WHERE arn >= ? AND arn < ? LIMIT ?"
    keys = [key for (key,) in db.execute(sql, (*_name_range(search), NAMED + 1))]
    return keys if len(keys) <= NAMED else None


def _floor(db: sqlite3.Connection, machine: int, search: Search, top: Key) -> Key:
    """The key down to which `search.most` executions lie below `top`."""
    statuses = search.statuses or STATUSES
    walk = "SELECT id FROM executions WHERE machine = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?"
    values: list[Any] = []
    for status in statuses:
        values += [machine, STATUS_NUMBER[status], top, search.most + 1]
    sql = " UNION ALL ".join([f"SELECT id FROM ({walk})"] * len(statuses)) + " ORDER BY 1 DESC LIMIT 1 OFFSET ?"
    row = db.execute(sql, [*values, search.most - 1]).fetchone()
    return 0 if row is None else row[0]


def _count(db: sqlite3.Connection, machine: int, search: Search, floor: Key, top: Key) -> int:
    statuses = [STATUS_NUMBER[status] for status in search.statuses or STATUSES]
    sql = (
        f"SELECT count(*) FROM executions WHERE machine = ? AND status IN ({', '.join('?' * len(statuses))}) "
        "AND id >= ? AND id < ?"
    )
    return int(db.execute(sql, [machine, *statuses, floor, top]).fetchone()[0])


def _first_since(db: sqlite3.Connection, at: Instant) -> Key:
    """The first key whose execution started at `at` or later: keys are in the order of the starts."""
    low, high = 0, int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM executions").fetchone()[0])
    while low < high:
        middle = (low + high) // 2
        row = db.execute("SELECT id, started FROM executions WHERE id >= ? ORDER BY id LIMIT 1", (middle,)).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low


def _started(db: sqlite3.Connection, key: Key | None) -> Instant | None:
    if key is None:
        return None
    row = db.execute("SELECT started FROM executions WHERE id >= ? ORDER BY id LIMIT 1", (key,)).fetchone()
    return None if row is None else row[0]


def _ended(db: sqlite3.Connection, since: Instant, limit: int) -> list[Ended]:
    rows = db.execute(
        "SELECT n.text, e.status, e.started, e.stopped, e.error FROM executions e INDEXED BY executions_ended "
        "JOIN names n ON n.id = e.machine WHERE e.stopped > ? ORDER BY e.stopped LIMIT ?",
        (since, limit),
    )
    return [
        Ended(machine, STATUSES[status], started, stopped, error) for machine, status, started, stopped, error in rows
    ]
