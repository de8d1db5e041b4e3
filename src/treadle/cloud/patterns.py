"""Event patterns of EventBridge: does an event match?

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable

from treadle.values import Json

_MISSING = object()
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def matches(pattern: Json, event: Json) -> bool:
    """True when every field of `pattern` accepts the field of `event` with the same path."""
    return all(_accepts(key, wanted, event) for key, wanted in pattern.items())


def _accepts(key: str, wanted: Json, event: Json) -> bool:
    if key == "$or" and isinstance(wanted, list):
        return any(matches(alternative, event) for alternative in wanted)
    value = event.get(key, _MISSING) if isinstance(event, dict) else _MISSING
    if isinstance(wanted, dict):
        # A list of objects matches when one of them does.
        return any(matches(wanted, one) for one in (value if isinstance(value, list) and value else [value]))
    return any(_satisfies(value, test) for test in wanted)


def _satisfies(value: Json, test: Json) -> bool:
    """One test of a leaf; a list satisfies it when one of its elements does."""
    if isinstance(test, dict) and "exists" in test:
        # Only leaves exist.
        return (value is not _MISSING and not isinstance(value, dict)) == bool(test["exists"])
    if value is _MISSING:
        return False
    values = value if isinstance(value, list) else [value]
    if not isinstance(test, dict):
        return any(_equal(one, test) for one in values)
    return any(_operate(one, name, argument) for name, argument in test.items() for one in values)


def _equal(value: Json, wanted: Json) -> bool:
    # True is not 1 here.
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _operate(value: Json, name: str, argument: Json) -> bool:
    if name == "anything-but":
        return not _is_any_of(value, argument)
    if name == "numeric":
        return isinstance(value, int | float) and not isinstance(value, bool) and _compare(value, argument)
    return isinstance(value, str) and _operate_text(value, name, argument)


def _operate_text(value: str, name: str, argument: Json) -> bool:
    if name in ("prefix", "suffix") and isinstance(argument, dict):
        value, argument = value.lower(), str(argument["equals-ignore-case"]).lower()
    match name:
        case "prefix":
            return value.startswith(str(argument))
        case "suffix":
            return value.endswith(str(argument))
        case "equals-ignore-case":
            return value.lower() == str(argument).lower()
        case "wildcard":
            return _wild(argument).fullmatch(value) is not None
        case "cidr":
            return _in_network(value, argument)
    return False


def _is_any_of(value: Json, argument: Json) -> bool:
    """What anything-but excludes: values, or one operator with one or several arguments."""
    if isinstance(argument, dict):
        return any(
            _operate(value, name, one)
            for name, ones in argument.items()
            for one in (ones if isinstance(ones, list) else [ones])
        )
    return any(_equal(value, one) for one in (argument if isinstance(argument, list) else [argument]))


def _compare(value: float, argument: list[Json]) -> bool:
    return all(_COMPARE[argument[spot]](value, argument[spot + 1]) for spot in range(0, len(argument) - 1, 2))


def _wild(text: str) -> re.Pattern[str]:
    """Only * is wild; a backslash takes its meaning away."""
    pieces = re.split(r"(\\\*|\\\\|\*)", text)
    return re.compile("".join(".*" if piece == "*" else re.escape(_unescape(piece)) for piece in pieces), re.DOTALL)


def _unescape(piece: str) -> str:
    return piece[1:] if piece in ("\\*", "\\\\") else piece


def _in_network(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
