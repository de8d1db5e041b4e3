"""Errors and causes as Step Functions words them, and the metadata its optimized integrations add to a result."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from msgspec import Struct

from treadle.aws import AwsError, Caller
from treadle.integrations.integration import Call
from treadle.integrations.models import Api, api
from treadle.values import Json, StatesError, dumps

# What the SDK raises when no service has answered.
UNREACHABLE = "SdkClientException"

# The headers of a response that AWS repeats, spelled as the service spells them.
Headers = dict[str, str]


class Wording(Struct, frozen=True):
    """How an optimized integration words the errors of its service (version 1 of the AWS SDK for Java).

    `prefix` begins error names; `unmodeled` is the exception for codes the API's model does not know; `service` stands
    in the cause. Without `service` the cause is in the style of version 2.
    """

    prefix: str
    unmodeled: str
    service: str | None = None

    def failure(self, model: Api, error: AwsError) -> StatesError:
        if error.code == UNREACHABLE:
            return StatesError(f"{self.prefix}.{UNREACHABLE}", error.message)
        if self.service is None:
            name = model.exception(error.code) or self.unmodeled
            return StatesError(f"{self.prefix}.{name}", sdk_cause(model, error))
        name = f"{self.prefix}.{model.older_exception(error.code) or self.unmodeled}"
        cause = (
            f"{error.message} (Service: {self.service}; Status Code: {model.status(error)}; Error Code: {error.code};"
            f" Request ID: {request_id_of(error)}; Proxy: null)"
        )
        return StatesError(name, cause)


def sdk_failure(model: Api, error: AwsError) -> StatesError:
    """The error of an `aws-sdk` task: `DynamoDb.ResourceNotFoundException`, `DynamoDb.DynamoDbException`."""
    if error.code == UNREACHABLE:
        return StatesError(f"{model.client}.{UNREACHABLE}", error.message)
    name = model.exception(error.code) or f"{model.client}Exception"
    return StatesError(f"{model.client}.{name}", sdk_cause(model, error))


# Clients whose latest recordings print the number of attempts, which version 2 of the SDK does since 2025: Sfn (Nov
# 2025). Those of DynamoDb (Jul 2023) and S3 (Jan 2025) do not, and whoever was not recorded is worded like the most.
_COUNTED = frozenset({"Sfn"})


def sdk_cause(model: Api, error: AwsError) -> str:
    """As version 2 of the SDK prints an exception."""
    client = model.client
    extended = error.extra.get("hostId")
    host = f", Extended Request ID: {extended or _host_id()}" if client == "S3" else ""
    request = f"Service: {client}, Status Code: {model.status(error)}, Request ID: {request_id_of(error)}{host}"
    return f"{error.message} ({request})" + (" (SDK Attempt Count: 1)" if client in _COUNTED else "")


def _host_id() -> str:
    """S3's second id, of the form it has: 56 random bytes in Base64."""
    return base64.b64encode(os.urandom(56)).decode()


def request_id_of(error: AwsError) -> str:
    return str(error.extra.get("requestId") or uuid.uuid4())


def bad_parameters(call: Call, faults: list[str]) -> StatesError:
    """The refusal of parameters before any service is called; such an error cannot be caught."""
    listed = ", ".join(faults)
    return StatesError(
        "States.Runtime", f"The Parameters '{dumps(call.arguments)}' could not be used to start the Task: [{listed}]"
    )


def missing(service: str, paths: list[str]) -> AwsError:
    """What the service answers when required members are left out (or null, which is the same to it)."""
    if service == "sqs":
        name = paths[0][:1].upper() + paths[0][1:]
        return AwsError("MissingParameter", f"The request must contain the parameter {name}.")
    plural = "s" if len(paths) > 1 else ""
    faults = "; ".join(
        f"Value null at '{path}' failed to satisfy constraint: Member must not be null" for path in paths
    )
    code = "ValidationError" if api(service).protocol in ("query", "ec2") else "ValidationException"
    return AwsError(code, f"{len(paths)} validation error{plural} detected: {faults}")


def acting(call: Call) -> Caller:
    """Who makes the call: the account of the task's role, which `Credentials` may place elsewhere."""
    parts = (call.role or "").split(":")
    if len(parts) > 5 and parts[2] == "iam" and parts[4].isdigit() and parts[4] != call.caller.account:
        return Caller(parts[4], call.caller.region)
    return call.caller


class Reply(Struct, frozen=True):
    """The HTTP side of an answer: what goes into SdkHttpMetadata."""

    request_id: str
    status: int = 200
    date: str = ""

    @classmethod
    def of(cls, answer: Any) -> Reply:
        """Read from botocore's ResponseMetadata, as far as it is there."""
        meta = answer.get("ResponseMetadata") or {} if isinstance(answer, Mapping) else {}
        headers = {name.lower(): value for name, value in (meta.get("HTTPHeaders") or {}).items()}
        return cls(
            str(meta.get("RequestId") or uuid.uuid4()),
            meta.get("HTTPStatusCode", 200),
            str(headers.get("date") or formatdate(usegmt=True)),
        )

    def headers(self, length: int, content_type: str) -> Headers:
        """The headers that most services answer with, spelled as they spell them."""
        return {
            "Content-Length": str(length),
            "Content-Type": content_type,
            "Date": self.date or formatdate(usegmt=True),
            "connection": "keep-alive",
            "x-amzn-RequestId": self.request_id,
        }

    def metadata(self, headers: Headers) -> dict[str, Json]:
        """SdkHttpMetadata and SdkResponseMetadata, which most optimized integrations add to the result."""
        headers = dict(sorted(headers.items(), key=lambda item: item[0].lower()))
        return {
            "SdkHttpMetadata": {
                "AllHttpHeaders": {name: [value] for name, value in headers.items()},
                "HttpHeaders": headers,
                "HttpStatusCode": self.status,
            },
            "SdkResponseMetadata": {"RequestId": self.request_id},
        }
