"""TR4xx: transitions and requests that are paid for and not needed."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.asl.machine import ABSENT, Flow, Map, Pass, State, Task, Wait
from treadle.asl.references import inner
from treadle.asl.resource import OPTIMIZED, Resource, parse_resource
from treadle.integrations.job_table import ROWS, WATCHED
from treadle.integrations.models import find_api
from treadle.tools.lint.rule import Hit, Subject, cycles, fix, is_open, targets
from treadle.tools.source import remove
from treadle.tools.source.edit import replace

_EXPRESS = 300  # seconds an Express workflow may take


def polling(subject: Subject) -> Iterator[Hit]:
    """TR401."""
    if subject.kind == "EXPRESS":
        return
    for flow in _flows(subject):
        for loop in cycles(flow):
            if not any(isinstance(flow.states[name], Wait) for name in loop):
                continue
            for name in sorted(loop):
                state = flow.states[name]
                start = _started_by(state) if isinstance(state, Task) else None
                if start is not None:
                    message = f"Asking again and again is paid per transition: {start}.sync waits for the end by itself"
                    yield Hit(state.pointer, message)


def _flows(subject: Subject) -> Iterator[Flow]:
    yield subject.machine.flow
    for spot in subject.spots:
        yield from inner(spot.state)


def _started_by(task: Task) -> str | None:
    """The integration with `.sync` that makes this question needless."""
    resource = parse_resource(task.resource)
    if resource is None or resource.kind != "task" or resource.pattern != "request" or "${" in task.resource:
        return None
    for name, watched in WATCHED.items():
        service, _, action = name.partition(":")
        if "sync" in OPTIMIZED[service][action] and _asks(resource, name, watched.describe.operation):
            return name
    return None


def _asks(resource: Resource, name: str, operation: str) -> bool:
    service, action = ROWS[name].service if name in ROWS else "", operation[:1].lower() + operation[1:]
    if resource.sdk is None:
        return resource.service == service and resource.action == action
    model = find_api(resource.sdk) if resource.action == action else None
    return model is not None and model.name == service


def idle_pass(subject: Subject) -> Iterator[Hit]:
    """TR402."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Pass) or spot.kind == "EXPRESS" or not _is_idle(state):
            continue
        if state.next is None or state.comment is not None or state.next == state.name:
            continue
        sources = [each for each in spot.flow.states.values() if state.name in targets(each)]
        single = len(sources) == 1 and sources[0].next == state.name and spot.flow.start != state.name
        mended = None
        if single:
            mended = fix(
                "Remove the state",
                replace(subject.document, f"{sources[0].pointer}/Next", state.next),
                remove(subject.document, state.pointer),
            )
        yield Hit(state.pointer, "This state changes nothing, and is paid for as a transition", mended)


def _is_idle(state: Pass) -> bool:
    given = (state.result, state.parameters, state.assign, state.output)
    return all(each is ABSENT for each in given) and state.input_path == "$" and state.output_path == "$"


def twin_passes(subject: Subject) -> Iterator[Hit]:
    """TR403."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Pass) or spot.kind == "EXPRESS" or _is_idle(state) or state.language != "JSONata":
            continue
        following: State | None = spot.flow.states.get(state.next or "")
        if not isinstance(following, Pass) or _is_idle(following):
            continue
        sources = [each for each in spot.flow.states.values() if following.name in targets(each)]
        if len(sources) == 1 and state.assign is ABSENT:
            message = f"{state.name} and {following.name} could be one state: each is paid for as a transition"
            yield Hit(following.pointer, message)


def could_be_express(subject: Subject) -> Iterator[Hit]:
    """TR404."""
    timeout = subject.machine.timeout
    if subject.kind != "STANDARD" or timeout is None or timeout > _EXPRESS:
        return
    for spot in subject.spots:
        state = spot.state
        resource = parse_resource(state.resource) if isinstance(state, Task) else None
        patient = resource is not None and (resource.kind == "activity" or resource.pattern != "request")
        if patient or (isinstance(state, Task) and resource is None) or is_open(subject.document, state):
            return
        if isinstance(state, Map) and state.mode == "DISTRIBUTED":
            return
    message = f"It ends within {timeout} seconds and waits for nobody: as Express it is paid by time, not by transition"
    yield Hit("/TimeoutSeconds", f"{message}, if its steps may run twice")
