"""Lambda functions: the optimized `lambda:invoke` and the older way, a function's ARN as the task's Resource."""

from __future__ import annotations

import os
from email.utils import formatdate
from typing import Any

from treadle.asl.errors import PAYLOAD_LIMIT, too_large
from treadle.aws import AwsError
from treadle.integrations.integration import Call, Integration
from treadle.integrations.models import api
from treadle.integrations.wording import Reply, Wording, acting, bad_parameters, missing
from treadle.values import Json, StatesError, dumps, loads

_WORDING = Wording("Lambda", "AWSLambdaException", "AWSLambda")


# The string parameters. Known here, because asking botocore's model would cost every server 100 ms at the first call.
_TEXTS = ("FunctionName", "InvocationType", "LogType", "ClientContext", "Qualifier", "TenantId", "DurableExecutionName")
FIELDS = (*_TEXTS, "Payload")
_UNSUPPORTED = ("TenantId", "DurableExecutionName")


async def invoke(call: Call) -> Json:
    """`arn:aws:states:::lambda:invoke`: the function's answer with the metadata of the HTTP response."""
    texts, payload = _parameters(call)
    kind = texts.get("InvocationType", "RequestResponse")
    answer = await _invoke(
        call,
        texts["FunctionName"],
        payload,
        qualifier=texts.get("Qualifier"),
        kind=kind,
        log_tail=texts.get("LogType") == "Tail",
        client_context=texts.get("ClientContext"),
    )
    if answer.function_error:
        error, cause = _failure(answer.payload)
        raise StatesError(error, cause if isinstance(cause, str) else dumps(cause))
    return _result(answer, _decoded(answer.payload, call.resource.resource_type))


def _parameters(call: Call) -> tuple[dict[str, str], bytes]:
    """The string parameters and the payload. Raises StatesError for what AWS refuses."""
    given = call.arguments
    if not isinstance(given, dict):
        raise bad_parameters(call, ["The value for the field 'Parameters' must be an OBJECT"])
    faults = [f"The field '{name}' is not supported by Step Functions" for name in given if name not in FIELDS]
    texts = {name: given[name] for name in _TEXTS if given.get(name) is not None}
    faults += [
        f"The value for the field '{name}' must be a STRING"
        for name, value in texts.items()
        if not isinstance(value, str)
    ]
    faults += [f"treadle does not support the field '{name}' yet" for name in _UNSUPPORTED if name in texts]
    if faults:
        raise bad_parameters(call, faults)
    if "FunctionName" not in texts:
        raise _WORDING.failure(api("lambda"), missing("lambda", ["functionName"]))
    return texts, _payload(given.get("Payload"))


def _payload(value: Json) -> bytes:
    """What the function receives: JSON. A string that is JSON text itself is sent as it is, nothing as `{}`."""
    if value is None:
        return b"{}"
    if isinstance(value, str) and _is_json(value):
        return value.encode()
    return dumps(value).encode()


def _is_json(text: str) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True


async def _invoke(call: Call, function: str, payload: bytes, **options: Any) -> Any:
    try:
        return await call.world.invoke(acting(call), function, payload, call.role, **options)
    except AwsError as error:
        raise _WORDING.failure(api("lambda"), error) from None


def _failure(payload: bytes) -> tuple[str, Json]:
    """(error name, cause) of a function that failed; the cause is the decoded payload where there is an errorType."""
    text = payload.decode("utf-8", "replace")
    try:
        details = loads(text)
    except ValueError:
        details = None
    if isinstance(details, dict) and isinstance(details.get("errorType"), str):
        return details["errorType"], details
    reason = "The cause could not be determined because Lambda did not return an error type. Returned payload: "
    return "Lambda.Unknown", reason + text


def _decoded(payload: bytes, task: str) -> Json:
    """What the function returned. Python functions may return bytes, which need not be JSON: then it is their text."""
    if len(payload) > PAYLOAD_LIMIT:
        raise too_large(task)
    text = payload.decode("utf-8", "replace")
    try:
        return loads(text)
    except ValueError:
        return text


def _result(answer: Any, payload: Json) -> Json:
    reply = Reply(answer.request_id, answer.status)
    result: dict[str, Json] = {}
    if answer.status == 200:
        result["ExecutedVersion"] = answer.executed_version
    if answer.log_tail:
        result["LogResult"] = answer.log_tail
    # An answer to InvocationType Event or DryRun has no body, which is shown as an empty string.
    result["Payload"] = payload
    return result | reply.metadata(_headers(answer, reply, len(answer.payload))) | {"StatusCode": answer.status}


def _headers(answer: Any, reply: Reply, length: int) -> dict[str, str]:
    """The headers of Lambda's answer as recorded on AWS (Nov 2025)."""
    headers = {"Connection": "keep-alive", "Content-Length": str(length)}
    if length:
        headers["Content-Type"] = "application/json"
    headers["Date"] = formatdate(usegmt=True)
    if answer.status == 200:
        headers["X-Amz-Executed-Version"] = answer.executed_version
    if answer.log_tail:
        headers["X-Amz-Log-Result"] = answer.log_tail
    root = os.urandom(20).hex()
    headers["X-Amzn-Trace-Id"] = f"Root=1-{root[:8]}-{root[8:32]};Parent={root[24:40]};Sampled=0;Lineage=1:{root[:8]}:0"
    headers["x-amzn-Remapped-Content-Length"] = "0"
    headers["x-amzn-RequestId"] = reply.request_id
    return headers


async def invoke_directly(call: Call) -> Json:
    """A function's ARN as Resource: the input is the payload, the payload is the output.

    The cause of a failure is the payload as the function's runtime wrote it, while `lambda:invoke` prints it anew.
    """
    answer = await _invoke(call, call.resource.arn, dumps(call.arguments).encode())
    if answer.function_error:
        error, cause = _failure(answer.payload)
        raise StatesError(error, cause if isinstance(cause, str) else answer.payload.decode())
    return _decoded(answer.payload, call.resource.arn)


INVOKE = Integration("lambda:invoke", frozenset({"request", "token"}), invoke)
DIRECT = Integration("lambda", frozenset({"request"}), invoke_directly)
