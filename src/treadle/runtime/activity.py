"""Statistics of ended executions, derived from the store: each is read once, from the end of an index.

Nothing is counted while nobody asks. The first question after a start reads the last month, in slices; later ones read
what has ended since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from treadle.figures import Series
from treadle.runtime.clock import Clock
from treadle.runtime.store import Ended
from treadle.values import Instant

# Ends read at a time, and those of the last seconds that are counted anew for every question.
SLICE, FRESH = 20_000, 100_000
# An end is stamped before it is committed: within so many seconds another one may still appear before it.
SETTLING = 5.0


class Activity:
    """`ended` is Store.ended."""

    def __init__(self, ended: Callable[[Instant, int], Awaitable[list[Ended]]], clock: Clock) -> None:
        self._ended, self._clock = ended, clock
        self._settled = Series()
        self._until: Instant | None = None  # everything that ended before is counted
        self._reading: asyncio.Task[None] | None = None
        self._told = False  # somebody was answered before all was counted
        # Called when more is counted than such an answer said.
        self.listeners: list[Callable[[], None]] = []

    @property
    def complete_since(self) -> Instant | None:
        """While the first reading goes on: how far it came. None when all is counted."""
        return self._until if self._reading is not None else None

    async def read(self, patience: float = 1.0) -> tuple[Series, Sequence[Ended]]:
        """What is settled, and what has ended within the last seconds. Waits `patience` for the first reading."""
        now = self._clock.now()
        if self._until is None:
            self._until = now - Series.HOURS
        reading = self._reading = self._reading or asyncio.create_task(self._catch_up())
        done, _ = await asyncio.wait((reading,), timeout=patience)
        if done:
            if self._reading is reading:
                self._reading = None
                self._settled.forget(now)
            reading.result()
        else:
            self._told = True
        return self._settled, await self._ended(max(self._until, now - 10 * SETTLING), FRESH)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _catch_up(self) -> None:
        assert self._until is not None
        horizon = self._clock.now() - SETTLING
        more = True
        while more:
            some = await self._ended(self._until, SLICE)
            settled = [one for one in some if one.stopped < horizon]
            more = len(settled) == SLICE
            if more and settled[0].stopped < settled[-1].stopped:
                # Others may have ended in the very moment where the slice was cut.
                cut = settled[-1].stopped
                settled = [one for one in settled if one.stopped < cut]
            for one in settled:
                count(self._settled, one)
            if settled:
                self._until = settled[-1].stopped
            if self._told:
                self._told = more
                for listener in self.listeners:
                    listener()


def count(series: Series, one: Ended) -> None:
    series.add(one.machine_arn, one.stopped, one.status, one.stopped - one.started, error_of(one))


def error_of(one: Ended) -> str | None:
    """An execution that took too long has no error of its own."""
    return one.error or ("States.Timeout" if one.status == "TIMED_OUT" else None)
