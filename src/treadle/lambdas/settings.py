"""Operations on what surrounds a function: concurrency, event settings, code signing, recursion, the account."""

from __future__ import annotations

import time

import msgspec

from treadle.aws import AwsError, Caller
from treadle.lambdas.names import LATEST, Target, function_arn
from treadle.lambdas.records import Function
from treadle.lambdas.service import Parameters, Service, invalid, listing, missing, page, timestamp
from treadle.values import Json

# The default quotas of an account.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
CONCURRENCY = 1000
UNRESERVED = 100
TOTAL_CODE = 80_530_636_800
MAX_UNPACKED = 262_144_000
MAX_ZIPPED = 52_428_800


async def get_account_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    functions = service.registry.functions(caller)
    configs = [config for f in functions for config in (f.latest, *f.versions.values())]
    return {
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE,
            "CodeSizeUnzipped": MAX_UNPACKED,
            "CodeSizeZipped": MAX_ZIPPED,
            "ConcurrentExecutions": CONCURRENCY,
            "UnreservedConcurrentExecutions": CONCURRENCY - sum(f.reserved or 0 for f in functions),
        },
        "AccountUsage": {
            "TotalCodeSize": sum(config.code.size for config in configs if config.code),
            "FunctionCount": len(functions),
        },
    }


async def put_function_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        _unqualified(wanted)
        reserved = parameters["ReservedConcurrentExecutions"]
        others = sum(f.reserved or 0 for f in service.registry.functions(wanted.caller) if f.name != wanted.name)
        if CONCURRENCY - others - reserved < UNRESERVED:
            raise invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
            )
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, reserved=reserved))
    return {"ReservedConcurrentExecutions": reserved}


async def get_function_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    _unqualified(wanted)
    return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}


async def delete_function_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        _unqualified(wanted)
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, reserved=None))
    return None


def _unqualified(wanted: Target) -> None:
    if wanted.qualifier is not None:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )


# Asynchronous invocation


async def put_event_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    return await _write_event_settings(service, caller, parameters, {})


async def update_event_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    return await _write_event_settings(service, caller, parameters, _event_settings(wanted, function))


async def _write_event_settings(
    service: Service, caller: Caller, parameters: Parameters, before: dict[str, Json]
) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        service.version(wanted, function)
        members = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
        given = {member: parameters[member] for member in members if member in parameters}
        if not given:
            raise invalid("You must specify at least one of error handling or destination setting.")
        destinations = {"OnSuccess": {}, "OnFailure": {}, **given.get("DestinationConfig", {})}
        settings = {"DestinationConfig": destinations, **before, **given, "LastModified": int(time.time())}
        if "DestinationConfig" in given:
            settings["DestinationConfig"] = destinations
        kept = {**function.event_settings, wanted.qualifier or LATEST: settings}
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, event_settings=kept))
    return _describe_event_settings(wanted, settings)


async def get_event_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    return _describe_event_settings(wanted, _event_settings(wanted, function))


async def delete_event_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        _event_settings(wanted, function)
        qualifier = wanted.qualifier or LATEST
        kept = {key: value for key, value in function.event_settings.items() if key != qualifier}
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, event_settings=kept))
    return None


async def list_event_settings(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    shown, marker = page(sorted(function.event_settings.items()), lambda pair: pair[0], parameters)
    rows = [_describe_event_settings(Target(wanted.caller, wanted.name, key), value) for key, value in shown]
    return listing("FunctionEventInvokeConfigs", rows, marker)


def _event_settings(wanted: Target, function: Function) -> dict[str, Json]:
    settings: dict[str, Json] | None = function.event_settings.get(wanted.qualifier or LATEST)
    if settings is None:
        arn = function_arn(wanted.caller, wanted.name, wanted.qualifier or LATEST)
        raise missing(f"The function {arn} doesn't have an EventInvokeConfig")
    return settings


def _describe_event_settings(wanted: Target, settings: dict[str, Json]) -> Json:
    return {"FunctionArn": function_arn(wanted.caller, wanted.name, wanted.qualifier or LATEST), **settings}


# Provisioned concurrency: workers start in milliseconds here, so it is kept and shown, and nothing is held ready


async def put_provisioned_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        qualifier = wanted.qualifier or LATEST
        if qualifier == LATEST:
            raise invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        service.version(wanted, function)
        count = parameters["ProvisionedConcurrentExecutions"]
        kept = {**function.provisioned, qualifier: {"count": count, "modified": timestamp()}}
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, provisioned=kept))
    return _describe_provisioned(kept[qualifier])


