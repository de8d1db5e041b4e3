"""One heap of the deadlines that are near. The others stay on disk, where an index finds them in time."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from treadle.runtime.clock import Alarm, Clock
from treadle.runtime.store import Key, Store
from treadle.values import Instant

# Seconds for which the heap looks ahead.
NEAR = 60.0


class Timers:
    """The heap holds every stored deadline up to `_horizon` (None: all there are), and those that are only in memory.

    An entry is a hint: what is due in truth, the execution itself knows. `ring` is called when the first entry, or
    the next look at the index, is due.
    """

    def __init__(self, store: Store, clock: Clock, ring: Callable[[], object]) -> None:
        self._store, self._clock, self._ring = store, clock, ring
        self._heap: list[tuple[Instant, Key]] = []
        self._horizon: Instant | None = -1.0
        self._alarm: Alarm | None = None
        self._alarm_at: Instant | None = None

    def arm(self, due: Instant, key: Key, stored: bool = True) -> bool:
        """Remember a deadline; False when it is so far away that the index will bring it."""
        if stored and due > (near := self._clock.now() + NEAR):
            if self._horizon is None or self._horizon > near:
                # The long look ahead of a quiet time is over.
                self._horizon = near
                self.set()
            return False
        heapq.heappush(self._heap, (due, key))
        self.set()
        return True

    def expired(self, now: Instant, limit: int) -> list[Key]:
        """Up to `limit` executions whose entries are due, each once; looks at the index when it is time."""
        if self._horizon is not None and now >= self._horizon - NEAR / 2:
            self._look_ahead(self._horizon, now)
        keys: dict[Key, None] = {}
        while self._heap and self._heap[0][0] <= now and len(keys) < limit:
            keys[heapq.heappop(self._heap)[1]] = None
        return list(keys)

    def set(self) -> None:
        """Set the alarm for whatever comes first."""
        times = [] if self._horizon is None else [self._horizon - NEAR / 2]
        if self._heap:
            times.append(self._heap[0][0])
        if not times or (self._alarm_at is not None and self._alarm_at <= min(times)):
            return
        self.close()
        self._alarm_at = min(times)
        self._alarm = self._clock.alarm(self._alarm_at, self._wake)

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _wake(self) -> None:
        self._alarm = self._alarm_at = None
        self._ring()

    def _look_ahead(self, seen: Instant, now: Instant) -> None:
        # The horizon moves first: what is saved while we read arms itself, at worst twice.
        self._horizon = now + NEAR
        entries = self._store.due(seen, self._horizon)
        if not entries and not self._heap:
            entries = self._store.next_due(self._horizon)
            self._horizon = entries[0][0] if entries else None
        self._heap += entries
        heapq.heapify(self._heap)
