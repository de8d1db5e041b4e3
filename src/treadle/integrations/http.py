"""`http:invoke`: a call to any HTTPS API with the credentials of an EventBridge connection.

Rules: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html. Unlike AWS, plain `http://` endpoints
are called too, so that a service on the developer's machine can be used.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from msgspec import Struct

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.fetch import Fetched, Unreachable, fetch
from treadle.integrations.gateway import body_of, status_text, text
from treadle.integrations.integration import Call, Integration
from treadle.integrations.wording import acting, bad_parameters
from treadle.values import Json, StatesError, loads

FIELDS = (
    "ApiEndpoint",
    "Method",
    "InvocationConfig",
    "Authentication",
    "Headers",
    "QueryParameters",
    "RequestBody",
    "Transform",
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_NOT_ALLOWED = (
    "a-im accept-charset accept-datetime accept-encoding authorization cache-control connection content-encoding"
    " content-md5 date expect forwarded from host http2-settings if-match if-modified-since if-none-match if-range"
    " if-unmodified-since max-forwards origin pragma proxy-authorization referer server te trailer transfer-encoding"
    " upgrade via warning"
)
_FORBIDDEN = frozenset(_NOT_ALLOWED.split())
_FORBIDDEN_PREFIXES = ("x-forwarded-", "x-amz-", "x-amzn-")
_TIMEOUT = 60.0
_TEXTUAL = (
    "text/",
    "application/json",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/javascript",
)


class Sent(Struct, frozen=True):
    """The request as it goes out, secrets included (TestState shows it when asked to reveal them)."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class Exchange(Struct, frozen=True):
    sent: Sent
    answer: Fetched


async def invoke(call: Call) -> Json:
    """The API's answer. A status that is not 2xx fails the task as `States.Http.StatusCode.NNN`."""
    return result((await exchange(call)).answer)


def result(answer: Fetched) -> Json:
    """What the task gives for an answer. Raises StatesError."""
    if not 200 <= answer.status < 300:
        raise StatesError(f"States.Http.StatusCode.{answer.status}", status_text(answer))
    kind = answer.header("content-type").lower()
    if answer.body and kind and not (kind.startswith(_TEXTUAL) or "+json" in kind or "+xml" in kind):
        raise StatesError("States.Runtime", f"The content type '{kind}' of the response is not supported.")
    return {
        "Headers": answer.grouped(),
        "ResponseBody": body_of(answer),
        "StatusCode": answer.status,
        "StatusText": status_text(answer),
    }


async def exchange(call: Call) -> Exchange:
    """Send the request; the request as it was and its answer. Raises StatesError."""
    sent = await prepare(call)
    try:
        return Exchange(sent, await fetch(sent.method, sent.url, sent.headers, sent.body.encode(), _TIMEOUT))
    except (Unreachable, ValueError) as problem:
        raise StatesError("States.Http.Socket", str(problem)) from None


async def prepare(call: Call) -> Sent:
    """The request of a task with everything its connection adds; the connection wins where both name the same."""
    given = _checked(call)
    secrets = await _connection(call, _connection_arn(given))
    extra = secrets.get("invocation_http_parameters") or {}
    return _compose(call, given, extra, await _authorization(call, secrets))


def plain(call: Call) -> Sent:
    """The request as the definition alone makes it: nothing of what the connection adds."""
    return _compose(call, _checked(call), {}, {})


def _compose(call: Call, given: dict[str, Json], extra: dict[str, Any], authorization: dict[str, str]) -> Sent:
    headers = {name: text(value) for name, value in (given.get("Headers") or {}).items()}
    body = given.get("RequestBody")
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    headers |= {
        "User-Agent": f"Amazon|StepFunctions|HttpInvoke|{call.caller.region}",
        "Range": "bytes=0-262144",
    }
    for name, value in {**_pairs(extra, "header_parameters"), **authorization}.items():
        headers = {old: kept for old, kept in headers.items() if old.lower() != name.lower()} | {name: value}
    merged = _merge_body(body, _pairs(extra, "body_parameters"))
    query = (given.get("QueryParameters") or {}) | _pairs(extra, "query_string_parameters")
    return Sent(
        given["Method"],
        compose_url(given["ApiEndpoint"], query),
        headers,
        _encode(merged, given.get("Transform") or {}),
    )


def _checked(call: Call) -> dict[str, Json]:
    given = call.arguments
    if not isinstance(given, dict):
        raise bad_parameters(call, ["The value for the field 'Parameters' must be an OBJECT"])
    faults = [f"The field '{name}' is not supported by Step Functions" for name in given if name not in FIELDS]
    faults += [
        f"The field '{name}' is required but was missing" for name in ("ApiEndpoint", "Method") if not given.get(name)
    ]
    if not _connection_arn(given):
        faults.append("The field 'ConnectionArn' is required but was missing")
    if given.get("Method") and given["Method"] not in _METHODS:
        faults.append(f"The value for the field 'Method' must be one of [{', '.join(_METHODS)}]")
    faults += [f"The header '{name}' is not allowed" for name in given.get("Headers") or {} if _is_forbidden(name)]
    if faults:
        raise bad_parameters(call, faults)
    return given


