"""Deployed REST APIs of API Gateway, served: a request meets a resource, its integration answers.

Integrations with functions (proxy and custom), with AWS services, over HTTP, and mocks. Authorizers are not run: a
method that has one is refused.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote, urlencode

import msgspec

from treadle.aws import AwsError, Caller, Request, Response
from treadle.cloud.mapping import (
    Visit,
    context_of,
    fill_template,
    mapped_value,
    match_path,
    parse,
    proxy_event,
    read_query,
)
from treadle.cloud.schedules import Targets
from treadle.cloud.velocity import TemplateError
from treadle.values import Json, dumps

log = logging.getLogger("treadle.cloud")

# http://HOST/restapis/ID/STAGE/_user_request_/PATH, http://HOST/_aws/execute-api/ID/STAGE/PATH, http://ID.execute-api.../STAGE/PATH
_BY_PATH = re.compile(r"/restapis/([^/]+)/([^/]+)/_user_request_(/.*)?$")
_BY_PREFIX = re.compile(r"/_aws/execute-api/([^/]+)/([^/]+)(/.*)?$")
_BY_HOST = re.compile(r"/([^/]*)(/.*)?$")
_FUNCTION = re.compile(r"arn:[^:]+:apigateway:[^:]+:lambda:path/[^/]+/functions/(.+)/invocations$")
_SERVICE = re.compile(r"arn:[^:]+:apigateway:([^:]*):([^:]+):(action|path)/(.*)$")
_JSON = "application/json"
_TIMEOUT = 29.0  # seconds, as API Gateway's own


class Reply(msgspec.Struct):
    """An answer before it goes out."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    error: str = ""  # the type of API Gateway's own refusal


def refusal(status: int, message: str, error: str = "") -> Reply:
    return Reply(status, dumps({"message": message}).encode(), {"content-type": _JSON}, error)


_FAILED = (500, "Internal server error", "InternalServerErrorException")
_MALFORMED = (502, "Internal server error", "InternalServerErrorException")


