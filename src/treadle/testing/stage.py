"""The clock of a test and its agenda: what happens next is the earliest entry, and time jumps there.

Entries of the same instant happen in the order they were made; a shuffled stage picks among them by its seed, which
tries another interleaving of Parallel branches and Map iterations with every seed.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from treadle.values import Instant

# Answers whether it did anything: an entry that is out of date does not.
Action: TypeAlias = Callable[[], bool]


class Stage:
    def __init__(self, at: Instant, seed: int, shuffle: bool = False) -> None:
        self.now = at
        self.shuffle = shuffle
        self.luck = Random(seed)
        self._order = itertools.count()
        self._agenda: list[tuple[Instant, int, Action]] = []

    def plan(self, at: Instant, action: Action) -> None:
        heapq.heappush(self._agenda, (max(at, self.now), next(self._order), action))

    @property
    def next_at(self) -> Instant | None:
        """When the next entry is due."""
        return self._agenda[0][0] if self._agenda else None

    def act(self) -> bool:
        """Let the next entry happen, at its time. False when it was out of date."""
        at, order, action = heapq.heappop(self._agenda)
        if self.shuffle:
            rivals = [(at, order, action)]
            while self._agenda and self._agenda[0][0] == at:
                rivals.append(heapq.heappop(self._agenda))
            chosen = self.luck.randrange(len(rivals))
            at, order, action = rivals.pop(chosen)
            for rival in rivals:
                heapq.heappush(self._agenda, rival)
        before = self.now
        self.now = max(self.now, at)
        done = action()
        if not done:
            # A timer that nobody waits for any more moves no clock.
            self.now = before
        return done
