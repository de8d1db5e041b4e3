"""JSON of a state <-> parameters and results of botocore, led by the shapes of the API's model."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from treadle.integrations.models import accepted, members
from treadle.integrations.naming import capitalize
from treadle.values import Json, dumps, loads

# How member names and times are shown: as version 2 of the Java SDK has them, with ISO 8601 times (`aws-sdk:*`), or as
# version 1 does through Jackson, with times in milliseconds of the epoch (optimized integrations).
Style: TypeAlias = Literal["sdk", "optimized"]

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}
_TRUTH = {"true": True, "false": False}


class Faults(list[str]):
    """What is wrong with the parameters of a task, in Step Functions' words; `missing` are required members left out.

    `missing` holds paths in the style of AWS's validators: "item", "entries.1.member.source".
    """

    def __init__(self) -> None:
        super().__init__()
        self.missing: list[str] = []


def to_request(shape: Any, value: Json, faults: Faults, *, lenient: bool = True) -> Any:
    """`value` as botocore wants the input `shape`. `lenient`: any JSON may stand where the API has a string."""
    return _Request(faults, lenient).convert(shape, value, "", "")


class _Request:
    def __init__(self, faults: Faults, lenient: bool) -> None:
        self.faults = faults
        self.lenient = lenient

    def convert(self, shape: Any, value: Json, field: str, path: str) -> Any:
        match shape.type_name:
            case "structure":
                return self.structure(shape, value, field, path)
            case "map":
                if not isinstance(value, dict):
                    return self.refuse(field, "a MAP")
                items = ((key, self.convert(shape.value, inner, key, f"{path}.{key}")) for key, inner in value.items())
                return {key: inner for key, inner in items if inner is not None}
            case "list":
                if not isinstance(value, list):
                    return self.refuse(field, "a LIST")
                places = enumerate(value, 1)
                return [self.convert(shape.member, inner, field, f"{path}.{i}.member") for i, inner in places]
            case kind:
                return None if value is None else self.scalar(kind, shape, value, field)

    def structure(self, shape: Any, value: Json, field: str, path: str) -> Any:
        if getattr(shape, "is_document_type", False):
            return value
        if not isinstance(value, dict):
            return self.refuse(field, "an OBJECT")
        known, given = accepted(shape), {}
        for name, inner in value.items():
            found = known.get(name.lower())
            if found is None:
                self.faults.append(f"The field '{name}' is not supported by Step Functions")
            elif inner is not None:
                given[found.name] = self.convert(found.shape, inner, name, _join(path, found.name))
        for required in members(shape).values():
            if required.required and required.name not in given and not required.shape.metadata.get("idempotencyToken"):
                self.faults.missing.append(_join(path, required.name))
        return given

    def scalar(self, kind: str, shape: Any, value: Json, field: str) -> Any:
        match kind:
            case "string" | "char":
                return self.string(shape, value, field)
            case "blob":
                return value.encode() if isinstance(value, str) else dumps(value).encode()
            case "boolean":
                if isinstance(value, bool):
                    return value
                truth = _TRUTH.get(value.lower()) if isinstance(value, str) else None
                return self.refuse(field, "a BOOLEAN") if truth is None else truth
            case "timestamp":
                when = _instant(value)
                return self.refuse(field, "a TIMESTAMP") if when is None else when
            case _:
                return self.number(kind, value, field)

    def string(self, shape: Any, value: Json, field: str) -> Any:
        if shape.serialization.get("jsonvalue"):
            return loads(value) if isinstance(value, str) else value
        if isinstance(value, str):
            return value
        return dumps(value) if self.lenient else self.refuse(field, "a STRING")

    def number(self, kind: str, value: Json, field: str) -> Any:
        wanted = _NUMBERS.get(kind, float)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return self.refuse(field, "a NUMBER")
        try:
            exact = wanted(value)
        except ValueError:
            return self.refuse(field, "a NUMBER")
        return exact if isinstance(value, str) or exact == value else self.refuse(field, "an INTEGER")

    def refuse(self, field: str, wanted: str) -> None:
        self.faults.append(f"The value for the field '{field}' must be {wanted}")


def _join(path: str, name: str) -> str:
    """AWS's validators write member names with a small first letter."""
    small = name[:1].lower() + name[1:]
    return f"{path}.{small}" if path else small


def _instant(value: Json) -> datetime | None:
    """ISO 8601 text or seconds of the epoch."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        when = datetime.fromisoformat(value)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def from_response(shape: Any, value: Any, style: Style) -> Json:
    """What botocore answered for the output `shape` as the JSON a state's result shows."""
    if value is None or shape is None:
        return {} if shape is None else None
    match shape.type_name:
        case "structure":
            return _structure(shape, value, style)
        case "list":
            return [from_response(shape.member, inner, style) for inner in value]
        case "map":
            return {str(key): from_response(shape.value, inner, style) for key, inner in value.items()}
        case "timestamp":
            return _time(value, style)
        case "blob":
            return blob_text(value)
        case "string" if not isinstance(value, str):
            return dumps(value)  # a jsonvalue header, which botocore decodes
        case _:
            return value


def _structure(shape: Any, value: Any, style: Style) -> Json:
    if getattr(shape, "is_document_type", False):
        return value
    result: dict[str, Json] = {}
    for inner in members(shape).values():
        found = value.get(inner.name)
        if found is not None:
            shown = inner.shown if style == "sdk" else capitalize(inner.name)
            result[shown] = from_response(inner.shape, found, style)
    # Java's beans are printed in the order of the alphabet.
    return dict(sorted(result.items()))


def blob_text(value: Any) -> str:
    """Bytes as a string: UTF-8 text as it is, anything else in Base64."""
    data = value.read() if hasattr(value, "read") else value
    if isinstance(data, str):
        return data
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _time(value: Any, style: Style) -> Json:
    when = value if isinstance(value, datetime) else _instant(value)
    if when is None:
        return value
    return iso(when) if style == "sdk" else round(when.timestamp() * 1000)


def iso(when: datetime) -> str:
    """As `java.time.Instant` prints it: UTC, with milliseconds (the SDK keeps no more) unless they are zero."""
    text = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if when.microsecond < 1000:
        return text + "Z"
    return f"{text}.{when.microsecond // 1000:03}Z"


def only(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named members of `value` that are there."""
    return {name: value[name] for name in names if name in value}
