"""Two definitions, compared state by state, wherever in the text the states stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from treadle.tools.diff.values import Change, changes, same
from treadle.values import Json, Pointer

Verdict: TypeAlias = Literal["ADDED", "REMOVED", "CHANGED"]
_INSIDE = ("Branches", "ItemProcessor", "Iterator")


class StateChange(Struct, frozen=True, kw_only=True):
    """What became of one state. `before` and `after` are its pointers in the two definitions, `changes` its fields that
    differ (without the states inside it), `was` its former name."""

    name: str
    verdict: Verdict
    before: Pointer | None = None
    after: Pointer | None = None
    was: str | None = None
    changes: tuple[Change, ...] = ()


class Comparison(Struct, frozen=True):
    """`machine` are fields of the machine itself and of its flows: StartAt, TimeoutSeconds, Comment..."""

    machine: tuple[Change, ...]
    states: tuple[StateChange, ...]

    @property
    def equal(self) -> bool:
        return not self.machine and not self.states


class _Found(Struct, frozen=True):
    pointer: Pointer
    own: dict[str, Json]


def compare(before: Json, after: Json) -> Comparison:
    """Both are definitions. States are found by their names, which are unique in a machine; one that was only renamed
    (its fields are as they were) is found too, and what leads to it is not changed by that."""
    old, new = dict(_states(before)), dict(_states(after))
    renamed: dict[str, str] = {}
    while len(more := _renamed(old, new)) > len(renamed):
        # What led to a renamed state is as it was, and so may be found to be renamed itself.
        renamed = more
        before = follow(before, {was: name for name, was in renamed.items()})
        old = dict(_states(before))
    found = []
    for name, state in new.items():
        was = renamed.get(name, name)
        if was not in old:
            found.append(StateChange(name=name, verdict="ADDED", after=state.pointer))
            continue
        differing = list(changes(old[was].own, state.own))
        around = (_around(old[was].pointer), _around(state.pointer))
        if around[0] != around[1]:
            differing.insert(0, Change("", around[0] or "the machine", around[1] or "the machine"))
        if differing or was != name:
            found.append(
                StateChange(
                    name=name,
                    verdict="CHANGED",
                    before=old[was].pointer,
                    after=state.pointer,
                    was=None if was == name else was,
                    changes=tuple(differing),
                )
            )
    gone = [name for name in old if name not in new and name not in renamed.values()]
    found += [StateChange(name=name, verdict="REMOVED", before=old[name].pointer) for name in gone]
    return Comparison(tuple(changes(_frame(before), _frame(after))), tuple(found))


def _renamed(old: dict[str, _Found], new: dict[str, _Found]) -> dict[str, str]:
    """New name -> old name, for states that are otherwise the same and cannot be mistaken for others."""
    gone = [name for name in old if name not in new]
    made: dict[str, str] = {}
    for name in (each for each in new if each not in old):
        alike = [each for each in gone if same(old[each].own, new[name].own)]
        if len(alike) == 1 and alike[0] not in made.values():
            made[name] = alike[0]
    return made


def follow(value: Json, renamed: Mapping[str, str]) -> Json:
    """A definition whose transitions lead to the new names of states; the states still have their old ones."""
    if isinstance(value, list):
        return [follow(each, renamed) for each in value]
    if not isinstance(value, dict):
        return value
    made = dict(value)
    for field in ("StartAt", "Next", "Default"):
        if isinstance(name := made.get(field), str):
            made[field] = renamed.get(name, name)
    for field in ("Choices", "Catch", *_INSIDE):
        if field in made:
            made[field] = follow(made[field], renamed)
    if isinstance(states := made.get("States"), dict):
        made["States"] = {name: follow(state, renamed) for name, state in states.items()}
    return made


def _states(value: Json, pointer: Pointer = "") -> Iterator[tuple[str, _Found]]:
    """All states, outer before inner, each without those inside it."""
    from treadle.asl.findings import escape

    for name, state in (value.get("States") or {}).items() if isinstance(value, dict) else ():
        here = f"{pointer}/States/{escape(name)}"
        if not isinstance(state, dict):
            continue
        yield name, _Found(here, _own(state))
        for step, flow in flows(state):
            yield from _states(flow, f"{here}/{step}")


def flows(state: dict[str, Any]) -> Iterator[tuple[str, Json]]:
    """The flows inside a state with the way to them."""
    for index, branch in enumerate(state.get("Branches") or ()):
        yield f"Branches/{index}", branch
    for field in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(field), dict):
            yield field, state[field]


def _own(state: dict[str, Json]) -> dict[str, Json]:
    """A state's fields; of the flows inside it only what is not states."""
    made = {name: value for name, value in state.items() if name not in _INSIDE}
    for step, flow in flows(state):
        made[step.replace("/", " ")] = _frame(flow)
    return made


def _frame(flow: Json) -> Json:
    return {name: value for name, value in flow.items() if name != "States"} if isinstance(flow, dict) else flow


def _around(pointer: Pointer) -> Pointer:
    """The pointer of the flow that a state is in, by the names around it only."""
    return pointer.rpartition("/States/")[0]
