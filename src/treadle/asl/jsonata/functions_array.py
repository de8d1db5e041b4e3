"""Built-in functions on arrays and objects, and the higher-order ones."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.run import Run, equal
from treadle.asl.jsonata.values import (
    NUMBERS,
    UNDEFINED,
    Function,
    Kept,
    Outer,
    Sequence,
    Value,
    boolean,
)
from treadle.asl.jsonata.values import lookup as lookup_value


def count(items: Value) -> int:
    return 0 if items is UNDEFINED else len(items)


def to_boolean(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else boolean(value)


def negation(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else not boolean(value)


def exists(value: Value) -> bool:
    return value is not UNDEFINED


def type_of(value: Value) -> Value:
    """The name of the value's type; nothing for nothing."""
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        return "null"
    kind = value.__class__
    if kind is bool:
        return "boolean"
    if kind in NUMBERS:
        return "number"
    if kind is str:
        return "string"
    if isinstance(value, list):
        return "array"
    return "function" if isinstance(value, Function) else "object"


def callback_arguments(function: Function, value: Value, position: Value, whole: Value) -> list[Value]:
    """What a callback is given: as much as it has parameters for."""
    if function.arity >= 3:
        return [value, position, whole]
    return [value, position] if function.arity >= 2 else [value]


def map_items(run: Run, items: Value, function: Function) -> Value:
    if items is UNDEFINED:
        return UNDEFINED
    run.spend(len(items))
    result = Sequence()
    call, plain = function.call, function.arity < 2
    for index, item in enumerate(items):
        value = call([item] if plain else callback_arguments(function, item, index, items), None, run)
        if value is not UNDEFINED:
            if value.__class__ is Sequence:
                run.untidy = True
            result.append(value)
    return result


def filter_items(run: Run, items: Value, function: Function) -> Value:
    if items is UNDEFINED:
        return UNDEFINED
    run.spend(len(items))
    result = Sequence()
    call, plain = function.call, function.arity < 2
    for index, item in enumerate(items):
        if boolean(call([item] if plain else callback_arguments(function, item, index, items), None, run)):
            result.append(item)
    return result


def single(run: Run, items: Value, function: Value = UNDEFINED) -> Value:
    """The only item that fits; an error if there is none or another."""
    if items is UNDEFINED:
        return UNDEFINED
    run.spend(len(items))
    found: list[Value] = []
    for index, item in enumerate(items):
        fits = function is UNDEFINED or boolean(
            function.call(callback_arguments(function, item, index, items), None, run)
        )
        if fits:
            if found:
                raise Failure("D3138", index=index)
            found.append(item)
    if not found:
        raise Failure("D3139")
    return found[0]


def reduce(run: Run, items: Value, function: Function, initial: Value = UNDEFINED) -> Value:
    if items is UNDEFINED:
        return UNDEFINED
    if function.arity < 2:
        raise Failure("D3050")
    run.spend(len(items))
    start = 1 if initial is UNDEFINED and items else 0
    result = items[0] if start else initial
    for index in range(start, len(items)):
        arguments: list[Value] = [result, items[index]]
        if function.arity >= 3:
            arguments.append(index)
        if function.arity >= 4:
            arguments.append(items)
        result = function.call(arguments, None, run)
    return result


def zip_arrays(run: Run, *arrays: Value) -> list[list[Value]]:
    size = min((len(array) if isinstance(array, list) else 0 for array in arrays), default=0)
    run.allot(size, 64 + 8 * len(arrays))
    return [list(items) for items in zip(*(array[:size] for array in arrays), strict=True)] if size else []


def keys(run: Run, value: Value) -> Value:
    """The keys of an object; of an array of objects, all of them once."""
    if isinstance(value, list):
        run.spend(len(value))
        merged: dict[str, None] = {}
        for item in value:
            merged.update(dict.fromkeys(item if item.__class__ is dict else keys(run, item)))
        return Sequence(merged)
    return Sequence(value) if value.__class__ is dict else Sequence()


def lookup(value: Value, key: Value) -> Value:
    return lookup_value(value, key)


def append(first: Value, second: Value) -> Value:
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    left = first if isinstance(first, list) else [first]
    right = second if isinstance(second, list) else [second]
    return [*left, *right]


def spread(run: Run, value: Value) -> Value:
    """Every member of an object as an object of its own."""
    if value.__class__ is dict:
        run.allot(len(value), 250)
        return Sequence({key: member} for key, member in value.items())
    if isinstance(value, list):
        run.spend(2 * len(value))
        parts = [part for part in (spread(run, item) for item in value) if part is not UNDEFINED]
        result: list[Value] = []
        for part in parts:
            result.extend(part if isinstance(part, list) else [part])
        return result if parts else UNDEFINED
    return value


