"""kill -9 in the middle of a map run: nothing that was finished is lost, and nothing that was finished runs again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from treadle.engine.maprun import child_index
from treadle.runtime.embedded.sqlite import SqliteStore
from treadle.runtime.maps.results import child_arn

ITEMS = 1500
DEADLINE = 60.0


def launch(directory: Path, kind: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "runtime.maprun_worker", str(directory), kind]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def worked(directory: Path) -> list[int]:
    file = directory / "worked"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


async def finished(directory: Path) -> set[int]:
    """The children whose end is on disk."""
    store = SqliteStore(directory / "store")
    await store.open()
    try:
        (arn,) = store.runs.unfinished()
        stored = store.runs.load(arn)
        assert stored is not None
        if stored.run.kind == "STANDARD":
            records = [store.record(child_arn(stored.run, index)) for index in range(ITEMS)]
            return {
                index for index, record in enumerate(records) if record is not None and record.status == "SUCCEEDED"
            }
        found: set[int] = set()
        number = 0
        while (chunk := store.runs.chunk(arn, number)) is not None:
            number = chunk.number
            indexes = [result.index for result in chunk.results]
            assert not found & set(indexes), "no child is counted twice"
            found |= set(indexes)
        assert stored.run.children.succeeded == len(found)
        assert child_index(arn, "none") is None
        return found
    finally:
        await store.close()


@pytest.mark.parametrize("kind", ["EXPRESS", "STANDARD"])
async def test_a_killed_map_run_goes_on_where_it_was(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "items.jsonl").write_text("".join(f'{{"n": {number}}}\n' for number in range(ITEMS)))
    for part in (4, 2):
        process = launch(tmp_path, kind)
        until(lambda part=part: len(set(worked(tmp_path))) > ITEMS // part)  # type: ignore[misc]
        process.kill()
        process.wait()
    done = await finished(tmp_path)
    assert len(done) > ITEMS // 8
    before = Counter(worked(tmp_path))
    process = launch(tmp_path, kind)
    output, _ = process.communicate(timeout=DEADLINE)
    assert json.loads(output.splitlines()[-1].removeprefix("ended ")) == ["SUCCEEDED", ITEMS, ITEMS, ITEMS]
    again = Counter(worked(tmp_path)) - before
    assert not done & set(again), "what was finished does not run again"
    assert set(worked(tmp_path)) == set(range(ITEMS)), "nothing is lost"
