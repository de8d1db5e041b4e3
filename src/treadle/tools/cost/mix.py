"""Which parts of a Standard workflow could be Express executions that it starts and waits for
(`aws-sdk:sfn:startSyncExecution`): states that belong together, are entered in one place, and end soon."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from treadle.asl.machine import Fail, Flow, Machine, Map, Parallel, State, Succeed, Task
from treadle.asl.references import states
from treadle.asl.resource import parse_resource
from treadle.asl.validate import transitions
from treadle.tools.cost.usage import MB, Usage, chunks, hundreds


class Group(Struct, frozen=True, kw_only=True):
    """`states` are the outer ones, in order, the first being where it is entered. Per execution of the parent:
    `entries` children are started, and `saved` transitions fewer are made."""

    states: tuple[str, ...]
    entries: float
    saved: float
    seconds: float  # of one child
    memory: int  # MB

    @property
    def gb_seconds(self) -> float:
        return self.entries * hundreds(self.seconds) * self.memory / 1024


def groups(machine: Machine, usage: Usage, limit: float) -> list[Group]:
    """All groups of at least two transitions, biggest first within each flow. A group whose child would take more than
    `limit` seconds is none."""
    return list(_of_flow(machine.flow, usage, limit))


def _of_flow(flow: Flow, usage: Usage, limit: float) -> Iterator[Group]:
    taken: set[str] = set()
    for name in _order(flow):
        if name in taken or not fits(flow.states[name], usage, limit):
            continue
        members = _interval(flow, name, taken, usage, limit)
        made = _group(flow, members, usage)
        while made is not None and made.seconds > limit:
            members.pop()
            made = _group(flow, members, usage)
        if made is not None:
            taken.update(members)
            yield made
    for name, state in flow.states.items():
        # What must stay in the parent may have parts inside that need not.
        if name not in taken and (isinstance(state, Parallel) or (isinstance(state, Map) and state.mode == "INLINE")):
            for inside in state.branches if isinstance(state, Parallel) else (state.processor,):
                yield from _of_flow(inside, usage, limit)


def fits(state: State, usage: Usage, limit: float) -> bool:
    """Whether an Express execution can do it: all its calls answer at once, and it is soon over."""
    if isinstance(state, Map) and state.mode != "INLINE":
        return False
    if isinstance(state, Task):
        resource = parse_resource(state.resource)
        if resource is None or resource.kind == "activity" or resource.pattern != "request":
            return False
    used = usage.find(state.name)
    if used is not None and used.seconds > limit:
        return False
    return all(fits(inner, usage, limit) for inside in _flows(state) for inner in inside.states.values())


def _flows(state: State) -> tuple[Flow, ...]:
    return state.branches if isinstance(state, Parallel) else (state.processor,) if isinstance(state, Map) else ()


def _order(flow: Flow) -> list[str]:
    """From the start on, breadth first."""
    found, at = [flow.start], 0
    while at < len(found):
        for _, _, target in transitions(flow.states[found[at]]):
            if target not in found:
                found.append(target)
        at += 1
    return found


def _interval(flow: Flow, entry: str, taken: set[str], usage: Usage, limit: float) -> list[str]:
    """`entry` and all states that can only be reached through it."""
    before: dict[str, set[str]] = {name: set() for name in flow.states}
    for name, state in flow.states.items():
        for _, _, target in transitions(state):
            before[target].add(name)
    members = [entry]
    grown = True
    while grown:
        grown = False
        for name in _order(flow):
            if name in members or name in taken or name == flow.start:
                continue
            if before[name] <= set(members) and fits(flow.states[name], usage, limit):
                members.append(name)
                grown = True
    return members


def _group(flow: Flow, members: list[str], usage: Usage) -> Group | None:
    inside = set(members)
    entries = sum(
        count for (a, b), count in usage.moves.items() if b == (members[0] if members else "") and a not in inside
    )
    made = sum(_transitions(flow.states[name], usage) for name in members)
    if entries <= 0:
        return None
    # A Task starts it; where it can go on in several ways, a Choice looks at what it answered.
    ways = {t for name in members for _, _, t in transitions(flow.states[name]) if t not in inside}
    ends = any(_ends(flow.states[name]) for name in members)
    kept = entries * (1 + (len(ways) + ends > 1))
    if made - kept < 1e-9:
        return None
    lasts = sum(used.entered * used.seconds for name in members if (used := usage.find(name)))
    share = len(members) / max(1, len(usage.states))
    size = 50 * MB + usage.definition * share + usage.payload * usage.width
    return Group(
        states=tuple(members), entries=entries, saved=made - kept, seconds=lasts / entries, memory=chunks(size)
    )


def _ends(state: State) -> bool:
    """Whether the flow may be over after it, well."""
    return isinstance(state, Succeed) or (
        state.next is None and not isinstance(state, Fail) and not list(transitions(state))
    )


def _transitions(state: State, usage: Usage) -> float:
    """Of a state and of all inside it."""
    names = [state.name, *(inner.name for flow in _flows(state) for inner in states(flow))]
    return sum(used.transitions for name in names if (used := usage.find(name)))
