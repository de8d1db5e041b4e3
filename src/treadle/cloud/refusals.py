"""Error answers in the wire protocol the client speaks."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from html import escape

import orjson


def protocol_of(service: str, headers: Mapping[str, str]) -> str:
    """The protocol of a request, guessed from what it carries: "json", "rest-json", "query", "s3" or "cbor"."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if "x-amz-target" in headers:
        return "json"
    if service in ("s3", "route53", "cloudfront"):
        return "s3"
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-json"


def refuse(
    service: str, headers: Mapping[str, str], status: int, code: str, message: str, request_id: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an error with AWS's `code` and `message`."""
    protocol = protocol_of(service, headers)
    answer = {"x-amzn-requestid": request_id}
    if protocol == "cbor":
        answer |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return status, answer, _cbor({"__type": code, "message": message})
    if protocol in ("json", "rest-json"):
        sort = headers.get("content-type", "") if protocol == "json" else "application/json"
        answer |= {"content-type": sort or "application/x-amz-json-1.1", "x-amzn-errortype": code}
        return status, answer, orjson.dumps({"__type": code, "message": message})
    answer["content-type"] = "text/xml"
    fault = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "s3":
        body = f"<Error>{fault}<RequestId>{request_id}</RequestId></Error>"
    else:
        error = f"<Error><Type>Sender</Type>{fault}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return status, answer, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def _cbor(value: Mapping[str, str]) -> bytes:
    """A CBOR map of text to text."""
    return bytes([0xA0 | len(value)]) + b"".join(_cbor_text(text) for pair in value.items() for text in pair)


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    return (
        bytes([0x79]) + struct.pack(">H", len(data)) if len(data) < 65536 else b"\x7a" + struct.pack(">I", len(data))
    ) + data
