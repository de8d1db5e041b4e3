"""An execution that is over (or under way), from wherever it came: the one value that pictures, costs, comparisons and
recorded tests are made of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from treadle.engine.history import HistoryEvent, wire
from treadle.tools.history.visits import Visit, decoded, visits
from treadle.values import Instant, Json, Payload

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
_ENDS: dict[str, Status] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


class Counts(Struct, frozen=True):
    """What DescribeMapRun says of a map run: items and the executions they were given to."""

    arn: str
    items: int
    executions: int


class Recorded(Struct, frozen=True, kw_only=True, eq=False):
    """`events` in order, from the first. `definition` is None when nobody gave it. `children` are the executions of its
    map runs, as far as their histories are known."""

    events: tuple[HistoryEvent, ...]
    arn: str = ""
    machine_arn: str = ""
    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    definition: str | None = None
    map_run: str | None = None  # of which it is a child
    map_runs: tuple[Counts, ...] = ()
    children: tuple[Recorded, ...] = ()
    source: str = field(default="")  # a file, an address: for messages

    @property
    def name(self) -> str:
        """A short name for people."""
        return self.arn.rpartition(":")[2] or self.source or "execution"

    @property
    def machine(self) -> str:
        """The name of its state machine ("" when unknown)."""
        parts = self.arn.split(":")
        return self.machine_arn.rpartition(":")[2] or (parts[6] if len(parts) > 6 else "")

    @property
    def end(self) -> HistoryEvent | None:
        """The event that closed it."""
        return self.events[-1] if self.events[-1].type in _ENDS else None

    @property
    def status(self) -> Status:
        return _ENDS.get(self.events[-1].type, "RUNNING")

    @property
    def started(self) -> Instant:
        return self.events[0].at

    @property
    def duration(self) -> float:
        """Seconds from its first event to its last."""
        return max(0.0, self.events[-1].at - self.events[0].at)

    @property
    def input(self) -> Json:
        return decoded((self.events[0].details or {}).get("input"))

    @property
    def output(self) -> Json:
        end = self.end
        return None if end is None else decoded((end.details or {}).get("output"))

    def failure(self, member: Literal["error", "cause"]) -> str | None:
        end = self.end
        value = None if end is None else (end.details or {}).get(member)
        return None if value is None else str(value)

    @property
    def complete(self) -> bool:
        """Whether its events carry their data: AWS leaves inputs and outputs out when asked to."""
        return "input" in (self.events[0].details or {})

    @property
    def redrives(self) -> int:
        return sum(event.type == "ExecutionRedriven" for event in self.events)

    @property
    def visits(self) -> list[Visit]:
        return _visits(self)

    def wires(self) -> Iterator[dict[str, Any]]:
        """The events as GetExecutionHistory shows them."""
        for event in self.events:
            yield {name: _shown(value) for name, value in wire(event).items()}


@lru_cache(maxsize=64)
def _visits(recorded: Recorded) -> list[Visit]:
    return visits(recorded.events)


def _shown(value: Any) -> Any:
    """Payloads in details become their JSON text."""
    if isinstance(value, Payload):
        return value.text
    return {name: _shown(member) for name, member in value.items()} if isinstance(value, dict) else value
