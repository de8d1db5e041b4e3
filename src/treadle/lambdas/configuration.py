"""A version's configuration: made from a request, changed by a request, shown in an answer."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec
import orjson

from treadle.aws import AwsError, Caller
from treadle.lambdas.names import LATEST, layer
from treadle.lambdas.records import Code, Config, Function
from treadle.lambdas.runtimes import log_group
from treadle.lambdas.service import Parameters, Service, invalid, qualified, revision, timestamp
from treadle.values import Json

# The model's own limits are those of Lambda Managed Instances: seconds, and MB of memory or storage.
MAX_TIMEOUT = 900
MAX_MEMORY = 10_240
MAX_LAYERS = 5
MAX_ENVIRONMENT = 4096
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset(
    {"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    | {"AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME"}
    | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"}
    | {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT"}
    | {"LAMBDA_RUNTIME_DIR"}
)
# Members that come back as they were given; an empty value takes them away.
_ECHOED = ("DeadLetterConfig", "KMSKeyArn")
# What treadle would have to pretend. Refused when asked for.
_REFUSED = {
    "CapacityProviderConfig": "Lambda Managed Instances (CapacityProviderConfig)",
    "DurableConfig": "durable functions (DurableConfig)",
    "AcceleratorConfig": "accelerators (AcceleratorConfig)",
    "FileSystemConfigs": "functions with mounted file systems (FileSystemConfigs)",
    "TenancyConfig": "tenant isolation (TenancyConfig)",
    "CodeSigningConfigArn": "signed code (CodeSigningConfigArn)",
}


def new_config(service: Service, caller: Caller, parameters: Parameters, code: Code | None) -> Config:
    """The $LATEST of a function that is being created. Raises AwsError for what Lambda does not accept."""
    package = parameters.get("PackageType", "Zip")
    image = parameters["Code"].get("ImageUri")
    if package == "Zip" and not (parameters.get("Runtime") and parameters.get("Handler")):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    if package == "Image" and not image:
        raise invalid("Please provide ImageUri when creating a function with packageType Image.")
    blank = Config(role=parameters["Role"], code=code, image=image, modified="", revision="")
    architectures = tuple(parameters.get("Architectures") or ("x86_64",))
    given = msgspec.structs.replace(blank, architectures=architectures)
    return changed_config(service, caller, given, parameters)


def changed_config(service: Service, caller: Caller, config: Config, parameters: Parameters) -> Config:
    """The configuration after CreateFunction's or UpdateFunctionConfiguration's parameters, with a new revision."""
    _check_offered(parameters)
    changes: dict[str, Any] = {"modified": timestamp(), "revision": revision()}
    for member, field in _SIMPLE.items():
        if member in parameters:
            changes[field] = parameters[member]
    if "Runtime" in parameters:
        _check_runtime(service, parameters["Runtime"])
    for member, field, inner in (
        ("EphemeralStorage", "storage", "Size"),
        ("TracingConfig", "tracing", "Mode"),
        ("SnapStart", "snap_start", "ApplyOn"),
    ):
        if inner in parameters.get(member, {}):
            changes[field] = parameters[member][inner]
    if "Environment" in parameters:
        variables = parameters["Environment"].get("Variables", {})
        _check_environment(variables)
        # Given empty at creation it is shown empty; emptied later it is gone.
        changes["environment"] = variables if variables or not config.revision else None
    if "Layers" in parameters:
        changes["layers"] = _checked_layers(service, caller, parameters["Layers"])
    if "LoggingConfig" in parameters:
        changes["logging"] = _logging(parameters["LoggingConfig"])
    changes["echoed"] = _echoed(config, parameters)
    return msgspec.structs.replace(config, **changes)


_SIMPLE = {
    "Role": "role",
    "Runtime": "runtime",
    "Handler": "handler",
    "Description": "description",
    "Timeout": "timeout",
    "MemorySize": "memory",
}


def _check_offered(parameters: Parameters) -> None:
    for member, what in _REFUSED.items():
        if parameters.get(member):
            raise invalid(f"treadle does not offer {what}.")
    for place, value, most in (
        ("timeout", parameters.get("Timeout", 0), MAX_TIMEOUT),
        ("memorySize", parameters.get("MemorySize", 0), MAX_MEMORY),
        ("ephemeralStorage.size", parameters.get("EphemeralStorage", {}).get("Size", 0), MAX_MEMORY),
    ):
        if value > most:
            raise AwsError(
                "ValidationException",
                f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: "
                f"Member must have value less than or equal to {most}",
            )


def _check_runtime(service: Service, runtime: str) -> None:
    allowed = service.runtimes
    if runtime not in allowed:
        listed = ", ".join(allowed)
        message = f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        raise invalid(f"{message}[{listed}] or be a valid ARN")


def _check_environment(variables: dict[str, str]) -> None:
    taken = [name for name in variables if name in RESERVED]
    if taken:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(taken)}"
        )
    text = orjson.dumps(variables)
    if len(text) > MAX_ENVIRONMENT:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {text.decode()}"
        )


def _checked_layers(service: Service, caller: Caller, arns: list[str]) -> tuple[str, ...]:
    if len(arns) > MAX_LAYERS:
        raise invalid(f"Cannot reference more than {MAX_LAYERS} layers.")
    seen: dict[str, str] = {}
    for arn in arns:
        name = layer(caller, arn)
        versions = service.registry.layer(name.caller, name.name)
        found = versions.get(name.version or 0)
        if found is None or found.deleted:
            raise invalid(f"Layer version {arn} does not exist.")
        bare = arn.rpartition(":")[0]
        if bare in seen:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[bare]} and {arn} are versions of the same layer."
            )
        seen[bare] = arn
    return tuple(arns)


def _logging(given: dict[str, str]) -> dict[str, str]:
    if given.get("LogFormat", "Text") == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **given}
    if "ApplicationLogLevel" in given or "SystemLogLevel" in given:
        raise invalid(
            "To configure log levels, set your function's log format to JSON. "
            "You can't change the log level when the log format is Text."
        )
    return given


def _echoed(config: Config, parameters: Parameters) -> dict[str, Json]:
    echoed = dict(config.echoed)
    for member in _ECHOED:
        if member not in parameters:
            continue
        value = parameters[member]
        empty = not value or value == {"TargetArn": ""}
        if empty:
            echoed.pop(member, None)
        else:
            echoed[member] = value
    if "VpcConfig" in parameters:
        echoed.pop("VpcConfig", None)
        vpc = parameters["VpcConfig"]
        if vpc.get("SubnetIds"):
            # The network is not looked up, so its id is not known.
            echoed["VpcConfig"] = {
                "SubnetIds": vpc["SubnetIds"],
                "SecurityGroupIds": vpc.get("SecurityGroupIds", []),
                "VpcId": "",
                "Ipv6AllowedForDualStack": vpc.get("Ipv6AllowedForDualStack", False),
            }
    if "ImageConfig" in parameters:
        echoed.pop("ImageConfigResponse", None)
        if parameters["ImageConfig"]:
            echoed["ImageConfigResponse"] = {"ImageConfig": parameters["ImageConfig"]}
    return echoed


def describe(
    service: Service, caller: Caller, function: Function, config: Config, qualifier: str | None = None
) -> dict[str, Json]:
    """FunctionConfiguration as Lambda answers it. With a qualifier the ARN carries it."""
    answer: dict[str, Json] = {
        "FunctionName": function.name,
        "FunctionArn": qualified(caller, function.name, qualifier),
        "Role": config.role,
        "CodeSize": config.code.size if config.code else 0,
        "Description": config.description,
        "Timeout": config.timeout,
        "MemorySize": config.memory,
        "LastModified": config.modified,
        "CodeSha256": code_sha256(config),
        "Version": config.version,
        "TracingConfig": {"Mode": config.tracing},
        "RevisionId": config.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip" if config.code else "Image",
        "Architectures": list(config.architectures),
        "EphemeralStorage": {"Size": config.storage},
        "SnapStart": _snap_start(config),
        "LoggingConfig": {"LogFormat": "Text", **config.logging, "LogGroup": log_group(function.name, config)},
        **config.echoed,
    }
    if config.runtime is not None:
        answer["Runtime"] = config.runtime
        answer["RuntimeVersionConfig"] = {"RuntimeVersionArn": _runtime_version(caller, config.runtime)}
    if config.handler is not None:
        answer["Handler"] = config.handler
    if config.environment is not None:
        answer["Environment"] = {"Variables": config.environment}
    if config.layers:
        answer["Layers"] = [_layer_row(service, caller, arn) for arn in config.layers]
    return answer


def brief(answer: dict[str, Json]) -> dict[str, Json]:
    """The shorter form that lists show."""
    left_out = ("State", "LastUpdateStatus", "RuntimeVersionConfig")
    return {key: value for key, value in answer.items() if key not in left_out}


def code_sha256(config: Config) -> str:
    """Base64, as the API shows it."""
    raw = bytes.fromhex(config.code.sha256) if config.code else hashlib.sha256((config.image or "").encode()).digest()
    return base64.b64encode(raw).decode()


def _snap_start(config: Config) -> Json:
    on = config.snap_start == "PublishedVersions" and config.version != LATEST
    return {"ApplyOn": config.snap_start, "OptimizationStatus": "On" if on else "Off"}


def _runtime_version(caller: Caller, runtime: str) -> str:
    return f"arn:{caller.partition}:lambda:{caller.region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"


def _layer_row(service: Service, caller: Caller, arn: str) -> Json:
    name = layer(caller, arn)
    found = service.registry.layer(name.caller, name.name).get(name.version or 0)
    return {"Arn": arn, "CodeSize": found.code.size if found else 0}


async def fetch_code(service: Service, caller: Caller, given: dict[str, Json]) -> bytes | None:
    """The zip from the request or from S3; None for a container image."""
    if given.get("ImageUri"):
        return None
    if given.get("ZipFile") is not None:
        content: bytes = given["ZipFile"]
        return content
    if not (given.get("S3Bucket") and given.get("S3Key")):
        raise invalid("Please provide a source for function code.")
    try:
        return await service.fetch_object(caller, given["S3Bucket"], given["S3Key"], given.get("S3ObjectVersion"))
    except AwsError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error