def _is_forbidden(name: str) -> bool:
    return name.lower() in _FORBIDDEN or name.lower().startswith(_FORBIDDEN_PREFIXES)


def _connection_arn(given: dict[str, Json]) -> str | None:
    for field in ("InvocationConfig", "Authentication"):
        holder = given.get(field)
        if isinstance(holder, dict) and isinstance(holder.get("ConnectionArn"), str):
            return str(holder["ConnectionArn"])
    return None


# The connection ------------------------------------------------------------------------------------------------------
async def _connection(call: Call, arn: str | None) -> dict[str, Any]:
    """The secret of an EventBridge connection, which holds everything that is added to requests."""
    name = str(arn).rpartition(":connection/")[2].partition("/")[0]
    try:
        found = await call.world.aws(acting(call), "events", "DescribeConnection", {"Name": name}, call.role)
        state = found.get("ConnectionState", "AUTHORIZED")
        if state != "AUTHORIZED":
            reason = f"The connection {arn} is in the state {state}."
            raise StatesError("Events.ConnectionResource.InvalidConnectionState", reason)
        secret = await call.world.aws(
            acting(call), "secretsmanager", "GetSecretValue", {"SecretId": found["SecretArn"]}, call.role
        )
    except AwsError as error:
        kind = "ResourceNotFound" if error.code == "ResourceNotFoundException" else "AccessDenied"
        raise StatesError(f"Events.ConnectionResource.{kind}", error.message) from None
    return {"kind": found["AuthorizationType"], **loads(secret["SecretString"])}


async def _authorization(call: Call, secrets: dict[str, Any]) -> dict[str, str]:
    """The header that proves who calls."""
    match secrets["kind"]:
        case "BASIC":
            pair = f"{secrets['username']}:{secrets['password']}".encode()
            return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        case "API_KEY":
            return {secrets["api_key_name"]: secrets["api_key_value"]}
        case _:
            return {"Authorization": "Bearer " + await _access_token(secrets)}


async def _access_token(secrets: dict[str, Any]) -> str:
    """A token for client credentials (OAuth)."""
    client = secrets.get("client_parameters") or secrets
    extra = secrets.get("oauth_http_parameters") or {}
    form = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        **_pairs(extra, "body_parameters"),
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", **_pairs(extra, "header_parameters")}
    url = compose_url(secrets["authorization_endpoint"], _pairs(extra, "query_string_parameters"))
    try:
        answer = await fetch(secrets.get("http_method", "POST"), url, headers, urlencode(form).encode(), _TIMEOUT)
    except (Unreachable, ValueError) as problem:
        raise StatesError("Events.ConnectionResource.InvalidConnectionState", str(problem)) from None
    token = body_of(answer)
    if answer.status != 200 or not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
        reason = f"The authorization endpoint answered {answer.status}."
        raise StatesError("Events.ConnectionResource.InvalidConnectionState", reason)
    return str(token["access_token"])


def _pairs(parameters: dict[str, Any], name: str) -> dict[str, str]:
    """`[{"key": ..., "value": ...}]` as a dict."""
    return {pair["key"]: pair.get("value", "") for pair in parameters.get(name) or []}


# The parts of the request --------------------------------------------------------------------------------------------
def compose_url(endpoint: str, query: dict[str, Json]) -> str:
    """`endpoint` with the parameters of `query`, whose values may be lists, quoted as a URL needs it."""
    parts = urlsplit(endpoint)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    for name, values in query.items():
        pairs += [(name, text(value)) for value in (values if isinstance(values, list) else [values])]
    path = quote(parts.path or "/", safe="/%:@$,;=+!*'()~&")
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(pairs, quote_via=quote), ""))


def _merge_body(body: Json, added: dict[str, str]) -> Json:
    if not added:
        return body
    if body is None:
        return dict(added)
    if not isinstance(body, dict):
        raise StatesError(
            "States.Runtime", "The RequestBody must be an object to be merged with that of the connection."
        )
    return body | added


def _encode(body: Json, transform: dict[str, Json]) -> str:
    if body is None:
        return ""
    if transform.get("RequestBodyEncoding", "NONE") != "URL_ENCODED":
        return text(body)
    if not isinstance(body, dict):
        raise StatesError("States.Runtime", "Only an object can be URL-encoded.")
    style = (transform.get("RequestEncodingOptions") or {}).get("ArrayFormat", "INDICES")
    pairs = [pair for name, value in body.items() for pair in _form(name, value, style)]
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def _form(name: str, value: Json, style: str) -> Iterator[tuple[str, str]]:
    """The pairs of a form for one value: objects nest in brackets, arrays follow `style`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _form(f"{name}[{key}]", inner, style)
    elif isinstance(value, list) and style == "COMMAS":
        yield name, ",".join(text(inner) for inner in value)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            place = {"REPEAT": name, "BRACKETS": f"{name}[]"}.get(style, f"{name}[{index}]")
            yield from _form(place, inner, style)
    else:
        yield name, "" if value is None else text(value)


INVOKE = Integration("http:invoke", frozenset(OPTIMIZED["http"]["invoke"]), invoke)
