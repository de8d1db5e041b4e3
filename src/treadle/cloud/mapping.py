"""What API Gateway makes of a request and of an integration's answer: events for functions, mapping templates.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

import msgspec

from treadle.aws import Caller
from treadle.cloud.velocity import render
from treadle.values import Json, dumps, loads

_STEP = re.compile(r"\.([A-Za-z_][\w\-]*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(-?\d+)\]")
_IDENTITY = (
    "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "accessKey", "cognitoAuthenticationType",
    "cognitoAuthenticationProvider", "userArn", "user",
)  # fmt: skip


class Visit(msgspec.Struct, frozen=True):
    """One request to a deployed API: what came, and which resource it met."""

    caller: Caller  # the API's account and region
    api_id: str
    stage: str
    deployment: str
    variables: dict[str, str]
    resource: dict[str, Any]
    method: str
    path: str  # behind the stage
    path_parameters: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]  # spelled as HTTP/1.1 clients spell them
    body: bytes
    request_id: str
    extended_id: str
    at: float  # seconds of the epoch
    clock: str  # the same as Apache's log writes it

    @property
    def text(self) -> tuple[str | None, bool]:
        """The body as text, and whether that is Base64."""
        if not self.body:
            return None, False
        try:
            return self.body.decode(), False
        except UnicodeDecodeError:
            return base64.b64encode(self.body).decode(), True


def read_query(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def proxy_event(visit: Visit) -> dict[str, Json]:
    """The event of a Lambda proxy integration (payload format 1.0)."""
    text, is_base64 = visit.text
    several: dict[str, list[str]] = {}
    for name, value in visit.query:
        several.setdefault(name, []).append(value)
    return {
        "resource": visit.resource["path"],
        "path": visit.path,
        "httpMethod": visit.method,
        "headers": visit.headers or None,
        "multiValueHeaders": {name: [value] for name, value in visit.headers.items()} or None,
        "queryStringParameters": dict(visit.query) or None,
        "multiValueQueryStringParameters": several or None,
        "pathParameters": visit.path_parameters or None,
        "stageVariables": visit.variables or None,
        "requestContext": context_of(visit),
        "body": text,
        "isBase64Encoded": is_base64,
    }


def context_of(visit: Visit) -> dict[str, Json]:
    """`$context` of templates, `requestContext` of events."""
    host = visit.headers.get("Host", "")
    identity: dict[str, Json] = dict.fromkeys(_IDENTITY)
    return {
        "resourceId": visit.resource["id"],
        "resourcePath": visit.resource["path"],
        "httpMethod": visit.method,
        "extendedRequestId": visit.extended_id,
        "requestTime": visit.clock,
        "path": f"/{visit.stage}{visit.path}",
        "accountId": visit.caller.account,
        "protocol": "HTTP/1.1",
        "stage": visit.stage,
        "domainPrefix": host.partition(".")[0],
        "requestTimeEpoch": int(visit.at * 1000),
        "requestId": visit.request_id,
        "identity": identity | {"sourceIp": "127.0.0.1", "userAgent": visit.headers.get("User-Agent")},
        "domainName": host,
        "deploymentId": visit.deployment,
        "apiId": visit.api_id,
    }


def fill_template(template: str, visit: Visit, body: str, context: dict[str, Json]) -> str:
    """A mapping template with `$input` on `body`. Raises TemplateError."""
    parsed = parse(body)
    parameters: dict[str, dict[str, str]] = {
        "path": visit.path_parameters,
        "querystring": dict(visit.query),
        "header": visit.headers,
    }

    def params(name: str | None = None) -> Any:
        if name is None:
            return parameters
        return next((kind[name] for kind in parameters.values() if name in kind), "")

    tools = {"params": params, "body": body, "json": lambda path: dumps(select(parsed, path))}
    variables = {
        "input": tools | {"path": lambda path: select(parsed, path)},
        "util": UTIL,
        "context": context,
        "stageVariables": dict(visit.variables),
    }
    return render(template, variables)


def parse(text: str) -> Json:
    """JSON, or the text itself when it is none; nothing is an empty object."""
    if not text.strip():
        return {}
    try:
        return loads(text)
    except ValueError:
        return text


def select(value: Json, path: str) -> Json:
    """What a JSONPath of names and indices finds; null when there is nothing."""
    spot = 1 if path.startswith("$") else 0
    while spot < len(path):
        step = _STEP.match(path, spot)
        if step is None:
            return None
        spot = step.end()
        name = step[1] or step[2] or step[3]
        if name is not None and isinstance(value, dict):
            value = value.get(name)
        elif step[4] is not None and isinstance(value, list) and -len(value) <= int(step[4]) < len(value):
            value = value[int(step[4])]
        else:
            return None
    return value


def _escape_javascript(text: Any) -> str:
    escaped = dumps(text if isinstance(text, str) else str(text))[1:-1]
    return escaped.replace("'", "\\'")


UTIL: dict[str, Any] = {
    "escapeJavaScript": _escape_javascript,
    "parseJson": loads,
    "urlEncode": lambda text: quote(text, safe="").replace("%20", "+"),
    "urlDecode": unquote_plus,
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "base64Decode": lambda text: base64.b64decode(text).decode("utf-8", "replace"),
}


def mapped_value(expression: str, visit: Visit, headers: dict[str, str], body: Json) -> str | None:
    """The value of a mapping: 'static', method.request.X, integration.response.X, context.X, stageVariables.X."""
    if expression.startswith("'"):
        return expression.strip("'")
    kind, _, rest = expression.partition(".")
    if kind == "context":
        found = select(context_of(visit), "$." + rest)
    elif kind == "stageVariables":
        found = visit.variables.get(rest)
    else:
        found = _parameter(rest, visit, headers, body)
    return found if found is None or isinstance(found, str) else dumps(found)


def _parameter(expression: str, visit: Visit, headers: dict[str, str], body: Json) -> Json:
    """`request.querystring.NAME`, `request.path.NAME`, `response.header.NAME`, `request.body.JSONPATH`, ..."""
    side, _, rest = expression.partition(".")
    place, _, name = rest.partition(".")
    match place:
        case "querystring":
            return next((value for key, value in visit.query if key == name), None)
        case "path":
            return visit.path_parameters.get(name)
        case "header":
            given = visit.headers if side == "request" else headers
            return next((value for key, value in given.items() if key.lower() == name.lower()), None)
        case "body":
            return select(body, "$." + name if name and not name.startswith("[") else "$" + name)
    return None


def match_path(resources: list[dict[str, Any]], path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """The resource that serves `path` and its path parameters: fixed parts win over {names}, those over {greedy+}."""
    best: tuple[tuple[int, ...], dict[str, Any], dict[str, str]] | None = None
    for resource in resources:
        fitted = _fit(resource["path"], path)
        if fitted is not None and (best is None or fitted[0] < best[0]):
            best = (fitted[0], resource, fitted[1])
    return None if best is None else best[1:]


def _fit(template: str, path: str) -> tuple[tuple[int, ...], dict[str, str]] | None:
    wanted, given = _parts(template), _parts(path)
    rank: list[int] = []
    found: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if part.startswith("{") and part.endswith("+}"):
            rest = given[index:]
            return ((*rank, 2), found | {part[1:-2]: unquote("/".join(rest))}) if rest else None
        if index >= len(given):
            return None
        if part.startswith("{"):
            found[part[1:-1]] = unquote(given[index])
        elif part != unquote(given[index]):
            return None
        rank.append(1 if part.startswith("{") else 0)
    return (tuple(rank), found) if len(wanted) == len(given) else None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
