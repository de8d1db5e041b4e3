"""One contract for every store of map runs, and what the embedded one makes of an older file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from treadle.engine.maprun import MapRun, Page, Tally
from treadle.runtime.embedded import schema, sqlite
from treadle.runtime.embedded.latest import Latest
from treadle.runtime.embedded.sqlite import FILE, SqliteStore
from treadle.runtime.maps.store import Result
from treadle.runtime.memory import MemoryStore
from treadle.runtime.records import Revision
from treadle.runtime.service import execution_arn, facts_of
from treadle.runtime.store import Save, Store

from .world import HEAD, ONE, revision

PARENT = f"{HEAD}:execution:m:e"


def run(name: str, **fields: object) -> MapRun:
    new = MapRun(f"{HEAD}:mapRun:m/l:{name}", PARENT, 1, f"{HEAD}:stateMachine:m/l", "EXPRESS", 5.0)
    return replace(new, **fields)


def result(index: int, status: str = "SUCCEEDED", **fields: object) -> Result:
    return replace(Result(index, status, 1.0, 2.0, 1, f'"{index}"', f'"{index}"'), **fields)  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path)
    await store.open()
    yield store
    await store.close()


async def save(store: Store, run: MapRun, order: str | None = None, results: Sequence[Result] = ()) -> None:
    future: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    store.runs.save(run, order, results, future.set_result)
    assert await future is None


async def test_a_run_is_found_again_as_it_was_saved_last(store: Store) -> None:
    first = run("a", position=[{"file": 3, "at": None}, 7], open={7: 2, 8: 1}, waiting=((9, 1),))
    await save(store, first, '{"concurrency": 1}')
    later = replace(first, pages=(Page(0, 256, 3, [None, 0]),), items=Tally(pending=1, running=3), open={8: 1})
    await save(store, later)
    stored = store.runs.load(first.arn)
    assert stored is not None and (stored.run, stored.order) == (later, '{"concurrency": 1}')
    assert store.runs.load(run("b").arn) is None


async def test_the_runs_of_a_parent_come_newest_first(store: Store) -> None:
    await save(store, run("a", phase="over"), "{}")
    await save(store, run("b"), "{}")
    await save(store, run("c", execution_arn=PARENT + "2"), "{}")
    assert [found.arn[-1] for found in store.runs.of(PARENT)] == ["b", "a"]
    assert [arn[-1] for arn in store.runs.unfinished()] == ["b", "c"]


async def test_results_come_in_the_chunks_they_were_saved_in(store: Store) -> None:
    await save(store, run("a"), "{}", [result(0), result(2)])
    await save(store, run("a"), None, [result(1)])
    await save(store, run("other"), "{}", [result(0, "FAILED")])
    arn = run("a").arn
    first = store.runs.chunk(arn, 0)
    assert first is not None and [found.index for found in first.results] == [0, 2]
    second = store.runs.chunk(arn, first.number)
    assert second is not None and second.results == [result(1)]
    assert store.runs.chunk(arn, second.number) is None
    assert store.runs.chunk_before(arn, None) == second and store.runs.chunk_before(arn, second.number) == first
    assert store.runs.chunk_before(arn, first.number) is None


async def test_a_later_result_of_a_child_takes_the_place_of_an_earlier_one(store: Store) -> None:
    failed = result(1, "FAILED", output=None, error="E", cause="c")
    await save(store, run("a"), "{}", [result(0), failed])
    assert store.runs.result(run("a").arn, 1) == failed
    again = result(1, redrives=1, generation=1)
    await save(store, run("a"), None, [again])
    assert store.runs.result(run("a").arn, 1) == again
    assert store.runs.result(run("a").arn, 5) is None


async def test_a_run_that_is_over_goes_on_where_it_was(store: Store) -> None:
    saved: list[BaseException | None] = []
    arn = run("a").arn
    await save(store, run("a"), "{}", [result(0)])
    # Redriven before the end of it is on disk.
    store.runs.save(run("a", phase="over"), None, [result(1)], saved.append)
    store.runs.save(run("a"), None, [result(2)], saved.append)
    await save(store, run("a", phase="over"), None, [result(3)])
    await save(store, run("a", phase="over"), None, [result(4)])
    assert saved == [None, None]
    assert [getattr(store.runs.result(arn, index), "index", None) for index in range(6)] == [0, 1, 2, 3, 4, None]


async def test_what_is_forgotten_by_memory_is_found_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "KEPT", 1)
    store = SqliteStore(tmp_path)
    await store.open()
    revisions = [
        replace(revision(ONE), id=name, name=name, machine_arn=f"{HEAD}:stateMachine:{name}") for name in "abc"
    ]
    started = list(enumerate([*revisions, *revisions], 1))
    for key, each in started:
        await begin_and_end(store, each, f"e{key}", key)
    for key, each in started:
        record = store.record(execution_arn(each, f"e{key}"))
        assert record is not None and (record.machine_arn, record.name) == (each.machine_arn, f"e{key}")
        (loaded,) = store.load([key])
        assert loaded.revision == each
    await store.close()


def test_the_latest_stay_and_so_does_what_is_not_written_yet() -> None:
    latest: Latest[str, int] = Latest(2)
    latest.add("fresh", 0)
    for number, name in enumerate("abc", 1):
        assert latest.found(name, number) == number
    assert [latest.get(name) for name in ("fresh", "a", "b", "c")] == [0, None, 2, 3]
    latest.written("fresh")
    assert [latest.get(name) for name in ("fresh", "a", "b", "c")] == [0, None, None, 3]
    assert len(latest) == 2


async def test_runs_are_forgotten_with_their_parent(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    await store.open()
    await begin_and_end(store, revision(ONE), "e")
    await save(store, run("a", phase="over"), "{}", [result(0)])
    await save(store, run("b", execution_arn=PARENT + "2"), "{}", [result(0)])
    assert await store.purge(before=100.0) == 1
    assert store.runs.of(PARENT) == [] and store.runs.chunk(run("a").arn, 0) is None
    assert store.runs.chunk(run("b").arn, 0) is not None
    await store.close()


async def begin_and_end(store: Store, revision: Revision, name: str, key: int = 1) -> None:
    from treadle.asl.compile import compile
    from treadle.asl.parse import parse
    from treadle.engine.step import start

    facts = facts_of(revision, execution_arn(revision, name), 1.0, "{}")
    ended = start(compile(parse(revision.definition)), facts, 1.0)
    future: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    save = Save(key=key, execution=ended.execution, revision=revision, fresh=True, events=ended.history)
    store.save(save, future.set_result)
    assert await future is None


@pytest.mark.parametrize("version", range(1, schema.VERSION))
async def test_a_file_of_an_older_version_gets_what_it_lacks(tmp_path: Path, version: int) -> None:
    old = sqlite3.connect(tmp_path / FILE)
    old.executescript(schema.FIRST + "".join(schema.UPGRADES[each] for each in range(1, version)))
    old.execute(f"PRAGMA user_version = {version}")
    old.close()
    store = SqliteStore(tmp_path)
    await store.open()
    await save(store, run("a"), "{}")
    assert store.runs.unfinished() == [run("a").arn]
    await store.close()
    tables = "SELECT name, sql FROM sqlite_master ORDER BY name"
    new = sqlite3.connect(":memory:")
    new.executescript(schema.TABLES)
    assert sqlite3.connect(tmp_path / FILE).execute(tables).fetchall() == new.execute(tables).fetchall()
