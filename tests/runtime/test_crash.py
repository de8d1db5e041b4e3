"""Kill a loaded server again and again: what it answered is there, and every history is whole.

TREADLE_CRASHES=50 makes it a longer test.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.pages import forward
from treadle.runtime.store import Query
from treadle.values import Json

from .crash_worker import ITEMS, MACHINES
from .world import HEAD

CRASHES = int(os.environ.get("TREADLE_CRASHES", "6"))
# How many starts a server answers at least before it is killed.
ANSWERS = 20
# Machine -> how often each state is entered and left in a history that is whole.
VISITS = {
    "chain": {f"S{number}": 1 for number in range(5)},
    "wait": {"A": 1, "W": 1, "B": 1},
    "tasks": {"T0": 1, "T1": 1, "T2": 1},
    "map": {"Each": 1, "T": ITEMS, "P": ITEMS},
    "sleepers": {"Each": 1, "W": ITEMS, "P": ITEMS},
    "job": {"J": 1},
    "lose": {"L": 1, "P": 1},
    "activity": {"A": 1},
    "token": {"M": 1},
}
ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}


def spawn(directory: Path, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "runtime.crash_worker", str(directory), mode]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=(directory / "errors").open("a"), text=True
    )


def notes(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def until_busy(process: subprocess.Popen[str], directory: Path) -> None:
    """Wait until it has answered a few starts: how long that takes says how busy this machine is, and nothing more."""
    enough, deadline = count(directory / "answers") + ANSWERS, time.monotonic() + 60
    while count(directory / "answers") < enough:
        assert process.poll() is None, (directory / "errors").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is left after many crashes and one quiet end."""
    directory, luck = tmp_path_factory.mktemp("crash"), random.Random()
    for _ in range(CRASHES):
        process = spawn(directory, "load")
        try:
            until_busy(process, directory)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(luck.uniform(0.0, 1.5))
        finally:
            process.kill()
            process.wait()
    process = spawn(directory, "drain")
    said, _ = process.communicate(timeout=30 + CRASHES)
    assert said == "drained\n", (directory / "errors").read_text()
    return directory


@pytest.fixture
async def store(directory: Path) -> Any:
    store = SqliteStore(directory / "data")
    await store.open()
    yield store
    await store.close()


def everything(store: SqliteStore) -> Iterator[tuple[str, Any, list[Json]]]:
    """(machine, record, history) of all executions."""
    for name in MACHINES:
        query: Query | None = Query(machine_arn=f"{HEAD}:stateMachine:{name}", limit=1000)
        while query is not None:
            page = store.records(query)
            for record in page.records:
                key = store.find(record.arn)
                assert key is not None
                yield name, record, json.loads(b"[" + forward(store, key, 0, 100_000).body + b"]")
            query = None if page.next is None else Query(machine_arn=query.machine_arn, limit=1000, before=page.next)


def test_nothing_went_wrong_that_would_be_logged(directory: Path) -> None:
    assert (directory / "errors").read_text() == ""


def test_every_answered_start_exists(directory: Path, store: SqliteStore) -> None:
    answered = [arn for (arn,) in notes(directory / "answers")]
    assert len(answered) >= ANSWERS * CRASHES
    assert [arn for arn in answered if store.find(arn) is None] == []


def test_every_history_is_whole(store: SqliteStore) -> None:
    for machine, record, history in everything(store):
        assert record.status == "SUCCEEDED", history
        assert [event["id"] for event in history] == list(range(1, record.events + 1))
        assert [event["type"] for event in history if event["type"] in ENDS] == ["ExecutionSucceeded"]
        assert history[-1]["type"] == "ExecutionSucceeded"
        for verb, details in (("Entered", "stateEnteredEventDetails"), ("Exited", "stateExitedEventDetails")):
            visits = Counter(event[details]["name"] for event in history if event["type"].endswith(f"State{verb}"))
            assert visits == VISITS[machine], history
        assert sorted(event["timestamp"] for event in history) == [event["timestamp"] for event in history]


def test_no_result_without_a_call_and_no_call_without_its_commit(directory: Path, store: SqliteStore) -> None:
    called: dict[str, set[str]] = {}
    for arn, _, task in notes(directory / "calls"):
        called.setdefault(arn, set()).add(task)
    for _, record, history in everything(store):
        scheduled = sum(event["type"] == "TaskScheduled" for event in history)
        assert len(called.get(record.arn, ())) <= scheduled
        for event in history:
            if event["type"] == "TaskSucceeded" and "task" in (output := event["taskSucceededEventDetails"]["output"]):
                assert json.loads(output)["task"] in called[record.arn]
        called.pop(record.arn, None)
    assert called == {}


def test_what_may_not_be_repeated_was_not(directory: Path, store: SqliteStore) -> None:
    calls = Counter(task for arn, _, task in notes(directory / "calls") if ":lose:" in arn)
    assert calls and set(calls.values()) == {1}
    for machine, _, history in everything(store):
        if machine == "lose":
            ends = [event["type"] for event in history if event["type"] in ("TaskSucceeded", "TaskFailed")]
            assert len(ends) == 1
