"""Operations on layers."""

from __future__ import annotations

import base64

import msgspec

from treadle.aws import Caller
from treadle.lambdas.configuration import fetch_code
from treadle.lambdas.names import LayerName, layer, layer_arn
from treadle.lambdas.permissions import describe as describe_policy
from treadle.lambdas.permissions import statement
from treadle.lambdas.records import LayerVersion, Policy
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

_ABSENT = "The resource you requested does not exist."


async def publish_layer_version(service: Service, caller: Caller, parameters: Parameters) -> Json:
    named = layer(caller, parameters["LayerName"])
    content = await fetch_code(service, named.caller, parameters["Content"])
    if content is None:
        raise invalid("Please provide a source for layer code.")
    async with service.registry.writing:
        code = await service.packages.save(content)
        number = max(service.registry.layer(named.caller, named.name), default=0) + 1
        version = LayerVersion(
            named.name,
            number,
            code,
            timestamp(),
            parameters.get("Description", ""),
            parameters.get("LicenseInfo"),
            tuple(parameters.get("CompatibleRuntimes", ())),
            tuple(parameters.get("CompatibleArchitectures", ())),
        )
        await service.registry.put_layer(named.caller, version)
    return _describe(service, named.caller, version)


async def get_layer_version(service: Service, caller: Caller, parameters: Parameters) -> Json:
    named, version = _find(service, caller, parameters)
    return _describe(service, named.caller, version)


async def get_layer_version_by_arn(service: Service, caller: Caller, parameters: Parameters) -> Json:
    named = layer(caller, parameters["Arn"])
    _, version = _find(service, caller, {"LayerName": parameters["Arn"], "VersionNumber": named.version or 0})
    return _describe(service, named.caller, version)


async def delete_layer_version(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        named = layer(caller, parameters["LayerName"])
        version = service.registry.layer(named.caller, named.name).get(parameters["VersionNumber"])
        if version is not None and not version.deleted:
            await service.registry.put_layer(named.caller, msgspec.structs.replace(version, deleted=True))
    return None


async def list_layer_versions(service: Service, caller: Caller, parameters: Parameters) -> Json:
    named = layer(caller, parameters["LayerName"])
    versions = _shown(service.registry.layer(named.caller, named.name), parameters)
    rows, marker = page(versions, lambda version: str(version.version), parameters)
    return listing("LayerVersions", [_row(named.caller, version) for version in rows], marker)


async def list_layers(service: Service, caller: Caller, parameters: Parameters) -> Json:
    newest = [_shown(versions, parameters)[:1] for versions in service.registry.layers(caller).values()]
    rows, marker = page([found[0] for found in newest if found], lambda version: version.name, parameters)
    shown = [
        {
            "LayerName": version.name,
            "LayerArn": layer_arn(caller, version.name),
            "LatestMatchingVersion": _row(caller, version),
        }
        for version in rows
    ]
    return listing("Layers", shown, marker)


async def add_layer_version_permission(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        named, version = _find(service, caller, parameters)
        statements = version.policy.statements if version.policy else ()
        identity = parameters["StatementId"]
        if any(one["Sid"] == identity for one in statements):
            raise conflict(
                f"The statement id ({identity}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
        if version.policy:
            expect_revision(parameters.get("RevisionId"), version.policy.revision)
        added = statement(named.caller, layer_arn(named.caller, version.name, version.version), parameters)
        policy = Policy(revision(), (*statements, added))
        await service.registry.put_layer(named.caller, msgspec.structs.replace(version, policy=policy))
    return {"Statement": msgspec.json.encode(added).decode(), "RevisionId": policy.revision}


async def remove_layer_version_permission(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        named, version = _find(service, caller, parameters)
        identity = parameters["StatementId"]
        statements = version.policy.statements if version.policy else ()
        kept = tuple(one for one in statements if one["Sid"] != identity)
        if len(kept) == len(statements):
            raise missing(f"Statement {identity} is not found in resource policy.")
        policy = Policy(revision(), kept) if kept else None
        await service.registry.put_layer(named.caller, msgspec.structs.replace(version, policy=policy))
    return None


async def get_layer_version_policy(service: Service, caller: Caller, parameters: Parameters) -> Json:
    _, version = _find(service, caller, parameters)
    if version.policy is None:
        raise missing("No policy is associated with the given resource.")
    return describe_policy(version.policy)


def _find(service: Service, caller: Caller, parameters: Parameters) -> tuple[LayerName, LayerVersion]:
    named = layer(caller, parameters["LayerName"])
    version = service.registry.layer(named.caller, named.name).get(parameters["VersionNumber"])
    if version is None or version.deleted:
        raise missing(_ABSENT)
    return named, version


def _shown(versions: dict[int, LayerVersion], parameters: Parameters) -> list[LayerVersion]:
    """The newest first, of those that fit the wanted runtime and architecture."""
    runtime, architecture = parameters.get("CompatibleRuntime"), parameters.get("CompatibleArchitecture")
    return [
        version
        for _, version in sorted(versions.items(), reverse=True)
        if not version.deleted
        and (runtime is None or runtime in version.runtimes)
        and (architecture is None or architecture in version.architectures)
    ]


def _row(caller: Caller, version: LayerVersion) -> dict[str, Json]:
    row: dict[str, Json] = {
        "LayerVersionArn": layer_arn(caller, version.name, version.version),
        "Version": version.version,
        "Description": version.description,
        "CreatedDate": version.created,
    }
    if version.runtimes:
        row["CompatibleRuntimes"] = list(version.runtimes)
    if version.architectures:
        row["CompatibleArchitectures"] = list(version.architectures)
    if version.license is not None:
        row["LicenseInfo"] = version.license
    return row


def _describe(service: Service, caller: Caller, version: LayerVersion) -> Json:
    location = f"{service.endpoint_url}/_treadle/lambda/code/{version.code.sha256}.zip"
    return {
        **_row(caller, version),
        "LayerArn": layer_arn(caller, version.name),
        "Content": {
            "Location": location,
            "CodeSha256": base64.b64encode(bytes.fromhex(version.code.sha256)).decode(),
            "CodeSize": version.code.size,
        },
    }
