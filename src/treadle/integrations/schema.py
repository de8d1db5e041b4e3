"""What a mocked result must look like: TestState checks it against the model of the API that the task would call.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html. HTTP tasks, API Gateway, EKS and
functions called by their ARN are not checked, as at AWS.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from treadle.asl.resource import Resource
from treadle.integrations import job_table, optimized
from treadle.integrations.aws_sdk import find_operation
from treadle.integrations.models import members, operation
from treadle.integrations.naming import capitalize
from treadle.integrations.shapes import Style
from treadle.values import Json

# STRICT: what is there has the right type, what is required is there. PRESENT: the former alone. NONE: no check.
Mode: TypeAlias = Literal["STRICT", "PRESENT", "NONE"]
# Members that stand for any JSON in a task's result though the API has text there.
_ANY = frozenset({("Invoke", "Payload"), ("InvokeModel", "Body")})
_NUMBER = ("a number", (int, float))
_STRING = ("a string", (str,))
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "structure": ("an object", (dict,)),
    "map": ("an object", (dict,)),
    "list": ("an array", (list,)),
    "boolean": ("a boolean", (bool,)),
    "integer": _NUMBER,
    "long": _NUMBER,
    "float": _NUMBER,
    "double": _NUMBER,
    "string": _STRING,
    # In JSON, times and bytes are text.
    "timestamp": _STRING,
    "blob": _STRING,
}


def mismatch(resource: Resource, result: Json, mode: Mode = "STRICT") -> str | None:
    """Why a mock of `resource` may not answer `result`, in AWS's words, or None."""
    found = None if mode == "NONE" else _output(resource)
    if found is None:
        return None
    name, shape, style = found
    fault = _Check(name, style, mode == "STRICT").fault(shape, result, "")
    return None if fault is None else f"Mock result schema validation error: {fault}"


def _output(resource: Resource) -> tuple[str, Any, Style] | None:
    """(operation, output shape, style of names) of the API behind a resource, None when it is not checked."""
    if resource.kind != "task" or resource.service in ("http", "apigateway", "eks"):
        return None
    if resource.sdk is not None:
        called = find_operation(resource.sdk, resource.action)
        return None if isinstance(called, str) else (called.name, called.output, "sdk")
    found = _optimized(f"{resource.service}:{resource.action}", resource.pattern.startswith("sync"))
    if found is None:
        return None
    target = operation(*found)
    return target.name, target.output, "optimized"


def _optimized(name: str, job: bool) -> tuple[str, str] | None:
    """(service, operation) by botocore's names; a job is mocked by the answer of the operation that polls it."""
    if name == "lambda:invoke":
        return "lambda", "Invoke"
    if name == "states:startExecution":
        return "stepfunctions", "DescribeExecution" if job else "StartExecution"
    row = optimized.ROWS.get(name) or job_table.ROWS.get(name)
    if row is None:
        return None
    watched = job_table.WATCHED.get(name) if job else None
    return row.service, row.operation if watched is None else watched.describe.operation


class _Check:
    def __init__(self, operation: str, style: Style, strict: bool) -> None:
        self.operation, self.style, self.strict = operation, style, strict

    def fault(self, shape: Any, value: Json, field: str) -> str | None:
        """The first thing that is wrong with `value`."""
        if shape is None or getattr(shape, "is_document_type", False):
            return None
        wanted, types = _KINDS[shape.type_name]
        if not _is(value, types):
            return f"Field '{field}' must be {wanted}" if field else "Mocked result must be a JSON object."
        match shape.type_name:
            case "structure":
                return self.structure(shape, value)
            case "list":
                return next(filter(None, (self.fault(shape.member, inner, field) for inner in value)), None)
            case "map":
                return next(filter(None, (self.fault(shape.value, inner, key) for key, inner in value.items())), None)
            case kind:
                return _limits(kind, shape, value, field)

    def structure(self, shape: Any, value: dict[str, Json]) -> str | None:
        for inner in members(shape).values():
            shown = inner.shown if self.style == "sdk" else capitalize(inner.name)
            if shown not in value:
                if inner.required and self.strict:
                    return f"Required field '{shown}' is missing"
            elif (self.operation, shown) not in _ANY and (fault := self.fault(inner.shape, value[shown], shown)):
                return fault
        return None


def _is(value: Json, types: tuple[type, ...]) -> bool:
    """True and false are no numbers."""
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _limits(kind: str, shape: Any, value: Json, field: str) -> str | None:
    """Enumerations and limits of the model."""
    limits = shape.metadata
    if limits.get("enum") and value not in limits["enum"]:
        return f"Field '{field}' is not an expected value"
    if kind in ("blob", "timestamp", "boolean"):
        return None
    size, what = (len(value), "length") if isinstance(value, str) else (value, "value")
    if limits.get("min") is not None and size < limits["min"]:
        return f"Field '{field}' is smaller than the minimum {what}"
    if limits.get("max") is not None and size > limits["max"]:
        return f"Field '{field}' exceeds the maximum {what}"
    return None
