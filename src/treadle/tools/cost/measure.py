"""The usage of an execution as the mean of executions that really ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from treadle.asl.machine import Machine, Map
from treadle.asl.references import states
from treadle.tools.cost.assumptions import Assumptions, seconds
from treadle.tools.cost.expect import children_of, expect_child
from treadle.tools.cost.usage import Children, Function, Kind, StateUse, Usage, hundreds
from treadle.tools.history import Attempt, Recorded, Visit


def measure(runs: Sequence[Recorded], machine: Machine | None, assumed: Assumptions, definition: int) -> Usage:
    """The mean of `runs`, of one machine. The children of distributed Maps are measured where their histories are
    known, and reckoned from `machine` and `assumed` otherwise."""
    visits = [visit for run in runs for visit in run.visits]
    by_name: dict[str, list[Visit]] = defaultdict(list)
    moves: dict[tuple[str, str], float] = defaultdict(float)
    for visit in visits:
        by_name[visit.name].append(visit)
        moves["" if visit.before is None else visit.before.name, visit.name] += 1 / len(runs)
    order = list(by_name)
    if machine is not None:
        place = {state.name: index for index, state in enumerate(states(machine.flow))}
        order.sort(key=lambda name: place.get(name, len(place)))
    return Usage(
        states=tuple(_state(name, by_name[name], len(runs), assumed) for name in order),
        moves=dict(moves),
        seconds=_mean(run.duration for run in runs),
        billed=_mean(hundreds(run.duration) for run in runs),
        payload=_mean(_payload(run) for run in runs),
        definition=definition,
        width=_mean(_width(run.visits) for run in runs),
        children=tuple(_children(runs, by_name, machine, assumed)),
        runs=len(runs),
    )


def _state(name: str, visits: list[Visit], runs: int, assumed: Assumptions) -> StateUse:
    return StateUse(
        name=name,
        type=visits[0].type,
        entered=len(visits) / runs,
        retries=sum(visit.retries for visit in visits) / runs,
        seconds=_mean(visit.duration for visit in visits if visit.duration is not None),
        function=_function(name, [attempt for visit in visits for attempt in visit.attempts], runs, assumed),
    )


def _function(name: str, attempts: list[Attempt], runs: int, assumed: Assumptions) -> Function | None:
    """A history has how long an invocation took, and not the function's memory."""
    calls = [attempt for attempt in attempts if attempt.resource in ("lambda", "lambda:invoke")]
    if not calls:
        return None
    given = next((call.function for call in calls if call.function), name)
    guess, default = assumed.functions.get(given, assumed.functions.get(name)), assumed.defaults.function
    lasts = _mean(max(0.001, call.until - (call.started or call.at)) for call in calls if call.until is not None)
    if guess is not None and guess.duration is not None:
        lasts = seconds(guess.duration)
    memory = (guess and guess.memory) or default.memory or 128
    architecture = (guess and guess.architecture) or default.architecture or "x86_64"
    return Function(given, len(calls) / runs, lasts, memory, architecture)


def _children(
    runs: Sequence[Recorded], visits: dict[str, list[Visit]], machine: Machine | None, assumed: Assumptions
) -> Iterable[Children]:
    """Per distributed Map: the label of a map run's ARN, or the only such Map, says which."""
    maps = [] if machine is None else [s for s in states(machine.flow) if isinstance(s, Map) and s.mode != "INLINE"]
    if not any(run.map_runs or run.children for run in runs):
        for state in maps:
            if state.name in visits and machine is not None:
                each = expect_child(machine, state.name, assumed)
                often = len(visits[state.name]) / len(runs) * children_of(state, assumed)
                yield Children(state=state.name, kind=state.execution_type, executions=often, each=each)
        return
    started: dict[str, float] = defaultdict(float)
    known: dict[str, list[Recorded]] = defaultdict(list)
    for run in runs:
        for counts in run.map_runs:
            started[_map(counts.arn, maps, visits)] += counts.executions / len(runs)
        for child in run.children:
            known[_map(child.map_run or child.arn, maps, visits)].append(child)
    for name in started | dict.fromkeys(known, 0.0):
        kind: Kind = next((state.execution_type for state in maps if state.name == name), "STANDARD")
        each = measure(known[name], None, assumed, 0) if known[name] else None
        if each is None and machine is not None:
            each = expect_child(machine, name, assumed)
        yield Children(state=name, kind=kind, executions=started[name] or len(known[name]) / len(runs), each=each)


def _map(arn: str, maps: list[Map], visits: dict[str, list[Visit]]) -> str:
    """The name of the Map that a map run, or a child of it, belongs to."""
    named = arn.partition("/")[2].partition(":")[0]
    for state in maps:
        if state.label == named:
            return state.name
    entered = [state.name for state in maps if state.name in visits]
    return entered[0] if len(entered) == 1 else next((name for name in entered if _label(name) == named), named)


def _label(name: str) -> str:
    """The label that AWS makes of a name without one."""
    return "".join(letter for letter in name if letter.isalnum() or letter in "-_")[:40]


def _payload(run: Recorded) -> float:
    """The largest input or output, in bytes."""
    texts = (
        value
        for event in run.wires()
        for details in event.values()
        if isinstance(details, dict)
        for name, value in details.items()
        if name in ("input", "output", "parameters") and isinstance(value, str)
    )
    return float(max((len(text.encode()) for text in texts), default=0))


def _width(visits: Sequence[Visit]) -> float:
    """How many visits without inner ones were open at the same time."""
    outer = {id(visit.parent) for visit in visits}
    ends: list[tuple[float, int]] = []
    for visit in visits:
        if id(visit) not in outer and visit.until is not None and visit.until > visit.at:
            ends += [(visit.at, 1), (visit.until, -1)]
    most = now = 0
    for _, step in sorted(ends):
        now += step
        most = max(most, now)
    return float(max(1, most))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
