"""How data went through a state, stage by stage: the engine's inspection (TestState's) over a visit of the past.

The recorded result stands for the task, so nothing is called. Where the history itself has a value (what the task got,
the output), that one is shown; a value that is computed again otherwise is said to differ: it holds luck or the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from treadle.asl import machine
from treadle.asl.compile import compile_state, input_stages
from treadle.asl.plan import Choice
from treadle.aws import AwsError
from treadle.console.past import Past, facts_of, scope_of, state_of, tried, variables_before, visit_of
from treadle.engine.inspect import Inspection, Probe
from treadle.tools.history import Attempt, Visit
from treadle.values import Json, StatesError, dumps

# Stage -> (the field of the definition, its title), in the order of their work.
JSONPATH = {
    "input": (None, "Input"),
    "afterInputPath": ("InputPath", "After InputPath"),
    "afterParameters": ("Parameters", "After Parameters"),
    "afterItemsPath": ("ItemsPath", "Items"),
    "afterItemsPointer": ("ItemsPointer", "Items"),
    "afterItemSelector": ("ItemSelector", "After ItemSelector"),
    "afterItemBatcher": ("ItemBatcher", "Batches"),
    "result": (None, "Result"),
    "errorOutput": (None, "Error output"),
    "afterResultSelector": ("ResultSelector", "After ResultSelector"),
    "afterResultPath": ("ResultPath", "After ResultPath"),
    "output": ("OutputPath", "Output"),
}
JSONATA = JSONPATH | {
    "afterArguments": ("Arguments", "After Arguments"),
    "output": ("Output", "Output"),
}
_SENT = ("afterParameters", "afterArguments")


def flow(past: Past, event: int, number: int | None = None) -> Json:
    """The stages of a visit; `number` is which of its attempts, from 0 (the last one when None). Raises AwsError."""
    visit = visit_of(past, event)
    if number is not None and not 0 <= number < len(visit.attempts):
        raise AwsError("ValidationException", f"{visit.name} has no attempt {number}.")
    state = state_of(past, visit)
    subject, reply, at = tried(past, visit, number)
    probe = Probe(subject, facts_of(past), at)
    if reply is not None:
        probe.answer(reply)
    inspection = probe.inspection() if probe.resting else None
    attempt = visit.attempts[number if number is not None else -1] if visit.attempts else None
    last = attempt is None or attempt is visit.attempts[-1]
    stages = _stages(state, visit, attempt, probe, inspection, last)
    return {
        "name": visit.name,
        "type": visit.type,
        "language": state.language,
        "attempt": visit.attempts.index(attempt) if attempt is not None else None,
        "attempts": len(visit.attempts),
        "stages": stages,
        "variables": _texts(variables_before(past, visit)),
        "assigned": _texts(visit.variables if last else {}),
        "context": dumps(subject.context),
        "rules": _rules(past, visit, state),
        **_verdict(inspection, visit),
    }


def _stages(
    state: machine.State,
    visit: Visit,
    attempt: Attempt | None,
    probe: Probe,
    inspection: Inspection | None,
    last: bool,
) -> list[Json]:
    values = dict(probe.stages())
    values.pop("variables", None)
    if attempt is not None and attempt.failed:
        values["errorOutput"] = {"Error": attempt.error or "", "Cause": attempt.cause or ""}
    recorded: dict[str, Json] = {}
    if attempt is not None and attempt.arguments is not None and visit.type == "Task":
        recorded |= {name: attempt.arguments for name in _SENT if name in values}
    if visit.outcome == "exited" and last:
        recorded["output"] = visit.output
    if inspection is not None and inspection.status in ("SUCCEEDED", "CAUGHT_ERROR") and visit.outcome != "open":
        values["output"] = inspection.output
    else:
        values.pop("output", None)
    titles = JSONATA if state.language == "JSONata" else JSONPATH
    shown, before = [], None
    for name, (field, title) in titles.items():
        if name not in values and name not in recorded:
            continue
        value = recorded.get(name, values.get(name))
        stage = {"name": name, "title": title, "field": field, "text": dumps(value), "same": before == (value,)}
        if name in recorded and name in values and values[name] != value:
            stage["differs"] = dumps(values[name])
        shown.append(stage)
        before = (value,)
    return shown


def _verdict(inspection: Inspection | None, visit: Visit) -> dict[str, Json]:
    """What the state decided: its error, the retrier or catcher that took it, the next state."""
    if inspection is None:
        return {"outcome": visit.outcome}
    told: dict[str, Any] = {"error": inspection.error, "cause": inspection.cause, "next": inspection.next}
    told = {name: value for name, value in told.items() if value is not None}
    return {"outcome": visit.outcome, "status": inspection.status, "handled": dict(inspection.handled), **told}


def _rules(past: Past, visit: Visit, state: machine.State) -> list[Json] | None:
    """Each rule of a Choice: whether it held, or why it could not be asked. None for other states."""
    if not isinstance(state, machine.Choice):
        return None
    node = compile_state(state)
    assert isinstance(node, Choice)
    scope, found = scope_of(past, visit), []
    try:
        value = scope.input
        for _, stage in input_stages(state):
            value = scope.root = stage(scope, value)
    except StatesError as problem:
        return [{"error": problem.cause}]
    for rule, written in zip(node.rules, (*state.choices, None), strict=False):
        told: dict[str, Json] = {"next": rule.next, "default": written is None}
        try:
            told["held"] = rule.test(scope)
        except StatesError as problem:
            told["error"] = problem.cause
        found.append(told)
    return found


def _texts(values: Mapping[str, Json]) -> dict[str, str]:
    return {name: dumps(value) for name, value in values.items()}
