"""Choice rules of JSONPath states: a rule -> a test of its surroundings.

One table holds the thirty-nine operators (developer guide, "Choice workflow state"). A comparison reads both sides
as the operator's type; where one of them is not of that type the answer is false, not an error.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from treadle.asl.jsonpath import Path, PathMissing, Roots, locate
from treadle.asl.timestamps import nanoseconds
from treadle.values import Json, StatesError

Test: TypeAlias = Callable[[Roots], bool]
Read: TypeAlias = Callable[[Json], Any]
Compare: TypeAlias = Callable[[Any, Any], bool]


class RuleError(ValueError):
    """Not a choice rule: the parser should have refused it."""


# -- how each type is read: the value to compare, None when it is not of the type
def _read_boolean(value: Json) -> Any:
    return value if value is True or value is False else None


def _read_number(value: Json) -> Any:
    return value if value.__class__ is int or isinstance(value, float) else None


def _read_string(value: Json) -> Any:
    return value if value.__class__ is str else None


def _read_ordered_string(value: Json) -> Any:
    """Java compares UTF-16 code units, which puts U+1F600 before U+FF5E."""
    return value.encode("utf-16-be", "surrogatepass") if value.__class__ is str else None


def _read_timestamp(value: Json) -> Any:
    return nanoseconds(value) if value.__class__ is str else None


def _read_pattern(value: Json) -> Any:
    """The literal pieces between the stars of a StringMatches pattern; `\\*` is a star, `\\\\` a backslash."""
    if value.__class__ is not str:
        return None
    pieces, piece, at = [], "", 0
    while at < len(value):
        if value[at] == "\\" and value[at + 1 : at + 2] in ("*", "\\"):
            piece += value[at + 1]
            at += 2
        elif value[at] == "*":
            pieces.append(piece)
            piece = ""
            at += 1
        else:
            piece += value[at]
            at += 1
    return (*pieces, piece)


def _matches(text: str, pieces: tuple[str, ...]) -> bool:
    """Whether the pieces stand in `text` in order, the first at its start and the last at its end."""
    first, *middle, last = pieces if len(pieces) > 1 else (pieces[0], "")
    if len(pieces) == 1:
        return text == first
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class Comparison(NamedTuple):
    """An operator with a right side: how both sides are read, and compared."""

    left: Read
    right: Read
    compare: Compare


_ORDERS: dict[str, Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _ordered(prefix: str, read: Read) -> dict[str, Comparison]:
    return {prefix + suffix: Comparison(read, read, compare) for suffix, compare in _ORDERS.items()}


# Each of these has a twin `...Path` whose right side is a path.
_TWINS: dict[str, Comparison] = {
    "BooleanEquals": Comparison(_read_boolean, _read_boolean, operator.eq),
    **_ordered("Numeric", _read_number),
    **_ordered("String", _read_ordered_string),
    "StringEquals": Comparison(_read_string, _read_string, operator.eq),
    **_ordered("Timestamp", _read_timestamp),
}
COMPARISONS: dict[str, Comparison] = {**_TWINS, "StringMatches": Comparison(_read_string, _read_pattern, _matches)}
PATH_COMPARISONS: dict[str, Comparison] = {f"{name}Path": comparison for name, comparison in _TWINS.items()}
# What a type test asks; IsPresent asks whether there is a value at all.
TYPE_TESTS: dict[str, Callable[[Json], bool]] = {
    "IsPresent": lambda value: True,
    "IsNull": lambda value: value is None,
    "IsBoolean": lambda value: _read_boolean(value) is not None,
    "IsNumeric": lambda value: _read_number(value) is not None,
    "IsString": lambda value: _read_string(value) is not None,
    "IsTimestamp": lambda value: _read_timestamp(value) is not None,
}
OPERATORS: frozenset[str] = frozenset(COMPARISONS.keys() | PATH_COMPARISONS.keys() | TYPE_TESTS.keys())
_NO_OPERATORS = frozenset(("Variable", "Next", "Comment", "Assign", "Output"))


def compile(rule: Json) -> Test:
    """The test of one rule: `{"Variable": "$.n", "NumericLessThan": 3}`, or And, Or, Not of such rules.

    The test raises StatesError(States.Runtime) when a path leads nowhere. Raises RuleError (and PathError) for what
    is no rule.
    """
    names = [name for name in rule if name not in _NO_OPERATORS]
    if len(names) != 1:
        raise RuleError(f"A choice rule has one operator, but this one has {names}")
    (name,) = names
    value = rule[name]
    match name:
        case "And":
            return _compile_group(value, until=False)
        case "Or":
            return _compile_group(value, until=True)
        case "Not":
            negated = compile(value)
            return lambda roots: not negated(roots)
        case _:
            return _compile_operator(Path(rule["Variable"]), name, value)


def _compile_group(rules: list[Json], until: bool) -> Test:
    """And, Or: ask one rule after the other until one answers `until`, which is then the answer of the group."""
    tests = [compile(each) for each in rules]

    def test(roots: Roots) -> bool:
        for each in tests:
            if each(roots) is until:
                return until
        return not until

    return test


def references(rule: Json) -> Iterator[Path]:
    """Every path in a rule and in the rules inside it."""
    for name, value in rule.items():
        if name in ("And", "Or"):
            for each in value:
                yield from references(each)
        elif name == "Not":
            yield from references(value)
        elif name == "Variable" or name in PATH_COMPARISONS:
            yield Path(value)


def _compile_operator(variable: Path, name: str, value: Json) -> Test:
    if name == "IsPresent":
        return _compile_presence(variable, value)
    if name in TYPE_TESTS:
        return _compile_type_test(_required(variable), TYPE_TESTS[name], value)
    if name in PATH_COMPARISONS:
        return _compile_path_comparison(_required(variable), PATH_COMPARISONS[name], _required(Path(value)))
    if name in COMPARISONS:
        return _compile_comparison(variable, COMPARISONS[name], value)
    raise RuleError(f"There is no choice operator {name}")


def _invalid(path: Path) -> StatesError:
    return StatesError(
        "States.Runtime", f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
    )


def _required(path: Path) -> Callable[[Roots], Json]:
    """The value of a path that has to lead somewhere."""
    find = locate(path)

    def value(roots: Roots) -> Json:
        try:
            return find(roots)
        except PathMissing:
            raise _invalid(path) from None

    return value


def _compile_presence(variable: Path, expected: bool) -> Test:
    find = locate(variable)

    def test(roots: Roots) -> bool:
        try:
            find(roots)
        except (PathMissing, StatesError):
            return not expected
        return expected

    return test


def _compile_type_test(variable: Callable[[Roots], Json], holds: Callable[[Json], bool], expected: bool) -> Test:
    return lambda roots: holds(variable(roots)) is expected


def _compile_comparison(variable: Path, comparison: Comparison, literal: Json) -> Test:
    """The literal is read once, here. A literal of the wrong type never matches, but its variable has to exist."""
    find = locate(variable)
    read, compare, right = comparison.left, comparison.compare, comparison.right(literal)

    def test(roots: Roots) -> bool:
        try:
            left = read(find(roots))
        except PathMissing:
            raise _invalid(variable) from None
        return left is not None and right is not None and compare(left, right)

    return test


def _compile_path_comparison(
    variable: Callable[[Roots], Json], comparison: Comparison, other: Callable[[Roots], Json]
) -> Test:
    def test(roots: Roots) -> bool:
        left, right = comparison.left(variable(roots)), comparison.right(other(roots))
        return left is not None and right is not None and comparison.compare(left, right)

    return test
