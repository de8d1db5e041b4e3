"""Whether two machines do the same: same way, same calls, same data, same end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from msgspec import Struct

from treadle.testing.answers import Answer, Call, Fails
from treadle.testing.document import answers
from treadle.testing.machine import Machine
from treadle.testing.recording import mocks_of
from treadle.testing.run import Run
from treadle.tools.convert.samples import Sampler
from treadle.tools.diff import Divergences, diverge
from treadle.tools.history import Recorded
from treadle.values import Json

# Errors by which a machine says that an input was not made for it.
_UNFIT = (
    "States.Runtime",
    "States.ParameterPathFailure",
    "States.ResultPathMatchFailure",
    "States.IntrinsicFailure",
    "States.NoChoiceMatched",
    "States.QueryEvaluationError",
    "States.DataLimitExceeded",
)
# Events after which a run on made up data is given up: it may poll for ever.
MOST = 1500


class Trial(Struct, frozen=True):
    """One input on both machines. `comparable` is False when the first one could not do anything with it."""

    name: str
    divergences: Divergences
    comparable: bool
    passed: frozenset[str]  # the states that the first one entered
    status: str


def compare_recorded(one: Machine, other: Machine, recorded: Recorded) -> Trial:
    """On the input of an execution, with the answers its tasks got. Raises ValueError when it has no data."""
    if not recorded.complete:
        raise ValueError(f"{recorded.source} was exported without inputs and outputs")
    mocks = mocks_of(recorded.visits)
    return compare(one, other, recorded.input, lambda: answers(mocks, "recorded answers"), recorded.name)


def compare_sampled(one: Machine, other: Machine, seed: int, sampler: Sampler | None = None) -> Trial:
    """On an input that is made up; the tasks answer with made up documents, and sometimes fail."""
    made = sampler or Sampler(one.definition)

    def mocks() -> Mapping[str, Answer]:
        counts: dict[tuple[str, tuple[int, ...]], int] = {}

        def answer(call: Call) -> Any:
            key = (call.state, call.items)
            counts[key] = counts.get(key, 0) + 1
            luck = Random(f"{seed} {key} {counts[key]}")
            errors = _errors(one.raw(call.state))
            if errors and luck.random() < 0.15:
                return Fails(luck.choice(errors), "made up")
            return made.answer(one.raw(call.state), luck)

        return dict.fromkeys(one.tasks, answer)

    return compare(one, other, made.input(Random(seed)), mocks, f"made up input {seed}")


def compare(
    one: Machine, other: Machine, input: Json, mocks: Callable[[], Mapping[str, Answer]], name: str = "input"
) -> Trial:
    """`mocks` gives fresh answers for each of the two."""
    first, second = (_run(machine, input, mocks()) for machine in (one, other))
    found = diverge(*(Recorded(events=tuple(run.history), source=name) for run in (first, second)))
    fit = first.status != "RUNNING" and first.error not in _UNFIT
    return Trial(name, found, fit, frozenset(first.path), first.status)


def _run(machine: Machine, input: Json, mocks: Mapping[str, Answer]) -> Run:
    known = {name: mock for name, mock in mocks.items() if name in machine.names}
    run = machine.start(input, mocks=known, check="NONE", latency=1.0)
    while run.status == "RUNNING" and run.stage.next_at is not None and len(run.history) < MOST:
        run.stage.act()
    return run


def _errors(state: dict[str, Json]) -> list[str]:
    """The errors that a state is prepared for."""
    entries = [*state.get("Retry", ()), *state.get("Catch", ())]
    return [
        "Made.Up" if name in ("States.ALL", "States.TaskFailed") else name for e in entries for name in e["ErrorEquals"]
    ]
