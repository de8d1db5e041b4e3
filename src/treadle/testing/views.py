"""What a test may ask about one state of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET, Struct

from treadle.tools.history import Visit
from treadle.values import Json


class StateView(Struct, frozen=True):
    """A state of a run. Its members are those of the last visit; `visits` has all of them.

    For a state inside a Map, `state("X", item=2)` looks at one iteration.
    """

    name: str
    visits: Sequence[Visit]

    @property
    def entered(self) -> int:
        """How often it was entered."""
        return len(self.visits)

    @property
    def last(self) -> Visit:
        if not self.visits:
            raise AssertionError(f"state {self.name!r} was not entered")
        return self.visits[-1]

    @property
    def input(self) -> Json:
        return self.last.input

    @property
    def output(self) -> Json:
        return self.last.output

    @property
    def arguments(self) -> Json:
        """What the last attempt called its task with."""
        return self.last.attempts[-1].arguments if self.last.attempts else None

    @property
    def result(self) -> Json:
        """What the task answered, before ResultSelector, ResultPath and Output."""
        result = self.last.attempts[-1].result if self.last.attempts else None
        return None if result is UNSET else result

    @property
    def retries(self) -> int:
        """Of all visits together."""
        return sum(visit.retries for visit in self.visits)

    @property
    def error(self) -> str | None:
        return self.last.error

    @property
    def cause(self) -> str | None:
        return self.last.cause

    @property
    def variables(self) -> dict[str, Json]:
        """The variables it assigned."""
        return self.last.variables

    @property
    def duration(self) -> float | None:
        return self.last.duration

    @property
    def outcome(self) -> str:
        """ "exited", "failed", "aborted" or "open"."""
        return self.last.outcome

    def __iter__(self) -> Iterator[Visit]:
        return iter(self.visits)

    def __repr__(self) -> str:
        return f"<state {self.name}: {len(self.visits)} visits>"
