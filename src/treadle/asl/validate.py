"""The machine as a graph: do all transitions lead somewhere, is every state reached, can the run end?

Variables are no part of it. AWS takes a definition whose branch assigns a name that an outer scope assigns too, or
that names a variable nobody assigns: both only count when the machine runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from treadle.asl.findings import Place
from treadle.asl.machine import Choice, Fail, Flow, Machine, Map, Parallel, State, Succeed, Task

_TARGET = "MISSING_TRANSITION_TARGET"


def check_machine(machine: Machine, at: Place) -> None:
    """Report to `at` what is wrong with the whole."""
    _check_flow(machine.flow, "", at, set())


def check_state(state: State, at: Place) -> None:
    """The same for a state that stands alone: only what is inside it counts."""
    seen = {state.name}
    for flow, step in _flows(state):
        _check_flow(flow, f"{at.location}/{step}", at, seen)


def _flows(state: State) -> Iterator[tuple[Flow, str]]:
    """The flows inside a state, each with AWS's notation for the way there."""
    if isinstance(state, Parallel):
        for index, branch in enumerate(state.branches):
            yield branch, f"Branches[{index}]"
    elif isinstance(state, Map):
        yield state.processor, "Iterator" if state.legacy else "ItemProcessor"


def transitions(state: State) -> Iterator[tuple[str, str, str]]:
    """Where a state may lead: (field, way to it, target)."""
    if state.next is not None:
        yield "Next", "Next", state.next
    if isinstance(state, Choice):
        for index, rule in enumerate(state.choices):
            yield "Next", f"Choices[{index}]/Next", rule.next
        if state.default is not None:
            yield "Default", "Default", state.default
    if isinstance(state, Task | Parallel | Map):
        for index, catcher in enumerate(state.catch):
            yield "Next", f"Catch[{index}]/Next", catcher.next


def _check_flow(flow: Flow, location: str, at: Place, seen: set[str]) -> None:
    if flow.start not in flow.states:
        at.refuse(f"Missing 'StartAt' target: {flow.start}", _TARGET, f"{location}/StartAt")
    for name, state in flow.states.items():
        here = f"{location}/States/{name}"
        if name in seen:
            at.refuse(f"Duplicate state name: {name}", "DUPLICATE_STATE_NAMES", here)
        seen.add(name)
        for field, step, target in transitions(state):
            if target not in flow.states:
                at.refuse(f"Missing '{field}' target: {target}", _TARGET, f"{here}/{step}")
        for inside, step in _flows(state):
            _check_flow(inside, f"{here}/{step}", at, seen)
    _check_reach(flow, location, at)


def _check_reach(flow: Flow, location: str, at: Place) -> None:
    if flow.start not in flow.states:
        return
    reached = {flow.start}
    waiting = [flow.start]
    while waiting:
        for _, _, target in transitions(flow.states[waiting.pop()]):
            if target in flow.states and target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in flow.states:
        if name not in reached:
            at.refuse(f'State "{name}" is not reachable.', _TARGET, f"{location}/States/{name}")
    if not any(_ends(state) for state in flow.states.values()):
        at.refuse("No terminal state was found", "MISSING_TERMINAL_STATE", location or "/")


def _ends(state: State) -> bool:
    """Whether a flow may end here. A Choice without Default fails when nothing matches, which is no end."""
    return isinstance(state, Succeed | Fail) or (state.next is None and not isinstance(state, Choice))
