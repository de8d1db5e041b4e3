"""A small AWS client over the standard library: enough for the commands, and quick to import."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

SCOPE = "Credential=000000000000/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"


class Complaint(Exception):
    """Something the user can mend, in one line."""


class Refused(Exception):
    """The server answered with an error, in AWS's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Unreachable(Exception):
    """Nobody answers at the endpoint."""


class Client:
    """Calls one endpoint; a connection per call, because commands make few."""

    def __init__(self, endpoint: str, timeout: float = 60.0) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.timeout = timeout

    def states(self, operation: str, **params: Any) -> Any:
        """A Step Functions operation."""
        headers = {"x-amz-target": f"AWSStepFunctions.{operation}", "content-type": "application/x-amz-json-1.0"}
        return self._call("POST", "/", json.dumps(params).encode(), headers, "states")

    def functions(self, method: str, path: str, body: Any = None) -> Any:
        """A Lambda operation by its REST path."""
        data = b"" if body is None else json.dumps(body).encode()
        return self._call(method, f"/2015-03-31{path}", data, {"content-type": "application/json"}, "lambda")

    def health(self) -> Any:
        return self._call("GET", "/_treadle/health", b"", {}, "states")

    def _call(self, method: str, path: str, body: bytes, headers: dict[str, str], service: str) -> Any:
        import http.client  # 20 ms that most commands do not need

        place = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(place.hostname or "localhost", place.port or 80, timeout=self.timeout)
        signed = {"authorization": f"AWS4-HMAC-SHA256 {SCOPE.format(service=service)}", **headers}
        try:
            connection.request(method, path, body, signed)
            response = connection.getresponse()
            text = response.read()
        except OSError as problem:
            raise Unreachable(f"nobody answers at {self.endpoint} ({problem}); is `treadle serve` running?") from None
        finally:
            connection.close()
        answer = json.loads(text) if text else {}
        if response.status >= 400:
            code = answer.get("__type") or response.headers.get("x-amzn-errortype") or f"HTTP {response.status}"
            message = answer.get("message") or answer.get("Message") or ""
            raise Refused(code.split("#")[-1].split(":")[0], message)
        return answer
