"""Variables that no way through the workflow assigns, and fields that a way does not give: the run fails there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from treadle.asl.machine import ABSENT, Absent, Choice, Flow, Map, Parallel, State, Task
from treadle.asl.references import inner, references, texts
from treadle.tools.lint.rule import Hit, Subject
from treadle.values import Json

# An expression that is a path of the state's input and nothing else: where nothing is there, it fails.
_FIELD: Final = re.compile(r"\{%\s*\$states\.input\.(\w+)(?:[.\[][^?:=<>~&(+*/{]*)?\s*%\}")
_ERROR_OUTPUT: Final = {"Error": "", "Cause": ""}


def unassigned(subject: Subject) -> Iterator[Hit]:
    """TR120."""
    yield from _flow(subject.machine.flow, frozenset())


def _flow(flow: Flow, outer: frozenset[str]) -> Iterator[Hit]:
    before = _before(flow, outer)
    for name, state in flow.states.items():
        known = before.get(name)
        if known is None:
            continue  # never reached, which is told already
        for variable in sorted(references(state) - known):
            yield Hit(state.pointer, f"${variable} is read here, but no way to this state assigns it")
        seen = frozenset() if isinstance(state, Map) and state.mode == "DISTRIBUTED" else known
        for each in inner(state):
            yield from _flow(each, seen)


def _before(flow: Flow, outer: frozenset[str]) -> dict[str, frozenset[str]]:
    """State -> the variables that some way to it has assigned."""
    if flow.start not in flow.states:
        return {}
    before = {flow.start: outer}
    waiting = [flow.start]
    while waiting:
        name = waiting.pop()
        for target, assigned in _ways(flow.states[name]):
            known = before[name] | assigned
            if target in flow.states and (target not in before or not known <= before[target]):
                before[target] = before.get(target, frozenset()) | known
                waiting.append(target)
    return before


def _ways(state: State) -> Iterator[tuple[str, frozenset[str]]]:
    """Where a state may lead, and what it assigns on that way."""
    own = _names(state.assign, state.language)
    if state.next is not None:
        yield state.next, own
    if isinstance(state, Choice):
        for rule in state.choices:
            yield rule.next, _names(rule.assign, state.language)
        if state.default is not None:
            yield state.default, own
    if isinstance(state, Task | Parallel | Map):
        for catcher in state.catch:
            yield catcher.next, _names(catcher.assign, state.language)


def _names(assign: Json | Absent, language: str) -> frozenset[str]:
    if assign is ABSENT or not isinstance(assign, dict):
        return frozenset()
    return frozenset(key.removesuffix(".$") if language == "JSONPath" else key for key in assign)


def missing_field(subject: Subject) -> Iterator[Hit]:
    """TR121."""
    for spot in subject.spots:
        if spot.state.language != "JSONata":
            continue
        read = {match[1] for text in texts(spot.state) if (match := _FIELD.fullmatch(text))}
        for before in spot.flow.states.values() if read else ():
            for how, target, given in _handed_on(before):
                missing = sorted(read - given.keys()) if target == spot.state.name and isinstance(given, dict) else []
                if missing:
                    message = f"{before.name} {how} without {missing[0]}, and $states.input.{missing[0]} fails then"
                    yield Hit(spot.state.pointer, f"{message}: ask $exists() first, or hand it on")


def _handed_on(state: State) -> Iterator[tuple[str, str, Json | Absent]]:
    """The ways out of a JSONata state: how, whereto, and the Output that is written for it."""
    if state.language != "JSONata":
        return
    default = state.default if isinstance(state, Choice) else state.next
    if default is not None:
        yield "leads here", default, state.output
    for rule in state.choices if isinstance(state, Choice) else ():
        yield "leads here by a rule", rule.next, rule.output
    for catcher in state.catch if isinstance(state, Task | Parallel | Map) else ():
        output = _ERROR_OUTPUT if catcher.output is ABSENT else catcher.output
        yield "leads here by a Catch", catcher.next, output
