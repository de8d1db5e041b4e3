"""The syntax tree. One kind of node; what its members mean depends on `type`:

| type | value | parts |
|---|---|---|
| string, number, value | the literal | |
| name, variable, wildcard, descendant, parent | the name | |
| regex | the pattern (`flags`) | |
| binary | the operator | left, right (from the parser also `.`, `[`, `^` with `terms`, `{` with `pairs`) |
| unary | `-`, `[` or `{` (`pairs`) | the operand, or the items |
| path | | the steps |
| sort | | (`terms`) |
| filter, index | the variable of an index | the predicate of a filter |
| bind | the variable | the value |
| block | | the expressions |
| condition | | condition, then, perhaps else |
| function, partial | | the procedure, the arguments |
| lambda | | the body (`parameters`, `signature`) |
| apply | | left, right |
| transform | | pattern, update, perhaps delete |
"""

from __future__ import annotations

from dataclasses import dataclass, field

from treadle.asl.jsonata.signature import Signature
from treadle.asl.jsonata.values import Value


@dataclass(slots=True, eq=False)
class Slot:
    """An ancestor that a `%` looks for: the variable it will be bound to, and how many levels up it is."""

    label: str
    level: int
    index: int


@dataclass(slots=True, eq=False)
class Group:
    """A grouping `{key: value, ...}` behind an expression."""

    pairs: list[tuple[Node, Node]]
    position: int


@dataclass(slots=True, eq=False)
class Node:
    type: str
    value: Value = None
    position: int = 0
    parts: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    # Order-by terms: (descending, expression).
    terms: list[tuple[bool, Node]] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    signature: Signature | None = None
    flags: str = ""
    # What follows an expression or a step: predicates (`stages` when it is a step), and one grouping.
    predicate: list[Node] | None = None
    stages: list[Node] | None = None
    group: Group | None = None
    # `[]` behind the expression; on a path: one of its steps has it.
    keep_array: bool = False
    keep_singleton: bool = False
    # An array constructor whose result a path must not flatten.
    consarray: bool = False
    # The step, or path, carries bindings: of `@` (focus), `#` (index) or of an ancestor for `%`.
    tuple: bool = False
    focus: str | None = None
    index: str | None = None
    ancestor: Slot | None = None
    slot: Slot | None = None
    seeking: list[Slot] | None = None
    # A call in tail position of a lambda.
    tail: bool = False