class RestApis:
    """Serves requests. `find` tells what an API consists of, `targets` performs, `handle` is the built-in cloud."""

    def __init__(
        self, find: Callable[[str], Awaitable[Any]], targets: Targets, handle: Callable[[Request], Awaitable[Response]]
    ) -> None:
        self._find, self._targets, self._handle = find, targets, handle

    async def handle(self, request: Request) -> Response:
        """The API's answer, or API Gateway's refusal."""
        request_id, extended_id = str(uuid.uuid4()), base64.b64encode(os.urandom(11)).decode()
        api_id, stage, path = address(request)
        api = await self._find(api_id)
        try:
            if api is None or stage not in api["stages"]:
                reply = refusal(403, "Forbidden", "ForbiddenException")
            else:
                reply = await self._serve(request, api, (api_id, stage, path), (request_id, extended_id))
        except TemplateError as problem:
            log.warning("a mapping template of API %s cannot be used: %s", api_id, problem)
            reply = refusal(*_FAILED)
        edge = api is not None and api["edge"]
        return Response(reply.status, reply.body, _headers(reply, request_id, extended_id, edge))

    async def _serve(self, request: Request, api: Any, place: tuple[str, str, str], ids: tuple[str, str]) -> Reply:
        api_id, stage, path = place
        deployed = api["stages"][stage]
        found = match_path(deployed["resources"], path)
        methods = {} if found is None else found[0]["methods"]
        method = methods.get(request.method) or methods.get("ANY")
        if found is None or method is None:
            return refusal(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
        if (refused := _admit(method, request)) is not None:
            return refused
        now = time.time()
        visit = Visit(
            Caller(api["account"], api["region"]),
            api_id,
            stage,
            deployed["deployment"],
            deployed["variables"],
            {"id": found[0]["id"], "path": found[0]["path"]},
            request.method,
            unquote(path),
            found[1],
            read_query(request.query),
            {_spelled(name): value for name, value in request.headers.items()},
            request.body,
            *ids,
            now,
            time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        )
        return await self._integrate(visit, method["methodIntegration"])

    async def _integrate(self, visit: Visit, integration: Any) -> Reply:
        if integration is None:
            return refusal(*_FAILED)
        uri = _with_variables(integration["uri"] or "", visit.variables)
        try:
            async with asyncio.timeout(_TIMEOUT):
                match integration["type"]:
                    case "AWS_PROXY":
                        return await self._proxy(visit, uri)
                    case "HTTP_PROXY":
                        return await _over_http(visit, integration, uri, visit.body, proxy=True)
                    case _:
                        return await self._mapped(visit, integration, uri)
        except TimeoutError:
            return refusal(504, "Endpoint request timed out", "IntegrationTimeoutException")
        except AwsError as refused:
            log.warning("an integration of API %s failed: %s", visit.api_id, refused)
            return refusal(*_FAILED)

    async def _proxy(self, visit: Visit, uri: str) -> Reply:
        """A function that gets the whole request and gives the whole answer."""
        target = _FUNCTION.match(uri)
        if target is None:
            return refusal(*_FAILED)
        answer = await self._targets.run_function(visit.caller, target[1], dumps(proxy_event(visit)).encode())
        result = parse(answer.payload.decode("utf-8", "replace"))
        if answer.function_error or not isinstance(result, dict):
            return refusal(*_MALFORMED)
        return _proxied(result)

    async def _mapped(self, visit: Visit, integration: Any, uri: str) -> Reply:
        """Templates between the request and the integration, and between its answer and ours."""
        context = context_of(visit)
        sent = _request_body(visit, integration, context)
        if sent is None:
            return refusal(415, "Unsupported Media Type", "BadRequestException")
        if integration["type"] == "MOCK":
            told = parse(sent)
            status = told.get("statusCode") if isinstance(told, dict) else None
            return _answer(visit, integration, Reply(200), str(status or ""), context)
        if integration["type"] == "HTTP":
            reply = await _over_http(visit, integration, uri, sent.encode(), proxy=False)
            return _answer(visit, integration, reply, str(reply.status), context)
        if (target := _FUNCTION.match(uri)) is not None:
            answer = await self._targets.run_function(visit.caller, target[1], (sent or "{}").encode())
            problem = parse(answer.payload.decode("utf-8", "replace")) if answer.function_error else None
            message = str(problem.get("errorMessage")) if isinstance(problem, dict) else ""
            return _answer(visit, integration, Reply(200, answer.payload), message, context)
        reply = await self._service(visit, integration, uri, sent)
        return _answer(visit, integration, reply, str(reply.status), context)

    async def _service(self, visit: Visit, integration: Any, uri: str, sent: str) -> Reply:
        """`arn:aws:apigateway:REGION:SERVICE:action/NAME` or `...:path/PATH`."""
        target = _SERVICE.match(uri)
        if target is None:
            return refusal(*_FAILED)
        region, service, kind, rest = target.groups()
        caller = Caller(visit.caller.account, region or visit.caller.region)
        mapped = _request_parameters(visit, integration)
        if kind == "path":
            return await self._by_path(caller, service, integration, "/" + rest, mapped, sent)
        params = parse(sent) if sent else dict(mapped["querystring"])
        try:
            result = await self._targets.ask(caller, service, rest, params if isinstance(params, dict) else {})
        except AwsError as error:
            body = {"__type": error.code, "message": error.message}
            return Reply(error.status, dumps(body).encode(), {"content-type": _JSON})
        return Reply(200, msgspec.json.encode(_plain(result)), {"content-type": _JSON})

    async def _by_path(
        self, caller: Caller, service: str, integration: Any, path: str, mapped: dict[str, dict[str, str]], sent: str
    ) -> Reply:
        for name, value in mapped["path"].items():
            path = path.replace("{" + name + "}", quote(value, safe=""))
        query = urlencode(mapped["querystring"])
        headers = {name.lower(): value for name, value in mapped["header"].items()}
        headers.setdefault("content-type", _JSON)
        scope = f"{caller.account}/20000101/{caller.region}/{service}/aws4_request"
        headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        request = Request(integration["httpMethod"] or "POST", path, query, headers, sent.encode(), service, caller)
        answer = await self._handle(request)
        return Reply(answer.status, answer.body, dict(answer.headers))


def address(request: Request) -> tuple[str, str, str]:
    """(API, stage, path behind the stage) of a request; empty where it names none."""
    for pattern in (_BY_PATH, _BY_PREFIX):
        if (found := pattern.match(request.path)) is not None:
            return found[1], found[2], found[3] or "/"
    found = _BY_HOST.match(request.path)
    host = request.headers.get("host", "")
    return host.partition(".")[0], found[1] if found else "", (found[2] if found else None) or "/"


def _admit(method: Any, request: Request) -> Reply | None:
    """Why the request may not pass, None when it may."""
    match method["authorizationType"]:
        case "CUSTOM" | "COGNITO_USER_POOLS":
            log.warning("%s %s has an authorizer, which treadle does not run", request.method, request.path)
            return refusal(500, "treadle does not run authorizers", "AuthorizerConfigurationException")
        case "AWS_IAM" if "authorization" not in request.headers:
            return refusal(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    if method["apiKeyRequired"] and not request.headers.get("x-api-key"):
        return refusal(403, "Forbidden", "ForbiddenException")
    return None


def _proxied(result: dict[str, Json]) -> Reply:
    """A function's answer to a proxy integration as an HTTP answer; 502 when it has another form."""
    status, body = result.get("statusCode", 200), result.get("body")
    known = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
    numeric = isinstance(status, int) or (isinstance(status, str) and status.isdigit())
    if set(result) - known or not numeric or not isinstance(body, str | None):
        return refusal(*_MALFORMED)
    headers = {"content-type": _JSON}
    for name, value in (result.get("headers") or {}).items():
        headers[name.lower()] = value if isinstance(value, str) else dumps(value)
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers[name.lower()] = ",".join(str(value) for value in values)
    content = body or ""
    sent = base64.b64decode(content) if result.get("isBase64Encoded") else content.encode()
    return Reply(int(status), sent, headers)


def _request_body(visit: Visit, integration: Any, context: dict[str, Json]) -> str | None:
    """What the integration is sent; None when no template fits and nothing may pass without."""
    text = visit.body.decode("utf-8", "replace")
    templates = integration["requestTemplates"] or {}
    kind = visit.headers.get("Content-Type", _JSON).partition(";")[0].strip()
    template = templates.get(kind, templates.get("$default"))
    if template:
        return fill_template(template, visit, text, context)
    behaviour = integration["passthroughBehavior"] or "WHEN_NO_MATCH"
    if behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and templates):
        return None
    return text


def _answer(visit: Visit, integration: Any, reply: Reply, said: str, context: dict[str, Json]) -> Reply:
    """The integration's answer through the response whose pattern matches what it `said`: a status, or an error."""
    responses: dict[str, Any] = integration["integrationResponses"] or {}
    chosen = None
    for one in responses.values():
        pattern = one.get("selectionPattern")
        if pattern and said and re.fullmatch(pattern, said, re.S):
            chosen = one
            break
        if not pattern and chosen is None:
            chosen = one
    if integration["type"] == "MOCK" and said in responses:
        chosen = responses[said]
    if chosen is None:
        return refusal(*_FAILED)
    content = reply.body.decode("utf-8", "replace")
    kind, template = _response_template(visit, chosen.get("responseTemplates") or {})
    body = fill_template(template, visit, content, context).encode() if template else reply.body
    headers, status = {"content-type": kind}, int(chosen["statusCode"])
    parsed = parse(content)
    for target, source in (chosen.get("responseParameters") or {}).items():
        value = mapped_value(source, visit, reply.headers, parsed)
        if value is not None:
            headers[target.rpartition(".")[2].lower()] = value
    override = context.get("responseOverride") or {}
    headers |= {name.lower(): str(value) for name, value in (override.get("header") or {}).items()}
    return Reply(int(override.get("status") or status), body, headers)


def _response_template(visit: Visit, templates: dict[str, str | None]) -> tuple[str, str | None]:
    """(content type, template) of an answer: what the client accepts, else JSON, else the first."""
    accepted = visit.headers.get("Accept", _JSON).partition(",")[0].partition(";")[0].strip()
    kind = (
        accepted if accepted in templates else _JSON if _JSON in templates or not templates else next(iter(templates))
    )
    return kind, templates.get(kind)


def _request_parameters(visit: Visit, integration: Any) -> dict[str, dict[str, str]]:
    """querystring, path and header of the integration's request, by the mapping of parameters."""
    found: dict[str, dict[str, str]] = {"querystring": {}, "path": {}, "header": {}}
    body = parse(visit.body.decode("utf-8", "replace"))
    for target, source in (integration["requestParameters"] or {}).items():
        _, _, place = target.partition("request.")
        kind, _, name = place.partition(".")
        value = mapped_value(source, visit, {}, body)
        if value is not None and kind in found:
            found[kind][name] = value
    return found


async def _over_http(visit: Visit, integration: Any, uri: str, body: bytes, proxy: bool) -> Reply:
    mapped = _request_parameters(visit, integration)
    for name, value in ({**visit.path_parameters, **mapped["path"]} if proxy else mapped["path"]).items():
        uri = uri.replace("{" + name + "+}", quote(value)).replace("{" + name + "}", quote(value, safe=""))
    query = [*(visit.query if proxy else []), *mapped["querystring"].items()]
    if query:
        uri += ("&" if "?" in uri else "?") + urlencode(query)
    passed = visit.headers if proxy else {"Content-Type": visit.headers.get("Content-Type", _JSON)}
    unwanted = {"host", "connection", "content-length", "transfer-encoding"}
    headers = {name: value for name, value in passed.items() if name.lower() not in unwanted} | mapped["header"]
    verb = integration["httpMethod"] or visit.method
    verb = visit.method if verb == "ANY" else verb
    return await asyncio.to_thread(_send, verb, uri, headers, body)


def _send(method: str, uri: str, headers: dict[str, str], body: bytes) -> Reply:
    import urllib.request

    sent = urllib.request.Request(uri, body or None, headers, method=method)
    try:
        with urllib.request.urlopen(sent, timeout=_TIMEOUT) as answer:
            return _received(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return _received(error.code, error.headers, error.read())
    except (OSError, ValueError) as problem:
        log.warning("an HTTP integration cannot reach %s: %s", uri, problem)
        return refusal(*_FAILED)


def _received(status: int, headers: Any, body: bytes) -> Reply:
    hop = {"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"}
    return Reply(status, body, {name.lower(): value for name, value in headers.items() if name.lower() not in hop})


def _headers(reply: Reply, request_id: str, extended_id: str, edge: bool) -> dict[str, str]:
    """With the headers that API Gateway and, before edge-optimised APIs, CloudFront add."""
    root = os.urandom(12).hex()
    told = {
        **reply.headers,
        "x-amzn-requestid": request_id,
        "x-amz-apigw-id": extended_id,
        "x-amzn-trace-id": f"Root=1-{root[:8]}-{root}",
    }
    if reply.error:
        told["x-amzn-errortype"] = reply.error
        del told["x-amzn-trace-id"]
    if edge:
        told |= {
            "via": f"1.1 {os.urandom(16).hex()}.cloudfront.net (CloudFront)",
            "x-cache": ("Miss" if reply.status < 400 else "Error") + " from cloudfront",
            "x-amz-cf-pop": "FRA60-P1",
            "x-amz-cf-id": base64.b64encode(os.urandom(40), b"-_").decode().rstrip("="),
        }
    return told


def _with_variables(uri: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}", lambda found: variables.get(found[1], ""), uri)


def _spelled(name: str) -> str:
    """HTTP servers give names in small letters; functions know them as HTTP/1.1 clients write them."""
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _plain(value: Any) -> Any:
    """botocore's result as JSON: times in seconds, bytes in Base64."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if hasattr(value, "timestamp") else value
