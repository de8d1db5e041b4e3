"""Mocked results checked against the API they stand for: TestState and the test kit.

The API is that of the integration, for a job (`.sync`) the one that describes it. What a task token brings, an activity
or a function called by its ARN may be any JSON, and so may the answers of HTTP tasks, API Gateway and EKS
(https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html).
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from treadle.asl.resource import Resource
from treadle.integrations import job_table, optimized
from treadle.integrations.aws_sdk import find_operation
from treadle.integrations.models import Operation, members, operation
from treadle.integrations.naming import capitalize
from treadle.values import Json

# STRICT: what the API requires must be there, and what is there must fit. PRESENT: only the latter. NONE: all goes.
Mode: TypeAlias = Literal["STRICT", "PRESENT", "NONE"]

_EXPECTED = {
    "string": (str, "a string"),
    "char": (str, "a string"),
    "timestamp": (str, "a string"),
    "blob": (str, "a string"),
    "boolean": (bool, "a boolean"),
    "list": (list, "an array"),
    "map": (dict, "an object"),
    "structure": (dict, "an object"),
}
_UNCHECKED = frozenset({"http", "apigateway", "eks"})
# Members that Step Functions decodes, so that they hold any JSON.
_DECODED = {
    ("lambda:invoke", "request"): frozenset({"Payload"}),
    ("bedrock:invokeModel", "request"): frozenset({"Body"}),
    ("states:startExecution", "sync:2"): frozenset({"Input", "Output"}),
}


class Fault(Exception):
    """The first thing that is wrong with a mocked result."""


class _Check(Struct, frozen=True):
    strict: bool
    style: Literal["sdk", "optimized"]
    decoded: frozenset[str] = frozenset()

    def value(self, shape: Any, value: Json, field: str) -> None:
        if getattr(shape, "is_document_type", False):
            return
        kind, wanted = _EXPECTED.get(shape.type_name, ((int, float), "a number"))
        fits: bool = isinstance(value, kind)
        if not fits or (wanted == "a number" and type(value) is bool):
            raise Fault(f"Field '{field}' must be {wanted}")
        match shape.type_name:
            case "structure":
                self.structure(shape, value)
            case "list":
                _check_size(shape, len(value), field, "length")
                for inner in value:
                    self.value(shape.member, inner, field)
            case "map":
                for inner in value.values():
                    self.value(shape.value, inner, field)
            case "string":
                if shape.enum and value not in shape.enum:
                    raise Fault(f"Field '{field}' is not an expected value")
                _check_size(shape, len(value), field, "length")
            case "integer" | "long" | "float" | "double":
                _check_size(shape, value, field, "value")

    def structure(self, shape: Any, value: dict[str, Json]) -> None:
        known = {each.shown if self.style == "sdk" else capitalize(each.name): each for each in members(shape).values()}
        if self.strict:
            for name, member in known.items():
                if member.required and name not in value:
                    raise Fault(f"Required field '{name}' is missing")
        for name, inner in value.items():
            if name in known and name not in self.decoded:
                self.value(known[name].shape, inner, name)


def _check_size(shape: Any, size: float, field: str, what: str) -> None:
    """Length or value against the API's limits."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        raise Fault(f"Field '{field}' is smaller than the minimum {what}")
    if most is not None and size > most:
        raise Fault(f"Field '{field}' exceeds the maximum {what}")


def find_fault(resource: Resource, result: Json, mode: Mode = "STRICT") -> str | None:
    """What AWS says of a mocked `result` of `resource`, None when it is fine."""
    target = None if mode == "NONE" else described(resource)
    if target is None or target.output is None:
        return None
    if not isinstance(result, dict):
        return "Mocked result must be a JSON object."
    decoded = _DECODED.get((f"{resource.service}:{resource.action}", resource.pattern), frozenset())
    check = _Check(mode == "STRICT", "sdk" if resource.sdk is not None else "optimized", decoded)
    try:
        check.structure(target.output, result)
    except Fault as fault:
        return f"Mock result schema validation error: {fault}"
    return None


def known_members(resource: Resource) -> dict[str, Any]:
    """The members that a result may have, as Step Functions spells them, with their shapes; none if it may be anything.

    Optimized integrations keep the API's spelling but for the first letter, the SDK ones have a spelling of their own.
    """
    target = described(resource)
    if target is None or target.output is None:
        return {}
    found = members(target.output).values()
    return {(each.shown if resource.sdk is not None else capitalize(each.name)): each.shape for each in found}


def described(resource: Resource) -> Operation | None:
    """The operation whose output a result of `resource` looks like, None when it may look like anything."""
    if resource.kind != "task" or resource.pattern == "token" or resource.service in _UNCHECKED:
        return None
    if resource.sdk is not None:
        found = find_operation(resource.sdk, resource.action)
        return None if isinstance(found, str) else found
    name = f"{resource.service}:{resource.action}"
    job = resource.pattern != "request"
    match name:
        case "lambda:invoke":
            return operation("lambda", "Invoke")
        case "states:startExecution":
            return operation("stepfunctions", "DescribeExecution" if job else "StartExecution")
    row = optimized.ROWS.get(name) or job_table.ROWS.get(name)
    if row is None:
        return None
    watched = job_table.WATCHED.get(name) if job else None
    return operation(row.service, row.operation if watched is None else watched.describe.operation)
