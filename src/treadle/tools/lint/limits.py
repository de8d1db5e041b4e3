"""TR301, TR302, TR306: what runs into the 25,000 events of a history, and data that is not what it seems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from treadle.asl.machine import ABSENT, Flow, Map, Parallel, Pass, State, Task, Wait
from treadle.asl.references import inner, texts
from treadle.asl.resource import parse_resource
from treadle.tools.lint.rule import Hit, Subject, cycles, fix, leaves, pointer_to, targets
from treadle.tools.source import escape, rename, replace
from treadle.values import Json, dumps

EVENTS: Final = 25_000
_PATIENCE = 43_200  # seconds that a poll should be able to go on: half a day


def events_of(state: State) -> int:
    """Events that one pass through a state writes, without retries; inner Maps of unknown length count once."""
    match state:
        case Map() if state.mode == "DISTRIBUTED":
            return 6
        case Map():
            return 4 + (known_items(state) or 1) * (2 + longest(state.processor))
        case Parallel():
            return 4 + sum(longest(branch) for branch in state.branches)
        case Task():
            resource = parse_resource(state.resource)
            return 5 if resource is None or resource.pattern == "request" else 6
    return 2


def longest(flow: Flow) -> int:
    """Events of the longest way through a flow, each loop taken once."""
    known: dict[str, int] = {}
    stack = [(flow.start, False)]
    while stack:
        name, ready = stack.pop()
        if name not in flow.states or (name in known and not ready):
            continue
        state = flow.states[name]
        if not ready:
            known[name] = 0
            stack.append((name, True))
            stack += [(each, False) for each in targets(state)]
        else:
            known[name] = events_of(state) + max((known.get(each, 0) for each in targets(state)), default=0)
    return known.get(flow.start, 0)


def known_items(state: Map) -> int | None:
    """How many items a Map has, where the definition itself says so."""
    if isinstance(state.items, list):
        return len(state.items)
    text = state.items if isinstance(state.items, str) else ""
    ranged = re.fullmatch(r"\{%\s*\[\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*\]\s*%\}", text)
    return max(int(ranged[2]) - int(ranged[1]) + 1, 0) if ranged else None


def items_from(spot_flow: Flow, state: Map) -> int | None:
    """The same, where the state before makes the list: a Pass with a literal, or States.ArrayRange."""
    known = known_items(state)
    if known is not None or state.language == "JSONata":
        return known
    sources = [each for each in spot_flow.states.values() if state.name in targets(each)]
    if len(sources) != 1 or not isinstance(sources[0], Pass):
        return None
    made = sources[0].result if sources[0].result is not ABSENT else sources[0].parameters
    path = re.fullmatch(r"\$(?:\.(\w+))?", state.items_path)
    if path is None:
        return None
    value = made if path[1] is None else _member(made, path[1])
    if isinstance(value, list):
        return len(value)
    ranged = re.fullmatch(r"States\.ArrayRange\((-?\d+),\s*(-?\d+),\s*([1-9]\d*)\)", str(value))
    return max((int(ranged[2]) - int(ranged[1])) // int(ranged[3]) + 1, 0) if ranged else None


def _member(value: Json, name: str) -> Json:
    return value.get(name, value.get(f"{name}.$")) if isinstance(value, dict) else None


def long_map(subject: Subject) -> Iterator[Hit]:
    """TR301."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Map) or state.mode == "DISTRIBUTED" or spot.kind == "EXPRESS":
            continue
        items = items_from(spot.flow, state)
        each = 2 + longest(state.processor)
        if items is not None and items * each > EVENTS:
            message = (
                f"{items:,} items write {items * each:,} events; a history ends at {EVENTS:,}: use a distributed Map"
            )
            yield Hit(state.pointer, message)


def long_loop(subject: Subject) -> Iterator[Hit]:
    """TR302."""
    for flow, kind in flows(subject):
        if kind == "EXPRESS":
            continue
        for loop in cycles(flow):
            events = sum(events_of(flow.states[name]) for name in loop)
            rounds = bound(flow, loop)
            first = flow.states[next(name for name in flow.states if name in loop)]
            if rounds is not None:
                if rounds * events > EVENTS:
                    message = f"{rounds:,} rounds of {events} events each pass the {EVENTS:,} of a history"
                    yield Hit(first.pointer, f"{message}: begin a new execution in time")
                continue
            seconds = _waits(flow, loop)
            limit = subject.machine.timeout
            life = EVENTS // events * seconds if seconds else 0
            if seconds and life < _PATIENCE and (limit is None or limit > life) and not _counts(flow, loop):
                message = f"Asking every {seconds} seconds fills the history ({EVENTS:,} events) in {life / 3600:.1f} h"
                waiting = next(flow.states[name] for name in sorted(loop) if isinstance(flow.states[name], Wait))
                yield Hit(
                    waiting.pointer, f"{message}, and then the execution fails: wait longer, or use TimeoutSeconds"
                )


def flows(subject: Subject) -> Iterator[tuple[Flow, str]]:
    yield subject.machine.flow, subject.kind or "STANDARD"
    for spot in subject.spots:
        state = spot.state
        child = state.execution_type if isinstance(state, Map) and state.mode == "DISTRIBUTED" else spot.kind
        yield from ((flow, child) for flow in inner(state))


