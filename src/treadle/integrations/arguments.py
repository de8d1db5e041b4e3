"""Parameters or Arguments of a Task as they are written, checked against the API before anything runs.

Only what stands there literally is judged: names of members and what is missing. Values that paths, intrinsic functions
or JSONata bring are known at run time alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from treadle.asl.resource import Resource
from treadle.integrations import bedrock, eks, function, gateway, http, job_table, optimized
from treadle.integrations.aws_sdk import find_operation
from treadle.integrations.models import accepted, members, operation
from treadle.integrations.naming import capitalize
from treadle.values import Json, Pointer

# Integrations without a model: (members they know, members they need).
_PLAIN: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "lambda:invoke": (frozenset(function.FIELDS), ("FunctionName",)),
    "apigateway:invoke": (frozenset(gateway.FIELDS), ("ApiEndpoint", "Method")),
    "http:invoke": (frozenset(http.FIELDS), ("ApiEndpoint", "Method")),
    "eks:call": (frozenset(eks.CALL_FIELDS), eks.CALL_REQUIRED),
    "eks:runJob": (frozenset(eks.JOB_FIELDS), eks.JOB_REQUIRED),
}


class Finding(Struct, frozen=True):
    """What AWS refuses at `pointer` (relative to the Parameters or Arguments), in its words.

    `location` is where AWS says it is, in its notation: the object that has the wrong member or lacks one.
    """

    pointer: Pointer
    message: str
    location: str = ""
    missing: bool = False


def check_arguments(resource: Resource, template: Json) -> list[Finding]:
    """Everything wrong with the `template` of a Task that uses `resource`; nothing for what cannot be judged."""
    if resource.kind != "task" or not isinstance(template, dict):
        return []
    name = f"{resource.service}:{resource.action}"
    if name in _PLAIN:
        return list(_plain(*_PLAIN[name], template))
    stored = []
    if name == "bedrock:invokeModel":
        stored = list(_stored(template))
        template = {key: value for key, value in template.items() if _bare(key) not in bedrock.STORED}
    found = _shape(resource, name)
    return stored if found is None else stored + list(_Template(*found).structure(found[0], template, _Spot()))


def _stored(template: dict[str, Json]) -> Iterator[Finding]:
    """A model's request and answer in S3, which its API does not know."""
    for key in bedrock.STORED:
        value = template.get(key)
        if isinstance(value, dict):
            for found in _plain(frozenset({"S3Uri"}), ("S3Uri",), value):
                yield Finding(f"/{key}{found.pointer}", found.message, f"/{key}", found.missing)


def _shape(resource: Resource, name: str) -> tuple[Any, bool, frozenset[str]] | None:
    """(input shape, whether names are those of the SDK, paths that hold any JSON)."""
    if resource.sdk is not None:
        target = find_operation(resource.sdk, resource.action)
        return None if isinstance(target, str) or target.input is None else (target.input, True, frozenset())
    if name == "states:startExecution":
        return operation("stepfunctions", "StartExecution").input, False, frozenset({"Input"})
    row = optimized.ROWS.get(name) or job_table.ROWS.get(name)
    # Rows that rearrange their arguments (EMR's clusters and steps) have names of their own.
    if row is None or row.service == "emr":
        return None
    return operation(row.service, row.operation).input, False, row.json


def _plain(known: frozenset[str], required: tuple[str, ...], template: dict[str, Json]) -> Iterator[Finding]:
    names = {_bare(key): key for key in template}
    for name, key in names.items():
        if name not in known:
            yield Finding(f"/{_escaped(key)}", _unknown(name))
    for name in required:
        if name not in names:
            yield Finding("", _missing(name), missing=True)


class _Spot(Struct, frozen=True):
    """Where a value stands: as a JSON pointer, in AWS's notation, and by the names of its members alone."""

    pointer: Pointer = ""
    location: str = ""
    path: str = ""

    def member(self, key: str) -> _Spot:
        path = f"{self.path}.{key}" if self.path else key
        return _Spot(f"{self.pointer}/{_escaped(key)}", f"{self.location}/{key}", path)

    def item(self, index: int) -> _Spot:
        return _Spot(f"{self.pointer}/{index}", f"{self.location}[{index}]", self.path)


class _Template:
    def __init__(self, shape: Any, sdk: bool, json: frozenset[str]) -> None:
        self.sdk, self.json = sdk, json

    def structure(self, shape: Any, value: dict[str, Json], at: _Spot) -> Iterator[Finding]:
        known, given = accepted(shape), set()
        for key, inner in value.items():
            name = _bare(key)
            found = known.get(name.lower())
            if found is None:
                yield Finding(at.member(key).pointer, _unknown(name), at.location)
                continue
            given.add(found.name)
            if name == key:
                yield from self.value(found.shape, inner, at.member(key))
        for each in members(shape).values():
            if each.required and each.name not in given and not each.shape.metadata.get("idempotencyToken"):
                shown = each.shown if self.sdk else capitalize(each.name)
                yield Finding(at.pointer, _missing(shown), at.location, missing=True)

    def value(self, shape: Any, value: Json, at: _Spot) -> Iterator[Finding]:
        if at.path in self.json or getattr(shape, "is_document_type", False):
            return
        match shape.type_name, value:
            case "structure", dict():
                yield from self.structure(shape, value, at)
            case "list", list():
                for index, inner in enumerate(value):
                    yield from self.value(shape.member, inner, at.item(index))
            case "map", dict():
                for key, inner in value.items():
                    if _bare(key) == key:
                        yield from self.value(shape.value, inner, at.member(key))


def _bare(key: str) -> str:
    """The member's name without the mark of a path."""
    return key.removesuffix(".$")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unknown(name: str) -> str:
    return f"The field '{name}' is not supported by Step Functions"


def _missing(name: str) -> str:
    return f"The field '{name}' is required but was missing"
