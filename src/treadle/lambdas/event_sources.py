"""Operations on event source mappings: queues and streams that feed functions."""

from __future__ import annotations

import time
import uuid
from typing import Any

import msgspec
import orjson

from treadle.aws import AwsError, Caller
from treadle.lambdas.names import function_arn, target
from treadle.lambdas.records import EventSource
from treadle.lambdas.service import Parameters, Service, conflict, invalid, missing
from treadle.values import Json

QUEUE, STREAMS = "sqs", ("dynamodb", "kinesis")
# (default, most) records of a batch. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
_SIZES = {"sqs": (10, 10_000), "fifo": (10, 10), "dynamodb": (100, 10_000), "kinesis": (100, 10_000)}
# What is kept as it was given, and where it belongs.
_BOTH = ("FilterCriteria", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "MetricsConfig", "KMSKeyArn")
_QUEUES = ("ScalingConfig",)
_STREAMS = (
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
)
_ABSENT = (
    "TumblingWindowInSeconds",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "Topics",
    "Queues",
)


async def create(service: Service, caller: Caller, parameters: Parameters) -> Json:
    arn = parameters.get("EventSourceArn")
    if arn is None:
        raise invalid("treadle polls queues and streams only: EventSourceArn is missing.")
    kind = _kind(arn)
    wanted, function = service.find(caller, {"FunctionName": parameters["FunctionName"]})
    config = service.version(wanted, function)
    settings = _settings(kind, parameters)
    async with service.registry.writing:
        found = service.registry.event_sources()
        aim = function_arn(wanted.caller, wanted.name, wanted.qualifier)
        twin = next((one for one in found if (one.arn, one.function) == (arn, aim)), None)
        if twin is not None:
            raise conflict(
                f"An event source mapping with {kind.upper()} arn ({arn}) and function ({wanted.name}) already exists."
                f" Please update or delete the existing mapping with UUID {twin.id}"
            )
        positions = await _begin(service, arn, kind, settings, config.timeout)
        home = wanted.caller
        source = EventSource(
            str(uuid.uuid4()),
            home.account,
            home.region,
            arn,
            aim,
            parameters.get("Enabled", True),
            settings,
            time.time(),
            positions,
            parameters.get("Tags") or {},
        )
        await service.registry.put_event_source(source)
        service.pollers.follow(source)
    return shown(service, source, "Creating" if source.enabled else "Disabled")


async def get(service: Service, caller: Caller, parameters: Parameters) -> Json:
    return shown(service, _find(service, caller, parameters))


