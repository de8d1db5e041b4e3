"""Closures of the operators. Two small integers, two strings and the like take a short way; the rest is checked."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any, Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.functions_array import utf16_order
from treadle.asl.jsonata.functions_number import arithmetic, negate
from treadle.asl.jsonata.functions_string import concat
from treadle.asl.jsonata.run import Closure, Frame, equal
from treadle.asl.jsonata.values import NUMBERS, SAFE, UNDEFINED, Value, boolean, normal

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_EXACT: Final[dict[str, Callable[[Any, Any], Any]]] = {"+": python.add, "-": python.sub, "*": python.mul}
_INTEGERS: Final = (int, int)
_FLOATS: Final = frozenset({(float, float), (int, float), (float, int)})
# Below this no product of two doubles overflows.
_LARGE: Final = 1e150


def binary(operator: str, left: Closure, right: Closure, position: int) -> Closure:
    """The closure of a binary operator other than `and`, `or`, `..`."""
    if operator in _COMPARE:
        return _comparison(operator, left, right, position)
    if operator in ("=", "!="):
        return _equality(left, right, operator == "=")
    if operator == "in":
        return _inclusion(left, right)
    if operator == "&":
        return lambda context, frame: concat(frame.run, left(context, frame), right(context, frame))
    return _arithmetic(operator, left, right, position)


def _arithmetic(operator: str, left: Closure, right: Closure, position: int) -> Closure:
    exact = _EXACT.get(operator)

    def evaluate(context: Value, frame: Frame) -> Value:
        one, two = left(context, frame), right(context, frame)
        if exact is not None:
            kinds = (one.__class__, two.__class__)
            if kinds == _INTEGERS:
                result = exact(one, two)
                if -SAFE <= result <= SAFE and -SAFE <= one <= SAFE and -SAFE <= two <= SAFE:
                    return result
            elif kinds in _FLOATS and -_LARGE < one < _LARGE and -_LARGE < two < _LARGE:
                return normal(exact(one, two))
        return compute(frame, operator, one, two, position)

    return evaluate


def compute(frame: Frame, operator: str, one: Value, two: Value, position: int) -> Value:
    """Arithmetic with the error's place filled in."""
    try:
        return arithmetic(frame.run, operator, one, two)
    except Failure as failure:
        failure.locate(position, operator)
        raise


def arithmetic_chain(first: Closure, rest: list[tuple[str, Closure, int]]) -> Closure:
    """`a + b - c ...` as a loop, so that long sums do not grow the stack."""

    def evaluate(context: Value, frame: Frame) -> Value:
        result = first(context, frame)
        for operator, operand, position in rest:
            result = compute(frame, operator, result, operand(context, frame), position)
        return result

    return evaluate


def concat_chain(operands: list[Closure]) -> Closure:
    """`a & b & c ...` as a loop."""

    def evaluate(context: Value, frame: Frame) -> Value:
        run = frame.run
        return "".join([concat(run, "", operand(context, frame)) for operand in operands])

    return evaluate


def conjunction(first: Closure, rest: list[tuple[Closure, int]]) -> Closure:
    """`a and b and c`; the positions are those of the operators."""

    def evaluate(context: Value, frame: Frame) -> bool:
        value = first(context, frame)
        if value is not True and not boolean(value):
            return False
        for operand, position in rest:
            try:
                value = operand(context, frame)
            except Failure as failure:
                failure.relocate(position, "and")
                raise
            if value is not True and not boolean(value):
                return False
        return True

    return evaluate


def disjunction(first: Closure, rest: list[tuple[Closure, int]]) -> Closure:
    """`a or b or c`; the positions are those of the operators."""

    def evaluate(context: Value, frame: Frame) -> bool:
        value = first(context, frame)
        if value is True or boolean(value):
            return True
        for operand, position in rest:
            try:
                value = operand(context, frame)
            except Failure as failure:
                failure.relocate(position, "or")
                raise
            if value is True or boolean(value):
                return True
        return False

    return evaluate


