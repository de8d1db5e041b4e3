"""Searching executions, one contract for every store: what fits is found once, newest first, within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from treadle.engine.execution import Execution, Failure, Finished, Frame, Status
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.memory import MemoryStore
from treadle.runtime.store import Search, Store
from treadle.values import Payload

from .test_stores import REVISION, begin, facts

LONG = "x" * 3000


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path)
    await store.open()
    await fill(store)
    yield store
    await store.close()


def ended(name: str, at: float, status: Status, **fields: Any) -> Execution:
    text = fields.pop("text", "{}")
    known = facts(name, at=at, text=text)
    root = Frame(0, "", "A", known.input, Finished(known.input))
    return Execution(known, {0: root}, status, events=2, stopped_at=at + 5, **fields)


async def fill(store: Store) -> None:
    for execution in (
        ended("a-1", 1000.0, "SUCCEEDED", text='{"order": "Zürich"}'),
        ended("a-2", 2000.0, "FAILED", failure=Failure("Orders.Lost", "the parcel is gone")),
        ended("b-1", 3000.0, "FAILED", failure=Failure("States.Timeout", None), redrives=1),
        ended("b-2", 4000.0, "SUCCEEDED", output=Payload(text=f'"{LONG}needle"')),
        ended("a-3", 5000.0, "TIMED_OUT", text=f'"{LONG}haystack"'),
    ):
        await begin(store, execution)


async def names(store: Store, **search: Any) -> list[str]:
    found = await store.search(Search(machine_arn=REVISION.machine_arn, **search))
    return [record.name for record in found.records]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({}, ["a-3", "b-2", "b-1", "a-2", "a-1"]),
        ({"statuses": ("FAILED", "TIMED_OUT")}, ["a-3", "b-1", "a-2"]),
        ({"prefix": "a-"}, ["a-3", "a-2", "a-1"]),
        ({"prefix": "c"}, []),
        ({"since": 2000.0, "until": 4000.0}, ["b-1", "a-2"]),
        ({"since": 5001.0}, []),
        ({"redriven": True}, ["b-1"]),
        ({"redriven": False, "statuses": ("FAILED",)}, ["a-2"]),
        ({"error": "orders."}, ["a-2"]),
        ({"text": "zürich"}, ["a-1"]),
        ({"text": "NEEDLE"}, ["b-2"]),
        ({"text": "haystack"}, ["a-3"]),
        ({"text": "parcel"}, ["a-2"]),
        ({"text": "parcel", "prefix": "b"}, []),
    ],
)
async def test_what_a_search_finds(store: Store, search: dict[str, Any], found: list[str]) -> None:
    assert await names(store, **search) == found


async def test_errors_are_told(store: Store) -> None:
    found = await store.search(Search(machine_arn=REVISION.machine_arn, statuses=("FAILED",)))
    assert [record.error for record in found.records] == ["States.Timeout", "Orders.Lost"]


async def test_pages_join_without_gap_or_repetition(store: Store) -> None:
    seen, before = [], None
    for _ in range(10):
        found = await store.search(Search(machine_arn=REVISION.machine_arn, limit=2, before=before))
        seen += [record.name for record in found.records]
        before = found.next
        if before is None:
            break
    assert seen == ["a-3", "b-2", "b-1", "a-2", "a-1"]


async def test_a_search_looks_at_a_bounded_number_and_says_how_far(store: Store) -> None:
    first = await store.search(Search(machine_arn=REVISION.machine_arn, text="zürich", most=3))
    assert (first.records, first.looked, first.back_to) == ([], 3, 3000.0)
    rest = await store.search(Search(machine_arn=REVISION.machine_arn, text="zürich", most=3, before=first.next))
    assert ([record.name for record in rest.records], rest.next) == (["a-1"], None)


async def test_another_machine_has_nothing(store: Store) -> None:
    assert (await store.search(Search(machine_arn=REVISION.machine_arn + "x"))).records == []


async def test_statistics_hear_of_every_end_in_order(store: Store) -> None:
    first = await store.ended(0.0, 2)
    assert [(one.stopped, one.status) for one in first] == [(1005.0, "SUCCEEDED"), (2005.0, "FAILED")]
    rest = await store.ended(first[-1].stopped, 10)
    assert [(one.stopped, one.error) for one in rest] == [(3005.0, "States.Timeout"), (4005.0, None), (5005.0, None)]


async def test_an_older_file_gets_the_index_for_statistics(tmp_path: Path) -> None:
    import sqlite3

    old = SqliteStore(tmp_path)
    await old.open()
    await begin(old, ended("a", 1000.0, "SUCCEEDED"))
    await old.close()
    with sqlite3.connect(tmp_path / "treadle.db") as db:
        db.executescript("DROP INDEX executions_ended; PRAGMA user_version = 2;")
    store = SqliteStore(tmp_path)
    await store.open()
    assert len(await store.ended(0.0, 10)) == 1
    await store.close()
