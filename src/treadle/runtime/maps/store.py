"""What distributed Maps ask of a disk: runs with their orders, and what became of express children.

Standard children are executions like any other and have their own rows; an express child leaves one `Result`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from treadle.engine.maprun import ChildStatus, Index, MapRun
from treadle.values import Instant

Done: TypeAlias = Callable[[BaseException | None], object]  # as runtime.store has it


class Result(Struct, frozen=True, array_like=True):
    """How a child ended. A later result of the same child, from a redrive, takes the place of an earlier one."""

    index: Index
    status: ChildStatus
    started_at: Instant
    stopped_at: Instant
    items: int
    input: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    redrives: int = 0
    generation: int = 0  # how often the run had been redriven


class Stored(Struct, frozen=True):
    run: MapRun
    order: str  # JSON


class Chunk(Struct, frozen=True):
    """Results that were saved together, the latest chunk has the highest number."""

    number: int
    results: list[Result]


class RunStore(Protocol):
    """Like Store: `save` returns at once, `done` is called on the loop when it is on disk; reads answer at once."""

    def save(self, run: MapRun, order: str | None, results: Sequence[Result], done: Done) -> None:
        """Replace the run, add results. `order` comes with the first save of a run."""

    def load(self, arn: str) -> Stored | None: ...

    def of(self, execution_arn: str) -> list[MapRun]:
        """All runs of a parent, the newest first."""

    def unfinished(self) -> list[str]:
        """ARNs of the runs that are not over."""

    def chunk(self, arn: str, after: int) -> Chunk | None:
        """The first chunk with a number above `after`."""

    def chunk_before(self, arn: str, before: int | None) -> Chunk | None:
        """The last chunk with a number below `before`; the last of all for None."""

    def result(self, arn: str, index: Index) -> Result | None:
        """The latest of one child."""


class MemoryRuns:
    """A RunStore that forgets."""

    def __init__(self) -> None:
        self._stored: dict[str, Stored] = {}
        self._chunks: dict[str, list[Chunk]] = {}

    def save(self, run: MapRun, order: str | None, results: Sequence[Result], done: Done) -> None:
        asyncio.get_running_loop().call_soon(self._keep, run, order, list(results), done)

    def _keep(self, run: MapRun, order: str | None, results: list[Result], done: Done) -> None:
        self._stored[run.arn] = Stored(run, self._stored[run.arn].order if order is None else order)
        if results:
            chunks = self._chunks.setdefault(run.arn, [])
            chunks.append(Chunk(len(chunks) + 1, results))
        done(None)

    def load(self, arn: str) -> Stored | None:
        return self._stored.get(arn)

    def of(self, execution_arn: str) -> list[MapRun]:
        return [stored.run for stored in reversed(self._stored.values()) if stored.run.execution_arn == execution_arn]

    def unfinished(self) -> list[str]:
        return [arn for arn, stored in self._stored.items() if stored.run.phase != "over"]

    def chunk(self, arn: str, after: int) -> Chunk | None:
        return next((chunk for chunk in self._chunks.get(arn, ()) if chunk.number > after), None)

    def chunk_before(self, arn: str, before: int | None) -> Chunk | None:
        chunks = reversed(self._chunks.get(arn, []))
        return next((chunk for chunk in chunks if before is None or chunk.number < before), None)

    def result(self, arn: str, index: Index) -> Result | None:
        for chunk in reversed(self._chunks.get(arn, [])):
            for result in chunk.results:
                if result.index == index:
                    return result
        return None
