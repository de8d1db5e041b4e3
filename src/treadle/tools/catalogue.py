"""The actions a Task can take, searched and described: optimized integrations and every operation of the SDKs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from treadle.asl.resource import OPTIMIZED, Pattern, parse_resource, suffix
from treadle.integrations import job_table, optimized
from treadle.integrations.catalog import find
from treadle.integrations.models import Operation, api, find_api, members, operation, segments
from treadle.values import Json

# Searched when no word names a service; their models are small.
_COMMON = ("lambda", "s3", "dynamodb", "sqs", "sns", "sfn", "eventbridge", "secretsmanager", "ssm", "kms", "ecs")
# The models of so many services are loaded for one question, at most.
_MOST_SERVICES = 8
_DEEPEST = 3
# What the API's model does not know: these are Step Functions' own.
_OWN: dict[str, dict[str, Json]] = {
    "lambda:invoke": {"FunctionName": "", "Payload": {}},
    "states:startExecution": {"StateMachineArn": "", "Input": {}},
    "apigateway:invoke": {"ApiEndpoint": "", "Method": "GET", "Path": ""},
    "http:invoke": {"ApiEndpoint": "", "Method": "GET", "InvocationConfig": {"ConnectionArn": ""}},
    "eks:call": {"ClusterName": "", "CertificateAuthority": "", "Endpoint": "", "Method": "GET", "Path": ""},
    "eks:runJob": {"ClusterName": "", "CertificateAuthority": "", "Endpoint": "", "Job": {}},
}
_PLAIN: dict[str, Json] = {
    "string": "",
    "character": "",
    "timestamp": "",
    "blob": "",
    "boolean": False,
    "list": [],
    "map": {},
}


class Action(Struct, frozen=True):
    """`resource` is the plain ARN of the request pattern; `patterns` are the endings it can have (".sync")."""

    resource: str
    service: str
    action: str
    patterns: list[str]
    sdk: bool


def search(text: str, limit: int) -> list[Action]:
    """The actions that all words of `text` are part of; the optimized ones first. No words: all optimized ones."""
    words = text.lower().split()
    found = [each for each in _optimized() if _fits(each, words)]
    if words:
        for each in _of_sdk(words):
            if len(found) >= limit:
                break
            found.append(each)
    return found[:limit]


def _fits(action: Action, words: list[str]) -> bool:
    name = f"{action.service} {action.action} {'sdk' if action.sdk else 'optimized'}".lower()
    return all(word in name for word in words)


def _optimized() -> Iterator[Action]:
    for service, actions in OPTIMIZED.items():
        for name, patterns in actions.items():
            arn = f"arn:aws:states:::{service}:{name}"
            performed = [suffix(each) for each in patterns if _performs(arn, each)]
            if performed:
                yield Action(arn, service, name, performed, False)


def _performs(arn: str, pattern: Pattern) -> bool:
    resource = parse_resource(arn + suffix(pattern))
    return resource is not None and find(resource) is not None


def _of_sdk(words: list[str]) -> Iterator[Action]:
    """Of the services that a word names, or of the common ones."""
    named = [segment for segment, _ in segments() if any(word in segment for word in words)]
    # "s3" before "s3control": the shortest are what is meant.
    for segment in sorted(named, key=len)[:_MOST_SERVICES] or _COMMON:
        known = find_api(segment)
        for name, operation_name in [] if known is None else sorted(known.operations.items()):
            action = Action(f"arn:aws:states:::aws-sdk:{segment}:{name}", segment, name, ["", suffix("token")], True)
            if known is not None and _fits(action, words) and not known.operation(operation_name).streaming:
                yield action


def describe(resource: str) -> Json:
    """The parameters of an action: `required` to begin with, and the names of `all`. None for what nobody knows."""
    target = parse_resource(resource)
    if target is None or target.kind != "task":
        return None
    name = f"{target.service}:{target.action}"
    described = _operation(name, target.sdk)
    shape = None if described is None else described.input
    inner = {} if shape is None else members(shape)
    shown = {each.shown: each for each in inner.values()}
    required = _OWN.get(name) or {key: _sample(it.shape, 0) for key, it in shown.items() if it.required}
    return {"required": required, "all": sorted({*required, *shown})}


def _operation(name: str, sdk: str | None) -> Operation | None:
    if sdk is not None:
        known = find_api(sdk)
        operation_name = None if known is None else known.operations.get(name.rpartition(":")[2])
        return None if known is None or operation_name is None else known.operation(operation_name)
    if name == "lambda:invoke":
        return operation("lambda", "Invoke")
    row = optimized.ROWS.get(name) or job_table.ROWS.get(name)
    return None if row is None else api(row.service).operation(row.operation)


def _sample(shape: Any, depth: int) -> Json:
    """A value of the shape's type that says no more than it must."""
    if shape.type_name == "structure":
        if depth >= _DEEPEST:
            return {}
        return {it.shown: _sample(it.shape, depth + 1) for it in members(shape).values() if it.required}
    return _PLAIN.get(shape.type_name, 0)