def _waits(flow: Flow, loop: frozenset[str]) -> int:
    """Seconds that one round waits; 0 when that depends on data."""
    waits = [state for name in loop if isinstance(state := flow.states[name], Wait)]
    seconds = [state.seconds for state in waits if isinstance(state.seconds, int)]
    return sum(seconds) if len(seconds) == len(waits) else 0


def _counters(flow: Flow, loop: frozenset[str]) -> set[str]:
    """What is counted up in a loop: `$.tries`, `$tries`."""
    found: set[str] = set()
    for name in loop:
        state = flow.states[name]
        for text in (*texts(state), dumps(state.assign) if state.assign is not ABSENT else ""):
            found |= set(re.findall(r"States\.MathAdd\(\s*(\$[\w.$\[\]']*)", text))
            found |= {f"${each}" for each in re.findall(r"\$([\w.]+)\s*[+-]\s*1\b", text)}
    return found


def _counts(flow: Flow, loop: frozenset[str]) -> bool:
    """Whether a way out of the loop depends on a number it counts, or on time."""
    counters = {each.rpartition(".")[2].lstrip("$") for each in _counters(flow, loop)}
    for choice in leaves(flow, loop):
        for rule in choice.choices:
            text = dumps(rule.condition)
            if "Timestamp" in text or "$now" in text or "$millis" in text:
                return True
            if any(re.search(rf"\b{re.escape(each)}\b", text) for each in counters if each):
                return True
    return False


def bound(flow: Flow, loop: frozenset[str]) -> int | None:
    """How often a loop goes round, where it counts up to a constant."""
    counters = _counters(flow, loop)
    bounds: list[int] = []
    for choice in leaves(flow, loop):
        for rule in choice.choices:
            bounds += _limits(rule.condition, counters)
    return max(bounds) if bounds else None


def _limits(condition: Json, counters: set[str]) -> Iterator[int]:
    if isinstance(condition, str):
        for name, number in re.findall(r"\$([\w.]+)\s*[<>]=?\s*(\d+)", condition):
            if f"${name}" in counters:
                yield int(number)
    elif isinstance(condition, dict) and condition.get("Variable") in counters:
        for name, value in condition.items():
            if name.startswith(("NumericLess", "NumericGreater")) and isinstance(value, int):
                yield value


_TEMPLATES: Final[Mapping[str, str]] = {
    "Parameters": "parameters",
    "Arguments": "parameters",
    "ResultSelector": "result_selector",
    "ItemSelector": "item_selector",
    "Assign": "assign",
    "Output": "output",
}
_LIKE_PATH = re.compile(r"\$\.[A-Za-z_][\w.\[\]*'-]*|\$\$\.[A-Za-z_][\w.\[\]]*|States\.[A-Z]\w+\(.*\)")
_LIKE_JSONATA = re.compile(r"\$states\.(input|result|context|errorOutput)\b[\w.\[\]]*")


def unevaluated(subject: Subject) -> Iterator[Hit]:
    """TR306."""
    for spot in subject.spots:
        for field, attribute in _TEMPLATES.items():
            template = getattr(spot.state, attribute, ABSENT)
            place = pointer_to(spot.state, field)
            if template is ABSENT or subject.document.node(place) is None:
                continue
            for pointer, key, text in _literals(template, place):
                yield from _suspect(subject, spot.state, pointer, key, text)


def _suspect(subject: Subject, state: State, pointer: str, key: str | None, text: str) -> Iterator[Hit]:
    if state.language == "JSONPath" and key is not None and not key.endswith(".$"):
        if _LIKE_PATH.fullmatch(text):
            edit = rename(subject.document, pointer, f"{key}.$")
            yield Hit(
                pointer, f"This is the text {text}, not what it finds: name the field {key}.$", fix("Add .$", edit)
            )
        elif text.startswith("{%") and text.endswith("%}"):
            yield Hit(pointer, f"This state is JSONPath, so this is only a text: {text[:60]}")
    elif state.language == "JSONata" and (_LIKE_JSONATA.fullmatch(text) or _LIKE_PATH.fullmatch(text)):
        right = text if text.startswith("$states") else None
        edit = replace(subject.document, pointer, f"{{% {right} %}}") if right else None
        yield Hit(
            pointer, f"This is the text {text}, not what it finds: write {{% %}} around it", fix("Add {% %}", edit)
        )


def _literals(value: Json, pointer: str, key: str | None = None) -> Iterator[tuple[str, str | None, str]]:
    """The texts of a template with their places and the member they are the value of."""
    stack: list[tuple[Any, str, str | None]] = [(value, pointer, key)]
    while stack:
        value, pointer, key = stack.pop()
        if isinstance(value, str):
            yield pointer, key, value
        elif isinstance(value, dict):
            stack += [(each, f"{pointer}/{escape(name)}", name) for name, each in value.items()]
        elif isinstance(value, list):
            stack += [(each, f"{pointer}/{index}", None) for index, each in enumerate(value)]
