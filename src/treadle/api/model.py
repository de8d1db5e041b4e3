"""AWS's own model of the Step Functions API, read from botocore's data without importing botocore (which is slow)."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

_PLACE = "data/stepfunctions/2016-11-23/service-2.json.gz"
_KEPT = ("required", "min", "max", "pattern", "enum", "sensitive")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One shape of the model; members and elements are named by their shape."""

    type: str
    members: dict[str, str] = {}
    required: tuple[str, ...] = ()
    member: str | None = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    sensitive: bool = False


class Model(msgspec.Struct, frozen=True):
    """`operations`: name -> name of the input shape."""

    operations: dict[str, str]
    shapes: dict[str, Shape]


@cache
def load() -> Model:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise RuntimeError("botocore is not installed: its data holds the model of the Step Functions API")
    raw = msgspec.json.decode(gzip.decompress((Path(spec.origin).parent / _PLACE).read_bytes()))
    operations = {name: operation["input"]["shape"] for name, operation in raw["operations"].items()}
    return Model(operations, {name: _shape(shape) for name, shape in raw["shapes"].items()})


def _shape(raw: dict[str, Any]) -> Shape:
    kept = {name: raw[name] for name in _KEPT if name in raw}
    members = {name: member["shape"] for name, member in raw.get("members", {}).items()}
    element = raw["member"]["shape"] if "member" in raw else None
    return msgspec.convert({**kept, "type": raw["type"], "members": members, "member": element}, Shape)
