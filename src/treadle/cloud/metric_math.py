"""Metric math: expressions over the values that metrics have at one moment.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Arithmetic, comparisons and the
functions that look at one moment; those that look along a series (RATE, RUNNING_SUM, SEARCH, anomaly detection) are
refused.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

# None is a moment without a value: whatever is computed with it has none either.
Value: TypeAlias = float | None
Values: TypeAlias = Mapping[str, Value]


class MathError(ValueError):
    """An expression that is not understood, in one sentence."""


_OPERATORS: dict[type, Callable[[Any, Any], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SINGLE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_JOINED: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "MIN": min,
    "MAX": max,
    "AVG": lambda values: math.fsum(values) / len(values),
}


def evaluate(expression: str, values: Values) -> Value:
    """The value of `expression` at one moment, where `values` has what the ids mean. Raises MathError."""
    return _value(_parsed(expression), values)


def check(expression: str, ids: set[str]) -> None:
    """Raises MathError for what `evaluate` would not understand."""
    evaluate(expression, dict.fromkeys(ids, 1.0))


@cache
def _parsed(expression: str) -> ast.expr:
    try:
        # AWS writes "and" and "not equal" as C does.
        text = expression.replace("&&", " and ").replace("||", " or ").replace("^", "**")
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise MathError(f"{expression!r} is no expression that treadle evaluates") from None


def _value(node: ast.expr, values: Values) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name not in values:
                raise MathError(f"nothing has the id {name!r}")
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _each(operator.neg, _value(inner, values))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _joined(type(sign), _value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _joined(type(sign), _value(left, values), _value(right, values))
        case ast.BoolOp(op=sign, values=parts):
            found = [_value(part, values) for part in parts]
            if None in found:
                return None
            return float(all(found) if isinstance(sign, ast.And) else any(found))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments, values)
    raise MathError(f"treadle does not evaluate {ast.unparse(node)!r}")


def _call(name: str, arguments: list[ast.expr], values: Values) -> Value:
    match name, arguments:
        case "IF", [condition, then] | [condition, then, _]:
            chosen = _value(condition, values)
            if chosen:
                return _value(then, values)
            return _value(arguments[2], values) if chosen is not None and len(arguments) == 3 else None
        case "FILL", [inner, filling]:
            found = _value(inner, values)
            return _value(filling, values) if found is None else found
        case _, [inner] if name in _SINGLE:
            return _each(_SINGLE[name], _value(inner, values))
        case _, [ast.List(elts=parts)] if name in _JOINED:
            there = [value for value in (_value(part, values) for part in parts) if value is not None]
            return _JOINED[name](there) if there else None
        case _, [ast.Call(func=ast.Name(id="METRICS"), args=[])] if name in _JOINED:
            there = [value for value in values.values() if value is not None]
            return _JOINED[name](there) if there else None
    raise MathError(f"treadle does not evaluate {name}() with {len(arguments)} arguments of this kind")


def _each(function: Callable[[float], float], value: Value) -> Value:
    return None if value is None else float(function(value))


def _joined(sign: type, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    try:
        return float(_OPERATORS[sign](left, right))
    except (ZeroDivisionError, OverflowError):
        return None  # as AWS: no value there