def _comparison(operator: str, left: Closure, right: Closure, position: int) -> Closure:
    compare = _COMPARE[operator]

    def evaluate(context: Value, frame: Frame) -> Value:
        one, two = left(context, frame), right(context, frame)
        if one.__class__ is int and two.__class__ is int:
            return compare(one, two)
        return _compare(operator, one, two, position)

    return evaluate


def comparison_with(operator: str, left: Closure, constant: Value, position: int) -> Closure:
    """The comparison with a literal number, the usual condition of a Choice."""
    compare = _COMPARE[operator]

    def evaluate(context: Value, frame: Frame) -> Value:
        one = left(context, frame)
        if one.__class__ is int:
            return compare(one, constant)
        return _compare(operator, one, constant, position)

    return evaluate


def _compare(operator: str, one: Value, two: Value, position: int) -> Value:
    """Numbers with numbers, texts with texts (by UTF-16 units); nothing on either side gives nothing."""
    first, second = _comparable(one), _comparable(two)
    if not first or not second:
        raise Failure("T2010", position, token=operator, value=two if first in ("n", "s") else one)
    if one is UNDEFINED or two is UNDEFINED:
        return UNDEFINED
    if first != second:
        raise Failure("T2009", position, token=operator, value=one, value2=two)
    if first == "s" and not (one.isascii() and two.isascii()):
        return _COMPARE[operator](utf16_order(one), utf16_order(two))
    return _COMPARE[operator](one, two)


def _comparable(value: Value) -> str:
    kind = value.__class__
    return "s" if kind is str else "n" if kind in NUMBERS else "u" if value is UNDEFINED else ""


def _equality(left: Closure, right: Closure, wanted: bool) -> Closure:
    def evaluate(context: Value, frame: Frame) -> bool:
        one, two = left(context, frame), right(context, frame)
        if one is UNDEFINED or two is UNDEFINED:
            return False
        if one.__class__ is str:
            return (one == two) is wanted
        if one.__class__ is dict or isinstance(one, list):
            frame.run.spend(1 + (len(one) >> 3))
        return equal(frame.run, one, two) is wanted

    return evaluate


def _inclusion(left: Closure, right: Closure) -> Closure:
    def evaluate(context: Value, frame: Frame) -> bool:
        item, items = left(context, frame), right(context, frame)
        if item is UNDEFINED or items is UNDEFINED:
            return False
        if not isinstance(items, list):
            items = [items]
        frame.run.spend(len(items) >> 4)
        kind = item.__class__
        if kind is str:
            return item in items
        if kind in NUMBERS:
            return any(other == item and other.__class__ is not bool for other in items)
        # Objects and arrays are in an array only if they are the very same ones.
        return any(other is item for other in items)

    return evaluate


def negation(operand: Closure, position: int) -> Closure:
    def evaluate(context: Value, frame: Frame) -> Value:
        try:
            return negate(frame.run, operand(context, frame))
        except Failure as failure:
            failure.locate(position, "-")
            raise

    return evaluate


def number_range(left: Closure, right: Closure, position: int) -> Closure:
    """`left..right` within an array constructor: always a list, perhaps empty."""

    def evaluate(context: Value, frame: Frame) -> Value:
        first, last = left(context, frame), right(context, frame)
        if first is not UNDEFINED and not _is_integer(first):
            raise Failure("T2003", position, value=first)
        if last is not UNDEFINED and not _is_integer(last):
            raise Failure("T2004", position, value=last)
        if first is UNDEFINED or last is UNDEFINED or first > last:
            return UNDEFINED
        size = int(last - first + 1)
        if size > 10_000_000:
            raise Failure("D2014", position, value=size)
        frame.run.allot(size, 40)
        frame.run.spend(size >> 3)
        return list(range(int(first), int(last) + 1))

    return evaluate


def _is_integer(value: Value) -> bool:
    return value.__class__ is int or (isinstance(value, float) and value.is_integer())
