"""What the audit trail is told of each request, and CloudTrail's LookupEvents, which reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson

from treadle.audit import Trail, lookup_events
from treadle.audit.calls import Visit, is_read, naming_parameters, states_parameters
from treadle.audit.routes import named, operation_of, refusal_of, routes
from treadle.aws import AwsError, Caller, Request, Response, json_response
from treadle.cloud import Cloud

# The console's page says so of itself: what it only reads would drown everything else.
CONSOLE = b"x-treadle-console"
LOOKUP = "CloudTrail_20131101.LookupEvents"
# Access keys that the built-in IAM and STS have issued; any other key is its account's root.
ISSUED = ("LKIA", "LSIA", "AKIA", "ASIA")


class Witness:
    """Sees the requests that the door lets in, and what they are answered, just before the answer leaves."""

    def __init__(self, trail: Trail) -> None:
        self._trail = trail

    def states(
        self,
        visit: Visit,
        caller: Caller,
        operation: str,
        params: Any,
        answer: dict[str, Any] | None,
        error: AwsError | None,
    ) -> None:
        """A Step Functions operation. Answers of what only reads are not kept, as in CloudTrail."""
        reads = is_read(operation)
        if reads and visit.agent.startswith("treadle-console"):
            return
        self._trail.note(
            visit,
            caller,
            "states",
            operation,
            states_parameters(params) if isinstance(params, dict) else None,
            None if answer is None or reads else states_parameters(answer) or None,
            None if error is None else (error.code, error.message),
        )

    async def other(self, visit: Visit, request: Request, response: Response) -> None:
        """A call of any other service, if it is one."""
        if request.service in ("treadle", "execute-api") or request.path.startswith("/_"):
            return
        found = named(request)
        if found is None:
            # botocore's model of the service may have to be read first.
            await asyncio.to_thread(routes, request.service)
            found = operation_of(request)
        if found is None or (is_read(found[0]) and visit.agent.startswith("treadle-console")):
            return
        name, params = found
        error = refusal_of(response.status, response.headers, response.body)
        self._trail.note(visit, request.caller, request.service, name, naming_parameters(params), None, error)

    async def lookup(self, request: Request) -> Response:
        """LookupEvents. Raises AwsError."""
        try:
            params = orjson.loads(request.body) if request.body else {}
        except orjson.JSONDecodeError:
            params = None
        if not isinstance(params, dict):
            raise AwsError("SerializationException", "The request body is not a JSON object.")
        answer = await lookup_events(self._trail, request.caller, params)
        return json_response(answer, content_type="application/x-amz-json-1.1")


def access_key(authorization: str) -> str:
    """The access key of an Authorization header, "" where there is none."""
    scope = authorization.partition("Credential=")[2].partition(",")[0]
    return "/".join(scope.split("/")[:-4])


def identify(cloud: Cloud) -> Callable[[Caller, str], Awaitable[str]]:
    """Who an access key of the built-in cloud belongs to, as an ARN."""
    return partial(_identify, cloud)


async def _identify(cloud: Cloud, caller: Caller, key: str) -> str:
    if not key.startswith(ISSUED):
        return ""
    scope = f"{key}/20260101/{caller.region}/sts/aws4_request"
    headers = {
        "host": "localhost",
        "content-type": "application/x-www-form-urlencoded",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    response = await cloud.handle(Request("POST", "/", "", headers, body, "sts", caller))
    arn = response.body.partition(b"<Arn>")[2].partition(b"</Arn>")[0].decode()
    # moto answers with a user of this name for keys that it does not know.
    return "" if response.status >= 400 or arn.endswith(":user/moto") else arn
