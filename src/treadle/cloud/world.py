"""Moto as one deterministic object: call, instant and seed give an answer and a new state. Cloud process only."""

from __future__ import annotations

import io
import logging
import sys
import uuid
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from treadle.cloud import cbor
from treadle.cloud.alarms import look
from treadle.cloud.frames import INTERNAL, Call, Fire
from treadle.cloud.refusals import refuse
from treadle.cloud.restapi import describe_api
from treadle.cloud.rules import fire, list_schedules
from treadle.cloud.streams import read_stream
from treadle.cloud.tape import TAPE, Seen
from treadle.values import Json

log = logging.getLogger("treadle.cloud")

# Operations whose names begin so change nothing (what they create in passing is noticed through `Seen.touched`).
_READS = (
    "Get", "List", "Describe", "Head", "BatchGet", "Query", "Scan", "Search", "Lookup", "Filter", "Check", "Validate",
    "Test", "Simulate", "Estimate", "Preview", "Select", "View", "Lookup", "Is",
)  # fmt: skip
# Reads by name that do change something, and writes by name that do not.
_NOT_READS = {"GetSessionToken", "GetFederationToken", "GetId", "GetOpenIdToken", "GetCredentialsForIdentity"}
_PURE = {
    "kms": ("Encrypt", "Decrypt", "ReEncrypt", "Generate", "Sign", "Verify", "DeriveSharedSecret"),
    "dynamodb": ("TransactGetItems",),
    "sqs": ("ReceiveMessage",),
}  # fmt: skip
_HOP = {"connection", "transfer-encoding", "server", "date"}

Reply = tuple[int, dict[str, str], bytes]


class World:
    """The moto backends of this process. Calls are performed one after the other."""

    def __init__(self) -> None:
        # Imported here: `tape.install` must have run before.
        from moto.moto_server import werkzeug_app

        from treadle.cloud.patches import apply_patches

        apply_patches()
        self._dispatcher = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)

    def perform(
        self, call: Call | Fire, instant: float, seed: bytes, given: list[bytes] | None = None
    ) -> tuple[Reply, Seen]:
        """The answer to `call` at `instant`. Whatever moto raises becomes a 4xx: AWS's SDKs retry a 5xx for minutes."""
        with TAPE.perform(instant, seed, given) as seen:
            if isinstance(call, Fire):
                return (200 if fire(call) else 404, {}, b""), seen
            if call.service == INTERNAL:
                return (200, {}, orjson.dumps(_internal(call))), seen
            request_id = str(uuid.UUID(bytes=seed, version=4))
            try:
                status, headers, body = self._answer(call)
            except NotImplementedError as missing:
                what = operation_of(call) or f"{call.method} {call.path}"
                reason = f"treadle's {call.service} does not know {what}: {missing}"
                return refuse(call.service, call.headers, 400, "UnknownOperationException", reason, request_id), seen
            except Exception as bug:  # The edge of moto: its bugs must not end the process.
                if not TAPE.replaying:
                    log.exception("moto failed in %s %s", call.service, operation_of(call) or call.path)
                reason = f"moto failed in {call.service} {operation_of(call)}: {type(bug).__name__}: {bug}"
                return refuse(call.service, call.headers, 400, "InternalFailure", reason, request_id), seen
        if status >= 500:
            log.error("moto answered %d to %s %s: %r", status, call.service, operation_of(call), body[:2000])
            reason = f"moto answered {status}: {body[:500].decode('utf-8', 'replace')}"
            return refuse(call.service, call.headers, 400, "InternalFailure", reason, request_id), seen
        return (status, headers, body), seen

    def _answer(self, call: Call) -> Reply:
        if cbor.is_cbor(call):
            return cbor.from_json(call, *self._ask(_environ(cbor.to_json(call))))
        return self._ask(_environ(call))

    def _ask(self, environ: dict[str, Any]) -> Reply:
        started: list[Any] = []
        app = self._app(environ)
        chunks = app(environ, lambda status, headers, *_: started.extend((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        headers = {name.lower(): value for name, value in started[1] if name.lower() not in _HOP}
        status = int(started[0].split(" ", 1)[0])
        if status in (404, 405) and body.startswith(b"<!doctype html>"):
            raise NotImplementedError("moto has no such path")
        return status, headers, body

    def _app(self, environ: dict[str, Any]) -> Any:
        # Moto finds its backend in the credential scope; unsigned requests are given one for that purpose.
        chosen = environ | {"HTTP_AUTHORIZATION": environ["treadle.authorization"]}
        try:
            return self._dispatcher.get_application(chosen)
        except (KeyError, ImportError, AttributeError, ValueError) as unknown:
            raise NotImplementedError(f"no such service ({unknown})") from unknown


def _internal(call: Call) -> Json:
    """The server's own questions: schedules, alarms that would change at an instant, a REST API, a stream's records."""
    match call.path.split("/"):
        case [_, "stream"]:
            return read_stream(call.body)
        case [_, "restapis", api]:
            return describe_api(api)
        case [_, "alarms", instant]:
            return look(float(instant))
    return list_schedules()


def operation_of(call: Call) -> str:
    """The operation's name where the request carries it (json, query, cbor), else ""."""
    target = call.headers.get("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    if "smithy-protocol" in call.headers:
        return call.path.rpartition("/")[2]
    text = call.query
    if call.method == "POST" and call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        text = call.body[:8192].decode("utf-8", "replace") + "&" + text
    if "Action=" in text:
        for pair in text.split("&"):
            if pair.startswith("Action="):
                return pair[7:]
    return ""


def is_read(call: Call) -> bool:
    """True when performing `call` is not expected to change the state, so that it need not be journaled."""
    operation = operation_of(call)
    if not operation:
        return call.method in ("GET", "HEAD", "OPTIONS")
    if operation.startswith(_PURE.get(call.service, ())):
        return True
    return operation.startswith(_READS) and operation not in _NOT_READS


def _environ(call: Call) -> dict[str, Any]:
    """The WSGI environment of `call`, with account and region where the patched moto looks for them."""
    path, headers = call.path or "/", call.headers
    environ: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": call.query,
        "RAW_URI": path + ("?" + call.query if call.query else ""),
        "REQUEST_URI": path + ("?" + call.query if call.query else ""),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(call.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "treadle.account": call.account,
        "treadle.region": call.region,
    }
    spelled: dict[str, str] = {}
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            environ["HTTP_" + key] = value
            if "_" in name and name.startswith("x-amz-meta-"):
                spelled["HTTP_" + key] = name
    environ["moto.preserved_header_names"] = spelled
    if call.service == "s3" and call.method == "PUT" and "form" in environ.get("CONTENT_TYPE", ""):
        # Some HTTP clients call everything a form; taken for one, the object would be empty.
        environ["CONTENT_TYPE"] = "binary/octet-stream"
    environ.setdefault("HTTP_HOST", "localhost")
    scope = f"{call.account}/20000101/{call.region}/{call.service}/aws4_request"
    environ["treadle.authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return environ
