"""The few words of AWS's wire protocols that every server-side room knows: request, response, error, ARN."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import orjson

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


class Caller(msgspec.Struct, frozen=True):
    """Who calls, and where: both come from the request's credential scope."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, service: str, resource: str) -> str:
        """`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` for this caller."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, already attributed to a service and a caller."""

    method: str
    path: str  # raw (still percent-encoded), without the query
    query: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    service: str  # signing name: "states", "lambda", "s3", ...
    caller: Caller = Caller()


class Response(msgspec.Struct, frozen=True):
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


class AwsError(Exception):
    """A refusal in AWS's words. `code` is the error's name, `status` the HTTP status AWS answers with."""

    def __init__(self, code: str, message: str, status: int = 400, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra or {}


def json_response(body: object, status: int = 200, content_type: str = "application/x-amz-json-1.0") -> Response:
    return Response(status, orjson.dumps(body), {"content-type": content_type})
