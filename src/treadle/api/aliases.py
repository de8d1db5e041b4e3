"""Aliases: names that route executions to one or two versions by weight."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.api.arns import Arn, read
from treadle.api.context import Answer, Context, Params
from treadle.api.errors import (
    ALIAS_EXISTS,
    ALIAS_NOT_FOUND,
    NOTHING_TO_UPDATE_IN_ALIAS,
    ROUTING_NOT_DISTINCT,
    ROUTING_NOT_VERSIONS,
    ROUTING_OTHER_MACHINE,
    ROUTING_WEIGHTS,
    STATE_MACHINE_DELETING,
    STATE_MACHINE_DOES_NOT_EXIST,
    TOO_MANY_ALIASES,
)
from treadle.api.pages import page
from treadle.api.records import Alias, Route, Version
from treadle.values import Json

_MOST = 100  # aliases of one machine (service quotas)


async def create(context: Context, params: Params) -> Answer:
    """CreateStateMachineAlias. Idempotent by all parameters."""
    registry = context.registry
    routes, machine_arn = _routes(context, params["routingConfiguration"])
    now = context.office.now()
    alias = Alias(
        arn=f"{machine_arn}:{params['name']}",
        name=params["name"],
        machine_arn=machine_arn,
        routes=routes,
        created_at=now,
        updated_at=now,
        description=params.get("description"),
    )
    existing = registry.aliases.get(alias.arn)
    if existing is None:
        if len(registry.aliases_of(machine_arn)) >= _MOST:
            raise TOO_MANY_ALIASES(arn=machine_arn)
        await registry.aliases.put(alias.arn, alias)
        existing = alias
    elif (existing.routes, existing.description) != (alias.routes, alias.description):
        raise ALIAS_EXISTS()
    return {"stateMachineAliasArn": existing.arn, "creationDate": round(existing.created_at, 3)}


async def update(context: Context, params: Params) -> Answer:
    """UpdateStateMachineAlias."""
    alias = _existing(context, params["stateMachineAliasArn"])
    routing, description = params.get("routingConfiguration"), params.get("description")
    if routing is None and description is None:
        raise NOTHING_TO_UPDATE_IN_ALIAS()
    if routing is not None:
        routes, machine_arn = _routes(context, routing)
        if machine_arn != alias.machine_arn:
            raise ROUTING_OTHER_MACHINE(arns=_listed(routing))
        alias = replace(alias, routes=routes)
    if description is not None:
        alias = replace(alias, description=description)
    alias = replace(alias, updated_at=context.office.now())
    await context.registry.aliases.put(alias.arn, alias)
    return {"updateDate": round(alias.updated_at, 3)}


async def describe(context: Context, params: Params) -> Answer:
    """DescribeStateMachineAlias."""
    alias = _existing(context, params["stateMachineAliasArn"])
    answer: Answer = {
        "stateMachineAliasArn": alias.arn,
        "name": alias.name,
        "routingConfiguration": [
            {"stateMachineVersionArn": route.version_arn, "weight": route.weight} for route in alias.routes
        ],
        "creationDate": round(alias.created_at, 3),
        "updateDate": round(alias.updated_at, 3),
    }
    return answer if alias.description is None else {**answer, "description": alias.description}


async def list_aliases(context: Context, params: Params) -> Answer:
    """ListStateMachineAliases: of a machine or of one version, the oldest first."""
    arn = read(params["stateMachineArn"], "stateMachine")
    known = context.registry.machines if arn.qualifier is None else context.registry.versions
    if known.get(arn.text) is None:
        raise STATE_MACHINE_DOES_NOT_EXIST(arn=arn.text)
    entries = [
        (f"{alias.created_at:020.6f} {alias.name}", alias)
        for alias in context.registry.aliases_of(arn.machine)
        if arn.qualifier is None or any(route.version_arn == arn.text for route in alias.routes)
    ]
    found, following = page(entries, params, f"aliases {arn.text}", context.office.now())
    shown = [{"stateMachineAliasArn": each.arn, "creationDate": round(each.created_at, 3)} for each in found]
    return {"stateMachineAliases": shown, **({"nextToken": following} if following else {})}


async def delete(context: Context, params: Params) -> Answer:
    """DeleteStateMachineAlias; one that does not exist is no error."""
    arn = read(params["stateMachineAliasArn"], "stateMachine")
    if context.registry.aliases.get(arn.text) is not None:
        await context.registry.aliases.delete(arn.text)
    return {}


def route(alias: Alias, luck: float) -> str:
    """The ARN of the version an execution goes to; `luck` is uniform in [0, 1)."""
    mark = luck * 100
    for each in alias.routes:
        if mark < each.weight:
            return each.version_arn
        mark -= each.weight
    return alias.routes[-1].version_arn


def _existing(context: Context, text: str) -> Alias:
    alias = context.registry.aliases.get(text)
    if alias is None:
        read(text, "stateMachine")
        raise ALIAS_NOT_FOUND()
    return alias


def _routes(context: Context, routing: list[Json]) -> tuple[tuple[Route, ...], str]:
    """The routes and the machine they lead to. Raises ValidationException as AWS judges a routing configuration."""
    arns = [each["stateMachineVersionArn"] for each in routing]
    read_arns = [read(arn, "stateMachine") for arn in arns]
    if not all(_is_version(arn) for arn in read_arns):
        raise ROUTING_NOT_VERSIONS(arns=_listed(routing))
    if len(set(arns)) < len(arns):
        raise ROUTING_NOT_DISTINCT(arns=_listed(routing))
    weights = [each["weight"] for each in routing]
    if sum(weights) != 100:
        raise ROUTING_WEIGHTS(weights=", ".join(str(weight) for weight in weights))
    machine_arn = read_arns[0].machine
    if any(arn.machine != machine_arn for arn in read_arns):
        raise ROUTING_OTHER_MACHINE(arns=_listed(routing))
    for arn in arns:
        _check_version(context, context.registry.versions.get(arn), arn, machine_arn)
    return tuple(Route(arn, weight) for arn, weight in zip(arns, weights, strict=True)), machine_arn


def _check_version(context: Context, version: Version | None, arn: str, machine_arn: str) -> None:
    machine = context.registry.machines.get(machine_arn)
    if machine is not None and machine.status == "DELETING":
        raise STATE_MACHINE_DELETING(arn=machine_arn)
    if machine is None or version is None:
        raise ALIAS_NOT_FOUND()


def _is_version(arn: Arn) -> bool:
    return arn.qualifier is not None and arn.qualifier.isdigit() and len(arn.parts) == 2


def _listed(routing: list[Json]) -> str:
    return ", ".join(each["stateMachineVersionArn"] for each in routing)