async def update(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        source = _find(service, caller, parameters)
        kind = _kind(source.arn)
        function = source.function
        if "FunctionName" in parameters:
            wanted, _ = service.find(caller, {"FunctionName": parameters["FunctionName"]})
            function = function_arn(wanted.caller, wanted.name, wanted.qualifier)
        fixed = {name: source.settings[name] for name in ("StartingPosition",) if name in source.settings}
        told = {**source.settings, **fixed, **parameters, "EventSourceArn": source.arn}
        settings = source.settings | _settings(kind, told)
        if (settings.get("FilterCriteria") or {}).get("Filters") == []:
            del settings["FilterCriteria"]
        changed = msgspec.structs.replace(
            source,
            function=function,
            enabled=parameters.get("Enabled", source.enabled),
            settings=settings,
            modified=time.time(),
        )
        await service.registry.put_event_source(changed)
        service.pollers.follow(changed)
    return shown(service, changed, "Updating")


async def delete(service: Service, caller: Caller, parameters: Parameters) -> Json:
    async with service.registry.writing:
        source = _find(service, caller, parameters)
        told = shown(service, source, "Deleting")
        await service.registry.drop_event_source(source)
        service.pollers.leave(source.id)
    return told


async def list_all(service: Service, caller: Caller, parameters: Parameters) -> Json:
    found = [
        one for one in service.registry.event_sources() if (one.account, one.region) == (caller.account, caller.region)
    ]
    if arn := parameters.get("EventSourceArn"):
        found = [one for one in found if one.arn == arn]
    if name := parameters.get("FunctionName"):
        wanted = target(caller, name)
        plain = function_arn(wanted.caller, wanted.name, wanted.qualifier)
        found = [one for one in found if one.function == plain]
    start = int(parameters.get("Marker") or 0)
    size = min(parameters.get("MaxItems") or 100, 100)
    answer: dict[str, Json] = {"EventSourceMappings": [shown(service, one) for one in found[start : start + size]]}
    if start + size < len(found):
        answer["NextMarker"] = str(start + size)
    return answer


def shown(service: Service, source: EventSource, state: str | None = None) -> Json:
    """A mapping as the API shows it."""
    home = Caller(source.account, source.region)
    told: dict[str, Any] = {
        "UUID": source.id,
        "EventSourceMappingArn": home.arn("lambda", f"event-source-mapping:{source.id}"),
        "EventSourceArn": source.arn,
        "FunctionArn": source.function,
        "LastModified": source.modified,
        "State": state or ("Enabled" if source.enabled else "Disabled"),
        "StateTransitionReason": "USER_INITIATED",
    }
    if _kind(source.arn) in STREAMS:
        told["LastProcessingResult"] = service.pollers.results.get(source.id, "No records processed")
    return told | source.settings


def _find(service: Service, caller: Caller, parameters: Parameters) -> EventSource:
    source = service.registry.event_source(parameters["UUID"])
    if source is None or (source.account, source.region) != (caller.account, caller.region):
        raise missing("The resource you requested does not exist.")
    return source


def _kind(arn: str) -> str:
    kind = arn.split(":")[2] if arn.count(":") > 4 else ""
    if kind not in (QUEUE, *STREAMS):
        raise invalid(
            f"Unrecognized event source: treadle polls queues of SQS and streams of DynamoDB and Kinesis, not {arn}."
        )
    return kind


def _settings(kind: str, parameters: Parameters) -> dict[str, Json]:
    """The settings with their defaults. Raises AwsError for what is wrong, and for what is not offered."""
    for name in _ABSENT:
        if parameters.get(name):
            raise invalid(f"treadle does not support {name} of event source mappings.")
    known = (*_BOTH, *(_QUEUES if kind == QUEUE else _STREAMS))
    for name in (*_QUEUES, *_STREAMS):
        if parameters.get(name) is not None and name not in known:
            raise invalid(f"Unsupported {name} parameter for given event source mapping type.")
    settings = {name: parameters[name] for name in known if parameters.get(name) is not None}
    fifo = kind == QUEUE and str(parameters.get("EventSourceArn", "")).endswith(".fifo")
    default, most = _SIZES["fifo" if fifo else kind]
    settings["BatchSize"] = size = parameters.get("BatchSize") or default
    settings.setdefault("MaximumBatchingWindowInSeconds", 0)
    if size > most:
        raise invalid(f"1 validation error detected: Value '{size}' at 'batchSize' must be at most {most}.")
    if kind == QUEUE and size > 10 and not settings["MaximumBatchingWindowInSeconds"]:
        raise invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    _check_filters(settings.get("FilterCriteria") or {})
    if kind in STREAMS:
        if "StartingPosition" not in settings:
            reason = "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
            raise invalid(f"1 validation error detected: {reason}")
        defaults = {"BisectBatchOnFunctionError": False, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1}
        settings = {**defaults, "ParallelizationFactor": 1, "TumblingWindowInSeconds": 0, **settings}
    return settings


def _check_filters(criteria: dict[str, Json]) -> None:
    for one in criteria.get("Filters") or []:
        try:
            sound = isinstance(orjson.loads(one.get("Pattern") or ""), dict)
        except orjson.JSONDecodeError:
            sound = False
        if not sound:
            raise invalid("Invalid filter pattern definition.")


async def _begin(service: Service, arn: str, kind: str, settings: dict[str, Json], timeout: int) -> dict[str, str]:
    """Check that the source is there, and where reading begins: shard -> the sequence number before."""
    outside = service.pollers.outside
    if outside is None:
        raise invalid("nothing here polls queues or streams")
    if kind == QUEUE:
        await _check_queue(service, arn, timeout)
        return {}
    shards = (await outside.stream({"arn": arn})).get("shards")
    if shards is None:
        raise invalid(f"Stream not found: {arn}")
    if settings["StartingPosition"] == "LATEST":
        return dict(shards)
    # AT_TIMESTAMP passes over what is older while it reads.
    return {}


async def _check_queue(service: Service, arn: str, timeout: int) -> None:
    place = arn.split(":")
    home = Caller(place[4], place[3])
    outside = service.pollers.outside
    assert outside is not None
    try:
        url = (await outside.call(home, "sqs", "GetQueueUrl", {"QueueName": place[5]}))["QueueUrl"]
        params = {"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]}
        told = await outside.call(home, "sqs", "GetQueueAttributes", params)
    except AwsError as refusal:
        code = refusal.code.rpartition(".")[2]
        raise invalid(
            f"Error occurred while ReceiveMessage. SQS Error Code: {code}. SQS Error Message: {refusal.message}"
        ) from None
    hidden = int(told["Attributes"]["VisibilityTimeout"])
    if hidden < timeout:
        raise invalid(f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds")
