"""The clock of a test and its agenda: what happens next is the earliest entry, and time jumps there.

Entries of the same instant happen in the order they were made; a shuffled stage picks among them by its seed, which
tries another interleaving of Parallel branches and Map iterations with every seed.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from treadle.testing.answers import hidden
from treadle.testing.restart import crash
from treadle.values import Instant

if TYPE_CHECKING:
    from treadle.testing.run import Run

__tracebackhide__ = hidden

# Answers whether it did anything: an entry that is out of date does not.
Action: TypeAlias = Callable[[], bool]


class Stage:
    """`steps` counts what has happened, beginning with the start of the first run; after one there may be a crash."""

    def __init__(self, at: Instant, seed: int, shuffle: bool = False, crash_after: int | None = None) -> None:
        self.now = at
        self.seed, self.shuffle, self.crash_after = seed, shuffle, crash_after
        self.steps = 0
        self.runs: list[Run] = []  # all executions that were begun here
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
        if done:
            self.count()
        else:
            # A timer that nobody waits for any more moves no clock.
            self.now = before
        return done

    def count(self) -> None:
        """Something has happened."""
        self.steps += 1
        if self.steps == self.crash_after:
            crash(self.runs)
