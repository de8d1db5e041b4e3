"""Closures of paths without variable bindings: steps, predicates, order-by, groupings, wildcards.

Items flow from step to step in plain lists. A result sequence is a `Sequence` until `finish` unwraps it; a plain list
as the only result of the last step is an array and stays one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any, TypeAlias

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.functions_array import merge_sort, text_key, utf16_order
from treadle.asl.jsonata.run import Closure, Frame, Run
from treadle.asl.jsonata.values import (
    NUMBERS,
    UNDEFINED,
    Kept,
    Outer,
    Sequence,
    TupleStream,
    Value,
    boolean,
    collapse,
    lookup,
)

Finish: TypeAlias = Callable[[Any], Value]
# Items in, items out.
Step: TypeAlias = Callable[[list[Any], Frame], list[Any]]
# A path's context in, its resulting items out.
Walk: TypeAlias = Callable[[Value, Frame], list[Any]]
# A value and its frame in, a Sequence (or a plain array that was picked by its index) out.
Filter: TypeAlias = Callable[[Value, Frame], list[Any]]


def variable_fields(variable: str, keys: list[str], missing: Value) -> Closure:
    """`$variable.key.key`, the most frequent path: straight down the objects until an array turns up."""
    path = tuple(keys)

    def evaluate(context: Value, frame: Frame) -> Value:
        value = frame.run.variables.get(variable, missing)
        for key in path:
            if value.__class__ is dict:
                value = value.get(key, UNDEFINED)
            else:
                return _descend(frame.run.variables.get(variable, missing), path, frame)
        return value

    return evaluate


def fields(head: Closure, keys: list[str]) -> Closure:
    """`head.key.key` where the head is evaluated once."""
    path = tuple(keys)

    def evaluate(context: Value, frame: Frame) -> Value:
        start = value = head(context, frame)
        for key in path:
            if value.__class__ is dict:
                value = value.get(key, UNDEFINED)
            else:
                return _descend(start, path, frame)
        return value

    return evaluate


def context_fields(keys: list[str]) -> Closure:
    """`key.key` of the context."""
    path = tuple(keys)

    def evaluate(context: Value, frame: Frame) -> Value:
        value = context
        for key in path:
            if value.__class__ is dict:
                value = value.get(key, UNDEFINED)
            else:
                return _descend(context, path, frame)
        return value

    return evaluate


def _descend(value: Value, path: tuple[str, ...], frame: Frame) -> Value:
    """The fields of a value that has arrays on the way."""
    items = value if isinstance(value, list) else [value]
    for key in path[:-1]:
        items = _gather(items, key, frame)
        if not items:
            return UNDEFINED
    found = _gather_last(items, path[-1], frame)
    return collapse(found) if found.__class__ is Sequence else found


def _gather(items: list[Any], key: str, frame: Frame) -> list[Any]:
    frame.run.spend(len(items))
    found: list[Any] = []
    for item in items:
        value = item.get(key, UNDEFINED) if item.__class__ is dict else _field(item, key)
        if value is UNDEFINED:
            continue
        if isinstance(value, list):
            found.extend(value)
        else:
            found.append(value)
    return found


def _gather_last(items: list[Any], key: str, frame: Frame) -> list[Any]:
    frame.run.spend(len(items))
    values: list[Any] = []
    arrays = False
    for item in items:
        value = item.get(key, UNDEFINED) if item.__class__ is dict else _field(item, key)
        if value is not UNDEFINED:
            values.append(value)
            if isinstance(value, list):
                arrays = True
    return _flatten(values) if arrays else Sequence(values)


def _field(item: Value, key: str) -> Value:
    """A field of something that is not an object."""
    return collapse(lookup(item, key)) if isinstance(item, list) else UNDEFINED


def _flatten(values: list[Any]) -> list[Any]:
    """The result of a last step: one plain array as it is, otherwise all items in one sequence."""
    if len(values) == 1 and values[0].__class__ is list:
        only: list[Any] = values[0]
        return only
    flat = Sequence()
    for value in values:
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(value)
    return flat


def name_step(key: str, last: bool) -> Step:
    if last:
        return lambda items, frame: _gather_last(items, key, frame)
    return lambda items, frame: _gather(items, key, frame)


def step(evaluate: Closure, filters: list[Filter], last: bool, constructs: bool) -> Step:
    """A step that evaluates `evaluate` for every item. `constructs`: its arrays are items, not to be flattened."""

    def take(items: list[Any], frame: Frame) -> list[Any]:
        frame.run.spend(len(items))
        values: list[Any] = []
        for item in items:
            value = evaluate(item, frame)
            for narrow in filters:
                value = narrow(value, frame)
            if value is not UNDEFINED:
                values.append(value)
        if constructs and not filters:
            return values[0] if last and len(values) == 1 else Sequence(values)
        return _flatten(values) if last else _spread(values)

    return take


def _spread(values: list[Any]) -> list[Any]:
    for value in values:
        if isinstance(value, list):
            break
    else:
        return values
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(value)
    return flat


def walk(head: Closure | None, absolute: bool, steps: list[Step]) -> Walk:
    """All steps of a path. `head` evaluates a first step that constructs an array; `absolute`: from one value."""

    begin, end = (steps[:-1], steps[-1]) if steps else ([], None)

    def evaluate(context: Value, frame: Frame) -> list[Any]:
        items: list[Any] = context if isinstance(context, list) and not absolute else [context]
        if head is not None:
            made = head(items, frame)
            if not isinstance(made, list):
                return Sequence()
            items = made
            if not items:
                return items
        for take in begin:
            items = take(items, frame)
            if not items:
                return Sequence()
        return end(items, frame) if end is not None else items

    return evaluate


def path(items: Walk, finish: Finish, wraps: bool = False, wraps_empty: bool = False) -> Closure:
    """`wraps`: under `[]`, an array that was constructed is the only item of the result; or only an empty one is."""

    def evaluate(context: Value, frame: Frame) -> Value:
        result = items(context, frame)
        if result.__class__ is Sequence:
            return finish(result)
        return Kept((result,)) if wraps or (wraps_empty and not result) else result

    return evaluate


def index_filter(number: int | float) -> Filter:
    """`[3]`, `[-1]`."""
    wanted = math.floor(number)

    def narrow(value: Value, frame: Frame) -> list[Any]:
        items = value if isinstance(value, list) else [value]
        index = wanted + len(items) if wanted < 0 else wanted
        if not 0 <= index < len(items) or items[index] is UNDEFINED:
            return Sequence()
        item = items[index]
        if items.__class__ is TupleStream:
            return TupleStream([item])
        return item if isinstance(item, list) else Sequence((item,))

    return narrow


def predicate_filter(predicate: Closure, tuples: bool) -> Filter:
    """`[condition]`, or `[numbers]`. With `tuples` the value may be a tuple stream, whose bindings are variables."""

    def narrow(value: Value, frame: Frame) -> list[Any]:
        stream = value.__class__ is TupleStream
        items = value if isinstance(value, list) else [value]
        frame.run.spend(len(items))
        result: list[Any] = TupleStream() if stream else Sequence()
        for index, item in enumerate(items):
            if item is UNDEFINED:
                # The predicate of nothing is evaluated, as in the reference, but it selects nothing.
                predicate(item, Frame({}, frame) if tuples else frame)
                continue
            if tuples:
                names = item if stream else {}
                answer = predicate(item["@"] if stream else item, Frame(names, frame))
            else:
                answer = predicate(item, frame)
            if answer is True:
                result.append(item)
            elif answer is not False and answer is not UNDEFINED:
                result.extend([item] * _chosen(answer, index, len(items)))
        return result

    return narrow


def _chosen(answer: Value, index: int, size: int) -> int:
    """How often a predicate that is not a boolean selects the item: numbers are positions."""
    if answer.__class__ in NUMBERS:
        answer = [answer]
    if isinstance(answer, list) and all(number.__class__ in NUMBERS for number in answer):
        positions = [math.floor(number) if math.isfinite(number) else size for number in answer]
        return sum((position + size if position < 0 else position) == index for position in positions)
    return int(boolean(answer))


def filtered(base: Closure, filters: list[Filter], finish: Finish) -> Closure:
    """An expression that is no path with predicates behind it."""

    def evaluate(context: Value, frame: Frame) -> Value:
        value = base(context, frame)
        for narrow in filters:
            value = narrow(value, frame)
        return finish(value) if value.__class__ is Sequence or value.__class__ is Kept else value

    return evaluate


def wildcard(finish: Finish) -> Closure:
    """`*`: the values of all fields, arrays flattened to the bottom."""

    def evaluate(context: Value, frame: Frame) -> Value:
        if context.__class__ is Outer and context:
            context = context[0]
        if context.__class__ is not dict and not isinstance(context, list):
            return UNDEFINED
        values: Iterable[Any] = context if isinstance(context, list) else context.values()
        frame.run.spend(len(context))
        result: list[Any] = []
        arrays = False
        for value in values:
            if isinstance(value, list):
                arrays = True
                _leaves(value, result)
            else:
                result.append(value)
        # An array among the values makes the result an array, even of one item.
        return result if arrays else finish(Sequence(result))

    return evaluate


def _leaves(items: list[Any], result: list[Any]) -> None:
    for item in items:
        if isinstance(item, list):
            _leaves(item, result)
        else:
            result.append(item)


def descendants(finish: Finish) -> Closure:
    """`**`: the value itself and everything below it, arrays only through their items."""

    def evaluate(context: Value, frame: Frame) -> Value:
        if context is UNDEFINED:
            return UNDEFINED
        result = Sequence()
        _collect(context, result, frame.run)
        return finish(result)

    return evaluate


def _collect(value: Value, result: list[Any], run: Run) -> None:
    if isinstance(value, list):
        run.allot(len(value))
        run.spend(len(value))
        for item in value:
            _collect(item, result, run)
        return
    result.append(value)
    if value.__class__ is dict:
        run.allot(len(value))
        run.spend(len(value))
        for member in value.values():
            _collect(member, result, run)


def group(
    pairs: list[tuple[Closure, Closure]], position: int, tuples: bool
) -> Callable[[Value, Frame], dict[str, Value]]:
    """`{key: value, ...}`: items with the same key are put together, then each key's value is evaluated over its items.

    With `tuples` the input may be a tuple stream.
    """

    def build(value: Value, frame: Frame) -> dict[str, Value]:
        # Of nothing there is one group, of nothing: that is how a literal object is made.
        stream = value.__class__ is TupleStream and len(value) > 0
        items = (value or [UNDEFINED]) if isinstance(value, list) else [value]
        frame.run.spend(len(items))
        groups: dict[str, tuple[int, list[Any]]] = {}
        for item in items:
            inner = _inner(frame, item, stream) if tuples else frame
            for index, (key_of, _) in enumerate(pairs):
                key = key_of(item["@"] if stream else item, inner)
                if key.__class__ is str:
                    entry = groups.setdefault(key, (index, []))
                    if entry[0] != index:
                        raise Failure("D1009", position, value=key)
                    entry[1].append(item)
                elif key is not UNDEFINED:
                    raise Failure("T1003", position, value=key)
        result: dict[str, Value] = {}
        for key, (index, members) in groups.items():
            context, inner = _members(frame, members, stream) if tuples else (_together(members), frame)
            made = pairs[index][1](context, inner)
            if made is not UNDEFINED:
                result[key] = made
        return result

    return build


def _inner(frame: Frame, item: Value, stream: bool) -> Frame:
    return Frame(item if stream else {}, frame)


def _together(members: list[Any]) -> Value:
    """The items of a group as `$append` puts them together."""
    if len(members) == 1:
        return members[0]
    together: list[Any] = []
    for member in members:
        if isinstance(member, list):
            together.extend(member)
        else:
            together.append(member)
    return together


def _members(frame: Frame, members: list[Any], stream: bool) -> tuple[Value, Frame]:
    """Context and variables for a group of tuples: every variable has the values of all of them."""
    if not stream:
        return _together(members), Frame({}, frame)
    if len(members) == 1:
        names = dict(members[0])
    else:
        keys = dict.fromkeys(key for member in members for key in member)
        names = {key: _together([member[key] for member in members if key in member]) for key in keys}
    return names.pop("@", UNDEFINED), Frame(names, frame)


def order(terms: list[tuple[bool, Closure]], position: int, tuples: bool) -> Step:
    """`^(<a, >b)`. With `tuples` the items are tuples."""

    def sort(items: list[Any], frame: Frame) -> list[Any]:
        if len(items) <= 1:
            # What a step before has found is a sequence; it is unwrapped if the path ends here.
            return items if tuples else Sequence(items)
        frame.run.spend(len(items))

        def key(term: Closure, item: Any) -> Value:
            return term(item["@"], Frame(item, frame)) if tuples else term(item, frame)

        if len(terms) == 1:
            quick = _sort_by(items, [key(terms[0][1], item) for item in items], terms[0][0])
            if quick is not None:
                return TupleStream(quick) if tuples else quick
        memory: list[dict[int, Value]] = [{} for _ in terms]

        def value(index: int, position: int) -> Value:
            known = memory[index]
            if position not in known:
                known[position] = key(terms[index][1], items[position])
            return known[position]

        def compare(one: int, two: int) -> int:
            for index, (descending, _) in enumerate(terms):
                result = _compare(value(index, one), value(index, two), descending, position)
                if result:
                    return result
            return 0

        try:
            places = sorted(range(len(items)), key=cmp_to_key(compare))
        except Failure:
            # The reference's merge sort comes upon another pair first; its error is the one to report.
            places = merge_sort(list(range(len(items))), compare)
        ordered = [items[at] for at in places]
        return TupleStream(ordered) if tuples else ordered

    return sort


def sort_step(sort: Step, filters: list[Filter]) -> Step:
    """Order-by with predicates behind it."""

    def take(items: list[Any], frame: Frame) -> list[Any]:
        result = sort(items, frame)
        for narrow in filters:
            result = narrow(result, frame)
        return result

    return take


def _sort_by(items: list[Any], keys: list[Value], descending: bool) -> list[Any] | None:
    """The items by keys of one type; None if they are not."""
    if all(key.__class__ in NUMBERS for key in keys):
        plain: list[Any] = keys
    elif all(key.__class__ is str for key in keys):
        convert = text_key(keys)
        plain = [convert(key) for key in keys] if convert else keys
    else:
        return None
    chosen = sorted(range(len(items)), key=plain.__getitem__, reverse=descending)
    return [items[at] for at in chosen]


def _compare(one: Value, two: Value, descending: bool, position: int) -> int:
    """Nothing comes last, whichever the direction."""
    if one is UNDEFINED:
        return 0 if two is UNDEFINED else 1
    if two is UNDEFINED:
        return -1
    kinds = [value.__class__ is str for value in (one, two)]
    for value, is_text in zip((one, two), kinds, strict=True):
        if not is_text and value.__class__ not in NUMBERS:
            raise Failure("T2008", position, value=value)
    if kinds[0] != kinds[1]:
        raise Failure("T2007", position, value=one, value2=two)
    if one == two:
        return 0
    less = utf16_order(one) < utf16_order(two) if kinds[0] else one < two
    return 1 if less == descending else -1
