"""Where variables live: every scope of the source is a frame at run time, so a name is found by a number of hops.

A block without assignments, and a path without `@`, `#` or `%`, has no scope and no frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from treadle.asl.jsonata.nodes import Node

ABSENT: Final = object()


@dataclass(slots=True)
class Scope:
    """`certain` names are always in the frame (parameters), `possible` ones once they have been assigned."""

    parent: Scope | None = None
    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = field(default_factory=frozenset)

    def find(self, name: str) -> tuple[list[int], bool]:
        """The frames that may hold `name`, as hops from the innermost one; whether the last of them surely does."""
        hops: list[int] = []
        scope: Scope | None = self
        distance = 0
        while scope is not None:
            if name in scope.certain:
                return [*hops, distance], True
            if name in scope.possible or (name.startswith("!") and "!" in scope.possible):
                hops.append(distance)
            scope = scope.parent
            distance += 1
        return hops, False


def children(node: Node) -> Iterator[Node]:
    """All nodes directly below `node`."""
    yield from node.parts
    yield from attached(node)


def attached(node: Node) -> Iterator[Node]:
    """Those that are no parts of it."""
    for key, value in node.pairs:
        yield key
        yield value
    for _, term in node.terms:
        yield term
    yield from node.predicate or ()
    yield from node.stages or ()
    if node.group is not None:
        for key, value in node.group.pairs:
            yield key
            yield value


def assigned(nodes: list[Node]) -> frozenset[str]:
    """The names that `:=` assigns in the scope the nodes stand in."""
    names: set[str] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node.type == "bind":
            names.add(node.value)
        if node.type not in ("block", "lambda"):
            pending.extend(children(node))
        elif node.type == "block":
            # Predicates and groupings behind a block stand outside of it.
            pending.extend(attached(node))
    return frozenset(names)


def stream_names(tree: Node) -> frozenset[str]:
    """The names that `@` and `#` bind anywhere, and "!" for the ancestors of `%`: any stream may carry them."""
    names: set[str] = set()
    pending = [tree]
    while pending:
        node = pending.pop()
        names.update(name for name in (node.focus, node.index) if name)
        if node.type == "index":
            names.add(node.value)
        if node.ancestor is not None or node.type == "parent":
            names.add("!")
        pending.extend(children(node))
    return frozenset(names)


_HEIGHTS: Final = {"path": 3, "function": 2, "apply": 3, "transform": 4}


def height(node: Node) -> int:
    """An upper bound of the interpreter frames that the evaluation of a node takes, without the lambdas it calls."""
    tallest = 0
    pending = [(node, 0)]
    while pending:
        current, above = pending.pop()
        own = above + _HEIGHTS.get(current.type, 1)
        tallest = max(tallest, own)
        if current.type != "lambda" or current is node:
            pending.extend((child, own) for child in children(current))
    return tallest
