"""Rules of a JSONPath Choice as JSONata conditions.

A JSONPath comparison is false where a side is not of its type; JSONata's order comparisons fail there. So types are
asked first, which keeps a rule what it was.
"""

from __future__ import annotations

import re
from typing import Any

from treadle.tools.convert.terms import Impossible, Terms, guarded, literal
from treadle.values import Json

_SIGNS = {
    "Equals": "=",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}
_KINDS = {"String": "string", "Numeric": "number", "Boolean": "boolean"}
_COMPARISON = re.compile(r"(String|Numeric|Boolean|Timestamp)((?:Less|Greater)Than(?:Equals)?|Equals)(Path)?")
_TYPES = {"IsString": "string", "IsNumeric": "number", "IsBoolean": "boolean"}


def condition(rule: dict[str, Json], terms: Terms) -> str:
    """The condition of a rule, without its Next. Raises Impossible."""
    for several, word in (("And", " and "), ("Or", " or ")):
        if several in rule:
            return word.join(_inner(each, terms) for each in rule[several])
    if "Not" in rule:
        return f"$not({condition(rule['Not'], terms)})"
    term = terms.term(rule["Variable"])
    operator, operand = next((name, value) for name, value in rule.items() if name not in ("Variable", "Comment"))
    return _compared(term, operator, operand, terms)


def _inner(rule: dict[str, Json], terms: Terms) -> str:
    made = condition(rule, terms)
    return f"({made})" if "And" in rule or "Or" in rule else made


def _compared(term: str, operator: str, operand: Any, terms: Terms) -> str:
    if operator == "IsPresent":
        found = f"$exists({term})"
        return found if operand else f"$not({found})"
    if operator == "IsNull":
        return f"{term} = null" if operand else f"{term} != null"
    if operator in _TYPES:
        return f'$type({term}) {"=" if operand else "!="} "{_TYPES[operator]}"'
    if operator == "StringMatches":
        return guarded([term], "string", f"$contains({term}, {_pattern(str(operand))})")
    parts = _COMPARISON.fullmatch(operator)
    if parts is None:
        raise Impossible(f"{operator} has no exact counterpart in JSONata")
    kind, sign, path = parts[1], _SIGNS[parts[2]], parts[3] is not None
    other = terms.term(operand) if path else literal(operand)
    if kind == "Timestamp":
        # What is no timestamp is not equal to one, nor before or after it.
        if not path:
            other = f"$toMillis({other})"
        terms.note(f"{operator}: {term} is taken to be a timestamp with at most milliseconds")
        side = f"$toMillis({other})" if path else other
        return guarded([term, *([other] if path else [])], "string", f"$toMillis({term}) {sign} {side}")
    if sign == "=" and not path:
        return f"{term} = {other}"
    return guarded([term, *([other] if path else [])], _KINDS[kind], f"{term} {sign} {other}")


def _pattern(text: str) -> str:
    """A pattern with stars as a regular expression."""
    made, at = "", 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in ("*", "\\"):
            made += "\\" + text[at + 1]
            at += 1
        elif text[at] == "*":
            made += "[\\s\\S]*"
        elif text[at].isalnum() or text[at] in " _-":
            made += text[at]
        elif text[at] in "\n\r\t/%":
            raise Impossible(f"StringMatches {text!r} has a character that a pattern of JSONata cannot hold")
        else:
            made += "\\" + text[at]
        at += 1
    return f"/^{made}$/"
