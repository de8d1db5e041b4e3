"""What a Task calls: the ARN in its `Resource` field, taken apart once.

Three shapes: a Lambda function, an activity, and a service integration
`arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken]`, where SERVICE may be `aws-sdk:NAME`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec import Struct

Pattern: TypeAlias = Literal["request", "sync", "sync:2", "token"]

_SUFFIXES: Mapping[str, Pattern] = MappingProxyType(
    {"": "request", "sync": "sync", "sync:2": "sync:2", "waitForTaskToken": "token"}
)


class Resource(Struct, frozen=True):
    """`service` and `action` are those of a "task"; a "lambda" or "activity" has a `name` (with its qualifier).

    "map" is the work of a distributed Map. `region` and `account` are empty where the ARN leaves them out.
    """

    kind: Literal["lambda", "activity", "task", "map"]
    arn: str
    service: str
    action: str
    pattern: Pattern = "request"
    name: str = ""
    region: str = ""
    account: str = ""

    @property
    def sdk(self) -> str | None:
        """The SDK's service name ("dynamodb") when this is an `aws-sdk` integration."""
        return self.service.removeprefix("aws-sdk:") if self.service.startswith("aws-sdk:") else None

    @property
    def resource_type(self) -> str:
        """`resourceType` in the history: "lambda", "sqs", "aws-sdk:dynamodb"."""
        return self.service

    @property
    def resource(self) -> str:
        """`resource` in the history: "invoke", "sendMessage.waitForTaskToken", "startExecution.sync:2"."""
        return self.action + suffix(self.pattern)


# What a distributed Map "calls": its map run.
MAP_RUN = Resource("map", "arn:aws:states:::map:run", "map", "run")


def suffix(pattern: Pattern) -> str:
    """How a pattern is written at the end of an ARN, with its dot."""
    return "" if pattern == "request" else ".waitForTaskToken" if pattern == "token" else f".{pattern}"


_R: tuple[Pattern, ...] = ("request",)
_RS: tuple[Pattern, ...] = ("request", "sync")
_RT: tuple[Pattern, ...] = ("request", "token")
_RST: tuple[Pattern, ...] = ("request", "sync", "token")


def _actions(patterns: tuple[Pattern, ...], names: str) -> dict[str, tuple[Pattern, ...]]:
    return dict.fromkeys(names.split(), patterns)


# Optimized integrations: service -> action -> patterns (developer guide, integrate-optimized.html).
OPTIMIZED: Mapping[str, Mapping[str, tuple[Pattern, ...]]] = MappingProxyType(
    {
        "apigateway": _actions(_RT, "invoke"),
        "athena": _actions(_RS, "startQueryExecution")
        | _actions(_R, "stopQueryExecution getQueryExecution getQueryResults"),
        "batch": _actions(_RS, "submitJob"),
        "bedrock": _actions(_RT, "invokeModel") | _actions(_RS, "createModelCustomizationJob"),
        "codebuild": _actions(_RS, "startBuild startBuildBatch retryBuild retryBuildBatch")
        | _actions(_R, "stopBuild stopBuildBatch deleteBuildBatch batchDeleteBuilds batchGetReports batchGetBuilds"),
        "databrew": _actions(_RS, "startJobRun"),
        "dynamodb": _actions(_R, "getItem putItem updateItem deleteItem"),
        "ecs": _actions(_RST, "runTask"),
        "eks": _actions(
            _RS, "createCluster deleteCluster createFargateProfile deleteFargateProfile createNodegroup deleteNodegroup"
        )
        | _actions(_RST, "runJob call"),
        "elasticmapreduce": _actions(_RS, "createCluster terminateCluster addStep")
        | _actions(
            _R,
            "cancelStep setClusterTerminationProtection modifyInstanceFleetByName modifyInstanceGroupByName",
        ),
        "emr-containers": _actions(_RS, "startJobRun createVirtualCluster deleteVirtualCluster"),
        "emr-serverless": _actions(
            _RS,
            "createApplication startApplication stopApplication deleteApplication startJobRun cancelJobRun",
        ),
        "events": _actions(_RT, "putEvents"),
        "glue": _actions(_RS, "startJobRun"),
        "http": _actions(_R, "invoke"),
        "lambda": _actions(_RT, "invoke"),
        "mediaconvert": _actions(_RS, "createJob"),
        "sagemaker": _actions(
            _RS,
            "createTrainingJob createTransformJob createHyperParameterTuningJob createLabelingJob createProcessingJob"
            " createAutoMLJob",
        )
        | _actions(_R, "createEndpoint createEndpointConfig createModel updateEndpoint"),
        "sns": _actions(_RT, "publish"),
        "sqs": _actions(_RT, "sendMessage"),
        "states": _actions(("request", "sync", "sync:2", "token"), "startExecution"),
    }
)
# What only a distributed Map may use: in ItemReader and in ResultWriter.
READERS = frozenset({"s3:getObject", "s3:listObjectsV2"})
WRITERS = frozenset({"s3:putObject"})


def parse_resource(arn: str) -> Resource | None:
    """`arn` taken apart, or None when it has none of the three shapes (it may still name an unknown service)."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[1].startswith("aws"):
        return None
    _, _, owner, region, account, rest = parts
    if owner == "lambda" and rest.startswith("function:") and len(rest) > len("function:"):
        return Resource("lambda", arn, "lambda", "invoke", "request", rest[len("function:") :], region, account)
    if owner != "states":
        return None
    if rest.startswith("activity:") and len(rest) > len("activity:"):
        return Resource("activity", arn, "states", "activity", "request", rest[len("activity:") :], region, account)
    return _integration(arn, rest) if not region and not account else None


def _integration(arn: str, text: str) -> Resource | None:
    call, dot, ending = text.partition(".")
    pattern = _SUFFIXES.get(ending) if bool(dot) == bool(ending) else None
    service, colon, action = call.rpartition(":")
    if pattern is None or not (service and colon and action):
        return None
    return Resource("task", arn, service, action, pattern)


def exists(resource: Resource) -> bool:
    """Whether Step Functions knows the integration. The catalogue of `aws-sdk` is not kept here: any name passes."""
    if resource.kind != "task":
        return True
    if resource.sdk is not None:
        return ":" not in resource.sdk and resource.pattern in _RT
    return resource.pattern in OPTIMIZED.get(resource.service, {}).get(resource.action, ())
