"""Expressions tried on what a past state really saw: JSONPath, intrinsic functions, JSONata, and templates of them.

The engine's own evaluators, within a budget of their own; an empty answer comes with a hint where the way was lost.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET, Struct

from treadle.asl import intrinsics, jsonata, jsonpath
from treadle.asl.machine import Language
from treadle.asl.scope import Luck, Scope
from treadle.asl.template import compile_template, json_type
from treadle.aws import AwsError
from treadle.console.past import Past, children_of, reply_of, scope_of, state_of, visit_of
from treadle.engine.execution import Failure
from treadle.values import Json, StatesError, dumps, loads

# An expression that somebody plays with must not keep the server busy: an eighth of what a workflow may use.
BUDGET = jsonata.Budget(steps=500_000, memory=64 << 20)
LONGEST = 20_000
MOST = 1 << 20
_STEPS = re.compile(r"\.\.|[.\[(|^~&]")


class Question(Struct):
    """The question of POST evaluate. `root` is what `$` means in JSONPath: the state's input or its task's result."""

    execution: str
    event: int
    expression: str
    language: Language | None = None
    root: str = "input"


def evaluate(past: Past, question: Question) -> Json:
    """`{"value": TEXT, "type": ...}`, or `{"error": ..., "message": ...}`; `hint` where nothing was found.

    Raises AwsError where there is no such visit.
    """
    visit = visit_of(past, question.event)
    text = question.expression.strip()
    if not text or len(text) > LONGEST:
        raise AwsError("ValidationException", f"An expression has 1 to {LONGEST} characters.")
    scope = scope_of(past, visit, visit.retries)
    attempt = visit.attempts[-1] if visit.attempts else None
    reply = reply_of(visit, attempt, children_of(past, visit, attempt))
    if isinstance(reply, Failure):
        scope.fail({"Error": reply.error or "", "Cause": reply.cause or ""})
    elif reply is not None:
        scope.finish(reply.value)
    scope.root = _root(question.root, scope, visit.output if visit.outcome == "exited" else UNSET)
    language = question.language or state_of(past, visit).language
    try:
        return _jsonata(text, scope) if language == "JSONata" else _jsonpath(text, scope)
    except RecursionError:
        return {"error": "States.Runtime", "message": "The data is nested too deeply to be worked on."}


def _root(name: str, scope: Scope, output: Json) -> Json:
    found = {"input": scope.input, "output": output, "result": scope.result if scope.has_result else scope.error}
    if name not in found or found[name] is UNSET:
        raise AwsError("ValidationException", f"This state has no {name}.")
    return found[name]


def _told(value: Json) -> Json:
    text = dumps(value)
    if len(text) > MOST:
        return {"error": "States.DataLimitExceeded", "message": f"The value has {len(text)} characters."}
    return {"value": text, "type": json_type(value)}


# -- JSONPath
def _jsonpath(text: str, scope: Scope) -> Json:
    try:
        if text[0] in "{[":
            return _told(compile_template(loads(text), "JSONPath", "Parameters").evaluate(scope))
        if not text.startswith("$"):
            return _told(intrinsics.compile(text)(scope))
        path = jsonpath.compile(text)
    except StatesError as problem:
        return {"error": problem.error, "message": problem.cause or problem.error}
    except ValueError as problem:
        return {"error": "SCHEMA_VALIDATION_FAILED", "message": str(problem) or "This is no JSONPath."}
    try:
        value = scope.resolve(path)
    except StatesError as problem:
        hint = _hint(text, lambda prefix: scope.resolve(jsonpath.compile(prefix)))
        return {"error": problem.error, "message": problem.cause or "", "hint": hint}
    found = _told(value)
    if value == [] and not path.definite:
        found["hint"] = _hint(text, lambda prefix: _filled(scope.resolve(jsonpath.compile(prefix))))
    return found


def _filled(value: Json) -> Json:
    return UNSET if value == [] else value


# -- JSONata
def _jsonata(text: str, scope: Scope) -> Json:
    if text.startswith("{%") and text.endswith("%}"):
        text = text[2:-2].strip()
    elif "{%" in text and text[0] in "{[":
        return _template(text, scope)
    try:
        value = _query(text, scope)
    except jsonata.JsonataError as problem:
        told: dict[str, Any] = {"error": problem.code or "thrown", "message": problem.message}
        if problem.position is not None:
            told["position"] = problem.position
        return told
    if value is jsonata.UNDEFINED:
        hint = _hint(text, lambda prefix: _defined(_query(prefix, scope)))
        return {"nothing": True, "message": "The expression returned nothing (undefined).", "hint": hint}
    if value is jsonata.FUNCTION:
        return {"error": "States.QueryEvaluationError", "message": "The value is a function: call it with (...)."}
    return _told(value)


def _template(text: str, scope: Scope) -> Json:
    try:
        return _told(compile_template(loads(text), "JSONata", "Output").evaluate(scope))
    except jsonata.JsonataError as problem:
        return {"error": problem.code or "thrown", "message": problem.message}
    except StatesError as problem:
        return {"error": problem.error, "message": problem.cause or problem.error}
    except ValueError as problem:
        return {"error": "InvalidJson", "message": str(problem)}


def _query(text: str, scope: Scope) -> Json:
    world = jsonata.World(scope.at, Luck(len(text)), BUDGET)
    return jsonata.compile(text).evaluate(scope.bindings(True), world)


def _defined(value: Json) -> Json:
    return UNSET if value is jsonata.UNDEFINED or value is jsonata.FUNCTION else value


# -- why there is nothing
def _hint(text: str, find: Callable[[str], Json]) -> Json:
    """The longest beginning of an expression that still finds something, and what stands there; None if none does."""
    for cut in reversed([match.start() for match in _STEPS.finditer(text)][:200]):
        prefix = text[:cut].rstrip()
        if not prefix:
            continue
        try:
            value = find(prefix)
        except (StatesError, jsonata.JsonataError, ValueError, RecursionError):
            continue
        if value is UNSET:
            continue
        return _described(prefix, text[cut:], value)
    return None


def _described(prefix: str, rest: str, value: Json) -> Json:
    hint: dict[str, Any] = {"prefix": prefix, "rest": rest, "type": json_type(value)}
    if isinstance(value, list):
        hint["length"] = len(value)
        value = value[0] if value and isinstance(value[0], dict) else value
    if isinstance(value, dict):
        hint["members"] = list(value)[:30]
        wanted = re.match(r"[.\[\s'\"`]*([\w-]+)", rest)
        close = difflib.get_close_matches(wanted[1], list(value), 1, 0.6) if wanted else []
        same = [name for name in value if wanted and name.lower() == wanted[1].lower()]
        if same or close:
            hint["meant"] = (same or close)[0]
    return hint
