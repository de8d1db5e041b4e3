"""What a definition does not say about its executions: a file of the user's, and a guess for everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from treadle.asl.machine import Choice, Machine, Map, Parallel, State, Task
from treadle.asl.references import states
from treadle.values import Json

Span: TypeAlias = float | str
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, None: 1, "": 1}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?)i?B?", re.IGNORECASE)
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Misfit(ValueError):
    """An assumption that does not fit the definition, in one line."""


class FunctionGuess(Struct, frozen=True, forbid_unknown_fields=True):
    memory: int | None = None  # MB
    duration: Span | None = None
    architecture: Literal["x86_64", "arm64"] | None = None


class Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    """For what is not named. `task` is any call that waits for an answer only, `job` a `.sync` one, `callback` a task
    token, `wait` a Wait whose length comes from the input."""

    items: float = 10
    task: Span = 0.1
    job: Span = 60
    callback: Span = 3600
    activity: Span = 60
    wait: Span = 60
    function: FunctionGuess = FunctionGuess(128, 0.2, "x86_64")


class Assumptions(Struct, frozen=True, forbid_unknown_fields=True):
    """By the name of the state. `branches`: share of each target of a Choice. `loops`: how often a Choice leads back
    before it leads on. `items` of a Map. `retries` per visit. `failures`: share that each target of Catch gets.
    `durations` of one visit. `functions`: by the function's or the state's name. `payload`: of a state, in bytes."""

    branches: dict[str, dict[str, float]] = {}
    loops: dict[str, float] = {}
    items: dict[str, float] = {}
    retries: dict[str, float] = {}
    failures: dict[str, dict[str, float]] = {}
    durations: dict[str, Span] = {}
    functions: dict[str, FunctionGuess] = {}
    payload: float | str = "2 KB"
    defaults: Defaults = Defaults()


def read_assumptions(value: Json, source: str = "assumptions") -> Assumptions:
    """Raises Misfit."""
    try:
        made = msgspec.convert({} if value is None else value, type=Assumptions)
        size(made.payload)
        guesses = [made.defaults.function, *made.functions.values()]
        spans = [*made.durations.values(), *(guess.duration for guess in guesses if guess.duration is not None)]
        named = (getattr(made.defaults, name) for name in ("task", "job", "callback", "activity", "wait"))
        for span in (*spans, *named):
            seconds(span)
    except (msgspec.ValidationError, ValueError) as problem:
        raise Misfit(f"{source}: {problem}") from None
    numbers = [*made.loops.values(), *made.items.values(), *made.retries.values()]
    if any(number < 0 for number in numbers):
        raise Misfit(f"{source}: loops, items and retries cannot be below 0")
    return made


def check_assumptions(made: Assumptions, machine: Machine, source: str = "assumptions") -> None:
    """Raises Misfit for names that the definition does not have, and shares that are none."""
    known = {state.name: state for state in states(machine.flow)}
    for field, kind, word in (
        ("branches", Choice, "Choice"),
        ("loops", Choice, "Choice"),
        ("items", Map, "Map"),
        ("retries", Task | Parallel | Map, "Task, Parallel or Map"),
        ("failures", Task | Parallel | Map, "Task, Parallel or Map"),
        ("durations", State, "state"),
    ):
        for name in getattr(made, field):
            state = known.get(name)
            if state is None:
                raise Misfit(f"{source}: {field} names {name!r}, which is no state{near(name, known)}")
            if not isinstance(state, kind):
                raise Misfit(f"{source}: {field} names {name!r}, which is a {type(state).__name__} and no {word}")
    for field in ("branches", "failures"):
        for name, shares in getattr(made, field).items():
            _check_shares(f"{source}: {field} of {name!r}", shares, targets(known[name], field))


def targets(state: State, field: str) -> list[str]:
    """Where `branches` or `failures` of a state may lead."""
    if isinstance(state, Choice):
        return [*(rule.next for rule in state.choices), *([state.default] if state.default else [])]
    if field == "failures" and isinstance(state, Task | Parallel | Map):
        return [catcher.next for catcher in state.catch]
    return []


def _check_shares(place: str, shares: Mapping[str, float], possible: Iterable[str]) -> None:
    allowed = list(possible)
    for target, share in shares.items():
        if target not in allowed:
            raise Misfit(
                f"{place}: it does not lead to {target!r}, but to {', '.join(map(repr, allowed)) or 'nothing'}"
            )
        if not 0 <= share <= 1:
            raise Misfit(f"{place}: the share of {target!r} is {share}, and not between 0 and 1")
    if sum(shares.values()) > 1 + 1e-9:
        raise Misfit(f"{place}: the shares add up to {sum(shares.values()):g}, which is more than 1")


def near(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), 1, 0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def seconds(span: Span) -> float:
    """Of a number, or "200 ms", "1.5s", "2 min", "1h", "1d". Raises ValueError."""
    if not isinstance(span, str):
        if span < 0:
            raise ValueError(f"{span} is no length of time")
        return float(span)
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"{span!r} is no length of time: write 200 ms, 1.5 s, 2 min, 1 h")
    return float(found[1]) * _SECONDS[found[2]]


def size(given: float | str) -> float:
    """Bytes of a number, or "2 KB", "1.5 MB". Raises ValueError."""
    if not isinstance(given, str):
        return float(given)
    found = _SIZE.fullmatch(given.strip())
    if found is None:
        raise ValueError(f"{given!r} is no size: write 2 KB")
    return float(found[1]) * _BYTES[found[2].upper()]
