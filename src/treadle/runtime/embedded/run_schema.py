"""The tables of map runs, and how they are forgotten with their parent."""

from __future__ import annotations

TABLES = """
CREATE TABLE map_runs (
    id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, execution TEXT NOT NULL,
    over INTEGER NOT NULL, orders BLOB NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX map_runs_by_execution ON map_runs (execution);
CREATE INDEX map_runs_unfinished ON map_runs (over) WHERE over = 0;
-- Numbered `run << 32 | n`; `low` and `high` bound the children inside.
CREATE TABLE map_results (
    id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, body BLOB NOT NULL
);
"""
# What belongs to an execution that is forgotten: the parameter is its id.
_OF = "SELECT m.id FROM map_runs m JOIN executions e ON e.arn = m.execution WHERE e.id = ?1"
FORGET = (
    "DELETE FROM map_results WHERE id IN (SELECT r.id FROM map_runs m JOIN executions e ON e.arn = m.execution"
    " JOIN map_results r ON r.id >= m.id << 32 AND r.id < (m.id + 1) << 32 WHERE e.id = ?1)",
    f"DELETE FROM map_runs WHERE id IN ({_OF})",
)
