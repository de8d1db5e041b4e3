"""Coverage of a machine: its states, choice rules (with the default), retriers and catchers, and what runs used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path

from msgspec import Struct

from treadle.asl.machine import Choice, Machine, Map, Parallel, State, Task
from treadle.asl.references import states
from treadle.testing.picture import brief
from treadle.testing.probe import Mark
from treadle.values import Json

KINDS = ("state", "rule", "retry", "catch")
NOUNS = {"state": "states", "rule": "choice rules", "retry": "retriers", "catch": "catchers"}


class Part(Struct, frozen=True):
    """Something that can be covered; `label` says what it is, for people."""

    mark: Mark
    label: str


class Share(Struct, frozen=True):
    covered: int
    total: int

    @property
    def percent(self) -> float:
        """100 when there is nothing to cover."""
        return 100.0 if not self.total else 100.0 * self.covered / self.total


class Coverage:
    """How often each part of a machine was used. Add runs by running them; coverages of one machine can be added."""

    def __init__(self, machine: Machine, name: str = "machine", text: str = "") -> None:
        self.name, self.text = name, text
        self.file: Path | None = None  # where the machine was read from
        self.parts: tuple[Part, ...] = tuple(part for state in states(machine.flow) for part in parts(state))
        self.hits: Counter[Mark] = Counter()

    def copy(self) -> Coverage:
        made = copy(self)
        made.hits = Counter(self.hits)
        return made

    def add(self, other: Coverage) -> None:
        self.hits.update(other.hits)

    def share(self, kind: str | None = None) -> Share:
        """Of one kind ("state", "rule", "retry", "catch"), or of all together."""
        wanted = [part for part in self.parts if kind is None or part.mark.kind == kind]
        return Share(sum(self.hits[part.mark] > 0 for part in wanted), len(wanted))

    def percent(self, kind: str | None = None) -> float:
        return self.share(kind).percent

    @property
    def missing(self) -> list[Part]:
        return [part for part in self.parts if not self.hits[part.mark]]

    def rows(self) -> Iterator[tuple[str, Share]]:
        for kind in KINDS:
            yield NOUNS[kind], self.share(kind)

    def table(self) -> str:
        """For the terminal."""
        return "\n".join(table([self]))


def parts(state: State) -> Iterator[Part]:
    yield Part(Mark("state", state.name), state.name)
    if isinstance(state, Choice):
        for index, rule in enumerate(state.choices):
            label = f"{state.name}: {described(rule.condition)} → {rule.next}"
            yield Part(Mark("rule", state.name, index), label)
        if state.default is not None:
            yield Part(Mark("rule", state.name, len(state.choices)), f"{state.name}: default → {state.default}")
    if isinstance(state, Task | Parallel | Map):
        for index, retrier in enumerate(state.retry):
            if retrier.attempts:
                yield Part(Mark("retry", state.name, index), f"{state.name}: retry on {', '.join(retrier.errors)}")
        for index, catcher in enumerate(state.catch):
            label = f"{state.name}: catch {', '.join(catcher.errors)} → {catcher.next}"
            yield Part(Mark("catch", state.name, index), label)


def described(condition: Json) -> str:
    """A choice rule in a few words."""
    if isinstance(condition, dict) and "Variable" in condition:
        rest = [f"{name} {brief(value, 40)}" for name, value in condition.items() if name != "Variable"]
        return " ".join([str(condition["Variable"]), *rest])
    return brief(condition, 70)


def table(coverages: Sequence[Coverage]) -> Iterator[str]:
    """One line per machine, then what is missing."""
    width = max([len("machine"), *(len(each.name) for each in coverages)])
    yield f"{'machine':<{width}}  " + "  ".join(f"{NOUNS[kind]:>14}" for kind in KINDS)
    for each in coverages:
        cells = [
            f"{share.covered}/{share.total} {share.percent:4.0f}%" if share.total else "-" for _, share in each.rows()
        ]
        yield f"{each.name:<{width}}  " + "  ".join(f"{cell:>14}" for cell in cells)
    for each in coverages:
        if each.missing:
            yield f"not covered in {each.name}:"
            yield from (f"  {part.mark.kind:<5}  {part.label}" for part in each.missing)
