"""What a JSONata expression computes with: JSON values, "nothing", functions, and flagged arrays.

The reference implementation hangs flags on arrays (`sequence`, `keepSingleton`, `outerWrapper`, `tupleStream`). Here a
flag is a subclass of list, and it is only used where it can change a result; everything else is a plain list.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from typing import Any, Final, TypeAlias

from treadle.values import Wide, number

# A JSON value, UNDEFINED or a Function.
Value: TypeAlias = Any


class Undefined:
    """The type of UNDEFINED, JSONata's "nothing": the value of a missing field."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


class Sequence(list[Any]):
    """A result sequence: a single item stands for itself, no item for UNDEFINED."""

    __slots__ = ()


class Kept(list[Any]):
    """A sequence of one item that `[]` protects from being unwrapped."""

    __slots__ = ()


class Outer(list[Any]):
    """The wrapper of one element around an input document that is an array itself."""

    __slots__ = ()


class TupleStream(list[Any]):
    """The bindings of a path that uses `@`, `#` or `%`: dicts with the item under "@" and variables beside it."""

    __slots__ = ()


class Function:
    """A JSONata function value. `arity` is the number of its parameters."""

    __slots__ = ("arity",)

    arity: int

    def call(self, arguments: Items[Value], context: Value, run: Any) -> Value:
        """Validate `arguments` against the signature (`context` stands in for a missing one) and invoke."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "FUNCTION"


class Opaque(Function):
    """The type of FUNCTION."""

    __slots__ = ()


# What `evaluate` answers when the result is a function, or holds one: there is no JSON for it.
FUNCTION: Final = Opaque()

NUMBERS: Final = frozenset({int, float, Wide})
# JavaScript's Number.MAX_SAFE_INTEGER: beyond it JSONata's arithmetic is that of doubles.
SAFE: Final = 2**53 - 1


def normal(value: float) -> int | float:
    """A double as JSON shows it: integral values as integers (4/2 is 2), others as Java prints them."""
    if value.is_integer() and -1e21 < value < 1e21:
        return int(value)
    return number(value)


def integral(value: int) -> int | float:
    """An exact integer result as the double JSONata would have computed."""
    if -SAFE <= value <= SAFE:
        return value
    try:
        return normal(float(value))
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def collapse(items: list[Any]) -> Value:
    """The value of a result sequence: nothing, its only item, or the array of its items."""
    size = len(items)
    if size > 1:
        return list(items)
    return items[0] if size else UNDEFINED


def collapse_flagged(items: list[Any]) -> Value:
    """`collapse` for programs that can tell a sequence from an array ($distinct does)."""
    size = len(items)
    if size > 1 or items.__class__ is Kept:
        return items
    return items[0] if size else UNDEFINED


def collapse_kept(items: list[Any]) -> Value:
    """`collapse` under `[]`: a single item stays an array."""
    size = len(items)
    if size > 1:
        return items
    return Kept(items) if size else UNDEFINED


def boolean(value: Value) -> bool:
    """The effective boolean value ($boolean); nothing is false."""
    if value is True:
        return True
    if value is False or value is None or value is UNDEFINED:
        return False
    kind = value.__class__
    if kind is str or kind is dict:
        return len(value) > 0
    if kind in NUMBERS:
        return bool(value != 0 and value == value)
    return isinstance(value, list) and _any(value)


def _any(items: list[Any]) -> bool:
    """Whether some item, however deep in arrays, is true. An array that occurs often is looked at once."""
    pending, seen = [items], {id(items)}
    while pending:
        for item in pending.pop():
            if not isinstance(item, list):
                if boolean(item):
                    return True
            elif id(item) not in seen:
                seen.add(id(item))
                pending.append(item)
    return False


class Overflow(Exception):
    """A value has too many members, each counted as often as it occurs, or too many levels."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


# No array that a value is made of may have more items than this: beyond, nothing can be done with it.
MANY: Final = 1_000_000
# How many levels a result may have: about half of what can be encoded.
NESTING: Final = 400


def measure(value: Value, most: int, levels: int) -> int:
    """How many members `value` has in all. Raises Overflow beyond `most` of them or `levels`.

    An expression can nest one value in others many times over, so that a few steps make astronomically many members.
    """
    total, layer = 0, [value]
    for _ in range(levels):
        total += sum(map(len, layer))
        if total > most:
            raise Overflow("memory")
        layer = [
            member
            for item in layer
            for member in (item.values() if item.__class__ is dict else item)
            if member.__class__ is dict or isinstance(member, list)
        ]
        if not layer:
            return total
    raise Overflow("stack")


def unnest(items: list[Any]) -> list[Any]:
    """The items of an array and of the arrays in it, in their order. Raises Overflow when they are too many."""
    flat: list[Any] = []
    pending = [iter(items)]
    steps = 0
    while pending:
        for item in pending[-1]:
            steps += 1
            if isinstance(item, list):
                pending.append(iter(item))
                break
            flat.append(item)
        else:
            pending.pop()
        if steps > MANY:
            raise Overflow("memory")
    return flat


def lookup(subject: Value, key: str) -> Value:
    """The member `key` of an object; of an array, those of its objects in one sequence; otherwise nothing."""
    if subject.__class__ is dict:
        return subject.get(key, UNDEFINED)
    if not isinstance(subject, list):
        return UNDEFINED
    found: Sequence = Sequence()
    for item in unnest(subject):
        value = item.get(key, UNDEFINED) if item.__class__ is dict else UNDEFINED
        if value is UNDEFINED:
            continue
        if isinstance(value, list):
            found.extend(value)
        else:
            found.append(value)
    return found


def tidy(value: Value) -> Value:
    """`value` without flagged arrays; FUNCTION if it is or holds a function."""
    if isinstance(value, Function):
        return FUNCTION
    if isinstance(value, list):
        items = [tidy(item) for item in value]
        return FUNCTION if any(item is FUNCTION for item in items) else items
    if value.__class__ is dict:
        members = {key: tidy(member) for key, member in value.items()}
        return FUNCTION if any(member is FUNCTION for member in members.values()) else members
    return value
