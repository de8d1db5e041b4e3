"""The nouns of a JSONPath: its steps, and the filter expressions that may stand in them. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct

Quote: TypeAlias = Literal["'", '"']


class PathError(ValueError):
    """The text is not a JSONPath. `str()` says why, in Jayway's words where Jayway has some."""


class Member(Struct, frozen=True):
    """`.name`, `['name']` or `["name"]`; the quote matters only in error texts."""

    name: str
    quote: Quote = "'"


class Members(Struct, frozen=True):
    """`['a','b']`: at the end of a path one object of those members, before the end a union."""

    names: tuple[str, ...]
    quote: Quote = "'"


class Index(Struct, frozen=True):
    """`[3]`, or `[-1]` counted from the end."""

    index: int


class Indices(Struct, frozen=True):
    """`[0,2]`."""

    indices: tuple[int, ...]


class Slice(Struct, frozen=True):
    """`[start:stop]`, at least one of them given. Jayway has no step."""

    start: int | None
    stop: int | None


class Wildcard(Struct, frozen=True):
    """`.*` or `[*]`."""


class Scan(Struct, frozen=True):
    """`..`: the step behind it is tried on every object and array below."""


class Filter(Struct, frozen=True):
    """`[?(...)]`."""

    test: Test


class Call(Struct, frozen=True):
    """`.name(...)`: a function of the node, or of its arguments."""

    name: str
    arguments: tuple[Operand, ...] = ()


Step: TypeAlias = Member | Members | Index | Indices | Slice | Wildcard | Scan | Filter | Call
Steps: TypeAlias = tuple[Step, ...]


class Constant(Struct, frozen=True):
    """A literal: string, number, true, false, null, or JSON."""

    value: Any


class Pattern(Struct, frozen=True):
    """`/regex/flags`. The whole text has to match."""

    source: str
    flags: int


class Relative(Struct, frozen=True):
    """A path inside a filter or a call: from the current node (`@`) or from the document (`$`)."""

    steps: Steps
    from_root: bool
    exists: bool = True  # False when written with `!`: the path must lead nowhere


Operand: TypeAlias = Constant | Pattern | Relative


class Comparison(Struct, frozen=True):
    left: Operand
    operator: str  # upper case, a row of filters.OPERATORS
    right: Operand


class Exists(Struct, frozen=True):
    path: Relative


class Not(Struct, frozen=True):
    test: Test


class Every(Struct, frozen=True):
    tests: tuple[Test, ...]


class Some(Struct, frozen=True):
    tests: tuple[Test, ...]


Test: TypeAlias = Comparison | Exists | Not | Every | Some


def is_definite(steps: Sequence[Step]) -> bool:
    """Whether the path leads to at most one value (Jayway's notion): members, indices, calls, a final union."""
    last = len(steps) - 1
    return all(
        isinstance(step, Member | Index | Call) or (isinstance(step, Members) and at == last)
        for at, step in enumerate(steps)
    )


def render(steps: Sequence[Step]) -> str:
    """The steps as Jayway prints them in its messages, without the root: `['a'][0][*]`."""
    return "".join(_fragment(step) for step in steps)


def _fragment(step: Step) -> str:
    match step:
        case Member(name, quote):
            return f"[{quote}{name}{quote}]"
        case Members(names, quote):
            return "[" + ",".join(f"{quote}{name}{quote}" for name in names) + "]"
        case Index(index):
            return f"[{index}]"
        case Indices(indices):
            return "[" + ",".join(map(str, indices)) + "]"
        case Slice(start, stop):
            return f"[{'' if start is None else start}:{'' if stop is None else stop}]"
        case Wildcard():
            return "[*]"
        case Scan():
            return ".."
        case Filter():
            return "[?]"
        case Call(name, arguments):
            return f".{name}({'...' if arguments else ''})"