def merge(objects: Value) -> Value:
    """One object of all members; later ones win."""
    if objects is UNDEFINED:
        return UNDEFINED
    result: dict[str, Value] = {}
    for item in objects:
        result.update(item)
    return result


def reverse(items: Value) -> Value:
    if items is UNDEFINED or len(items) <= 1:
        return items
    return list(reversed(items))


def each(run: Run, subject: Value, function: Function) -> Value:
    """The results of the function for every member of an object."""
    result = Sequence()
    if subject.__class__ is not dict:
        return result
    run.spend(len(subject))
    for key, member in subject.items():
        value = function.call(callback_arguments(function, member, key, subject), None, run)
        if value is not UNDEFINED:
            if value.__class__ is Sequence:
                run.untidy = True
            result.append(value)
    return result


def sift(run: Run, subject: Value, function: Value) -> Value:
    """The members of an object that fit; nothing if there are none."""
    if subject.__class__ is not dict:
        return UNDEFINED
    if function is UNDEFINED and subject:
        raise Failure("T0410", index=2, value=UNDEFINED)
    run.spend(len(subject))
    result = {
        key: member
        for key, member in subject.items()
        if boolean(function.call(callback_arguments(function, member, key, subject), None, run))
    }
    return result or UNDEFINED


def sort(run: Run, items: Value, comparator: Value = UNDEFINED) -> Value:
    """Stable; with a comparator, `$comparator(a, b)` is true when b comes first."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    run.spend(len(items))
    if comparator is not UNDEFINED:

        def compare(left: Value, right: Value) -> int:
            return 1 if _is_truthy(comparator.call([left, right], None, run)) else -1

        return merge_sort(items, compare)
    if all(item.__class__ in NUMBERS for item in items):
        return sorted(items)
    if all(item.__class__ is str for item in items):
        return sorted(items, key=text_key(items))
    raise Failure("D3070")


def _is_truthy(value: Value) -> bool:
    """JavaScript's idea of true, which is what the reference asks a comparator's answer for: `[]` and `{}` are."""
    return bool(value) or isinstance(value, (list, dict))


def merge_sort(items: list[Value], compare: Any) -> list[Value]:
    """A merge sort that asks, like the reference, only whether the right one comes first.

    Not `sorted`: a comparator may be inconsistent, and its order of questions is then visible in the result.
    """
    if len(items) <= 1:
        return list(items)
    middle = len(items) // 2
    left, right = merge_sort(items[:middle], compare), merge_sort(items[middle:], compare)
    merged: list[Value] = []
    one = two = 0
    while one < len(left) and two < len(right):
        if compare(left[one], right[two]) > 0:
            merged.append(right[two])
            two += 1
        else:
            merged.append(left[one])
            one += 1
    return [*merged, *left[one:], *right[two:]]


def text_key(texts: list[str]) -> Any:
    """The sort key of texts: JavaScript and Java compare UTF-16 units, Python characters."""
    return None if all(map(str.isascii, texts)) else utf16_order


def utf16_order(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def shuffle(run: Run, items: Value) -> Value:
    """Fisher-Yates, inside out, with the reference's use of random numbers."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    run.spend(len(items))
    result: list[Value] = []
    for index, item in enumerate(items):
        chosen = int(run.world.luck.random() * (index + 1))
        result.append(item)
        result[index], result[chosen] = result[chosen], item
    return result


def distinct(run: Run, items: Value) -> Value:
    """Every value once. The result is a sequence if the argument was one."""
    if not isinstance(items, list) or len(items) <= 1:
        return items
    run.spend(len(items))
    result: list[Value] = Sequence() if items.__class__ in (Sequence, Kept, Outer) else []
    seen: set[Any] = set()
    others: list[Value] = []
    for item in items:
        kind = item.__class__
        if kind is str or kind in NUMBERS:
            if item in seen:
                continue
            seen.add(item)
        else:
            run.spend(len(others))
            if any(equal(run, item, other) for other in others):
                continue
            others.append(item)
        result.append(item)
    return result


def error(message: Value = UNDEFINED) -> Value:
    raise Failure("D3137", message=message or "$error() function evaluated")


def assertion(condition: Value, message: Value = UNDEFINED) -> Value:
    if not boolean(condition):
        raise Failure("D3141", message=message or "$assert() statement failed")
    return UNDEFINED


def sort_by(compare: Any) -> Any:
    """The key for `sorted` of a three-way comparison."""
    return cmp_to_key(compare)
