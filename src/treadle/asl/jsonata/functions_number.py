"""Built-in functions on numbers, and the arithmetic of the operators."""

from __future__ import annotations

import math
import re
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.run import Run
from treadle.asl.jsonata.text import js_number
from treadle.asl.jsonata.values import NUMBERS, SAFE, UNDEFINED, Value, integral, normal

_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?")
_RADIX: Final = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+")
_LETTERS: Final = {2: "b", 8: "o", 16: "x"}
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def arithmetic(run: Run, operator: str, left: Value, right: Value) -> Value:
    """`+ - * / %` with every check; the compiled operators come here when the operands are not two small integers."""
    if left is not UNDEFINED:
        _check(left, "T2001")
    if right is not UNDEFINED:
        _check(right, "T2002")
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    try:
        result = _compute(operator, left, right)
    except OverflowError:
        raise Failure("D1001", value=UNDEFINED) from None
    if not math.isfinite(result):
        run.untidy = True
        return result
    return normal(result) if result.__class__ is not int else integral(int(result))


def _check(value: Value, code: str) -> None:
    if value.__class__ not in NUMBERS or value != value:
        raise Failure(code, value=value)
    if value in (math.inf, -math.inf):
        raise Failure("D1001", value=None)


def _compute(operator: str, left: int | float, right: int | float) -> int | float:
    if abs(left) > SAFE or abs(right) > SAFE:
        left, right = float(left), float(right)
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return _divide(left, right)
        case _:
            return math.fmod(left, right) if right != 0 else math.nan


def _divide(left: int | float, right: int | float) -> int | float:
    if right == 0:
        if left == 0:
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def negate(run: Run, value: Value) -> Value:
    """Unary minus. Nothing stays nothing."""
    if value is UNDEFINED:
        return UNDEFINED
    kind = value.__class__
    if kind not in NUMBERS or value != value:
        raise Failure("D1002", value=value, token="-")
    if value in (math.inf, -math.inf):
        raise Failure("D1001", value=None)
    return -value if kind is int else normal(-float(value))


def number(value: Value) -> Value:
    """`$number`: of a text or a boolean."""
    if value is UNDEFINED or value.__class__ in NUMBERS:
        return value
    if value.__class__ is bool:
        return int(value)
    if value.__class__ is str:
        if _DECIMAL.fullmatch(value):
            converted = float(value)
            if math.isfinite(converted):
                return integral(int(value)) if value.lstrip("-").isdigit() and len(value) < 400 else normal(converted)
        if _RADIX.fullmatch(value):
            return integral(int(value, 0))
    raise Failure("D3030", value=value)


def absolute(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else _result(abs(value))


def floor(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else value if not math.isfinite(value) else _result(math.floor(value))


def ceil(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else value if not math.isfinite(value) else _result(math.ceil(value))


def _result(value: int | float) -> int | float:
    return integral(value) if value.__class__ is int else normal(float(value))


def round_number(value: Value, precision: Value = UNDEFINED) -> Value:
    """Half to even. A precision shifts the decimal point in the text of the number, not by multiplication."""
    if value is UNDEFINED:
        return UNDEFINED
    if precision is UNDEFINED or precision == 0:
        return _round_half_even(value)
    shifted = _shift(value, math.trunc(precision))
    if not math.isfinite(shifted):
        return value
    return _result(_shift(_round_half_even(shifted), -math.trunc(precision)))


def _round_half_even(value: int | float) -> int | float:
    return value if value.__class__ is int or not math.isfinite(value) else _result(round(value))


def _shift(value: int | float, places: int) -> int | float:
    mantissa, _, exponent = js_number(value).partition("e")
    return normal(float(f"{mantissa}e{int(exponent or 0) + places}"))


def sqrt(value: Value) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise Failure("D3060", value=value)
    return normal(math.sqrt(value))


def power(value: Value, exponent: Value) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    try:
        if exponent is UNDEFINED:
            raise OverflowError
        result = float(value) ** float(exponent)
        if isinstance(result, complex) or not math.isfinite(result):
            raise OverflowError
    except (OverflowError, ZeroDivisionError):
        raise Failure("D3061", value=value, exp=exponent) from None
    return normal(result)


def total(numbers: list[int | float]) -> int | float:
    """The sum, added up from the left as doubles are."""
    result: int | float = 0
    for item in numbers:
        result += item
    if result.__class__ is int and -SAFE <= result <= SAFE:
        return result
    result = 0.0
    for item in numbers:
        result += item
    return result


def sum_of(run: Run, numbers: Value) -> Value:
    if numbers is UNDEFINED:
        return UNDEFINED
    return _finite(run, total(numbers))


def average(run: Run, numbers: Value) -> Value:
    if numbers is UNDEFINED or not numbers:
        return UNDEFINED
    return _finite(run, total(numbers) / len(numbers))


def require_finite(value: Value) -> None:
    """Refuse a value that is, or holds, infinity or not-a-number (D1001): JSON has no words for them."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, float) and not math.isfinite(item):
            raise Failure("D1001", value=None)
        if isinstance(item, list):
            pending.extend(item)
        elif item.__class__ is dict:
            pending.extend(item.values())


def _finite(run: Run, value: int | float) -> int | float:
    if not math.isfinite(value):
        run.untidy = True
        return value
    return _result(value)


def maximum(numbers: Value) -> Value:
    if numbers is UNDEFINED or not numbers:
        return UNDEFINED
    return max(numbers)


def minimum(numbers: Value) -> Value:
    if numbers is UNDEFINED or not numbers:
        return UNDEFINED
    return min(numbers)


def format_base(value: Value, radix: Value = UNDEFINED) -> Value:
    """`$formatBase`: digits 0-9a-z."""
    if value is UNDEFINED:
        return UNDEFINED
    whole = int(_round_half_even(value))
    base = 10 if radix is UNDEFINED else int(_round_half_even(radix))
    if not 2 <= base <= 36:
        raise Failure("D3100", value=base)
    if base == 10:
        return js_number(whole)
    if base in _LETTERS:
        return f"{whole:{_LETTERS[base]}}"
    digits = ""
    rest = abs(whole)
    while rest:
        rest, digit = divmod(rest, base)
        digits = _DIGITS[digit] + digits
    return ("-" if whole < 0 else "") + (digits or "0")
