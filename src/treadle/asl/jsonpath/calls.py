"""The functions of Jayway JsonPath: `$.numbers.sum()`, `$.text.concat("a", $.b)`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from treadle.values import Json, java_double, number


class CallError(Exception):
    """A path function met a value it cannot work with."""


Apply: TypeAlias = Callable[[Json, list[Json]], Json]


def _numbers(node: Json, arguments: list[Json]) -> list[float]:
    """The numbers in an array node and in the arguments (arrays among them are opened)."""
    values = list(node) if isinstance(node, list) else []
    for argument in arguments:
        values.extend(argument if isinstance(argument, list) else [argument])
    found = [float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    if not found:
        raise CallError("Aggregation function attempted to calculate value using empty array")
    return found


def _aggregate(compute: Callable[[list[float]], float]) -> Apply:
    return lambda node, arguments: number(compute(_numbers(node, arguments)))


def _deviation(values: list[float]) -> float:
    count = len(values)
    return math.sqrt(sum(each * each for each in values) / count - (sum(values) / count) ** 2)


def _length(node: Json, arguments: list[Json]) -> Json:
    if arguments and isinstance(arguments[0], list):
        return len(arguments[0])
    return len(node) if isinstance(node, list | dict) else None


def _keys(node: Json, arguments: list[Json]) -> Json:
    return list(node) if isinstance(node, dict) else None


def _concat(node: Json, arguments: list[Json]) -> Json:
    texts = [each for each in node if isinstance(each, str)] if isinstance(node, list) else []
    for argument in arguments:
        texts += [_text(each) for each in (argument if isinstance(argument, list) else [argument]) if each is not None]
    return "".join(texts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_double(value) if isinstance(value, float) else str(value)


def _append(node: Json, arguments: list[Json]) -> Json:
    return [*node, *arguments] if isinstance(node, list) else node


def _pick(node: Json, index: int) -> Json:
    if not isinstance(node, list) or not node:
        raise CallError("Aggregation function attempted to calculate value using empty array")
    if not -len(node) <= index < len(node):
        raise CallError(f"Target index:{index} larger than object count:{len(node)}")
    return node[index]


def _index(node: Json, arguments: list[Json]) -> Json:
    if len(arguments) != 1 or not isinstance(arguments[0], int):
        raise CallError("Function index() takes one integer")
    return _pick(node, arguments[0])


CALLS: dict[str, Apply] = {
    "min": _aggregate(min),
    "max": _aggregate(max),
    "avg": _aggregate(lambda values: sum(values) / len(values)),
    "stddev": _aggregate(_deviation),
    "sum": _aggregate(sum),
    "length": _length,
    "size": _length,
    "keys": _keys,
    "concat": _concat,
    "append": _append,
    "first": lambda node, arguments: _pick(node, 0),
    "last": lambda node, arguments: _pick(node, -1),
    "index": _index,
}
