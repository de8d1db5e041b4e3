"""The usage of an execution reckoned from its definition and what is assumed about it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from treadle.asl.machine import Choice, Flow, Machine, Map, Parallel, Retrier, State, Task, Wait
from treadle.asl.references import inner, states
from treadle.asl.resource import Resource, parse_resource
from treadle.tools.cost.assumptions import Assumptions, FunctionGuess, Misfit, check_assumptions, seconds, size, targets
from treadle.tools.cost.chain import Endless, expected
from treadle.tools.cost.usage import Children, Function, StateUse, Usage, hundreds

# Items that an inline Map without MaxConcurrency works on at a time: developer guide, state-map-inline.html.
INLINE = 40
# Children of a map run that run side by side: "Service quotas".
DISTRIBUTED = 10_000


class Reckoned(Struct):
    """What is found while the flows are walked."""

    states: list[StateUse] = []
    moves: dict[tuple[str, str], float] = {}
    children: list[Children] = []
    width: float = 1.0


def expect(machine: Machine, assumed: Assumptions, definition: int) -> Usage:
    """`definition` is the size of its text in bytes. Raises Misfit."""
    check_assumptions(assumed, machine)
    return _usage(machine.flow, assumed, definition)


def expect_child(machine: Machine, name: str, assumed: Assumptions) -> Usage | None:
    """The usage of one child of the distributed Map `name`; None when there is no such state."""
    state = next((each for each in states(machine.flow) if each.name == name), None)
    return _usage(state.processor, assumed, 0) if isinstance(state, Map) else None


def guesses(machine: Machine, assumed: Assumptions) -> dict[str, Any]:
    """All that was assumed, named or not, in the form of a file of assumptions."""
    made: dict[str, dict[str, Any]] = {"branches": {}, "items": {}, "durations": {}, "functions": {}}
    for state in states(machine.flow):
        if isinstance(state, Choice) and len(set(targets(state, "branches"))) > 1:
            if state.name not in assumed.loops:
                made["branches"][state.name] = {b: round(p, 4) for b, p in _choice(state, machine, assumed).items()}
        elif isinstance(state, Map):
            made["items"][state.name] = _items(state, assumed)
        elif (isinstance(state, Wait) and state.seconds is None) or isinstance(state, Task):
            made["durations"][state.name] = _seconds(state, assumed)
            if isinstance(state, Task) and (found := _function(state, assumed, 1.0)) is not None:
                del made["durations"][state.name]
                about = {"memory": found.memory, "duration": found.seconds, "architecture": found.architecture}
                made["functions"][found.name] = about
    for field in ("loops", "retries", "failures"):
        made[field] = dict(getattr(assumed, field))
    return {name: value for name, value in made.items() if value} | {"payload": assumed.payload}


def _usage(flow: Flow, assumed: Assumptions, definition: int) -> Usage:
    found = Reckoned()
    lasts = _walk(flow, 1.0, 1.0, assumed, found)
    return Usage(
        states=tuple(found.states),
        moves=found.moves,
        seconds=lasts,
        billed=hundreds(lasts),
        payload=size(assumed.payload),
        definition=definition,
        width=found.width,
        children=tuple(found.children),
    )


def _walk(flow: Flow, times: float, width: float, assumed: Assumptions, found: Reckoned) -> float:
    """Add the states of a flow that runs `times` per execution, `width` of it side by side. How long one run takes."""
    ways = {name: _ways(state, flow, assumed) for name, state in flow.states.items()}
    try:
        visits = expected(flow.start, ways)
    except Endless as problem:
        raise Misfit(
            f"by these shares no execution gets out of the loop around {problem.state!r}: give a Choice in it `loops`, "
            "or `branches` that lead out"
        ) from None
    found.width = max(found.width, width)
    found.moves["", flow.start] = found.moves.get(("", flow.start), 0.0) + times
    lasts = 0.0
    for name, state in flow.states.items():
        entered = visits.get(name, 0.0)
        for target, share in ways[name].items():
            if entered * share:
                found.moves[name, target] = times * entered * share
        place = len(found.states)
        taken = _stay(state, times * entered, width, assumed, found)
        retries = assumed.retries.get(name, 0.0)
        taken += retries * (taken + _pause(state))
        made = StateUse(
            name=name,
            type=type(state).__name__,
            entered=times * entered,
            retries=times * entered * retries,
            seconds=taken,
            function=_function(state, assumed, times * entered * (1 + retries)) if isinstance(state, Task) else None,
        )
        found.states.insert(place, made)
        lasts += entered * taken
    return lasts


def _ways(state: State, flow: Flow, assumed: Assumptions) -> dict[str, float]:
    """The share of visits that go on to each state."""
    if isinstance(state, Choice):
        return _shares(state, flow, assumed)
    failing = assumed.failures.get(state.name, {})
    ways = dict(failing)
    if state.next is not None:
        ways[state.next] = ways.get(state.next, 0.0) + 1 - sum(failing.values())
    return ways


def _choice(state: Choice, machine: Machine, assumed: Assumptions) -> dict[str, float]:
    flow = next(flow for flow in _flows(machine.flow) if flow.states.get(state.name) is state)
    return _shares(state, flow, assumed)


def _flows(flow: Flow) -> Iterable[Flow]:
    yield flow
    for state in flow.states.values():
        for inside in inner(state):
            yield from _flows(inside)


def _shares(state: Choice, flow: Flow, assumed: Assumptions) -> dict[str, float]:
    """By `branches`, by `loops`, or every rule alike."""
    possible = targets(state, "branches")
    named = assumed.branches.get(state.name)
    if state.name in assumed.loops:
        if named is not None:
            raise Misfit(f"{state.name!r} has both branches and loops: one of them says it all")
        back = [target for target in possible if _leads(flow, target, state.name)]
        on = [target for target in possible if target not in back]
        if not back or not on:
            where = "back to itself" if not back else "out of the loop"
            raise Misfit(f"loops of {state.name!r}: none of its rules leads {where}; give branches instead")
        often = assumed.loops[state.name]
        return _spread(back, often / (often + 1)) | _spread(on, 1 / (often + 1))
    if named is None:
        return _spread(possible, 1.0)
    rest = [target for target in possible if target not in named]
    left = 1 - sum(named.values())
    if not rest and left > 1e-9:
        return {target: share / (1 - left) for target, share in named.items()} if left < 1 else _spread(possible, 1.0)
    return dict(named) | _spread(rest, max(0.0, left))


def _spread(targets: list[str], whole: float) -> dict[str, float]:
    shares: dict[str, float] = {}
    for target in targets:
        shares[target] = shares.get(target, 0.0) + whole / len(targets)
    return shares


def _leads(flow: Flow, source: str, target: str) -> bool:
    """Whether there is a way, but for Catch: a handler that tries it all again is no loop of the Choice."""
    seen, waiting = {source}, [source]
    while waiting:
        at = waiting.pop()
        if at == target:
            return True
        state = flow.states[at]
        further = targets(state, "branches") if isinstance(state, Choice) else [state.next] if state.next else []
        waiting += [each for each in further if each not in seen]
        seen.update(further)
    return False


def _stay(state: State, times: float, width: float, assumed: Assumptions, found: Reckoned) -> float:
    """Seconds of one visit; what is inside is added to `found`."""
    if isinstance(state, Parallel):
        spans = [_walk(flow, times, width * len(state.branches), assumed, found) for flow in state.branches]
        return max(spans, default=0.0)
    if not isinstance(state, Map):
        return _seconds(state, assumed)
    items = _items(state, assumed)
    given = state.max_concurrency if isinstance(state.max_concurrency, int) else 0
    if state.mode == "INLINE":
        side = min(items, given or INLINE)
        return math.ceil(items / max(1, side)) * _walk(
            state.processor, times * items, width * max(1.0, side), assumed, found
        )
    executions = children_of(state, assumed)
    each = _usage(state.processor, assumed, 0)
    children = Children(state=state.name, kind=state.execution_type, executions=times * executions, each=each)
    found.children.append(children)
    return math.ceil(executions / max(1, min(executions, given or DISTRIBUTED))) * each.seconds


def children_of(state: Map, assumed: Assumptions) -> int:
    """How many children one visit to a distributed Map starts."""
    batcher = state.item_batcher if isinstance(state.item_batcher, dict) else {}
    size = batcher.get("MaxItemsPerBatch", 1)
    return math.ceil(_items(state, assumed) / (size if isinstance(size, int) and size > 0 else 1))


def _items(state: Map, assumed: Assumptions) -> float:
    if state.name in assumed.items:
        return assumed.items[state.name]
    return float(len(state.items)) if isinstance(state.items, list | dict) else assumed.defaults.items


def _seconds(state: State, assumed: Assumptions) -> float:
    """Of one visit to a state without inner states."""
    if state.name in assumed.durations:
        return seconds(assumed.durations[state.name])
    if isinstance(state, Wait):
        return float(state.seconds) if isinstance(state.seconds, int) else seconds(assumed.defaults.wait)
    if not isinstance(state, Task):
        return 0.0
    resource = parse_resource(state.resource)
    if resource is None:
        return seconds(assumed.defaults.task)
    if resource.kind == "activity":
        return seconds(assumed.defaults.activity)
    if resource.pattern == "token":
        return seconds(assumed.defaults.callback)
    if resource.pattern in ("sync", "sync:2"):
        return seconds(assumed.defaults.job)
    found = _function(state, assumed, 1.0)
    return found.seconds if found else seconds(assumed.defaults.task)


def _function(state: Task, assumed: Assumptions, calls: float) -> Function | None:
    """The Lambda function that a state invokes."""
    resource = parse_resource(state.resource)
    if resource is None or not is_function(resource):
        return None
    name = function_name(state, resource)
    guess, default = assumed.functions.get(name, assumed.functions.get(state.name, FunctionGuess())), assumed.defaults
    lasts = guess.duration if guess.duration is not None else assumed.durations.get(state.name)
    return Function(
        name,
        calls,
        seconds(lasts if lasts is not None and resource.pattern == "request" else default.function.duration or 0.2),
        guess.memory or default.function.memory or 128,
        guess.architecture or default.function.architecture or "x86_64",
    )


def is_function(resource: Resource) -> bool:
    return resource.kind == "lambda" or (resource.service, resource.action) == ("lambda", "invoke")


def function_name(state: Task, resource: Resource) -> str:
    """The function's name without its qualifier, or the state's where the input says it."""
    if resource.kind == "lambda":
        return resource.name.split(":")[0].removeprefix("${").removesuffix("}")
    given = state.parameters.get("FunctionName") if isinstance(state.parameters, dict) else None
    if not isinstance(given, str) or given.startswith("{%"):
        return state.name
    return given.split(":")[6] if given.startswith("arn:") and given.count(":") > 5 else given.split(":")[0]


def _pause(state: State) -> float:
    """Seconds before a first retry."""
    retriers: tuple[Retrier, ...] = getattr(state, "retry", ())
    return float(retriers[0].interval) if retriers else 1.0


def shares_of(machine: Machine, assumed: Assumptions) -> Mapping[str, Mapping[str, float]]:
    """The shares of every Choice, for whoever wants to show them."""
    return {state.name: _choice(state, machine, assumed) for state in states(machine.flow) if isinstance(state, Choice)}
