"""What one execution uses on average, whether it was measured or reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]
MB = 1 << 20


class Function(Struct, frozen=True):
    """Lambda invocations of one state. `seconds` each, `memory` in MB."""

    name: str
    calls: float
    seconds: float
    memory: int = 128
    architecture: Literal["x86_64", "arm64"] = "x86_64"

    @property
    def gb_seconds(self) -> float:
        return self.calls * self.seconds * self.memory / 1024


class StateUse(Struct, frozen=True, kw_only=True):
    """One state: how often an execution enters it and tries it again, and how long one stay takes."""

    name: str
    type: str
    entered: float
    retries: float = 0.0
    seconds: float = 0.0
    function: Function | None = None

    @property
    def transitions(self) -> float:
        """As Step Functions counts: a step that is executed, and every retry of it."""
        return self.entered + self.retries


class Usage(Struct, frozen=True, kw_only=True):
    """One execution. `moves` counts ways from state to state ("" is the start of a flow); `width` is the most steps
    that run side by side, each with a payload of `payload` bytes; `billed` are seconds in steps of 100 ms."""

    states: tuple[StateUse, ...]
    moves: Mapping[tuple[str, str], float]
    seconds: float
    billed: float
    payload: float
    definition: int  # bytes
    width: float = 1.0
    children: tuple[Children, ...] = ()
    runs: int = 0  # executions that were measured; 0: reckoned

    @property
    def transitions(self) -> float:
        return sum(state.transitions for state in self.states)

    @property
    def memory(self) -> int:
        """MB that an Express execution is billed for, in chunks of 64: a runtime of 50 MB, the definition, and the
        payloads of the steps that run side by side (AWS's pricing page and its blog on cost-effective workflows)."""
        return chunks(50 * MB + self.definition + self.payload * self.width)

    def find(self, name: str) -> StateUse | None:
        return next((state for state in self.states if state.name == name), None)


class Children(Struct, frozen=True, kw_only=True):
    """The executions that a distributed Map starts, per execution of its parent."""

    state: str
    kind: Kind
    executions: float
    each: Usage | None  # None: unknown


def chunks(bytes: float) -> int:
    """MB in chunks of 64."""
    return max(1, -(-int(bytes) // (64 * MB))) * 64


def hundreds(seconds: float) -> float:
    """Seconds in steps of 100 ms, at least one."""
    return max(1, -(-round(seconds * 1e6) // 100_000)) / 10
