"""What a picture says about a state in a few words: subtitles, icons, rules as a sentence, badges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from treadle.asl.resource import Resource, parse_resource
from treadle.tools.layout.drawing import Badge
from treadle.values import Json

# Service prefix of a resource -> its name in the console, and the icon's name.
_SERVICES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "apigateway": ("API Gateway", "http"),
        "athena": ("Athena", "database"),
        "batch": ("Batch", "compute"),
        "bedrock": ("Bedrock", "model"),
        "bedrockruntime": ("Bedrock", "model"),
        "codebuild": ("CodeBuild", "compute"),
        "databrew": ("DataBrew", "data"),
        "dynamodb": ("DynamoDB", "database"),
        "ecs": ("ECS", "compute"),
        "eks": ("EKS", "compute"),
        "elasticmapreduce": ("EMR", "compute"),
        "emr-containers": ("EMR on EKS", "compute"),
        "emr-serverless": ("EMR Serverless", "compute"),
        "events": ("EventBridge", "message"),
        "eventbridge": ("EventBridge", "message"),
        "glue": ("Glue", "data"),
        "http": ("HTTP", "http"),
        "lambda": ("Lambda", "function"),
        "mediaconvert": ("MediaConvert", "data"),
        "rdsdata": ("RDS Data", "database"),
        "s3": ("S3", "storage"),
        "sagemaker": ("SageMaker", "model"),
        "secretsmanager": ("Secrets Manager", "service"),
        "ses": ("SES", "message"),
        "sesv2": ("SES", "message"),
        "sfn": ("Step Functions", "workflow"),
        "sns": ("SNS", "message"),
        "sqs": ("SQS", "queue"),
        "ssm": ("Systems Manager", "service"),
        "states": ("Step Functions", "workflow"),
        "textract": ("Textract", "model"),
    }
)
_PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {"request": "", "sync": " · sync", "sync:2": " · sync", "token": " · waitForTaskToken"}
)
_SIGNS: Final = (
    ("GreaterThanEquals", "≥"),
    ("LessThanEquals", "≤"),
    ("GreaterThan", ">"),
    ("LessThan", "<"),
    ("Equals", "="),
    ("Matches", "like"),
)
_TESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IsNull": "null",
        "IsString": "a string",
        "IsNumeric": "a number",
        "IsBoolean": "a boolean",
        "IsTimestamp": "a timestamp",
    }
)
_EXPRESSION: Final = re.compile(r"^\{%\s*(.*?)\s*%\}$", re.DOTALL)
_SHORT_ERROR: Final = 24  # characters up to which the name of an error is shown whole
_BLANKS: Final = re.compile(r"\s+")


class Words(NamedTuple):
    subtitle: str
    icon: str


def describe(state: dict[str, Any]) -> Words:
    """The subtitle and the icon of a state of a known type."""
    type = state["Type"]
    match type:
        case "Task":
            return _task_words(state)
        case "Wait":
            return Words(_wait_words(state), "wait")
        case "Fail":
            error = state.get("Error", state.get("ErrorPath"))
            return Words(f"Fail · {_plain(error)}" if error else "Fail", "fail")
        case "Choice":
            return Words("Choice", "choice")
        case "Parallel":
            return Words(f"Parallel · {_count(len(_list(state.get('Branches'))), 'branch', 'branches')}", "parallel")
        case "Map":
            return Words(_map_words(state), "map")
        case _:
            return Words(type, type.lower())


def _task_words(state: dict[str, Any]) -> Words:
    text = state.get("Resource")
    resource = parse_resource(text) if isinstance(text, str) else None
    if resource is None:
        return Words(f"Task · {text}" if isinstance(text, str) else "Task", "task")
    if resource.kind == "activity":
        return Words(f"Activity · {resource.name}", "activity")
    if resource.kind == "lambda":
        return Words(f"Lambda · {resource.name}", "function")
    service = resource.sdk or resource.service
    name, icon = _SERVICES.get(service) or (service.upper() if len(service) < 4 else service.capitalize(), "service")
    return Words(f"{name} · {_object_of(resource, state)}{_PATTERNS[resource.pattern]}", icon)


def _object_of(resource: Resource, state: dict[str, Any]) -> str:
    """What is called: the function where the definition names it, otherwise the action."""
    arguments = state.get("Arguments") or state.get("Parameters")
    if resource.service == "lambda" and isinstance(arguments, dict):
        function = arguments.get("FunctionName")
        if isinstance(function, str) and not _EXPRESSION.match(function):
            called = parse_resource(function)
            return called.name if called else function
    return resource.action


def _wait_words(state: dict[str, Any]) -> str:
    seconds = state.get("Seconds")
    if isinstance(seconds, (int, float)):
        return f"Wait · {duration(seconds)}"
    for field, before in (("Seconds", ""), ("SecondsPath", ""), ("Timestamp", "until "), ("TimestampPath", "until ")):
        if field in state:
            return f"Wait · {before}{_plain(state[field])}"
    return "Wait"


def _map_words(state: dict[str, Any]) -> str:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    mode = config.get("Mode") if isinstance(config, dict) else None
    words = "Map · distributed" if mode == "DISTRIBUTED" else "Map · inline"
    limit = state.get("MaxConcurrency")
    return f"{words} · {limit} at once" if isinstance(limit, int) and limit > 0 else words


def rule_words(rule: dict[str, Any]) -> tuple[str, str]:
    """A choice rule as (short, whole): the author's comment stands for the rule where there is one."""
    whole = sentence(rule)
    comment = rule.get("Comment")
    if isinstance(comment, str) and comment.strip():
        return _BLANKS.sub(" ", comment.strip()), f"{comment} ({whole})"
    return whole, whole


