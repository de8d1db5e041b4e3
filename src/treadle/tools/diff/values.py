"""Two JSON values, compared member by member."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET, Struct

from treadle.asl.findings import escape
from treadle.values import Json, Pointer, dumps


class Change(Struct, frozen=True):
    """At `pointer`, `before` became `after`; UNSET where there was nothing, or is nothing now."""

    pointer: Pointer
    before: Json = UNSET
    after: Json = UNSET


def changes(before: Json, after: Json, pointer: Pointer = "") -> Iterator[Change]:
    """The smallest members that differ, in the order of the definition. The order of an object's members is no
    difference; arrays are compared element by element, after what is the same at both ends."""
    if type(before) is dict and type(after) is dict:
        for name in dict.fromkeys([*before, *after]):
            yield from changes(before.get(name, UNSET), after.get(name, UNSET), f"{pointer}/{escape(name)}")
    elif type(before) is list and type(after) is list:
        yield from _elements(before, after, pointer)
    elif not same(before, after):
        yield Change(pointer, before, after)


def _elements(before: list[Json], after: list[Json], pointer: Pointer) -> Iterator[Change]:
    first = 0
    while first < min(len(before), len(after)) and same(before[first], after[first]):
        first += 1
    last = 0
    while last < min(len(before), len(after)) - first and same(before[-1 - last], after[-1 - last]):
        last += 1
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    for index in range(max(len(old), len(new))):
        one = old[index] if index < len(old) else UNSET
        other = new[index] if index < len(new) else UNSET
        yield from changes(one, other, f"{pointer}/{first + index}")


def same(before: Json, after: Json) -> bool:
    """JSON's equality: `true` is not 1, and the order of members does not count."""
    if type(before) is dict and type(after) is dict:
        return before.keys() == after.keys() and all(same(value, after[name]) for name, value in before.items())
    if type(before) is list and type(after) is list:
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    return bool(before == after)


def shown(value: Json, most: int = 90) -> str:
    """A value on one line, cut where it is long."""
    text = "nothing" if value is UNSET else dumps(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
