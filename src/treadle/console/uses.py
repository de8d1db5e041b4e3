"""What state machines use: functions, other machines, queues, topics, tables, ... as their definitions name them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from treadle.console.answers import House, Ledgers
from treadle.values import Json

# Parameters that name what a task uses, by the service they belong to.
_NAMING = {
    "FunctionName": "lambda",
    "StateMachineArn": "states",
    "QueueUrl": "sqs",
    "TopicArn": "sns",
    "TableName": "dynamodb",
    "EventBusName": "events",
    "Bucket": "s3",
    "JobName": "glue",
    "JobDefinition": "batch",
    "TaskDefinition": "ecs",
    "ProjectName": "codebuild",
    "ConnectionArn": "events",
    "SecretId": "secretsmanager",
}
_INTEGRATION = re.compile(r"arn:[\w-]+:states:[^:]*:[^:]*:([\w-]+):")


def uses(house: House, ledgers: Ledgers, query: Mapping[str, str]) -> Json:
    """For each machine of an account and region, or for one: what it uses, and in which states."""
    place, wanted = f":{query.get('region', '')}:{query.get('account', '')}:", query.get("machine")
    arns = [arn for arn in house.machines() if (arn == wanted if wanted else place in arn)]
    return {"machines": {arn: list(_used(ledgers.definition(arn) or "{}")) for arn in arns}}


@functools.lru_cache(1024)
def _used(definition: str) -> tuple[Json, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for name, state in _states(orjson.loads(definition)):
        for used in _of_state(state):
            found.setdefault(used, []).append(name)
    return tuple(
        {"service": service, "resource": resource, "states": names} for (service, resource), names in found.items()
    )


def _of_state(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resource = state.get("Resource")
    if state.get("Type") == "Task" and isinstance(resource, str):
        integration = _INTEGRATION.match(resource)
        if integration is None:
            yield resource.split(":")[2] if resource.startswith("arn:") else "", resource
        elif integration[1] == "activity":
            yield "states", resource
    for given in (state.get("Arguments"), state.get("Parameters")):
        if isinstance(given, dict):
            for key, value in given.items():
                service = _NAMING.get(key)
                # What an expression computes is known only when it runs.
                if service is not None and isinstance(value, str) and not value.startswith(("{%", "$")):
                    yield service, value


def _states(flow: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    states = flow.get("States") if isinstance(flow, dict) else None
    for name, state in (states or {}).items():
        if isinstance(state, dict):
            yield name, state
            for inner in (*(state.get("Branches") or ()), state.get("Iterator"), state.get("ItemProcessor")):
                yield from _states(inner)
