"""CBOR (RFC 8949) as far as AWS's rpc-v2-cbor uses it, and a request and an answer translated from and to JSON.

Moto speaks JSON; newer SDKs speak CBOR to CloudWatch and some others. Cloud process only (botocore gives the shapes).
"""

from __future__ import annotations

import base64
import functools
import struct
from typing import Any

import orjson

from treadle.cloud.frames import Call

# botocore's names of services whose signing name differs.
_NAMES = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}
_BREAK = object()
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


def is_cbor(call: Call) -> bool:
    return call.headers.get("smithy-protocol") == "rpc-v2-cbor"


def to_json(call: Call) -> Call:
    """The same call in awsJson: `/service/<target prefix>/operation/<name>` becomes the target header."""
    _, _, prefix, _, operation = call.path.split("/")
    params = decode(call.body) if call.body else {}
    headers = {name: value for name, value in call.headers.items() if name != "smithy-protocol"}
    headers |= {"x-amz-target": f"{prefix}.{operation}", "content-type": "application/x-amz-json-1.0"}
    body = orjson.dumps(params, default=_base64)
    return Call(call.id, call.service, call.account, call.region, "POST", "/", "", headers, body, call.at)


def from_json(call: Call, status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """The JSON answer to `call` in CBOR."""
    told = orjson.loads(body) if body else {}
    if status < 300:
        shape = _shape(_NAMES.get(call.service, call.service), call.path.rpartition("/")[2])
        told = _typed(shape, told) if shape is not None else {}
    answer = {name: value for name, value in headers.items() if name != "content-length"}
    return status, answer | {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, encode(told)


class Timestamp(float):
    """Seconds since the epoch, written with tag 1."""


def decode(data: bytes) -> Any:
    """One item. Raises ValueError or IndexError for what is no CBOR."""
    return _item(data, 0)[0]


def encode(value: Any) -> bytes:
    if isinstance(value, Timestamp):
        return b"\xc1\xfb" + struct.pack(">d", value)
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encode, value))
    return _head(5, len(value)) + b"".join(encode(part) for pair in value.items() for part in pair)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size, form in ((24, 1, ">B"), (25, 2, ">H"), (26, 4, ">I")):
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + struct.pack(form, number)
    return bytes([major << 5 | 27]) + struct.pack(">Q", number)


def _item(data: bytes, spot: int) -> tuple[Any, int]:
    major, code = data[spot] >> 5, data[spot] & 31
    spot += 1
    if major == 7:
        return _simple(data, code, spot)
    if code == 31:
        return _endless(data, major, spot)
    number, spot = _number(data, code, spot)
    match major:
        case 0:
            return number, spot
        case 1:
            return -1 - number, spot
        case 2:
            return data[spot : spot + number], spot + number
        case 3:
            return data[spot : spot + number].decode(), spot + number
        case 4 | 5:
            return _members(data, major, number, spot)
    # A tag; of those AWS only uses 1, a timestamp, which JSON shows as the number it is.
    return _item(data, spot)


def _simple(data: bytes, code: int, spot: int) -> tuple[Any, int]:
    if code == 31:
        return _BREAK, spot
    if (form := _FLOATS.get(code)) is not None:
        size = struct.calcsize(form)
        return struct.unpack(form, data[spot : spot + size])[0], spot + size
    return _SIMPLE[code], spot


def _number(data: bytes, code: int, spot: int) -> tuple[int, int]:
    if code < 24:
        return code, spot
    size = 1 << (code - 24)
    return int.from_bytes(data[spot : spot + size], "big"), spot + size


def _members(data: bytes, major: int, count: int, spot: int) -> tuple[Any, int]:
    found = []
    for _ in range(count * (major - 3)):
        one, spot = _item(data, spot)
        found.append(one)
    return (found if major == 4 else dict(zip(found[::2], found[1::2], strict=True))), spot


def _endless(data: bytes, major: int, spot: int) -> tuple[Any, int]:
    found: list[Any] = []
    while True:
        one, spot = _item(data, spot)
        if one is _BREAK:
            break
        found.append(one)
    if major in (2, 3):
        return (b"" if major == 2 else "").join(found), spot
    return (found if major == 4 else dict(zip(found[::2], found[1::2], strict=True))), spot


def _base64(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


@functools.cache
def _shape(service: str, operation: str) -> Any:
    import botocore.session

    return botocore.session.Session().get_service_model(service).operation_model(operation).output_shape


def _typed(shape: Any, value: Any) -> Any:
    """`value` from JSON with timestamps and blobs as CBOR has them."""
    if value is None:
        return None
    match shape.type_name:
        case "structure":
            members = shape.members
            return {key: _typed(members[key], one) for key, one in value.items() if key in members and one is not None}
        case "list":
            return [_typed(shape.member, one) for one in value]
        case "map":
            return {key: _typed(shape.value, one) for key, one in value.items()}
        case "timestamp":
            return Timestamp(value)
        case "blob":
            return base64.b64decode(value)
        case "double" | "float":
            return float(value)
    return value
