"""Operations on functions and their versions."""

from __future__ import annotations

import msgspec

from treadle.aws import Caller
from treadle.lambdas.configuration import brief, changed_config, code_sha256, describe, fetch_code, new_config
from treadle.lambdas.names import LATEST, function_arn, target
from treadle.lambdas.records import Config, Function
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
    timestamp,
)
from treadle.values import Json


async def create_function(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted = target(caller, parameters["FunctionName"])
    home, name = wanted.caller, wanted.name
    content = await fetch_code(service, home, parameters["Code"])
    async with service.registry.writing:
        if service.registry.function(home, name) is not None:
            raise conflict(f"Function already exist: {name}")
        code = await service.packages.save(content) if content is not None else None
        latest = new_config(service, home, parameters, code)
        function = Function(name, latest, tags=parameters.get("Tags") or {})
        published = None
        if parameters.get("Publish"):
            function, published = _published(function, latest.description)
        await service.registry.put(home, function, published)
    service.crew.warm()
    # AWS names the version here, but not in the ARN; the other operations that publish name it in both.
    return describe(service, home, function, published or latest, None)


async def get_function(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    config = service.version(wanted, function)
    answer: dict[str, Json] = {
        "Configuration": describe(service, wanted.caller, function, config, wanted.qualifier),
        "Code": _code(service, config),
    }
    if function.tags:
        answer["Tags"] = function.tags
    if function.reserved is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
    return answer


def _code(service: Service, config: Config) -> Json:
    if config.code is None:
        return {"RepositoryType": "ECR", "ImageUri": config.image, "ResolvedImageUri": config.image}
    location = f"{service.endpoint_url}/_treadle/lambda/code/{config.code.sha256}.zip"
    return {"RepositoryType": "S3", "Location": location}


async def get_function_configuration(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    return describe(service, wanted.caller, function, service.version(wanted, function), wanted.qualifier)


async def list_functions(service: Service, caller: Caller, parameters: Parameters) -> Json:
    functions = service.registry.functions(caller)
    if parameters.get("FunctionVersion") == "ALL":
        pairs = [(f, config) for f in functions for config in (f.latest, *f.versions.values())]
    else:
        pairs = [(f, f.latest) for f in functions]
    every = parameters.get("FunctionVersion") == "ALL"
    shown, marker = page(pairs, lambda pair: f"{pair[0].name}:{pair[1].version}", parameters)
    rows = [brief(describe(service, caller, f, config, config.version if every else None)) for f, config in shown]
    return listing("Functions", rows, marker)


async def update_function_code(service: Service, caller: Caller, parameters: Parameters) -> Json:
    service.find(caller, parameters)
    content = await fetch_code(service, caller, parameters)
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        expect_revision(parameters.get("RevisionId"), function.latest.revision)
        image = parameters.get("ImageUri")
        if (function.latest.code is None) != bool(image):
            kind = "Image" if function.latest.code is None else "Zip"
            raise invalid(f"Please provide a source that fits the function's package type {kind}.")
        code = await service.packages.save(content) if content is not None else None
        architectures = tuple(parameters.get("Architectures") or function.latest.architectures)
        latest = msgspec.structs.replace(
            function.latest, code=code, image=image, architectures=architectures, modified=timestamp()
        )
        if parameters.get("DryRun"):
            return describe(service, wanted.caller, function, latest)
        latest = msgspec.structs.replace(latest, revision=revision())
        updated, published = msgspec.structs.replace(function, latest=latest), None
        if parameters.get("Publish"):
            updated, published = _published(updated, latest.description)
        await service.registry.put(wanted.caller, updated, published)
    service.replace_workers(wanted.caller, wanted.name, function, updated)
    shown = published or latest
    return describe(service, wanted.caller, updated, shown, published.version if published else None)


async def update_function_configuration(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        expect_revision(parameters.get("RevisionId"), function.latest.revision)
        latest = changed_config(service, wanted.caller, function.latest, parameters)
        updated = msgspec.structs.replace(function, latest=latest)
        await service.registry.put(wanted.caller, updated)
    service.replace_workers(wanted.caller, wanted.name, function, updated)
    return describe(service, wanted.caller, updated, latest)


async def delete_function(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        version = wanted.qualifier
        if version is None:
            await service.registry.drop(wanted.caller, wanted.name)
            service.replace_workers(wanted.caller, wanted.name, function, None)
            return None
        _check_deletable(function, version)
        if version in function.versions:
            kept = {number: config for number, config in function.versions.items() if number != version}
            updated = msgspec.structs.replace(function, versions=kept)
            await service.registry.drop_version(wanted.caller, updated, version)
            service.replace_workers(wanted.caller, wanted.name, function, updated)
    # Deleting a version that is not there succeeds.
    return None


def _check_deletable(function: Function, version: str) -> None:
    if version == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if version in function.aliases:
        raise invalid("Deletion of aliases is not currently supported.")
    names = [a.name for a in function.aliases.values() if version in (a.version, *a.weights)]
    if names:
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(names)}]")


# Versions


def _published(function: Function, description: str) -> tuple[Function, Config]:
    """$LATEST frozen as the next version; the newest version again when nothing has changed since."""
    newest = function.versions.get(str(function.published))
    if newest is not None and function.published_revision == function.latest.revision:
        return function, newest
    number = function.published + 1
    version = msgspec.structs.replace(
        function.latest, version=str(number), description=description, revision=revision(), modified=timestamp()
    )
    updated = msgspec.structs.replace(
        function,
        versions={**function.versions, version.version: version},
        published=number,
        published_revision=function.latest.revision,
    )
    return updated, version


async def publish_version(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        expect_revision(parameters.get("RevisionId"), function.latest.revision)
        given, actual = parameters.get("CodeSha256"), code_sha256(function.latest)
        if given and given != actual:
            raise invalid(
                f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({actual}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        description = parameters.get("Description", function.latest.description)
        updated, version = _published(function, description)
        await service.registry.put(wanted.caller, updated, version)
    return describe(service, wanted.caller, updated, version, version.version)


async def list_versions_by_function(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    configs = [function.latest, *function.versions.values()]
    shown, marker = page(configs, lambda config: config.version, parameters)
    rows = [brief(describe(service, wanted.caller, function, config, config.version)) for config in shown]
    return listing("Versions", rows, marker)


def version_exists(service: Service, caller: Caller, function: Function, version: str) -> None:
    if function.config(version) is None:
        raise missing(f"Function not found: {function_arn(caller, function.name, version)}")
