"""What a rule is, what it sees, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.asl.machine import Choice, Diagnostic, Flow, Machine, Map, Parallel, State, Task
from treadle.asl.references import inner
from treadle.asl.resource import Resource, parse_resource
from treadle.asl.validate import transitions
from treadle.tools.source import Deployment, Document, Edit
from treadle.tools.source.find import MachineType
from treadle.values import Pointer

Severity: TypeAlias = Literal["error", "warning", "info"]


class Fix(Struct, frozen=True):
    """Edits that remove a finding. Without `safe` they rest on a guess, or change what the workflow does."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


class Finding(Struct, frozen=True):
    """One thing found in a text. `start` and `end` are offsets in it; `pointer` is the place in the definition."""

    rule: str
    severity: Severity
    message: str
    pointer: Pointer
    start: int
    end: int
    fix: Fix | None = None


class Hit(Struct, frozen=True):
    """What a rule says about a place."""

    pointer: Pointer
    message: str
    fix: Fix | None = None
    severity: Severity | None = None  # where it differs from the rule's


class Spot(Struct, frozen=True):
    """A state with what is around it: its flow, and the states it is inside of, outermost first.

    `kind` is that of the workflow it runs in, which in a distributed Map is the child's.
    """

    state: State
    flow: Flow
    above: tuple[State, ...] = ()
    kind: MachineType = "STANDARD"

    @property
    def pointer(self) -> Pointer:
        return self.state.pointer


class Subject(Struct, frozen=True):
    """One definition as the rules see it. `kind` is None where nobody says which type the workflow is of."""

    document: Document
    machine: Machine
    spots: tuple[Spot, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    kind: MachineType | None = None
    deployment: Deployment | None = None

    def tasks(self) -> Iterator[tuple[Spot, Task, Resource]]:
        """The Tasks whose resource is known: it may be a placeholder."""
        for spot in self.spots:
            if isinstance(spot.state, Task):
                resource = parse_resource(spot.state.resource)
                if resource is not None and not is_open(self.document, spot.state):
                    yield spot, spot.state, resource

    def guarded(self) -> Iterator[tuple[Spot, Task | Map | Parallel]]:
        """The states with Retry and Catch."""
        for spot in self.spots:
            if isinstance(spot.state, Task | Map | Parallel):
                yield spot, spot.state


Check: TypeAlias = Callable[[Subject], Iterator[Hit]]


class Rule(Struct, frozen=True):
    """One row of the table. `check` is None for what the reader of the language finds. `usual`: on unless ignored."""

    id: str
    name: str
    title: str
    severity: Severity
    check: Check | None = None
    usual: bool = True


def spots_of(machine: Machine, kind: MachineType) -> tuple[Spot, ...]:
    """All states, outer before inner, in the order of the definition."""

    def walk(flow: Flow, above: tuple[State, ...], kind: MachineType) -> Iterator[Spot]:
        for state in flow.states.values():
            yield Spot(state, flow, above, kind)
            child = state.execution_type if isinstance(state, Map) and state.mode == "DISTRIBUTED" else kind
            for each in inner(state):
                yield from walk(each, (*above, state), child)

    return tuple(walk(machine.flow, (), kind))


def is_open(document: Document, state: State) -> bool:
    """Whether the whole resource is a placeholder: a function most likely, but nobody can tell."""
    node = document.node(f"{state.pointer}/Resource")
    return node is not None and str(node.plain()).startswith("${")


def targets(state: State) -> Iterator[str]:
    """The states a state may lead to."""
    for _, _, target in transitions(state):
        yield target


def pointer_to(state: State, *steps: str | int) -> Pointer:
    return "/".join([state.pointer, *map(str, steps)])


def fix(title: str, *edits: Edit | None, safe: bool = True) -> Fix | None:
    """A fix of edits that could be made, None when one could not."""
    made = tuple(edit for edit in edits if edit is not None)
    return Fix(title, made, safe) if made and len(made) == len(edits) else None


def cycles(flow: Flow) -> list[frozenset[str]]:
    """The loops of a flow: sets of states that can all be reached from each other (Tarjan, without recursion)."""
    graph: Mapping[str, list[str]] = {
        name: [each for each in targets(state) if each in flow.states] for name, state in flow.states.items()
    }
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[frozenset[str]] = []
    for root in graph:
        work = [(root, iter(graph[root]))] if root not in order else []
        if work:
            order[root] = low[root] = len(order)
            stack.append(root)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == order[name]:
                    loop = stack[stack.index(name) :]
                    del stack[stack.index(name) :]
                    if len(loop) > 1 or name in graph[name]:
                        found.append(frozenset(loop))
            elif following not in order:
                order[following] = low[following] = len(order)
                stack.append(following)
                work.append((following, iter(graph[following])))
            elif following in stack:
                low[name] = min(low[name], order[following])
    return found


def leaves(flow: Flow, loop: frozenset[str]) -> Iterator[Choice]:
    """The Choices of a loop with a way out of it."""
    for name in sorted(loop):
        state = flow.states[name]
        if isinstance(state, Choice) and any(target not in loop for target in targets(state)):
            yield state
