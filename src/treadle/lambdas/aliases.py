"""Operations on aliases: names for versions, with weights to other versions."""

from __future__ import annotations

import msgspec

from treadle.aws import Caller
from treadle.lambdas.functions import version_exists
from treadle.lambdas.names import LATEST, function_arn
from treadle.lambdas.records import Alias, Function
from treadle.lambdas.service import (
    Parameters,
    Service,
    conflict,
    expect_revision,
    invalid,
    listing,
    missing,
    page,
    revision,
)
from treadle.values import Json


async def create_alias(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        name = parameters["Name"]
        arn = function_arn(wanted.caller, wanted.name, name)
        if name in function.aliases:
            raise conflict(f"Alias already exists: {arn}")
        version_exists(service, wanted.caller, function, parameters["FunctionVersion"])
        weights = _weights(service, wanted.caller, function, parameters["FunctionVersion"], parameters)
        description = parameters.get("Description", "")
        alias = Alias(name, parameters["FunctionVersion"], description, weights, revision())
        await _keep(service, wanted.caller, function, alias)
    return _describe(wanted.caller, wanted.name, alias)


async def update_alias(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        alias = _alias(wanted.caller, function, parameters["Name"])
        expect_revision(parameters.get("RevisionId"), alias.revision)
        version = parameters.get("FunctionVersion", alias.version)
        version_exists(service, wanted.caller, function, version)
        weights = alias.weights
        if "RoutingConfig" in parameters:
            weights = _weights(service, wanted.caller, function, version, parameters)
        description = parameters.get("Description", alias.description)
        alias = Alias(alias.name, version, description, weights, revision())
        await _keep(service, wanted.caller, function, alias)
    return _describe(wanted.caller, wanted.name, alias)


async def get_alias(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    return _describe(wanted.caller, wanted.name, _alias(wanted.caller, function, parameters["Name"]))


async def delete_alias(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        name = parameters["Name"]
        if name in function.aliases:
            kept = {key: alias for key, alias in function.aliases.items() if key != name}
            policies = {key: policy for key, policy in function.policies.items() if key != name}
            updated = msgspec.structs.replace(function, aliases=kept, policies=policies)
            await service.registry.put(wanted.caller, updated)
    return None


async def list_aliases(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    version = parameters.get("FunctionVersion")
    aliases = [a for _, a in sorted(function.aliases.items()) if version in (None, a.version)]
    shown, marker = page(aliases, lambda alias: alias.name, parameters)
    return listing("Aliases", [_describe(wanted.caller, wanted.name, alias) for alias in shown], marker)


async def _keep(service: Service, caller: Caller, function: Function, alias: Alias) -> None:
    updated = msgspec.structs.replace(function, aliases={**function.aliases, alias.name: alias})
    await service.registry.put(caller, updated)


def _alias(caller: Caller, function: Function, name: str) -> Alias:
    alias = function.aliases.get(name)
    if alias is None:
        raise missing(f"Cannot find alias arn: {function_arn(caller, function.name, name)}")
    return alias


def _weights(
    service: Service, caller: Caller, function: Function, version: str, parameters: Parameters
) -> dict[str, float]:
    weights: dict[str, float] = parameters.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for other in weights:
        if other == version:
            raise invalid(
                f"Invalid function version {other}. "
                f"Function version {version} is already included in routing configuration."
            )
        if LATEST in (other, version):
            raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        version_exists(service, caller, function, other)
    return weights


def _describe(caller: Caller, name: str, alias: Alias) -> Json:
    answer: dict[str, Json] = {
        "AliasArn": function_arn(caller, name, alias.name),
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    if alias.weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": alias.weights}
    return answer
