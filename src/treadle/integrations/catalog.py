"""The catalogue: which integration a Task's Resource means, and why one is refused.

After a crash every integration here is repeated (`after_crash`): a Standard workflow's task may run more than once when
Step Functions itself fails, and a customer can live with a message sent twice better than with one never sent. Calls
that take an idempotency token get one derived from the task, so for them the repetition has no effect.
"""

from __future__ import annotations

from functools import cache

from treadle.asl.findings import SCHEMA
from treadle.asl.machine import Diagnostic
from treadle.asl.resource import Resource
from treadle.integrations import aws_sdk, bedrock, eks, emr, function, gateway, http, job_table, nested, optimized
from treadle.integrations.activity import ACTIVITY
from treadle.integrations.arguments import check_arguments
from treadle.integrations.integration import Integration
from treadle.values import Json


def find(resource: Resource) -> Integration | None:
    """What `resource` does, or None when nobody knows it."""
    if resource.kind == "activity":
        return ACTIVITY
    if resource.kind == "lambda":
        return function.DIRECT
    found = _task(resource.service, resource.action, resource.pattern)
    return found if found is not None and resource.pattern in found.patterns else None


@cache
def _task(service: str, action: str, pattern: str) -> Integration | None:
    if service.startswith("aws-sdk:"):
        return aws_sdk.declare(service.removeprefix("aws-sdk:"), action)
    name = f"{service}:{action}"
    match name:
        case "lambda:invoke":
            return function.INVOKE
        case "apigateway:invoke":
            return gateway.INVOKE
        case "bedrock:invokeModel":
            return bedrock.INVOKE_MODEL
        case "eks:call":
            return eks.CALL
        case "eks:runJob":
            return eks.declare_job(pattern)
        case "http:invoke":
            return http.INVOKE
        case "states:startExecution":
            return nested.declare(pattern)
        case _:
            if name in emr.INTEGRATIONS:
                return emr.INTEGRATIONS[name]
            row = optimized.ROWS.get(name) or job_table.ROWS.get(name)
            return (
                None
                if row is None
                else optimized.declare(name, row, job_table.job(name) if pattern == "sync" else None)
            )


def check_task(resource: Resource, field: str, template: Json) -> list[Diagnostic]:
    """Why a machine with a Task of this `resource` and `template` (the value of `field`) is refused when it is created.

    Locations are relative to the state. A WARNING: AWS takes the task, but treadle cannot perform it.
    """
    if resource.kind != "task":
        return []
    if resource.sdk is not None and isinstance(aws_sdk.find_operation(resource.sdk, resource.action), str):
        return [Diagnostic(SCHEMA, unrecognized(resource.arn), "/Resource")]
    if find(resource) is None:
        message = f"treadle does not perform {resource.service}:{resource.resource}"
        return [Diagnostic("NOT_PERFORMED", message, "/Resource", "WARNING")]
    return [
        Diagnostic(SCHEMA, found.message, f"/{field}{found.location}")
        for found in check_arguments(resource, template)
        # What an SDK action lacks its service refuses, when it is called.
        if resource.sdk is None or not found.missing
    ]


def unrecognized(arn: str) -> str:
    """AWS's sentence for a Resource it does not know."""
    return (
        f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not"
        " available in this region."
    )
