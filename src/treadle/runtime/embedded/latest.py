"""What of a table stays in memory, so that a server that runs for months holds no more than one that began today."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Latest(Generic[K, V]):
    """The `limit` entries that came last. One that is not written yet stays as well: it can be found nowhere else."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: dict[K, V] = {}
        self._written: deque[K] = deque()  # the oldest first

    def get(self, key: K) -> V | None:
        return self._entries.get(key)

    def add(self, key: K, value: V) -> None:
        """Keep what is about to be written; `written` must follow."""
        self._entries[key] = value

    def written(self, key: K) -> None:
        """From now on it can be read again."""
        self._written.append(key)
        if len(self._written) > self._limit:
            del self._entries[self._written.popleft()]

    def found(self, key: K, value: V) -> V:
        """Keep what was read, unless it is here already."""
        if key not in self._entries:
            self._entries[key] = value
            self.written(key)
        return value

    def __len__(self) -> int:
        return len(self._entries)
