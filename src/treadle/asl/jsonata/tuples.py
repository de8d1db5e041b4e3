"""Closures of paths that bind variables on the way: `@` the item, `#` its position, and ancestors for `%`.

Such a path carries a tuple stream: for every item a dict with the item under "@" and the variables beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from treadle.asl.jsonata.paths import Filter, Step, Walk
from treadle.asl.jsonata.run import Closure, Frame
from treadle.asl.jsonata.values import UNDEFINED, Sequence, TupleStream, Value

# A stage behind a step: a predicate, or a function that numbers the tuples.
Stage: TypeAlias = Filter
# Items and, once the stream has begun, its tuples in; tuples out.
TupleStep: TypeAlias = Callable[[list[Any], list[Any] | None, Frame], list[Any]]


@dataclass(frozen=True, slots=True)
class Bindings:
    """The variables a step binds."""

    focus: str | None
    index: str | None
    ancestor: str | None


def index_stage(variable: str) -> Stage:
    """`#$variable` behind predicates: number what is left."""

    def number(value: Value, frame: Frame) -> list[Any]:
        return TupleStream({**item, variable: at} for at, item in enumerate(value))

    return number


def tuple_step(evaluate: Closure, bindings: Bindings, stages: list[Stage]) -> TupleStep:
    def take(items: list[Any], tuples: list[Any] | None, frame: Frame) -> list[Any]:
        stream = [{"@": item} for item in items] if tuples is None else tuples
        frame.run.spend(len(stream))
        result: list[Any] = TupleStream()
        for current in stream:
            value = evaluate(current["@"], Frame(current, frame))
            if value is UNDEFINED:
                continue
            if value.__class__ is TupleStream:
                result.extend({**current, **inner} for inner in value)
            else:
                result.extend(_bind(current, value, bindings))
        for stage in stages:
            result = stage(result, frame)
        return result

    return take


def _bind(current: dict[str, Value], value: Value, bindings: Bindings) -> list[dict[str, Value]]:
    """The tuples of a step's value for one tuple before it."""
    made: list[dict[str, Value]] = []
    before = current["@"]
    for at, item in enumerate(value if isinstance(value, list) else [value]):
        new = dict(current)
        if bindings.focus is not None:
            new[bindings.focus] = item
        else:
            new["@"] = item
        if bindings.index is not None:
            new[bindings.index] = at
        if bindings.ancestor is not None:
            new[bindings.ancestor] = before
        made.append(new)
    return made


def tuple_sort(sort: Step, sort_items: Step, index: str | None, stages: list[Stage]) -> TupleStep:
    """Order-by within a stream, or where `#` behind it begins one."""

    def take(items: list[Any], tuples: list[Any] | None, frame: Frame) -> list[Any]:
        if tuples is not None:
            result = sort(tuples, frame)
        else:
            ordered = sort_items(items, frame)
            result = TupleStream({"@": item, **({index: at} if index else {})} for at, item in enumerate(ordered))
        for stage in stages:
            result = stage(result, frame)
        return result

    return take


def tuple_walk(begin: Walk, steps: list[TupleStep]) -> Callable[[Value, Frame], TupleStream]:
    """The steps before the stream begins, then those of the stream."""

    def evaluate(context: Value, frame: Frame) -> TupleStream:
        items = begin(context, frame)
        tuples: list[Any] | None = None
        for take in steps:
            tuples = take(items, tuples, frame)
        return tuples if isinstance(tuples, TupleStream) else TupleStream(tuples or ())

    return evaluate


def items_of(stream: TupleStream) -> list[Any]:
    return Sequence(item["@"] for item in stream)