def sentence(rule: Json) -> str:
    """`$.count ≥ 3 and not $.done is true`."""
    if not isinstance(rule, dict):
        return _plain(rule)
    if "Condition" in rule:
        return _plain(rule["Condition"])
    for name, word in (("And", " and "), ("Or", " or ")):
        if isinstance(rule.get(name), list):
            return word.join(_inner(each) for each in rule[name])
    if "Not" in rule:
        return f"not {_inner(rule['Not'])}"
    variable = _plain(rule.get("Variable", "?"))
    for name, value in rule.items():
        if name == "IsPresent":
            return f"{variable} is {'present' if value else 'missing'}"
        if name in _TESTS:
            return f"{variable} is {'' if value else 'not '}{_TESTS[name]}"
        if name.startswith("BooleanEquals") and isinstance(value, bool):
            return f"{variable} is {'true' if value else 'false'}"
        for suffix, sign in _SIGNS:
            if name.removesuffix("Path").endswith(suffix):
                return f"{variable} {sign} {value if name.endswith('Path') else _literal(value)}"
    return variable


def _inner(rule: Json) -> str:
    """A rule inside another one: in parentheses where they are needed to read it."""
    grouped = isinstance(rule, dict) and ("And" in rule or "Or" in rule)
    return f"({sentence(rule)})" if grouped else sentence(rule)


def catch_words(errors: list[str]) -> tuple[str, str]:
    """(short, whole): the first error, and how many more."""
    if not errors:
        return "Catch", "Catch"
    short = "Any error" if errors[0] == "States.ALL" else _short_error(errors[0])
    return (short if len(errors) == 1 else f"{short} +{len(errors) - 1}"), f"Catch {', '.join(errors)}"


def _short_error(name: str) -> str:
    """`DynamoDB.ConditionalCheckFailedException` is `ConditionalCheckFailed`."""
    service, dot, error = name.rpartition(".")
    plain = error.removesuffix("Exception")
    return plain if dot and service != "States" and plain and len(name) > _SHORT_ERROR else name


def retry_badge(retriers: list[dict[str, Any]]) -> tuple[Badge, ...]:
    """How often a state tries again at most, and the whole rule in the note."""
    attempts = [each.get("MaxAttempts", 3) for each in retriers]
    if not any(attempts):
        return ()
    known = [each for each in attempts if isinstance(each, int)]
    text = str(max(known)) if len(known) == len(attempts) else "?"
    notes = [
        f"{', '.join(map(str, _list(each.get('ErrorEquals'))))}: up to {tries} more, first after"
        f" {_plain(each.get('IntervalSeconds', 1))} s, then ×{_plain(each.get('BackoffRate', 2))}"
        for each, tries in zip(retriers, attempts, strict=True)
    ]
    return (Badge("retry", text, "Retry " + "; ".join(notes)),)


def duration(seconds: float) -> str:
    """Seconds in the largest unit that divides them."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:g} {unit}"
    return f"{seconds:g} s"


def _plain(value: Json) -> str:
    """A value in one line, an expression without its brackets."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    found = _EXPRESSION.match(text)
    return _BLANKS.sub(" ", found.group(1) if found else text)


def _literal(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []
