"""`apigateway:invoke`: a call to a REST or HTTP API of API Gateway, over HTTP to wherever its endpoint points."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import quote, urlencode

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.fetch import Fetched, Unreachable, fetch
from treadle.integrations.integration import Call, Integration
from treadle.integrations.wording import acting, bad_parameters
from treadle.values import Json, StatesError, dumps, loads

FIELDS = (
    "ApiEndpoint",
    "Method",
    "Headers",
    "Stage",
    "Path",
    "QueryParameters",
    "RequestBody",
    "AllowNullValues",
    "AuthType",
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
# API Gateway gives up after 29 seconds; the network has some more.
_TIMEOUT = 32.0


async def invoke(call: Call) -> Json:
    """The API's answer. Statuses from 400 up fail the task as `ApiGateway.STATUS`, the body being the cause."""
    given = _checked(call)
    headers = _headers(given.get("Headers") or {})
    body = given.get("RequestBody")
    if body is not None:
        headers = {"Content-Type": "application/json"} | headers
    sent = b"" if body is None else dumps(body).encode()
    endpoint = str(given["ApiEndpoint"])
    own = await _own(call, endpoint)
    url = _url(given | {"ApiEndpoint": own or endpoint})
    try:
        if given.get("AuthType") == "IAM_ROLE":
            headers = await _signed(call, given["Method"], url, headers, sent, own is not None)
        answer = await fetch(given["Method"], url, headers, sent, _TIMEOUT)
    except AwsError as refusal:
        raise StatesError("ApiGateway.SdkClientException", refusal.message) from None
    except (Unreachable, ValueError) as problem:
        raise StatesError("ApiGateway.SdkClientException", f"Unable to execute HTTP request: {problem}") from None
    if answer.status >= 400:
        raise StatesError(f"ApiGateway.{answer.status}", answer.body.decode("utf-8", "replace"))
    return {
        # Step Functions keeps its connections, which is what such services then answer.
        "Headers": answer.grouped() | {"Connection": ["keep-alive"]},
        "ResponseBody": body_of(answer),
        "StatusCode": answer.status,
        "StatusText": status_text(answer),
    }


def _checked(call: Call) -> dict[str, Json]:
    given = call.arguments
    if not isinstance(given, dict):
        raise bad_parameters(call, ["The value for the field 'Parameters' must be an OBJECT"])
    faults = [f"The field '{name}' is not supported by Step Functions" for name in given if name not in FIELDS]
    faults += [
        f"The field '{name}' is required but was missing" for name in ("ApiEndpoint", "Method") if not given.get(name)
    ]
    if given.get("Method") and given["Method"] not in _METHODS:
        faults.append(f"The value for the field 'Method' must be one of [{', '.join(_METHODS)}]")
    if faults:
        raise bad_parameters(call, faults)
    return given


# ID.execute-api.REGION.amazonaws.com
_HOST = re.compile(r"(?:https?://)?([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/?$")


async def _own(call: Call, given: str) -> str | None:
    """AWS's name of an API leads to this server when the API is one of its own."""
    found = _HOST.match(given)
    return await call.world.find_api(found[1]) if found else None


async def _signed(call: Call, method: str, url: str, headers: dict[str, str], body: bytes, own: bool) -> dict[str, str]:
    """Signed as the task's role. An API of this server verifies nothing: it is told who calls, without a proof."""
    caller = acting(call)
    proven = None if own else await call.world.sign(caller, method, url, headers, body, call.role)
    if proven is not None:
        return proven
    scope = f"{caller.account}/20000101/{caller.region}/execute-api/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"} | headers


def _url(given: dict[str, Json]) -> str:
    """`https://ENDPOINT/STAGE/PATH`; an endpoint may also name an API by path (`http://host/restapis/ID`)."""
    endpoint = str(given["ApiEndpoint"]).rstrip("/")
    base = endpoint if "://" in endpoint else f"https://{endpoint}"
    pieces = [base, quote(str(given.get("Stage") or "").strip("/"))]
    if "/restapis/" in base:
        pieces.append("_user_request_")
    pieces.append(quote(str(given.get("Path") or "").strip("/"), safe="/%:@$,;=+!*'()~"))
    query = _query(given.get("QueryParameters") or {})
    return "/".join(piece for piece in pieces if piece) + (f"?{query}" if query else "")


def _query(parameters: dict[str, Json]) -> str:
    pairs = [
        (name, "" if value is None else text(value))
        for name, values in parameters.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return urlencode(pairs)


def _headers(given: dict[str, Json]) -> dict[str, str]:
    """A header's values may be a list; they travel as one line."""
    return {
        name: ", ".join(text(value) for value in values) if isinstance(values, list) else text(values)
        for name, values in given.items()
    }


def text(value: Json) -> str:
    """Strings as they are, other JSON as JSON."""
    return value if isinstance(value, str) else dumps(value)


def body_of(answer: Fetched) -> Json:
    """The body as JSON where it is JSON, else as a string."""
    content = answer.body.decode("utf-8", "replace")
    try:
        return loads(content)
    except ValueError:
        return content


def status_text(answer: Fetched) -> str:
    if answer.reason:
        return answer.reason
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return ""


INVOKE = Integration("apigateway:invoke", frozenset(OPTIMIZED["apigateway"]["invoke"]), invoke)
