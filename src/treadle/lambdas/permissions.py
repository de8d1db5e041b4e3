"""Operations on resource policies and tags."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import orjson

from treadle.aws import Caller
from treadle.lambdas.names import LATEST, Target, target
from treadle.lambdas.records import EventSource, Function, Policy
from treadle.lambdas.service import (
    Parameters,
    Service,
    conflict,
    expect_revision,
    invalid,
    missing,
    revision,
)
from treadle.values import Json

MAX_TAGS = 50


async def add_permission(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        if wanted.qualifier == LATEST:
            raise invalid("We currently do not support adding policies for $LATEST.")
        service.version(wanted, function)
        policy = function.policies.get(wanted.qualifier or "")
        expect_revision(parameters.get("RevisionId"), policy.revision if policy else function.latest.revision)
        statements = policy.statements if policy else ()
        identity = parameters["StatementId"]
        if any(statement["Sid"] == identity for statement in statements):
            raise conflict(
                f"The statement id ({identity}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
        added = statement(wanted.caller, wanted.arn, parameters)
        await _keep(service, wanted, function, Policy(revision(), (*statements, added)))
    return {"Statement": orjson.dumps(added).decode()}


async def remove_permission(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        policy = function.policies.get(wanted.qualifier or "")
        if policy is None:
            raise missing("No policy is associated with the given resource.")
        expect_revision(parameters.get("RevisionId"), policy.revision)
        identity = parameters["StatementId"]
        kept = tuple(statement for statement in policy.statements if statement["Sid"] != identity)
        if len(kept) == len(policy.statements):
            raise missing(f"Statement {identity} is not found in resource policy.")
        await _keep(service, wanted, function, Policy(revision(), kept))
    return None


async def get_policy(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    policy = function.policies.get(wanted.qualifier or "")
    if policy is None:
        raise missing("The resource you requested does not exist.")
    return describe(policy)


def describe(policy: Policy) -> Json:
    document = {"Version": "2012-10-17", "Id": "default", "Statement": policy.statements}
    return {"Policy": orjson.dumps(document).decode(), "RevisionId": policy.revision}


def statement(caller: Caller, resource: str, parameters: Parameters) -> Json:
    """A permission as a policy statement."""
    built: dict[str, Json] = {
        "Sid": parameters["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(caller, parameters["Principal"]),
        "Action": parameters["Action"],
        "Resource": resource,
    }
    conditions: dict[str, dict[str, Json]] = {}
    for member, operator, key in _CONDITIONS:
        if member in parameters:
            conditions.setdefault(operator, {})[key] = parameters[member]
    return {**built, "Condition": conditions} if conditions else built


_CONDITIONS = (
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
)


def _principal(caller: Caller, principal: str) -> Json:
    if principal == "*":
        return "*"
    if re.fullmatch(r"\d{12}", principal):
        return {"AWS": f"arn:{caller.partition}:iam::{principal}:root"}
    if principal.startswith("arn:"):
        return {"AWS": principal}
    if re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?|[a-z0-9-]+\.alexa\.com|apidestinations\..+", principal):
        return {"Service": principal}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")


async def _keep(service: Service, wanted: Target, function: Function, policy: Policy) -> None:
    policies = {**function.policies, wanted.qualifier or "": policy}
    if not policy.statements:
        del policies[wanted.qualifier or ""]
    await service.registry.put(wanted.caller, msgspec.structs.replace(function, policies=policies))


# Tags


async def tag_resource(service: Service, caller: Caller, parameters: Parameters) -> Json:
    def add(tags: dict[str, str]) -> dict[str, str]:
        return {**tags, **parameters["Tags"]}

    await _change_tags(service, caller, parameters, add)


async def untag_resource(service: Service, caller: Caller, parameters: Parameters) -> Json:
    def remove(tags: dict[str, str]) -> dict[str, str]:
        return {key: value for key, value in tags.items() if key not in parameters["TagKeys"]}

    await _change_tags(service, caller, parameters, remove)


async def list_tags(service: Service, caller: Caller, parameters: Parameters) -> Json:
    source = _tagged_source(service, parameters["Resource"])
    return {"Tags": source.tags if source else _tagged(service, caller, parameters["Resource"])[1].tags}


async def _change_tags(
    service: Service, caller: Caller, parameters: Parameters, change: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    async with service.registry.writing:
        source = _tagged_source(service, parameters["Resource"])
        if source is not None:
            tags = _few(change(source.tags))
            return await service.registry.put_event_source(msgspec.structs.replace(source, tags=tags))
        wanted, function = _tagged(service, caller, parameters["Resource"])
        tags = _few(change(function.tags))
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, tags=tags))


def _few(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MAX_TAGS:
        raise invalid("Number of tags exceeds resource tag limit.")
    return tags


def _tagged_source(service: Service, arn: str) -> EventSource | None:
    """The event source mapping that an ARN names; None when it names something else."""
    _, mark, id = arn.rpartition(":event-source-mapping:")
    if not mark:
        return None
    source = service.registry.event_source(id)
    if source is None:
        raise missing("The resource you requested does not exist.")
    return source


def _tagged(service: Service, caller: Caller, arn: str) -> tuple[Target, Function]:
    wanted = target(caller, arn)
    if wanted.qualifier is not None:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    return service.find(caller, {"FunctionName": arn})
