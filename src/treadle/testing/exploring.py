"""Many runs of one machine in one world: other orders of events by seed, or a crash after each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from treadle.testing.answers import hidden
from treadle.testing.run import OBSERVERS, Run

__tracebackhide__ = hidden

# Test code that plays a part in a run: answers tasks by hand, lets time pass.
Play: TypeAlias = Callable[[Run], object]
Option: TypeAlias = Literal["seed", "crash_after"]


def explored(option: Option, starts: Mapping[int, Callable[[], Run]], play: Play | None) -> Exploration:
    """Start and finish each of the runs. What fails in one of them is told with how to run it again."""
    runs: dict[int, Run] = {}
    for number, start in starts.items():
        try:
            run = start()
            if play is not None:
                play(run)
            runs[number] = run.finish()
        except AssertionError as problem:
            problem.add_note(f"with {again(option, number)}")
            raise
    return Exploration(runs, option)


def again(option: Option, number: int) -> str:
    """The options that repeat one run."""
    if option == "seed":
        return f"seed={number}, shuffle=True"
    return f"crash_after={number}" if number else "no crash"


class Exploration:
    """Runs of the same machine with the same world, by seed, or by the step after which the server crashed."""

    def __init__(self, runs: dict[int, Run], option: Option = "seed") -> None:
        self.runs, self.option = runs, option

    @property
    def outcomes(self) -> dict[str, list[int]]:
        """Each different outcome (status, and output or error) with the seeds (or steps) that led to it."""
        found: dict[str, list[int]] = {}
        for number, run in self.runs.items():
            found.setdefault(run.outcome, []).append(number)
        return found

    @property
    def orders(self) -> int:
        """How many different orders of events were tried."""
        return len({tuple((event.type, event.previous) for event in run.history) for run in self.runs.values()})

    def assert_same(self, *, history: bool = False) -> Exploration:
        """All lead to the same outcome, or to the same `history` (but for its times); else shows two that differ."""
        if history:
            self._assert_one(self._by(_timeless), "histories")
        return self._assert_one(self._by(lambda run: run.outcome), "outcomes")

    def _by(self, view: Callable[[Run], Any]) -> list[list[int]]:
        """The runs sorted into heaps that look the same."""
        heaps: list[tuple[Any, list[int]]] = []
        for number, run in self.runs.items():
            seen = view(run)
            for shape, heap in heaps:
                if shape == seen:
                    heap.append(number)
                    break
            else:
                heaps.append((seen, [number]))
        return [heap for _, heap in heaps]

    def _assert_one(self, heaps: list[list[int]], noun: str) -> Exploration:
        if len(heaps) > 1:
            shown = "\n\n".join(f"{self._called(heap)}: {self.runs[heap[0]].picture}" for heap in heaps[:2])
            raise AssertionError(f"{len(heaps)} different {noun} of {len(self.runs)} {self._noun}\n\n{shown}")
        return self

    @property
    def _noun(self) -> str:
        return "interleavings" if self.option == "seed" else "runs, each with a crash at another step"

    def _called(self, heap: list[int]) -> str:
        others = f" (and {len(heap) - 1} more)" if len(heap) > 1 else ""
        return f"{again(self.option, heap[0])}{others}"

    def __iter__(self) -> Iterator[Run]:
        for run in self.runs.values():
            # The one that a test looks at is the one to be shown when the test fails.
            for observe in OBSERVERS:
                observe(run)
            yield run

    def __len__(self) -> int:
        return len(self.runs)


def _timeless(run: Run) -> list[dict[str, Any]]:
    """Its events without their times: a call that is made again takes its time again."""
    return [{name: value for name, value in event.items() if name != "timestamp"} for event in run.events]
