"""What of a table stays in memory, so that a server that runs for months holds no more than one that began today."""

from __future__ import annotations

from collections import deque
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Latest(dict[K, V]):
    """The `limit` entries that came last. One that is not written yet stays as well: it can be found nowhere else."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._written: deque[K] = deque()  # the oldest first

    def add(self, key: K, value: V) -> None:
        """Keep what is about to be written; `written` must follow."""
        self[key] = value

    def written(self, key: K) -> None:
        """From now on it can be read again."""
        self._written.append(key)
        if len(self._written) > self._limit:
            del self[self._written.popleft()]

    def found(self, key: K, value: V) -> V:
        """Keep what was read, unless it is here already."""
        if key not in self:
            self[key] = value
            self.written(key)
        return value
