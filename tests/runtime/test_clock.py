"""Virtual time: it stands still until somebody moves it, or until nothing else can happen."""

from __future__ import annotations

import asyncio

import pytest

from treadle.runtime.clock import SystemClock, VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.timers import NEAR, Timers


async def test_alarms_ring_in_order_each_at_its_own_instant() -> None:
    clock, rung = VirtualClock(100.0), list[tuple[str, float]]()

    def ring(name: str) -> None:
        rung.append((name, clock.now()))
        clock.rest(lambda: True)

    clock.alarm(103.0, lambda: ring("b"))
    clock.alarm(102.0, lambda: ring("a"))
    clock.alarm(102.5, lambda: ring("never")).cancel()
    clock.alarm(110.0, lambda: ring("later"))
    await clock.advance(5)
    assert rung == [("a", 102.0), ("b", 103.0)]
    assert clock.now() == 105.0


async def test_autojump_leaps_only_when_all_is_idle() -> None:
    clock, rung, busy = VirtualClock(0.0, autojump=True), asyncio.Event(), True
    clock.alarm(1000.0, rung.set)
    clock.rest(lambda: not busy)
    for _ in range(20):
        await asyncio.sleep(0)
    assert clock.now() == 0.0
    busy = False
    clock.rest(lambda: not busy)
    await asyncio.wait_for(rung.wait(), 5)
    assert clock.now() == 1000.0


def test_the_system_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([100.0, 101.0, 50.0, 100.5, 102.0])
    monkeypatch.setattr("time.time", lambda: next(readings))
    clock = SystemClock()
    assert [clock.now() for _ in range(5)] == [100.0, 101.0, 101.0, 101.0, 102.0]


class Index(MemoryStore):
    """A store that knows deadlines only."""

    def __init__(self, *entries: tuple[float, int]) -> None:
        super().__init__()
        self.entries = list(entries)

    def due(self, after: float, until: float) -> list[tuple[float, int]]:
        return [entry for entry in self.entries if after < entry[0] <= until]

    def next_due(self, after: float) -> list[tuple[float, int]]:
        later = [entry for entry in self.entries if entry[0] > after]
        return [entry for entry in later if entry[0] == min(later)[0]]


async def test_only_near_deadlines_are_in_memory() -> None:
    clock = VirtualClock(0.0)
    timers = Timers(Index((10.0, 1), (NEAR * 10, 2)), clock, lambda: None)
    assert timers.expired(0.0, 100) == []
    assert timers.arm(20.0, 3) and not timers.arm(NEAR * 20, 4)
    assert timers.expired(20.0, 100) == [1, 3]


async def test_a_far_deadline_is_found_in_the_index_when_its_time_comes() -> None:
    clock, found = VirtualClock(0.0), list[int]()

    def ring() -> None:
        found.extend(timers.expired(clock.now(), 100))
        timers.set()
        clock.rest(lambda: True)

    store = Index((NEAR * 100, 1), (NEAR * 100, 2), (NEAR * 100 + 1, 3))
    timers = Timers(store, clock, ring)
    ring()
    await clock.advance(NEAR * 100 - 1)
    assert found == []
    await clock.advance(1)
    assert sorted(found) == [1, 2]
    await clock.advance(1)
    assert sorted(found) == [1, 2, 3]


async def test_what_is_saved_far_ahead_in_a_quiet_time_is_not_forgotten() -> None:
    clock, found = VirtualClock(0.0), list[int]()

    def ring() -> None:
        found.extend(timers.expired(clock.now(), 100))
        timers.set()
        clock.rest(lambda: True)

    store = Index()
    timers = Timers(store, clock, ring)
    ring()
    store.entries.append((NEAR * 5, 1))
    assert not timers.arm(NEAR * 5, 1)
    await clock.advance(NEAR * 5)
    assert found == [1]


async def test_entries_that_are_due_together_come_in_batches() -> None:
    timers = Timers(Index(*((1.0, key) for key in range(10))), VirtualClock(0.0), lambda: None)
    assert [len(timers.expired(2.0, 4)) for _ in range(4)] == [4, 4, 2, 0]
