"""Definitions at the door: parsed when a machine is made, and ValidateStateMachineDefinition."""

from __future__ import annotations

from functools import partial
from typing import Any

from treadle.api.context import Answer, Context, Params
from treadle.asl.findings import DefinitionError, TaskCheck
from treadle.asl.machine import Diagnostic
from treadle.asl.parse import diagnose, parse
from treadle.asl.references import variable_references
from treadle.aws import AwsError
from treadle.engine.execution import Kind
from treadle.runtime.plans import apart
from treadle.values import Json

_MOST = 100  # diagnostics of one answer (API reference, maxResults)


async def variables(context: Context, definition: str, kind: Kind) -> Json:
    """The machine's variable references, None without any. Raises InvalidDefinition for what AWS would refuse."""
    return await apart(len(definition), partial(_variables, definition, kind, context.office.tasks))


def _variables(definition: str, kind: Kind, tasks: TaskCheck | None) -> Json:
    try:
        machine = parse(definition, kind=kind, tasks=tasks)
    except DefinitionError as error:
        raise AwsError("InvalidDefinition", str(error)) from None
    return variable_references(machine) or None


async def validate(context: Context, params: Params) -> Answer:
    """ValidateStateMachineDefinition."""
    look = partial(
        diagnose,
        params["definition"],
        kind=params.get("type") or "STANDARD",
        severity=params.get("severity") or "ERROR",
        tasks=context.office.tasks,
    )
    found = await apart(len(params["definition"]), look)
    most = params.get("maxResults") or _MOST
    failed = any(diagnostic.severity == "ERROR" for diagnostic in found)
    return {
        "result": "FAIL" if failed else "OK",
        "diagnostics": [_shown(diagnostic) for diagnostic in found[:most]],
        "truncated": len(found) > most,
    }


def _shown(diagnostic: Diagnostic) -> dict[str, Any]:
    shown = {"severity": diagnostic.severity, "code": diagnostic.code, "message": diagnostic.message}
    return shown if diagnostic.location is None else {**shown, "location": diagnostic.location}
