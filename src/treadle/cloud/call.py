"""Any operation that botocore knows, called in-process: `call` on the built-in cloud, `Speech` for other senders.

botocore is imported by the first call: it costs a tenth of a second that the server's start should not pay.
"""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from treadle.aws import AwsError, Caller, Request, Response

Handle = Callable[[Request], Awaitable[Response]]

# Names by which Step Functions or boto3 know a service, where botocore's differ.
ALIASES = {"eventbridge": "events", "sfn": "stepfunctions", "cloudwatchlogs": "logs"}


class Speech:
    """One service's operations as HTTP: parameters to request, response to result. Cached per service."""

    def __init__(self, service: str) -> None:
        from botocore.parsers import create_parser
        from botocore.serialize import create_serializer

        self.model = _session().get_service_model(ALIASES.get(service, service))
        protocol = self.model.resolved_protocol
        self._serializer = create_serializer(protocol, include_validation=True)
        self._parser = create_parser(protocol)

    def request(self, operation: str, params: Mapping[str, Any], caller: Caller, host: str) -> Request:
        """The request for `operation`. Raises AwsError for an unknown operation or parameters that do not fit."""
        from botocore.exceptions import ParamValidationError
        from botocore.model import OperationNotFoundError

        try:
            shape = self.model.operation_model(operation)
        except OperationNotFoundError:
            raise AwsError("UnknownOperationException", f"{self.model.service_name} has no {operation}") from None
        tokens = {name: str(uuid.uuid4()) for name in shape.idempotent_members if name not in params}
        try:
            told = self._serializer.serialize_to_request({**params, **tokens}, shape)
        except ParamValidationError as wrong:
            faults = _faults(params, shape.input_shape)
            raise AwsError("ValidationException" if faults else "ParamValidationError", faults or str(wrong)) from None
        headers = {name.lower(): str(value) for name, value in told["headers"].items()} | {"host": host}
        body = _body(told["body"], headers)
        headers["content-length"] = str(len(body))
        # S3 takes an unsigned request for an anonymous one and refuses it; nobody verifies the signature.
        scope = f"{caller.account}/20000101/{caller.region}/{self.model.signing_name}/aws4_request"
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        # Some paths of the model hold a query of their own: "/{Bucket}/{Key+}?uploads".
        path, _, fixed = told["url_path"].partition("?")
        query = told["query_string"]
        asked = query if isinstance(query, str) else urlencode(query, doseq=True)
        return Request(
            told["method"],
            path,
            "&".join(part for part in (fixed, asked) if part),
            headers,
            body,
            self.model.signing_name,
            caller,
        )

    def result(self, operation: str, response: Response) -> dict[str, Any]:
        """The result of `operation`, datetimes and bytes as boto3 gives them. Raises AwsError for an error answer."""
        from botocore.awsrequest import HeadersDict

        shape = self.model.operation_model(operation).output_shape
        payload = shape.serialization.get("payload") if shape is not None and response.status < 300 else None
        is_blob = payload is not None and shape.members[payload].type_name == "blob"
        # botocore decodes a payload of bytes as text; other kinds it hands through.
        body = bytearray(response.body) if is_blob else response.body
        told = {"status_code": response.status, "headers": HeadersDict(dict(response.headers)), "body": body}
        parsed: dict[str, Any] = self._parser.parse(told, shape)
        if is_blob and payload is not None:
            parsed[payload] = response.body
        metadata = parsed.pop("ResponseMetadata", {})
        if response.status < 300:
            return parsed
        error = parsed.get("Error", {})
        request_id = metadata.get("RequestId", "")
        raise AwsError(error.get("Code", ""), error.get("Message", ""), response.status, {"requestId": request_id})


async def call(
    handle: Handle, caller: Caller, service: str, operation: str, params: Mapping[str, Any], host: str = "localhost"
) -> dict[str, Any]:
    """Call `operation` ("PutItem") of `service` ("dynamodb") through `handle`. Raises AwsError for what it refuses."""
    speech = speech_of(service)
    return speech.result(operation, await handle(speech.request(operation, params, caller, host)))


@functools.cache
def speech_of(service: str) -> Speech:
    """Raises AwsError when botocore does not know the service."""
    from botocore.exceptions import UnknownServiceError

    try:
        return Speech(service)
    except UnknownServiceError as unknown:
        raise AwsError("UnknownServiceException", str(unknown)) from None


@functools.cache
def _session() -> Any:
    import botocore.session

    return botocore.session.Session()


def _faults(params: Mapping[str, Any], shape: Any) -> str | None:
    """What is wrong with `params`, in the words of AWS's services; None for what clients find themselves (types)."""
    from botocore.validate import ParamValidator

    # botocore offers the text of its report only, which no service would say.
    found = [_fault(params, *error) for error in ParamValidator().validate(params, shape)._errors]
    if None in found:
        return None
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(map(str, found))}"


def _fault(params: Mapping[str, Any], kind: str, place: str, told: Mapping[str, Any]) -> str | None:
    path = ".".join(part[:1].lower() + part[1:] for part in place.split(".") if part)
    match kind:
        case "missing required field":
            member = told["required_name"]
            path = ".".join(filter(None, [path, member[:1].lower() + member[1:]]))
            return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        case "invalid length" | "invalid range":
            what = "length" if kind == "invalid length" else "value"
            rule = f"Member must have {what} greater than or equal to {told['min_allowed']}"
            value: Any = params
            for name, index in re.findall(r"\.?([^.\[\]]+)|\[(\d+)\]", place):
                value = value[int(index)] if index else value[name]
            return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"
    return None


def _body(body: Any, headers: dict[str, str]) -> bytes:
    """The serializer gives bytes, text, a form as a dictionary, or a file."""
    if isinstance(body, dict):
        headers.setdefault("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        return urlencode(body, doseq=True).encode()
    if isinstance(body, str):
        return body.encode()
    return bytes(body.read() if hasattr(body, "read") else body)
