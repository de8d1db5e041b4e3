"""Lambda's API as botocore describes it: which operation a request means, and its parameters, checked as AWS does."""

from __future__ import annotations

import base64
import binascii
import gzip
import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

import msgspec
import orjson

from treadle.aws import AwsError, Request
from treadle.values import Json

Shape = dict[str, Any]


class Operation(msgspec.Struct, frozen=True):
    """One row of the API."""

    name: str
    status: int
    input: str | None


class Model:
    """The service model and its routes. Reading it takes a few milliseconds; nothing of botocore is imported."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("botocore")
        if spec is None or spec.origin is None:
            raise RuntimeError("botocore is not installed: Lambda's service model is read from it")
        path = Path(spec.origin).parent / "data/lambda/2015-03-31/service-2.json.gz"
        document = orjson.loads(gzip.decompress(path.read_bytes()))
        self._shapes: dict[str, Shape] = document["shapes"]
        self._routes: dict[str, list[tuple[re.Pattern[str], list[tuple[str, str]], Operation]]] = {}
        for name, row in document["operations"].items():
            self._add_route(name, row)
        for routes in self._routes.values():
            # Routes that demand a query parameter come first.
            routes.sort(key=lambda route: -len(route[1]))
        self._patterns: dict[str, re.Pattern[str] | None] = {}

    def _add_route(self, name: str, row: Shape) -> None:
        path, _, query = row["http"]["requestUri"].partition("?")
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path.rstrip("/")))
        operation = Operation(name, row["http"].get("responseCode", 200), row.get("input", {}).get("shape"))
        route = (re.compile(pattern + "/?"), parse_qsl(query, keep_blank_values=True), operation)
        self._routes.setdefault(row["http"]["method"], []).append(route)

    def status(self, error: str) -> int:
        """The HTTP status of an error, 400 when the model does not say."""
        status: int = self._shapes.get(error, {}).get("error", {}).get("httpStatusCode", 400)
        return status

    def enum(self, shape: str) -> list[str]:
        """The allowed values of a string."""
        values: list[str] = self._shapes[shape]["enum"]
        return values

    def message_key(self, error: str) -> str:
        """The member that carries the message: errors differ between `Message` and `message`."""
        return "Message" if "Message" in self._shapes.get(error, {}).get("members", {}) else "message"

    def route(self, request: Request) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request and the parameters in its path."""
        query = parse_qs(request.query, keep_blank_values=True) if request.query else {}
        for pattern, wanted, operation in self._routes.get(request.method, ()):
            match = pattern.fullmatch(request.path)
            if match is not None and all(query.get(name) == [value] for name, value in wanted):
                return operation, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def parameters(self, operation: Operation, path: dict[str, str], request: Request) -> dict[str, Json]:
        """All parameters of a request by member name, validated. Blobs in JSON come decoded."""
        if operation.input is None:
            return {}
        shape = self._shapes[operation.input]
        query = parse_qs(request.query, keep_blank_values=True) if request.query else {}
        values: dict[str, Json] = {}
        for name, member in shape["members"].items():
            found = self._outside_body(member, path, query, request)
            if found is not None:
                values[name] = found
        payload = shape.get("payload")
        if payload is not None:
            values[payload] = request.body
        elif any("location" not in member for member in shape["members"].values()):
            values.update(self._body(operation, shape, request.body))
        problems: list[str] = []
        self._check_members(shape, values, "", problems)
        if problems:
            plural = "error" if len(problems) == 1 else "errors"
            raise AwsError(
                "ValidationException", f"{len(problems)} validation {plural} detected: {'; '.join(problems)}"
            )
        return values

    def _outside_body(self, member: Shape, path: dict[str, str], query: dict[str, list[str]], request: Request) -> Json:
        where, wire = member.get("location"), member.get("locationName", "")
        if where == "uri":
            return self._scalar(member["shape"], path[wire])
        if where == "header":
            return request.headers.get(wire.lower())
        if where == "querystring" and wire in query:
            if self._shapes[member["shape"]]["type"] == "list":
                return query[wire]
            return self._scalar(member["shape"], query[wire][0])
        return None

    def _scalar(self, shape: str, text: str) -> Json:
        kind = self._shapes[shape]["type"]
        try:
            if kind in ("integer", "long"):
                return int(text)
        except ValueError as error:
            raise AwsError("SerializationException", f"{text} is not a number") from error
        return text.lower() == "true" if kind == "boolean" else text

    def _body(self, operation: Operation, shape: Shape, body: bytes) -> dict[str, Json]:
        if not body:
            return {}
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            message = f"Could not parse request body into json: {error}"
            raise AwsError("InvalidRequestContentException", message) from error
        if not isinstance(document, dict):
            message = "Could not parse request body into json: it is not an object"
            raise AwsError("InvalidRequestContentException", message)
        inside = {name: member for name, member in shape["members"].items() if "location" not in member}
        return {
            name: self._decode(inside[name]["shape"], value)
            for name, value in document.items()
            if name in inside and value is not None
        }

    def _decode(self, name: str, value: Json) -> Json:
        """The value with blobs decoded and unknown members left out. The wrong JSON type is refused."""
        shape = self._shapes[name]
        kind = shape["type"]
        wanted = _TYPES.get(kind)
        if wanted is not None and (not isinstance(value, wanted) or (isinstance(value, bool) != (kind == "boolean"))):
            raise AwsError("SerializationException", f"a {kind} was expected, not {orjson.dumps(value).decode()}")
        if kind == "structure":
            members = shape["members"]
            return {
                key: self._decode(members[key]["shape"], item)
                for key, item in value.items()
                if key in members and item is not None
            }
        if kind == "list":
            return [self._decode(shape["member"]["shape"], item) for item in value]
        if kind == "map":
            return {key: self._decode(shape["value"]["shape"], item) for key, item in value.items()}
        if kind == "blob":
            try:
                return base64.b64decode(value, validate=True)
            except binascii.Error as error:
                raise AwsError("SerializationException", "a blob is not valid base64") from error
        return value

    # Constraints

    def _check_members(self, shape: Shape, values: dict[str, Json], where: str, problems: list[str]) -> None:
        for name in shape.get("required", ()):
            if values.get(name) is None:
                place = where + name[0].lower() + name[1:]
                problems.append(f"Value null at '{place}' failed to satisfy constraint: Member must not be null")
        for name, value in values.items():
            place = where + name[0].lower() + name[1:]
            self._check(shape["members"][name]["shape"], value, place, problems)

    def _check(self, name: str, value: Json, place: str, problems: list[str]) -> None:
        shape = self._shapes[name]
        kind = shape["type"]
        if kind == "structure":
            self._check_members(shape, value, place + ".", problems)
        elif kind == "list":
            self._check_size(shape, len(value), value, place, problems)
            for number, item in enumerate(value, 1):
                self._check(shape["member"]["shape"], item, f"{place}.{number}.member", problems)
        elif kind == "map":
            for key, item in value.items():
                self._check(shape["key"]["shape"], key, f"{place}.{key}", problems)
                self._check(shape["value"]["shape"], item, f"{place}.{key}.member", problems)
        elif kind == "string":
            self._check_text(name, shape, value, place, problems)
        elif kind in ("integer", "long", "double"):
            self._check_range(shape, value, place, problems)

    def _check_text(self, name: str, shape: Shape, value: str, place: str, problems: list[str]) -> None:
        # Lambda words an unknown runtime in its own way, later.
        if "enum" in shape and value not in shape["enum"] and name != "Runtime":
            allowed = ", ".join(shape["enum"])
            problems.append(_problem(value, place, f"Member must satisfy enum value set: [{allowed}]"))
        if "pattern" in shape and value:
            pattern = self._pattern(name, shape["pattern"])
            if pattern is not None and not pattern.fullmatch(value):
                problems.append(
                    _problem(value, place, f"Member must satisfy regular expression pattern: {shape['pattern']}")
                )
        self._check_size(shape, len(value), value, place, problems)

    def _pattern(self, name: str, text: str) -> re.Pattern[str] | None:
        if name not in self._patterns:
            try:
                # `\p{..}` classes are Java's; Python's `re` does not know them and such patterns are not checked.
                self._patterns[name] = re.compile(text)
            except re.error:
                self._patterns[name] = None
        return self._patterns[name]

    @staticmethod
    def _check_size(shape: Shape, size: int, value: Json, place: str, problems: list[str]) -> None:
        if "max" in shape and size > shape["max"]:
            problems.append(_problem(value, place, f"Member must have length less than or equal to {shape['max']}"))
        if size < shape.get("min", 0):
            problems.append(_problem(value, place, f"Member must have length greater than or equal to {shape['min']}"))

    @staticmethod
    def _check_range(shape: Shape, value: float, place: str, problems: list[str]) -> None:
        if "max" in shape and value > shape["max"]:
            problems.append(_problem(value, place, f"Member must have value less than or equal to {shape['max']}"))
        if "min" in shape and value < shape["min"]:
            problems.append(_problem(value, place, f"Member must have value greater than or equal to {shape['min']}"))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "blob": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
}


def _problem(value: Json, place: str, constraint: str) -> str:
    shown = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else value
    return f"Value '{shown}' at '{place}' failed to satisfy constraint: {constraint}"
