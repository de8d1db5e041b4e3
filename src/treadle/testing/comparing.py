"""Where two JSON values differ, a line for each place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from treadle.testing.picture import brief
from treadle.values import Json

MOST = 8  # lines
LENGTH = 300  # characters of a value


def deviations(wanted: Json, got: Json, where: str = "") -> list[str]:
    """What is other than wanted: ".lines[2].price: expected 5, got 7"."""
    found = list(islice(_unlike(wanted, got, where, whole=True), MOST + 1))
    return found if len(found) <= MOST else [*found[:MOST], f"{where}: and more"]


def lacking(wanted: Json, got: Json, where: str = "") -> list[str]:
    """The same, but objects may have more members than wanted, at any depth."""
    return list(islice(_unlike(wanted, got, where, whole=False), MOST))


def _unlike(wanted: Json, got: Json, where: str, whole: bool) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name, member in wanted.items():
            if name in got:
                yield from _unlike(member, got[name], f"{where}.{name}", whole)
            else:
                yield f"{where}.{name}: expected {brief(member, LENGTH)}, there is none"
        if whole:
            more = (name for name in got if name not in wanted)
            yield from (f"{where}.{name}: expected none, got {brief(got[name], LENGTH)}" for name in more)
    elif whole and isinstance(wanted, list) and isinstance(got, list) and wanted and len(wanted) == len(got):
        for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _unlike(one, other, f"{where}[{index}]", whole)
    elif wanted != got or isinstance(wanted, bool) != isinstance(got, bool):
        yield f"{where}: expected {brief(wanted, LENGTH)}, got {brief(got, LENGTH)}"
