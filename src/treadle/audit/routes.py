"""Which operation a request of a service means: by target header, form, path of CBOR, or the model's REST routes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from treadle.aws import Request

Params = dict[str, Any]
_FORM = "application/x-www-form-urlencoded"
# Longer bodies are not looked into for parameters.
_LONG = 256 * 1024
_CODE = re.compile(rb"<Code>([^<]+)</Code>|\"__type\"\s*:\s*\"([^\"]+)\"|\"code\"\s*:\s*\"([^\"]+)\"", re.I)
_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>|\"message\"\s*:\s*\"([^\"]*)\"", re.I)


def operation_of(request: Request) -> tuple[str, Params] | None:
    """The operation's name and parameters; None for what is none (an object of S3, a function's URL)."""
    return named(request) or _rest(request)


def named(request: Request) -> tuple[str, Params] | None:
    """The operation that the request itself names, as all but the REST protocols do."""
    target = request.headers.get("x-amz-target")
    if target is not None:
        return target.rpartition(".")[2], _json(request.body)
    if request.path.startswith("/service/"):
        return request.path.rpartition("/")[2], {}
    form = request.body.decode("utf-8", "replace") if request.headers.get("content-type", "").startswith(_FORM) else ""
    if "Action=" in (text := form if len(form) < _LONG and "Action=" in form else request.query):
        params = dict(parse_qsl(text))
        name = params.pop("Action", "")
        return (name, {key: value for key, value in params.items() if key != "Version"}) if name else None
    return None


def _rest(request: Request) -> tuple[str, Params] | None:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for pattern, fixed, name in routes(request.service).get(request.method, ()):
        found = pattern.fullmatch(request.path)
        if found is not None and all(key in query and value in ("", query[key]) for key, value in fixed):
            return name, {key: unquote(value) for key, value in found.groupdict().items() if value}
    return None


@functools.cache
def routes(service: str) -> Mapping[str, list[tuple[re.Pattern[str], list[tuple[str, str]], str]]]:
    """Method -> (path, fixed part of the query, operation), the most particular first. Empty for an unknown service."""
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    session = botocore.session.get_session()
    names = {"states": "stepfunctions", "monitoring": "cloudwatch", "elasticmapreduce": "emr"}
    try:
        model = session.get_service_model(names.get(service, service))
    except UnknownServiceError:
        return {}
    if not model.protocol.startswith("rest"):
        return {}
    found: dict[str, list[tuple[re.Pattern[str], list[tuple[str, str]], str]]] = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        if "{Key+}" in path:
            continue  # objects of S3: data events
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path.rstrip("/")))
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
        row = (re.compile(pattern + "/?"), parse_qsl(query, keep_blank_values=True), name)
        found.setdefault(http["method"], []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (-len(row[1]), row[0].pattern.count("(")))
    return found


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """(code, message) of an error answer."""
    if status < 400:
        return None
    told = {name.lower(): value for name, value in headers.items()}
    code, message = _CODE.search(body[:4096]), _MESSAGE.search(body[:4096])
    name = told.get("x-amzn-errortype") or (_group(code) if code else "") or str(status)
    return name.rpartition("#")[2].partition(":")[0], _group(message) if message else ""


def _group(match: re.Match[bytes]) -> str:
    return next((group for group in match.groups() if group is not None), b"").decode("utf-8", "replace")


def _json(body: bytes) -> Params:
    if len(body) > _LONG:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
