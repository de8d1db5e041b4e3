"""Identity policies of IAM: does a role's policies allow an action on a resource?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. Policies of resources,
boundaries and organizations are not looked at.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Literal, TypeAlias

from treadle.values import Json

Verdict: TypeAlias = Literal["allowed", "denied", "not allowed"]
# Condition keys by lower-case name.
Facts: TypeAlias = Mapping[str, str]


def judge(policies: Iterable[Json], action: str, resource: str | None, facts: Facts) -> Verdict:
    """`resource` is None where it is not known: then statements count for any resource."""
    allowed = False
    for policy in policies:
        for statement in _listed(policy.get("Statement")):
            if _concerns(statement, action, resource, facts):
                if statement.get("Effect") == "Deny":
                    return "denied"
                allowed = True
    return "allowed" if allowed else "not allowed"


def _concerns(statement: Json, action: str, resource: str | None, facts: Facts) -> bool:
    if "NotAction" in statement:
        fits = not any(_like(action.lower(), one.lower()) for one in _listed(statement["NotAction"]))
    else:
        fits = any(_like(action.lower(), one.lower()) for one in _listed(statement.get("Action")))
    if not fits:
        return False
    if resource is not None:
        wanted = [_filled(one, facts) for one in _listed(statement.get("NotResource", statement.get("Resource")))]
        if any(_like(resource, one) for one in wanted) == ("NotResource" in statement):
            return False
    return all(
        _holds(operator, key, _listed(values), facts)
        for operator, tests in (statement.get("Condition") or {}).items()
        for key, values in tests.items()
    )


def _listed(value: Json) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    pieces = {"*": ".*", "?": "."}
    return re.compile("".join(pieces.get(one) or re.escape(one) for one in text), re.DOTALL)


def _like(value: str, pattern: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


def _filled(pattern: str, facts: Facts) -> str:
    """Policy variables: `${aws:PrincipalAccount}`, `${*}`."""

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip().lower()
        return name if name in ("*", "?", "$") else facts.get(name, match[0])

    return re.sub(r"\$\{([^}]+)\}", value, pattern)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _within(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


# What is true of a value and one of the condition's. Dates compare as texts: all are ISO 8601 in UTC.
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _within,
    "NumericEquals": lambda value, wanted: _number(value) == _number(wanted),
    "NumericLessThan": lambda value, wanted: _number(value) < _number(wanted),
    "NumericLessThanEquals": lambda value, wanted: _number(value) <= _number(wanted),
    "NumericGreaterThan": lambda value, wanted: _number(value) > _number(wanted),
    "NumericGreaterThanEquals": lambda value, wanted: _number(value) >= _number(wanted),
    "DateEquals": lambda value, wanted: value == wanted,
    "DateLessThan": lambda value, wanted: value < wanted,
    "DateLessThanEquals": lambda value, wanted: value <= wanted,
    "DateGreaterThan": lambda value, wanted: value > wanted,
    "DateGreaterThanEquals": lambda value, wanted: value >= wanted,
}


def _holds(operator: str, key: str, wanted: list[Json], facts: Facts) -> bool:
    """One test of a Condition. A key that is not there fails it, unless the operator says otherwise."""
    _, _, name = operator.rpartition(":")
    value = facts.get(key.lower())
    if name == "Null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    plain = name.replace("Not", "", 1)
    test = _TESTS.get(plain)
    if value is None:
        return optional or negated or operator.startswith("ForAllValues:")
    if test is None:
        return False
    texts = [str(one).lower() if isinstance(one, bool) else _filled(str(one), facts) for one in wanted]
    return any(test(value, one) for one in texts) != negated
