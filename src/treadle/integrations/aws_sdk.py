"""`aws-sdk:SERVICE:ACTION`: every operation of every AWS service, generated from botocore's models."""

from __future__ import annotations

import base64
import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from treadle.aws import AwsError
from treadle.integrations.integration import Call, Integration
from treadle.integrations.models import Operation, find_api, members
from treadle.integrations.shapes import Faults, from_response, to_request
from treadle.integrations.wording import acting, bad_parameters, missing, sdk_failure
from treadle.values import Json


def find_operation(service: str, action: str) -> Operation | str:
    """The operation of `aws-sdk:SERVICE:ACTION`, or why there is none."""
    model = find_api(service)
    if model is None:
        return f"no AWS service has the SDK name '{service}'"
    name = model.operations.get(action)
    if name is None:
        return f"the service '{service}' has no action '{action}'"
    operation = model.operation(name)
    if operation.streaming:
        return f"'{service}:{action}' uses {operation.streaming}, which Step Functions does not support"
    return operation


def declare(service: str, action: str) -> Integration | None:
    """The integration `aws-sdk:SERVICE:ACTION`, None when AWS has no such thing."""
    operation = find_operation(service, action)
    if isinstance(operation, str):
        return None

    async def call(call: Call) -> Json:
        answer = await request(call, operation)
        return from_response(operation.output, answer, "sdk")

    return Integration(f"aws-sdk:{service}:{action}", frozenset({"request", "token"}), call)


async def request(call: Call, operation: Operation) -> Mapping[str, Any]:
    """Make the call and give botocore's answer. Raises StatesError in the words of an SDK integration."""
    faults = Faults()
    params = {} if operation.input is None else to_request(operation.input, call.arguments, faults)
    if faults:
        raise bad_parameters(call, faults)
    try:
        if faults.missing:
            raise missing(operation.api.name, faults.missing)
        return await perform(call, operation, params)
    except AwsError as error:
        raise sdk_failure(operation.api, _named(operation, error)) from None


# An answer to HEAD has no body to name the error; the SDK does it by the operation.
_HEADED = {"HeadObject": "NoSuchKey", "HeadBucket": "NoSuchBucket"}


def _named(operation: Operation, error: AwsError) -> AwsError:
    if operation.api.name != "s3" or error.status != 404 or operation.name not in _HEADED:
        return error
    return AwsError(_HEADED[operation.name], error.message, error.status, error.extra)


async def perform(call: Call, operation: Operation, params: dict[str, Any]) -> Mapping[str, Any]:
    """One operation, where it belongs: Step Functions is this very server, everything else is the cloud's."""
    service, complete = operation.api.name, _complete(call, operation, params)
    if service == "stepfunctions":
        answer = await call.world.execute(acting(call), operation.name, complete, call.role)
    else:
        answer = await call.world.aws(acting(call), service, operation.name, complete, call.role)
    return answer if isinstance(answer, Mapping) else {}


def _complete(call: Call, operation: Operation, params: dict[str, Any]) -> dict[str, Any]:
    """`params` with what AWS's SDK for Java adds of itself.

    An idempotency token is the same for every attempt at this task, so that a repetition after a crash is harmless.
    """
    if operation.input is None:
        return params
    inner = members(operation.input).values()
    tokens = {it.name for it in inner if it.shape.metadata.get("idempotencyToken")}
    added: dict[str, Any] = {name: idempotency_token(call) for name in tokens if name not in params}
    if operation.api.name == "s3" and operation.name == "PutObject" and "Body" in params:
        added |= _of_body(params)
    return added | params


def _of_body(params: dict[str, Any]) -> dict[str, Any]:
    """What the SDK says of an object's body: the type of a body made from a string, and its checksum."""
    told: dict[str, Any] = {"ContentType": "text/plain; charset=UTF-8"}
    if not any(name.startswith("Checksum") for name in params):
        checksum = zlib.crc32(params["Body"]).to_bytes(4, "big")
        told |= {"ChecksumAlgorithm": "CRC32", "ChecksumCRC32": base64.b64encode(checksum).decode()}
    return told


def idempotency_token(call: Call) -> str:
    """A UUID of this task: the same after a restart, another one for the next attempt of a Retry."""
    return str(
        uuid.uuid5(uuid.NAMESPACE_URL, f"{call.execution_arn}/{call.state}/{call.task_id}")
        if call.task_id
        else uuid.uuid4()
    )
