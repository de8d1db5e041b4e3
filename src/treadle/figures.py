"""Counting what happens: outcomes, durations and errors per span of time, in memory that does not grow with the load.

Durations go into classes that are 7 % apart, so a percentile is at most 3.5 % off.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

RATIO = 1.07
_LOG = math.log(RATIO)
# Different errors that one cell counts by name; further ones share one.
ERRORS = 50
OTHER = "(others)"

Seconds: TypeAlias = float
Spread: TypeAlias = Counter[int]


class Cell:
    """What happened in one span of time."""

    __slots__ = ("durations", "errors", "outcomes")

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.durations: Spread = Counter()
        self.errors: Counter[str] = Counter()

    def add(self, outcome: str, seconds: Seconds | None = None, error: str | None = None) -> None:
        self.outcomes[outcome] += 1
        if seconds is not None:
            self.durations[_class(seconds)] += 1
        if error:
            self.errors[error if error in self.errors or len(self.errors) < ERRORS else OTHER] += 1

    def merge(self, other: Cell) -> None:
        self.outcomes.update(other.outcomes)
        self.durations.update(other.durations)
        self.errors.update(other.errors)

    def percentile(self, share: float) -> Seconds | None:
        """The duration that `share` of all do not exceed, None where there are none."""
        total = self.durations.total()
        if not total:
            return None
        rank = math.ceil(share * total)
        for number in sorted(self.durations):
            rank -= self.durations[number]
            if rank <= 0:
                return float(RATIO**number)
        raise AssertionError("the classes add up to the total")


class Row(NamedTuple):
    """A cell as it is written down: of the tier with slots of `width` seconds."""

    width: float
    slot: int
    key: str
    outcomes: dict[str, int]
    durations: dict[int, int]
    errors: dict[str, int]


class Series:
    """Cells of many keys, by the minute for a day and by the hour for a month."""

    MINUTES = 25 * 3600.0
    HOURS = 31 * 86_400.0

    def __init__(self) -> None:
        self._tiers: tuple[tuple[float, float, dict[int, dict[str, Cell]]], ...] = (
            (60.0, self.MINUTES, {}),
            (3600.0, self.HOURS, {}),
        )

    def add(
        self, key: str, at: Seconds, outcome: str, seconds: Seconds | None = None, error: str | None = None
    ) -> None:
        for width, _, slots in self._tiers:
            cells = slots.setdefault(int(at // width), {})
            cell = cells.get(key)
            if cell is None:
                cell = cells[key] = Cell()
            cell.add(outcome, seconds, error)

    def forget(self, now: Seconds) -> None:
        """Drop what is older than its tier keeps."""
        for width, kept, slots in self._tiers:
            horizon = int((now - kept) // width)
            for slot in [slot for slot in slots if slot < horizon]:
                del slots[slot]

    def rows(self) -> Iterator[Row]:
        """All cells, to be restored later."""
        for width, _, slots in self._tiers:
            for slot, cells in slots.items():
                for key, cell in cells.items():
                    yield Row(width, slot, key, dict(cell.outcomes), dict(cell.durations), dict(cell.errors))

    def restore(self, rows: Iterable[Row]) -> None:
        """Add cells that were written down. Those of tiers that are no more are left out."""
        tiers = {width: slots for width, _, slots in self._tiers}
        for row in rows:
            if row.width in tiers:
                cell = Cell()
                cell.outcomes.update(row.outcomes)
                cell.durations.update(row.durations)
                cell.errors.update(row.errors)
                tiers[row.width].setdefault(row.slot, {}).setdefault(row.key, Cell()).merge(cell)

    def read(self, since: Seconds, until: Seconds, step: Seconds, fits: Callable[[str], bool]) -> list[dict[str, Cell]]:
        """Cells by key of each step from `since` on. A step is whole minutes; from an hour on whole hours."""
        width, _, slots = self._tiers[1 if step >= 3600 else 0]
        buckets: list[dict[str, Cell]] = [{} for _ in range(math.ceil((until - since) / step))]
        for slot, cells in slots.items():
            number = int((slot * width - since) // step)
            if 0 <= number < len(buckets):
                for key, cell in cells.items():
                    if fits(key):
                        buckets[number].setdefault(key, Cell()).merge(cell)
        return buckets


def merged(cells: Iterable[Cell]) -> Cell:
    total = Cell()
    for cell in cells:
        total.merge(cell)
    return total


def _class(seconds: Seconds) -> int:
    return round(math.log(max(seconds, 0.0001)) / _LOG)
