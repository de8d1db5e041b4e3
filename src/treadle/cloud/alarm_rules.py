"""The rule of a composite alarm: `ALARM("a") AND NOT (OK(b) OR FALSE)`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|\"(?P<quoted>[^\"]*)\"|(?P<word>[^\s()\"]+))")

# A constant, a test of an alarm's state, or words joined.
Rule: TypeAlias = "bool | tuple[str, str] | tuple[str, list[Rule]]"


class RuleError(ValueError):
    """Not a rule, in one sentence."""


def parse_rule(text: str) -> Rule:
    tokens = _tokens(text)
    rule = _any(tokens)
    if tokens:
        raise RuleError(f"{tokens[0]!r} was not expected")
    return rule


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """Whether a rule is true; an alarm that does not exist has no state."""
    match rule:
        case bool():
            return rule
        case ("AND", list() as parts):
            return all(holds(part, states) for part in parts)
        case ("OR", list() as parts):
            return any(holds(part, states) for part in parts)
        case ("NOT", list() as parts):
            return not holds(parts[0], states)
        case (state, str() as name):
            return states.get(name) == state
    raise AssertionError(f"no rule: {rule!r}")


def referred(rule: Rule) -> list[str]:
    """The alarms that a rule looks at."""
    match rule:
        case bool():
            return []
        case (_, str() as name):
            return [name]
        case (_, list() as parts):
            return [name for part in parts for name in referred(part)]
    raise AssertionError(f"no rule: {rule!r}")


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"{text[at:]!r} was not expected")
        found.append(match["mark"] or match["word"] or match["quoted"])
        at = match.end()
    return found


def _any(tokens: list[str]) -> Rule:
    return _chain(tokens, "OR", lambda: _chain(tokens, "AND", lambda: _one(tokens)))


def _chain(tokens: list[str], word: str, inner: object) -> Rule:
    assert callable(inner)
    parts: list[Rule] = [inner()]
    while tokens and tokens[0].upper() == word:
        tokens.pop(0)
        parts.append(inner())
    return parts[0] if len(parts) == 1 else (word, parts)


def _one(tokens: list[str]) -> Rule:
    word = _next(tokens)
    match word.upper():
        case "(":
            rule = _any(tokens)
            _expect(tokens, ")")
            return rule
        case "NOT":
            return ("NOT", [_one(tokens)])
        case "TRUE" | "FALSE":
            return word.upper() == "TRUE"
        case "ALARM" | "OK" | "INSUFFICIENT_DATA":
            _expect(tokens, "(")
            name = _next(tokens)
            _expect(tokens, ")")
            # An alarm of this account may be named by its ARN.
            return (word.upper(), name.rpartition(":alarm:")[2])
    raise RuleError(f"{word!r} was not expected")


def _next(tokens: list[str]) -> str:
    if not tokens:
        raise RuleError("it ends too early")
    return tokens.pop(0)


def _expect(tokens: list[str], mark: str) -> None:
    if _next(tokens) != mark:
        raise RuleError(f"a {mark!r} is missing")
