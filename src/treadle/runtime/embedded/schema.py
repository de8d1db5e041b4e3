"""The tables of the embedded store, and the statements of its writer.

Rows of one execution lie side by side: frames and history are numbered `execution << 32 | n`, so that SQLite's own
row order is the order we read in. Names that many rows share (ARNs of machines, versions, map runs) are numbers.
"""

from __future__ import annotations

import functools
from typing import get_args

from treadle.engine.execution import Status
from treadle.runtime.embedded import run_schema as runs

VERSION = 3
SHIFT = 32

STATUSES: tuple[Status, ...] = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
STATUS_NUMBER = {status: number for number, status in enumerate(STATUSES)}
assert set(STATUSES) == set(get_args(Status))

# Statistics read this index alone, from its end.
ENDED = """
CREATE INDEX executions_ended ON executions (stopped, machine, status, started, error) WHERE stopped IS NOT NULL;
"""
# The tables of version 1.
FIRST = """
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE definitions (hash BLOB PRIMARY KEY, text NOT NULL) WITHOUT ROWID;
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB NOT NULL, definition BLOB NOT NULL
);
CREATE TABLE executions (
    id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, machine INTEGER NOT NULL, revision INTEGER NOT NULL,
    started REAL NOT NULL, seed BLOB NOT NULL, input, version INTEGER, alias INTEGER, map_run INTEGER, trace TEXT,
    status INTEGER NOT NULL, stopped REAL, next_due REAL, busy INTEGER, snapshot BLOB, output, error TEXT, cause TEXT,
    redrives INTEGER NOT NULL, redriven REAL, events INTEGER NOT NULL
);
CREATE INDEX executions_by_machine ON executions (machine, status);
CREATE INDEX executions_by_version ON executions (version, status) WHERE version IS NOT NULL;
CREATE INDEX executions_by_alias ON executions (alias, status) WHERE alias IS NOT NULL;
CREATE INDEX executions_by_map_run ON executions (map_run, status) WHERE map_run IS NOT NULL;
CREATE INDEX executions_redriven ON executions (machine, status) WHERE redrives > 0;
CREATE INDEX executions_due ON executions (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX executions_busy ON executions (busy) WHERE busy = 1;
-- Inputs above the size of INLINE, so that rewriting a row does not rewrite them.
CREATE TABLE inputs (id INTEGER PRIMARY KEY, text NOT NULL);
CREATE TABLE frames (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE history (id INTEGER PRIMARY KEY, last INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE documents (kind TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
# Old version -> what makes the next one of it. Version 2 brought map runs, version 3 the index for statistics.
UPGRADES = {1: runs.TABLES, 2: ENDED}
TABLES = FIRST + "".join(UPGRADES.values())

# What stays as it was when an execution started, and what every commit writes.
FIXED = ("id", "arn", "machine", "revision", "started", "seed", "input", "version", "alias", "map_run", "trace")
MOVING = (
    "status", "stopped", "next_due", "busy", "snapshot", "output", "error", "cause", "redrives", "redriven", "events",
)  # fmt: skip

# Rows per statement. A statement gives the interpreter's lock away and has to win it back, so many rows share one;
# a few sizes only, so that SQLite's compiled statements are reused.
SIZES = (64, 16, 4, 1)


@functools.cache
def insert(rows: int) -> str:
    return _values(f"INSERT INTO executions ({', '.join(FIXED + MOVING)})", len(FIXED + MOVING), rows)


@functools.cache
def update(rows: int) -> str:
    changes = ", ".join(f"{name} = v.column{number}" for number, name in enumerate(MOVING, 2))
    values = _values("", len(MOVING) + 1, rows)
    return f"UPDATE executions SET {changes} FROM ({values}) AS v WHERE executions.id = v.column1"


@functools.cache
def put_input(rows: int) -> str:
    return _values("INSERT INTO inputs (id, text)", 2, rows)


@functools.cache
def put_frame(rows: int) -> str:
    return _values("INSERT OR REPLACE INTO frames (id, body)", 2, rows)


@functools.cache
def drop_frame(rows: int) -> str:
    return f"DELETE FROM frames WHERE id IN ({', '.join('?' * rows)})"


@functools.cache
def put_history(rows: int) -> str:
    return _values("INSERT INTO history (id, last, body)", 3, rows)


def _values(head: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{head} VALUES {', '.join([row] * rows)}".strip()


# Everything of one execution: the parameter is its id.
FORGET = (
    *runs.FORGET,
    "DELETE FROM frames WHERE id >= ?1 << 32 AND id < (?1 + 1) << 32",
    "DELETE FROM history WHERE id >= ?1 << 32 AND id < (?1 + 1) << 32",
    "DELETE FROM inputs WHERE id = ?1",
    "DELETE FROM executions WHERE id = ?1",
)
FORGET_FRAMES = FORGET[len(runs.FORGET)]
