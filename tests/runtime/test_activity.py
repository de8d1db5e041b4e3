"""Statistics: every end is counted once, whatever was asked before; percentiles are right within a class."""

from __future__ import annotations

import asyncio
import random

import pytest

from treadle.engine.execution import Status
from treadle.figures import Cell, Series, merged
from treadle.runtime import activity
from treadle.runtime.activity import Activity
from treadle.runtime.store import Ended

DAY = 86_400.0
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m"


class World:
    """A store of ends, and a clock."""

    def __init__(self) -> None:
        self.at, self.ends, self.read = 100 * DAY, list[Ended](), 0

    def now(self) -> float:
        return self.at

    def end(self, ago: float, status: Status = "SUCCEEDED", lasted: float = 1.0, error: str | None = None) -> None:
        self.ends.append(Ended(MACHINE, status, self.at - ago - lasted, self.at - ago, error))

    async def ended(self, since: float, limit: int) -> list[Ended]:
        found = sorted((one for one in self.ends if one.stopped > since), key=lambda one: one.stopped)[:limit]
        self.read += len(found)
        return found


async def total(asked: Activity) -> Cell:
    series, fresh = await asked.read()
    whole = Series()
    for one in fresh:
        activity.count(whole, one)
    cells = [
        series.read(99 * DAY, 101 * DAY, 3600, lambda key: True),
        whole.read(99 * DAY, 101 * DAY, 60, lambda key: True),
    ]
    return merged(cell for buckets in cells for bucket in buckets for cell in bucket.values())


async def test_each_end_counts_once_however_often_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "SLICE", 7)
    world = World()
    for number in range(40):
        world.end(ago=3600 - 60 * number)
    world.end(ago=1, status="FAILED", error="Orders.Lost")
    asked = Activity(world.ended, world)  # type: ignore[arg-type]
    for _ in range(3):
        cell = await total(asked)
        assert cell.outcomes == {"SUCCEEDED": 40, "FAILED": 1}
        world.at += 10
    # One that was stamped a moment before others were read, and committed after.
    world.end(ago=2)
    assert (await total(asked)).outcomes == {"SUCCEEDED": 41, "FAILED": 1}
    assert cell.errors == {"Orders.Lost": 1}


async def test_what_was_counted_is_not_read_again() -> None:
    world = World()
    for number in range(1000):
        world.end(ago=3600 - number)
    asked = Activity(world.ended, world)  # type: ignore[arg-type]
    await total(asked)
    world.read = 0
    await total(asked)
    assert world.read == 0


async def test_a_machine_without_a_month_of_history_is_no_problem() -> None:
    assert (await total(Activity(World().ended, World()))).outcomes == {}  # type: ignore[arg-type]


def test_percentiles_are_right_within_a_class() -> None:
    luck = random.Random(7)
    lasted = [luck.lognormvariate(0, 2) for _ in range(5000)]
    cell = Cell()
    for seconds in lasted:
        cell.add("SUCCEEDED", seconds)
    for share in (0.5, 0.95, 0.99):
        exact = sorted(lasted)[int(share * 5000) - 1]
        assert cell.percentile(share) == pytest.approx(exact, rel=0.05)
    assert Cell().percentile(0.5) is None


def test_a_series_forgets() -> None:
    series = Series()
    series.add("k", 10 * DAY, "SUCCEEDED")
    series.forget(60 * DAY)
    assert series.read(0, 60 * DAY, DAY, lambda key: True) == [{}] * 60


def test_errors_of_a_cell_are_bounded() -> None:
    cell = Cell()
    for number in range(1000):
        cell.add("FAILED", error=f"E{number}")
    assert len(cell.errors) == 51
    assert cell.errors.total() == 1000


async def test_who_was_answered_early_hears_when_all_is_counted() -> None:
    world, heard, gate = World(), list[float](), asyncio.Event()
    world.end(ago=3600)

    async def slowly(since: float, limit: int) -> list[Ended]:
        if limit == activity.SLICE:
            await gate.wait()
        return await world.ended(since, limit)

    asked = Activity(slowly, world)  # type: ignore[arg-type]
    asked.listeners.append(lambda: heard.append(world.at))
    await asked.read(patience=0)
    assert asked.complete_since is not None
    assert not heard
    gate.set()
    assert (await total(asked)).outcomes == {"SUCCEEDED": 1}
    assert heard == [world.at]
    # Whoever asks now is told all at once, and nobody is called: pages that ask when called would ask for ever.
    await total(asked)
    assert len(heard) == 1
    assert asked.complete_since is None
