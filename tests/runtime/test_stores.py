"""One contract for every store: what was saved is found again, whole, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from treadle.engine.execution import (
    Ended,
    Execution,
    Facts,
    Failure,
    Finished,
    Frame,
    Joining,
    Ready,
    Sleeping,
    Status,
    Working,
)
from treadle.engine.history import HistoryEvent
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.memory import MemoryStore
from treadle.runtime.service import execution_arn, facts_of
from treadle.runtime.store import Query, Save, Store
from treadle.values import Payload
from treadle.values import number as double

from .world import ONE, revision

REVISION = revision(ONE)
LONG = Payload(text='"' + "long " * 2000 + '"')


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Callable[[], Any]]:
    """Opens the same file again, as a restarted process does."""
    opened: list[SqliteStore] = []

    async def reopen() -> SqliteStore:
        if opened:
            await opened.pop().close()
        opened.append(SqliteStore(tmp_path))
        await opened[0].open()
        return opened[0]

    yield reopen
    await opened[0].close()


def facts(name: str, rev: Any = REVISION, at: float = 1000.0, text: str = '{"a": 1}') -> Facts:
    return facts_of(rev, execution_arn(rev, name), at, text)


def waiting(name: str, until: float = 5000.0, **fields: Any) -> Execution:
    known = facts(name, **fields)
    return Execution(known, {0: Frame(0, "", "W", known.input, Sleeping(until, "leave"))}, events=2)


def event(id: int) -> HistoryEvent:
    return HistoryEvent(id, id - 1, 1000.0 + id, "WaitStateEntered", {"name": "W", "input": Payload(text="{}")})


async def save(store: Store, **fields: Any) -> None:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    fields.setdefault("revision", REVISION)
    fields.setdefault("touched", set(fields["execution"].frames))

    def finish(error: BaseException | None) -> None:
        done.set_result(None) if error is None else done.set_exception(error)

    store.save(Save(**fields), finish)
    await done


async def begin(store: Store, execution: Execution, **fields: Any) -> int:
    key = store.next_key()
    await save(store, key=key, execution=execution, fresh=True, **fields)
    return key


async def test_what_was_saved_comes_back_equal(store: Store) -> None:
    execution = waiting("one")
    key = await begin(store, execution, next_due=5000.0, busy=True, trace_header="Root=1")
    (loaded,) = store.load([key])
    assert loaded.execution == execution
    assert loaded.revision == REVISION
    assert (loaded.next_due, loaded.busy, loaded.trace_header) == (5000.0, True, "Root=1")


async def test_every_kind_of_frame_survives(store: Store) -> None:
    known = facts("forked")
    root = Frame(
        0, "", "Each", known.input, Joining(3, None, (LONG, Payload({"n": 1}), Payload([])), ("x", "y", "z"), 2),
        variables={"big": 10**30, "wide": double(1e12), "text": "é"}, attempts=(1, 0), entered_at=7.5, entered=3,
        last=4,
    )  # fmt: skip
    working = Working(
        5, Payload({"q": 1}), "submitted", 10.0, 5.0, 20.0, 15.0, "token", {"RoleArn": "arn:r"}, Payload({"id": "j"})
    )
    frames = [
        root,
        Frame(1, "/f", "T", known.input, working, 0, 0, Payload(1), "x"),
        Frame(2, "/f", "T", LONG, Finished(LONG), 0, 1),
        Frame(3, "/f", "T", LONG, Ended(Failure("E", "C", "A"), Joining(1, LONG)), 0, 2),
        Frame(4, "/f", "T", LONG, Ready(again=True), 3, 0),
    ]
    execution = Execution(known, {frame.id: frame for frame in frames}, serial=9, events=4, deadline=99.5)
    key = await begin(store, execution)
    (loaded,) = store.load([key])
    assert loaded.execution == execution
    assert list(loaded.execution.frames) == [0, 1, 2, 3, 4]


async def test_only_touched_frames_are_written_and_dropped_ones_go(store: Store) -> None:
    execution = waiting("forked")
    frames = {0: execution.frames[0]} | {id: Frame(id, "/f", "S", Payload(id), parent=0) for id in (1, 2, 3)}
    key = await begin(store, replace(execution, frames=frames, serial=3))
    moved = replace(frames[2], state="Next")
    later = replace(execution, frames={0: frames[0], 1: frames[1], 2: moved}, serial=3, events=9)
    await save(store, key=key, execution=later, touched={2}, dropped={3})
    assert store.load([key])[0].execution == later


async def test_many_saves_at_once_are_kept_apart(store: Store) -> None:
    executions = [waiting(f"e{number}", text=str(number)) for number in range(150)]
    keys = await asyncio.gather(*(begin(store, execution) for execution in executions))
    later = [replace(execution, events=10 + number) for number, execution in enumerate(executions)]
    await asyncio.gather(
        *(save(store, key=key, execution=each, next_due=7.0) for key, each in zip(keys, later, strict=True))
    )
    loaded = {one.key: one for one in store.load(keys)}
    assert [loaded[key].execution for key in keys] == later
    assert {one.next_due for one in loaded.values()} == {7.0}


async def test_a_root_may_grow_large_and_small_again(store: Store) -> None:
    execution = waiting("large")
    key = await begin(store, execution)
    for input in (LONG, Payload(1), LONG, Payload(2)):
        execution = replace(execution, frames={0: replace(execution.frames[0], input=input)})
        await save(store, key=key, execution=execution)
        assert store.load([key])[0].execution == execution
        execution = replace(execution, events=execution.events + 1)
        await save(store, key=key, execution=execution, touched=set())
        assert store.load([key])[0].execution == execution


async def test_what_has_succeeded_keeps_its_record_only(store: Store) -> None:
    execution = waiting("done")
    frames = {0: execution.frames[0], 1: Frame(1, "/f", "S", LONG, parent=0)}
    key = await begin(store, replace(execution, frames=frames, serial=1), next_due=5000.0, busy=True)
    done = replace(execution, status="SUCCEEDED", output=LONG, stopped_at=1010.0, frames={}, events=5)
    await save(store, key=key, execution=done, dropped={1})
    record = store.record(execution.facts.arn)
    assert record is not None
    assert (record.status, record.output, record.stopped_at) == ("SUCCEEDED", LONG.text, 1010.0)
    assert (record.input, record.events, record.name, record.revision) == ('{"a": 1}', 5, "done", REVISION.id)
    assert store.busy() == [] and store.due(0.0, 9999.0) == []


async def test_what_has_failed_can_be_brought_back_for_a_redrive(store: Store) -> None:
    execution = waiting("failed")
    key = await begin(store, execution)
    ended = replace(execution.frames[0], pending=Ended(Failure("E", "why")))
    failed = replace(
        execution, status="FAILED", failure=Failure("E", "why"), stopped_at=1010.0, frames={0: ended}, redrives=1,
        redriven_at=1005.0,
    )  # fmt: skip
    await save(store, key=key, execution=failed)
    assert store.load([key])[0].execution == failed
    record = store.record(execution.facts.arn)
    assert record is not None
    assert (record.error, record.cause, record.redrives, record.redriven_at) == ("E", "why", 1, 1005.0)


async def test_a_large_input_is_found_by_everybody(store: Store) -> None:
    execution = waiting("large", text=LONG.text)
    key = await begin(store, execution)
    record = store.record(execution.facts.arn)
    assert record is not None and record.input == LONG.text
    (loaded,) = store.load([key])
    assert loaded.execution == execution
    assert loaded.execution.frames[0].input is loaded.execution.facts.input  # stored once


async def test_an_unknown_execution_is_nobody(store: Store) -> None:
    assert store.find("arn:aws:states:us-east-1:000000000000:execution:m:nobody") is None
    assert store.record("arn:aws:states:us-east-1:000000000000:execution:m:nobody") is None
    assert store.load([77]) == []
    assert store.records(Query(machine_arn="arn:nobody")).records == []


async def test_history_comes_in_chunks_and_in_order(store: Store) -> None:
    execution = waiting("told")
    key = await begin(store, execution, events=[event(1), event(2)])
    await save(store, key=key, execution=execution, events=[event(3)])
    await save(store, key=key, execution=execution, events=[event(id) for id in range(4, 60)])
    chunks = store.history(key, 1, 1000)
    assert [(chunk.first, chunk.last) for chunk in chunks] == [(1, 2), (3, 3), (4, 59)]
    told = orjson.loads(b"[" + b",".join(chunk.body for chunk in chunks) + b"]")
    assert [entry["id"] for entry in told] == list(range(1, 60))
    assert told[0]["stateEnteredEventDetails"] == {"name": "W", "input": "{}"}
    assert [chunk.first for chunk in store.history(key, 2, 3)] == [1, 3]
    assert [chunk.first for chunk in store.history(key, 10, 12)] == [4]


async def test_deadlines_are_found_by_time(store: Store) -> None:
    dues = enumerate((0.0, 10.0, 20.0, 20.0, 30.0))
    keys = [await begin(store, waiting(f"w{number}"), next_due=due) for number, due in dues]
    assert sorted(store.due(-1.0, 20.0)) == [(0.0, keys[0]), (10.0, keys[1]), (20.0, keys[2]), (20.0, keys[3])]
    assert store.due(20.0, 25.0) == []
    assert sorted(store.next_due(10.0)) == [(20.0, keys[2]), (20.0, keys[3])]
    assert store.next_due(30.0) == []


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_lists_are_newest_first_and_pages_fit_together(store: Store, limit: int) -> None:
    statuses: list[Status] = ["RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "SUCCEEDED", "RUNNING"]
    for number, status in enumerate(statuses):
        execution = replace(waiting(f"e{number}", at=1000.0 + number), status=status, redrives=number % 2)
        await begin(store, execution, events=[event(1)])
    await begin(store, waiting("stranger", rev=revision(ONE, "other")), revision=revision(ONE, "other"))

    def names(**filters: Any) -> list[str]:
        found: list[str] = []
        query: Query | None = Query(machine_arn=REVISION.machine_arn, limit=limit, **filters)
        while query is not None:
            page = store.records(query)
            assert len(page.records) <= limit
            found += [record.name for record in page.records]
            query = None if page.next is None else replace(query, before=page.next)
        return found

    assert names() == ["e6", "e5", "e4", "e3", "e2", "e1", "e0"]
    assert names(status="SUCCEEDED") == ["e5", "e1"]
    assert names(redriven=True) == ["e5", "e3", "e1"]
    assert names(redriven=False, status="RUNNING") == ["e6", "e0"]
    assert store.count(REVISION.machine_arn, "RUNNING") == 2


async def test_versions_aliases_and_map_runs_have_lists_of_their_own(store: Store) -> None:
    origins = [
        {"version_arn": "arn:version"},
        {"version_arn": "arn:version", "alias_arn": "arn:alias"},
        {"map_run_arn": "arn:run"},
    ]
    for number, origin in enumerate(origins):
        rev = revision(ONE, **origin)
        await begin(store, waiting(f"e{number}", rev=rev), revision=rev)
    assert [r.name for r in store.records(Query(version_arn="arn:version")).records] == ["e1", "e0"]
    assert [r.name for r in store.records(Query(alias_arn="arn:alias")).records] == ["e1"]
    (child,) = store.records(Query(map_run_arn="arn:run", status="RUNNING")).records
    assert (child.name, child.map_run_arn, child.version_arn) == ("e2", "arn:run", None)


async def test_revisions_are_kept_for_those_who_run_them(store: Store) -> None:
    await begin(store, waiting("one"))
    assert store.revision(REVISION.id) == REVISION
    assert store.revision("unknown") is None


async def test_a_name_may_be_taken_over(store: Store) -> None:
    old = await begin(store, replace(waiting("same"), status="SUCCEEDED", stopped_at=1.0), events=[event(1)])
    new = await begin(store, waiting("same", at=2000.0), replaces=old, events=[event(1)])
    assert store.find(execution_arn(REVISION, "same")) == new
    assert store.history(old, 1, 10) == []


async def test_purging_forgets_what_ended_long_ago(store: Store) -> None:
    old = await begin(store, replace(waiting("old"), status="SUCCEEDED", stopped_at=1500.0), events=[event(1)])
    await begin(store, replace(waiting("young"), status="SUCCEEDED", stopped_at=2500.0))
    await begin(store, waiting("running"))
    assert await store.purge(2000.0) == 1
    assert await store.purge(2000.0) == 0
    assert store.find(execution_arn(REVISION, "old")) is None and store.history(old, 1, 10) == []
    assert len(store.records(Query(machine_arn=REVISION.machine_arn)).records) == 2


async def test_documents_are_kept_by_kind_and_key(store: Store) -> None:
    await store.put("machine", "a", b"1")
    await store.put("machine", "a", b"2")
    await store.put("machine", "b", b"3")
    await store.put("alias", "a", b"4")
    await store.delete("machine", "b")
    await store.delete("machine", "never there")
    assert store.documents("machine") == {"a": b"2"}
    assert store.documents("alias") == {"a": b"4"}
    assert store.documents("tag") == {}


async def test_everything_is_there_after_a_restart(sqlite: Any) -> None:
    store = await sqlite()
    execution = waiting("one", text=LONG.text)
    key = await begin(store, execution, next_due=5000.0, events=[event(1)])
    await store.put("machine", "a", b"1")
    store = await sqlite()
    assert store.find(execution.facts.arn) == key
    assert store.load([key])[0].execution == execution
    assert store.revision(REVISION.id) == REVISION
    assert len(store.history(key, 1, 9)) == 1
    assert store.documents("machine") == {"a": b"1"}
    assert store.next_key() > key
    await begin(store, waiting("two"))
    assert [record.name for record in store.records(Query(machine_arn=REVISION.machine_arn)).records] == ["two", "one"]


async def test_what_cannot_be_written_fails_alone(sqlite: Any) -> None:
    store = await sqlite()
    await begin(store, waiting("taken"))
    saves = [begin(store, waiting(name)) for name in ("before", "taken", "after")]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes][::2] == [int, int]
    assert "UNIQUE" in str(outcomes[1])
    assert store.find(execution_arn(REVISION, "after")) is not None


async def test_a_directory_belongs_to_one_process(sqlite: Any, tmp_path: Path) -> None:
    await sqlite()
    with pytest.raises(OSError, match="another treadle is using"):
        await SqliteStore(tmp_path).open()
