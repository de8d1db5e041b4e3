"""The AWS APIs as botocore describes them, found by the names that Step Functions uses.

botocore is imported on first use: a server that runs no `aws-sdk` task never loads it. Loading one service's model
takes 3 to 50 ms; it is then kept.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
from msgspec import Struct

from treadle.aws import AwsError
from treadle.integrations.naming import action, client_class, exception_class, member

# Segment of the resource ARN -> botocore's service, where it is not just botocore's name without dashes.
_RENAMED = {
    "applicationdiscovery": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}

# Services of botocore that the Java SDK does not have a client of its own for.
_NONE = frozenset({"sms-voice"})  # the older copy of pinpoint-sms-voice


class Api(Struct, frozen=True):
    """One AWS service: `name` is botocore's, `client` the Java SDK's (the prefix of its errors)."""

    name: str
    client: str
    protocol: str
    model: Any  # botocore.model.ServiceModel
    operations: dict[str, str]  # action ("putItem") -> operation ("PutItem")

    def operation(self, name: str) -> Operation:
        """The operation of that name ("PutItem")."""
        model = self.model.operation_model(name)
        refusal = None
        if model.has_event_stream_input or model.has_event_stream_output:
            refusal = "event streams"
        elif _streams(model.output_shape) and (self.name, name) != ("s3", "GetObject"):
            refusal = "streaming"
        return Operation(self, name, model.input_shape, model.output_shape, refusal)

    def status(self, error: AwsError) -> int:
        """The HTTP status of an error; services that speak JSON over one URL say 400 unless their model says more."""
        if self.protocol != "json" or error.status >= 500:
            return error.status
        return _statuses(self.name).get(_errors(self.name).get(error.code, ""), 400)

    def exception(self, code: str) -> str | None:
        """The exception of the Java SDK 2 for an error `code` of the wire, None when the model has no such error."""
        shape = _errors(self.name).get(code)
        return None if shape is None else exception_class(shape)

    def older_exception(self, code: str) -> str | None:
        """The same in version 1 of the SDK, which keeps the API's capitals."""
        shape = _errors(self.name).get(code)
        return shape if shape is None or shape.endswith("Exception") else f"{shape}Exception"


class Operation(Struct, frozen=True):
    """One operation of an AWS service with its shapes; `streaming` says why Step Functions does not offer it."""

    api: Api
    name: str
    input: Any  # botocore.model.StructureShape or None
    output: Any
    streaming: str | None = None


@cache
def _loader() -> Any:
    from botocore.loaders import JSONFileLoader, Loader

    class Files(JSONFileLoader):  # type: ignore[misc]
        """botocore's own reader takes twice as long over these large files."""

        def load_file(self, file_path: str) -> Any:
            for name, opened in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
                if os.path.isfile(name):
                    with opened(name, "rb") as file:
                        return orjson.loads(file.read())
            return None

    loader = Loader()
    loader.file_loader = Files()
    return loader


@cache
def service_names() -> frozenset[str]:
    return frozenset(_loader().list_available_services("service-2"))


@cache
def _segments() -> dict[str, str]:
    renamed = {segment: name for segment, name in _RENAMED.items() if name in service_names()}
    plain = service_names() - _NONE - set(_RENAMED.values())
    return {name.replace("-", ""): name for name in sorted(plain)} | renamed


def segments() -> Iterator[tuple[str, str]]:
    """(segment of the resource ARN, botocore's service) of every service."""
    return iter(_segments().items())


def find_api(segment: str) -> Api | None:
    """The service of a resource ARN's segment ("dynamodb", "sfn", "cloudwatchlogs")."""
    name = _segments().get(segment)
    return None if name is None else api(name)


@cache
def api(name: str) -> Api:
    """The service of botocore's name ("stepfunctions")."""
    from botocore.model import ServiceModel

    model = ServiceModel(_loader().load_service_model(name, "service-2"), name)
    operations = {action(operation): operation for operation in model.operation_names}
    return Api(name, client_class(model.metadata["serviceId"]), model.metadata["protocol"], model, operations)


@cache
def operation(service: str, name: str) -> Operation:
    """The operation by botocore's names ("dynamodb", "PutItem")."""
    return api(service).operation(name)


@cache
def _errors(service: str) -> dict[str, str]:
    """Error code of the wire -> name of its shape."""
    found: dict[str, str] = {}
    for shape in api(service).model.error_shapes:
        found[shape.name] = shape.name
        code = (shape.metadata.get("error") or {}).get("code")
        if code:
            found[code] = shape.name
    if service == "sqs":
        # The codes of its older protocol, which it still answers with.
        found |= {f"AWS.SimpleQueueService.{name}": name for name in found}
        found |= {
            "AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist",
            "QueueAlreadyExists": "QueueNameExists",
        }
    return found


@cache
def _statuses(service: str) -> dict[str, int]:
    """Name of an error's shape -> its HTTP status, where the model has one."""
    errors = {shape.name: shape.metadata.get("error") or {} for shape in api(service).model.error_shapes}
    return {name: error["httpStatusCode"] for name, error in errors.items() if "httpStatusCode" in error}


def _streams(shape: Any) -> bool:
    """Whether the answer's body is a stream, which is more than a body that is a blob."""
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and bool(shape.members[payload].serialization.get("streaming"))


class Member(Struct, frozen=True):
    """A member of a structure: its name on the wire (botocore's) and the one Step Functions shows."""

    name: str
    shown: str
    shape: Any
    required: bool


@cache
def members(shape: Any) -> dict[str, Member]:
    """The members of a structure shape by botocore's name."""
    required = frozenset(shape.required_members)
    return {name: Member(name, member(name), inner, name in required) for name, inner in shape.members.items()}


@cache
def accepted(shape: Any) -> dict[str, Member]:
    """The members of a structure shape by every name a customer may write, in lower case."""
    table = {inner.name.lower(): inner for inner in members(shape).values()}
    table.update({inner.shown.lower(): inner for inner in members(shape).values()})
    return table
