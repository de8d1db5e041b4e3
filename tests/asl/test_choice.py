"""A choice rule answers true or false; a value of another type is no match, a missing one is an error."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl import choice
from treadle.asl.choice import RuleError
from treadle.asl.jsonpath import Path
from treadle.values import StatesError


class World:
    def __init__(self, root: Any, variables: dict[str, Any] | None = None) -> None:
        self.root = root
        self.context = {"State": {"RetryCount": 2}}
        self.variables = variables or {}

    def variable(self, path: Path) -> Any:
        if path.root not in self.variables:
            raise StatesError("States.Runtime", f"no variable {path.root}")
        return self.variables[path.root]


def decide(rule: Any, root: Any, **variables: Any) -> bool:
    return choice.compile(rule)(World(root, variables))


VALUES: list[Any] = [
    None, True, False, 0, 0.0, 1, 1.0, 1.5, -3, 10**20, "", "A", "AB", "a", "1", "2012-10-09T19:00:55Z",
    "2012-10-09T21:00:55+02:00", "2012-10-09T19:00:55.1Z", "2023-02-24", [], [1], {}, {"a": 1},
]  # fmt: skip
ORDERS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
TIMES = {
    "2012-10-09T19:00:55Z": 550,
    "2012-10-09T21:00:55+02:00": 550,
    "2012-10-09T19:00:55.1Z": 551,
}


def model(kind: str, value: Any) -> Any:
    """What a value is to an operator of this kind, None when it is nothing."""
    match kind:
        case "Boolean":
            return value if isinstance(value, bool) else None
        case "Numeric":
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case "String":
            return value if isinstance(value, str) else None
        case _:
            return TIMES.get(value) if isinstance(value, str) else None


COMPARISONS = [("Boolean", "Equals")] + [(k, o) for k in ("Numeric", "String", "Timestamp") for o in ORDERS]


@pytest.mark.parametrize(("kind", "order"), COMPARISONS)
def test_every_comparison_and_its_path_twin_agree_with_the_model(kind: str, order: str) -> None:
    for left, right in itertools.product(VALUES, VALUES):
        one, other = model(kind, left), model(kind, right)
        expected = one is not None and other is not None and ORDERS[order](one, other)
        assert decide({"Variable": "$.l", kind + order: right}, {"l": left}) is expected, (left, right)
        assert decide({kind + order + "Path": "$.r", "Variable": "$.l"}, {"l": left, "r": right}) is expected


@given(st.text(), st.text())
def test_strings_are_ordered_by_utf16_code_units(left: str, right: str) -> None:
    def units(text: str) -> list[int]:
        data = text.encode("utf-16-be", "surrogatepass")
        return [data[at] << 8 | data[at + 1] for at in range(0, len(data), 2)]

    assert decide({"Variable": "$", "StringLessThan": right}, left) is (units(left) < units(right))


def test_an_emoji_comes_before_a_fullwidth_tilde() -> None:
    assert decide({"Variable": "$", "StringLessThan": "\uff5e"}, "\U0001f600")


@given(st.integers(-5, 5) | st.floats(-5, 5), st.integers(-5, 5) | st.floats(-5, 5))
def test_integers_and_doubles_compare_as_numbers(left: float, right: float) -> None:
    for order, compare in ORDERS.items():
        assert decide({"Variable": "$", f"Numeric{order}": right}, left) is compare(left, right)


TYPES: dict[str, Callable[[Any], bool]] = {
    "IsPresent": lambda value: True,
    "IsNull": lambda value: value is None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNumeric": lambda value: model("Numeric", value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsTimestamp": lambda value: model("Timestamp", value) is not None,
}


@pytest.mark.parametrize("name", TYPES)
def test_type_tests(name: str) -> None:
    for value in VALUES:
        assert decide({"Variable": "$.v", name: True}, {"v": value}) is TYPES[name](value), value
        assert decide({"Variable": "$.v", name: False}, {"v": value}) is not TYPES[name](value), value


@pytest.mark.parametrize("path", ["$.gone", "$.a.gone", "$.list[3]", "$.a[0]", "$nobody", "$$.State.Gone"])
def test_is_present_asks_whether_a_path_leads_somewhere(path: str) -> None:
    data = {"a": {}, "list": [1, 2, 3]}
    assert decide({"Variable": path, "IsPresent": False}, data)
    assert not decide({"Variable": path, "IsPresent": True}, data)


@pytest.mark.parametrize("name", sorted(choice.OPERATORS - {"IsPresent"}))
def test_a_missing_variable_is_an_error(name: str) -> None:
    literal = "$.there" if name.endswith("Path") else True if name.startswith("Is") else "x"
    with pytest.raises(StatesError) as error:
        decide({"Variable": "$.gone", name: literal}, {"there": 1})
    assert error.value.error == "States.Runtime"
    assert error.value.cause == (
        "Invalid path '$.gone': The choice state's condition path references an invalid value."
    )


def test_a_missing_right_side_is_an_error() -> None:
    with pytest.raises(StatesError, match=r"Invalid path '\$\.gone': The choice state's"):
        decide({"Variable": "$.n", "NumericEqualsPath": "$.gone"}, {"n": 1})


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("log-*.txt", "log-1.txt", True),
        ("log-*.txt", "log-1.tx", False),
        ("*", "", True),
        ("*", "a\nb", True),
        ("a*", "ba", False),
        ("*a*b*", "xaybz", True),
        ("*a*b*", "xbya", False),
        ("ab*ba", "aba", False),  # the ends may not overlap
        ("a*b*a", "aba", True),
        ("plain", "plain", True),
        ("a?c", "abc", False),
        ("a.c", "abc", False),
        ("a\\*c", "a*c", True),
        ("a\\*c", "abc", False),
        ("a\\\\*", "a\\b", True),
        ("[a]*", "[a]b", True),
        ("*", 1, False),
    ],
)
def test_string_matches(pattern: str, text: Any, matched: bool) -> None:
    assert decide({"Variable": "$", "StringMatches": pattern}, text) is matched


@given(st.text("ab", max_size=12), st.lists(st.text("ab", max_size=2), min_size=1, max_size=5))
def test_string_matches_agrees_with_trying_everything(text: str, pieces: list[str]) -> None:
    def matches(rest: str, wanted: list[str]) -> bool:
        if len(wanted) == 1:
            return rest == wanted[0]
        if not rest.startswith(wanted[0]):
            return False
        tail = rest[len(wanted[0]) :]
        return any(matches(tail[at:], wanted[1:]) for at in range(len(tail) + 1))

    assert decide({"Variable": "$", "StringMatches": "*".join(pieces)}, text) is matches(text, pieces)


def test_many_stars_cost_no_time() -> None:
    assert not decide({"Variable": "$", "StringMatches": "*a" * 200 + "*b*"}, "a" * 10_000)


def test_rules_nest() -> None:
    small = {"Variable": "$.n", "NumericLessThan": 3}
    named = {"StringEquals": "x", "Variable": "$name"}  # the order of the fields has no meaning
    rule = {"Next": "There", "Comment": "", "Or": [{"Not": small}, {"And": [small, named]}]}
    assert decide(rule, {"n": 5}, name="y")
    assert decide(rule, {"n": 1}, name="x")
    assert not decide(rule, {"n": 1}, name="y")
    assert [path.text for path in choice.references(rule)] == ["$.n", "$.n", "$name"]


def test_groups_stop_at_the_first_answer() -> None:
    gone = {"Variable": "$.gone", "IsNull": True}
    present = {"Variable": "$.gone", "IsPresent": True}
    assert not decide({"And": [present, gone]}, {})
    assert decide({"Or": [{"Not": present}, gone]}, {})


def test_the_context_object_can_be_asked() -> None:
    assert decide({"Variable": "$$.State.RetryCount", "NumericGreaterThan": 1}, {})


def test_there_are_thirty_nine_operators() -> None:
    assert len(choice.OPERATORS) == 39


@pytest.mark.parametrize(
    "rule", [{}, {"Variable": "$"}, {"Variable": "$", "Nope": 1}, {"Variable": "$", "IsNull": True, "IsString": True}]
)
def test_what_is_no_rule_is_refused(rule: Any) -> None:
    with pytest.raises(RuleError):
        choice.compile(rule)