async def get_provisioned_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    kept = function.provisioned.get(wanted.qualifier or LATEST)
    if kept is None:
        message = "No Provisioned Concurrency Config found for this function"
        raise AwsError("ProvisionedConcurrencyConfigNotFoundException", message, 404)
    return _describe_provisioned(kept)


async def delete_provisioned_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        kept = {key: value for key, value in function.provisioned.items() if key != wanted.qualifier}
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, provisioned=kept))
    return None


async def list_provisioned_concurrency(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    shown, marker = page(sorted(function.provisioned.items()), lambda pair: pair[0], parameters)
    rows = [
        {"FunctionArn": function_arn(wanted.caller, wanted.name, key), **_describe_provisioned(value)}
        for key, value in shown
    ]
    return listing("ProvisionedConcurrencyConfigs", rows, marker)


def _describe_provisioned(kept: dict[str, Json]) -> dict[str, Json]:
    count = kept["count"]
    return {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": count,
        "AllocatedProvisionedConcurrentExecutions": count,
        "Status": "READY",
        "LastModified": kept["modified"],
    }


# Code signing (no configurations exist), recursion, runtime updates


async def get_code_signing(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, _ = service.find(caller, parameters)
    return {"FunctionName": wanted.name}


async def put_code_signing(service: Service, caller: Caller, parameters: Parameters) -> Json:
    arn = parameters["CodeSigningConfigArn"]
    message = (
        f"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."
    )
    raise AwsError("CodeSigningConfigNotFoundException", message, 404)


async def delete_code_signing(service: Service, caller: Caller, parameters: Parameters) -> Json:
    service.find(caller, parameters)
    return None


async def list_code_signing_configs(service: Service, caller: Caller, parameters: Parameters) -> Json:
    return {"CodeSigningConfigs": []}


async def get_recursion(service: Service, caller: Caller, parameters: Parameters) -> Json:
    _, function = service.find(caller, parameters)
    return {"RecursiveLoop": function.recursion}


async def put_recursion(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        updated = msgspec.structs.replace(function, recursion=parameters["RecursiveLoop"])
        await service.registry.put(wanted.caller, updated)
    return {"RecursiveLoop": updated.recursion}


async def get_runtime_management(service: Service, caller: Caller, parameters: Parameters) -> Json:
    wanted, function = service.find(caller, parameters)
    service.version(wanted, function)
    kept = function.runtime_management.get(wanted.qualifier or LATEST, {"UpdateRuntimeOn": "Auto"})
    return {"FunctionArn": wanted.arn, **kept}


async def put_runtime_management(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        wanted, function = service.find(caller, parameters)
        service.version(wanted, function)
        mode, arn = parameters["UpdateRuntimeOn"], parameters.get("RuntimeVersionArn")
        if mode == "Manual" and not arn:
            raise invalid("You must provide a runtime version ARN when UpdateRuntimeOn is set to Manual.")
        settings = {"UpdateRuntimeOn": mode, "RuntimeVersionArn": arn} if arn else {"UpdateRuntimeOn": mode}
        kept = {**function.runtime_management, wanted.qualifier or LATEST: settings}
        await service.registry.put(wanted.caller, msgspec.structs.replace(function, runtime_management=kept))
    return {"FunctionArn": wanted.arn, **settings}


async def no_function_urls(service: Service, caller: Caller, parameters: Parameters) -> Json:
    """ListFunctionUrlConfigs: there are none, because none can be created."""
    service.find(caller, parameters)
    return {"FunctionUrlConfigs": []}
