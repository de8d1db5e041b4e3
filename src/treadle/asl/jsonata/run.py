"""One evaluation: the world it may look at, the bounds it must keep, and its frames of variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.values import Value
from treadle.values import Instant


class Luck(Protocol):
    """Where randomness comes from: a random.Random will do."""

    def random(self) -> float: ...

    def getrandbits(self, k: int, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What one evaluation may use up.

    `depth`: nested calls, in frames of the interpreter (a call of a lambda takes about 7).
    `steps`: visited items and the like, some tenths of a microsecond each; the call of a lambda counts as CALL of them.
    `items`: members of one array. AWS fails at 900,000 (`[1..900000] ~> $count()`).
    `memory`: bytes allocated in all for ranges, arrays and long texts, roughly.
    """

    depth: int = 800
    steps: int = 4_000_000
    items: int = 500_000
    memory: int = 256 * 1024 * 1024


STANDARD: Final = Budget()
CALL: Final = 4


@dataclass(frozen=True, slots=True)
class World:
    """What an expression can see besides its variables: the time, chance, and how much it may use."""

    at: Instant
    luck: Luck
    budget: Budget = STANDARD


class Run:
    """The state of one evaluation. `depth`, `steps`, `memory` are what is left of the budget."""

    __slots__ = ("depth", "items", "memory", "root", "steps", "untidy", "variables", "world")

    def __init__(self, variables: Mapping[str, Value], world: World, root: Value) -> None:
        budget = world.budget
        self.variables = variables
        self.world = world
        self.root = root
        self.depth = budget.depth
        self.steps = budget.steps
        self.items = budget.items
        self.memory = budget.memory
        # Set when a value was made that must not leave as it is: infinity, NaN, a flagged array inside another.
        self.untidy = False

    def spend(self, steps: int) -> None:
        """Account for `steps` of work."""
        self.steps -= steps
        if self.steps < 0:
            raise Failure("U1001 time")
        if self.memory < 0:
            raise Failure("U1001 memory")

    def read(self, values: Iterable[Value]) -> None:
        """Account for the arguments of a built-in function, which will go over them."""
        for value in values:
            kind = value.__class__
            if kind is str:
                if len(value) > 64:
                    self.steps -= len(value) >> 4
            elif (kind is list or kind is dict) and len(value) > 8:
                self.steps -= len(value) >> 2
        if self.steps < 0:
            raise Failure("U1001 time")

    def made(self, value: Value) -> None:
        """Account for what a built-in function has made; it can be no larger than a few times its arguments."""
        kind = value.__class__
        if kind is str:
            self.allot_text(len(value))
        elif kind is dict or isinstance(value, list):
            self.allot(len(value) + 8)

    def allot(self, items: int, each: int = 8) -> None:
        """Account for an array of `items`, which take `each` bytes; to be called before it is made."""
        self.memory -= items * each
        if items > self.items or self.memory < 0:
            raise Failure("U1001 memory")

    def allot_text(self, size: int) -> None:
        """Account for a text of `size` characters; to be called before it is made."""
        if size > 1000:
            self.memory -= size
            if size > self.items * 16 or self.memory < 0:
                raise Failure("U1001 memory")


class Frame:
    """Variables of one scope."""

    __slots__ = ("names", "parent", "run")

    def __init__(self, names: dict[str, Value], parent: Frame) -> None:
        self.names = names
        self.parent = parent
        self.run: Run = parent.run


class Root(Frame):
    """The outermost frame."""

    __slots__ = ()

    def __init__(self, run: Run) -> None:
        self.names = {}
        self.parent = self
        self.run = run


# A compiled expression: context value and variables in, value out.
Closure: TypeAlias = Callable[[Value, Frame], Value]
Implementation: TypeAlias = Callable[..., Any]


def equal(run: Run, left: Value, right: Value) -> bool:
    """Deep equality of two values. Python's `==` takes True for 1, and cannot be stopped."""
    kind = left.__class__
    if isinstance(left, list):
        if not isinstance(right, list) or len(left) != len(right):
            return False
        run.spend(len(left))
        return all(equal(run, one, two) for one, two in zip(left, right, strict=True))
    if kind is dict:
        if right.__class__ is not dict or left.keys() != right.keys():
            return False
        run.spend(len(left))
        return all(equal(run, member, right[key]) for key, member in left.items())
    return (kind is bool) == (right.__class__ is bool) and bool(left == right)
