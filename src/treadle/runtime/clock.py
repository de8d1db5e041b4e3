"""Where time comes from. The engine never asks; the pump reads a clock once per event and once per batch of timers."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

from treadle.values import Instant


class Alarm(Protocol):
    def cancel(self) -> object: ...


class Clock(Protocol):
    def now(self) -> Instant:
        """Seconds since the epoch; never less than before."""

    def alarm(self, at: Instant, call: Callable[[], object]) -> Alarm:
        """Call once `at` has come, from the running event loop."""

    def rest(self, idle: Callable[[], bool]) -> None:
        """The pump has nothing to do. `idle` tells whether that is still so."""


class SystemClock:
    """The wall clock, held still while somebody sets it back."""

    def __init__(self) -> None:
        self._latest = 0.0

    def now(self) -> Instant:
        now = time.time()
        if now > self._latest:
            self._latest = now
        return self._latest

    def alarm(self, at: Instant, call: Callable[[], object]) -> Alarm:
        return asyncio.get_running_loop().call_later(max(0.0, at - self.now()), call)

    def rest(self, idle: Callable[[], bool]) -> None:
        pass


class VirtualAlarm:
    __slots__ = ("at", "call")

    def __init__(self, at: Instant, call: Callable[[], object]) -> None:
        self.at = at
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class VirtualClock:
    """Time that stands still until it is advanced. With `autojump` it leaps to the next alarm whenever all is idle.

    The idea, and the name, are trio's (trio.testing.MockClock): a Wait of a year takes no time in a test.
    """

    # Turns of the event loop that others get before a jump, so that a caller who was just answered may act first.
    PATIENCE = 5

    def __init__(self, start: Instant = 1_700_000_000.0, autojump: bool = False) -> None:
        self.autojump = autojump
        self._now = start
        self._order = itertools.count()
        self._alarms: list[tuple[Instant, int, VirtualAlarm]] = []
        self._rested = asyncio.Event()
        self._jumping = False

    def now(self) -> Instant:
        return self._now

    def alarm(self, at: Instant, call: Callable[[], object]) -> Alarm:
        alarm = VirtualAlarm(at, call)
        heapq.heappush(self._alarms, (at, next(self._order), alarm))
        return alarm

    def rest(self, idle: Callable[[], bool]) -> None:
        self._rested.set()
        if self.autojump and not self._jumping:
            self._jumping = True
            asyncio.get_running_loop().call_soon(self._consider, idle, self.PATIENCE)

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: every alarm on the way rings at its own instant and is dealt with before the next."""
        target = self._now + seconds
        while (alarm := self._next()) is not None and alarm.at <= target:
            self._rested.clear()
            self._ring(alarm)
            await self._rested.wait()
        self._now = max(self._now, target)

    def _consider(self, idle: Callable[[], bool], patience: int) -> None:
        if not idle():
            self._jumping = False
        elif patience > 0:
            asyncio.get_running_loop().call_soon(self._consider, idle, patience - 1)
        else:
            self._jumping = False
            alarm = self._next()
            if alarm is not None:
                self._ring(alarm)

    def _next(self) -> VirtualAlarm | None:
        while self._alarms and self._alarms[0][2].call is None:
            heapq.heappop(self._alarms)
        return self._alarms[0][2] if self._alarms else None

    def _ring(self, alarm: VirtualAlarm) -> None:
        call, alarm.call = alarm.call, None
        self._now = max(self._now, alarm.at)
        if call is not None:
            call()
