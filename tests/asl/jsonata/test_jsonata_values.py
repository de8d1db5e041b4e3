"""Numbers are JSON integers or doubles that print as AWS prints them; regular expressions are JavaScript's."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.jsonata import World, compile
from treadle.asl.jsonata.text import js_number
from treadle.values import dumps, loads


def value(source: str, **variables: Any) -> Any:
    return compile(source).evaluate(variables, World(0.0, random.Random(1)))


@pytest.mark.parametrize(
    ("source", "json"),
    [
        ("1.0", "1"),
        ("2.50", "2.5"),
        ("4 / 2", "2"),
        ("1.5 + 1.5", "3"),
        ("1e3", "1000"),
        ("0.1 * 3", "0.30000000000000004"),
        ("1 / 10000", "1.0E-4"),
        ("12345678.5 + 0", "1.23456785E7"),
        ("10000000 * 10", "100000000"),
        ("9007199254740993 + 0", "9007199254740992"),
        ("9007199254740991 + 2", "9007199254740992"),
        ("$average([1, 2, 3])", "2"),
        ("-0", "0"),
        ("-0.0 * 5", "0"),
    ],
)
def test_numbers_print_as_aws_prints_them(source: str, json: str) -> None:
    assert dumps(value(source)) == json


def test_a_number_that_only_passes_through_is_not_touched() -> None:
    for text in ("12345678901234567890", "1.0E7", "0.1", "-3"):
        assert dumps(value("$n", n=loads(text))) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_js_number_loses_nothing(number: float) -> None:
    text = js_number(number)
    assert float(text) == number
    assert "E" not in text and not text.endswith(".0")


@pytest.mark.parametrize(
    ("number", "text"),
    [(1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e300, "1.5e+300"),
     (123.456, "123.456"), (-0.5, "-0.5"), (5, "5"), (0.0, "0"), (1.25e-9, "1.25e-9")],
)  # fmt: skip
def test_js_number_writes_as_javascript_does(number: float, text: str) -> None:
    assert js_number(number) == text


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("hello$world", "/^hello\\$/", True),
        ("hello$world", "/^hello\\ /", False),
        ("a\n", "/a$/", False),
        ("a\nb", "/a$/m", True),
        ("x\u2028y", "/x.y/", False),
        ("é", "/\\w/", False),
        ("٣", "/\\d/", False),
        ("\u00a0", "/\\s/", True),
        ("ABC", "/b/i", True),
        ("a{b", "/a\\{b/", True),
        ("a{e<=1}", "/a{e<=1}/", True),
        ("aab", "/(a)\\1b/", True),
        ("b", "/(a)?\\1b/", True),
        ("a-b", "/[a\\-z]-[\\w]/", True),
        ("[", "/[\\[]/", True),
        ("5", "/[^\\D]/", True),
        ("x", "/[^\\D]/", False),
        ("2024", "/(?<year>\\d{4})/", True),
        ("/", "/[\\/]/", True),
        ("A", "/\\u0041\\x41?/", True),
        ("foo bar", "/o\\b/", True),
    ],
)
def test_regular_expressions_are_those_of_javascript(text: str, pattern: str, found: bool) -> None:
    assert value(f"$contains($text, {pattern})", text=text) is found


def test_texts_are_compared_by_utf_16_units() -> None:
    """U+FF5E comes after U+1F600 in JavaScript and Java, before it by code point."""
    assert value("$a > $b", a="\uff5e", b="\U0001f600") is True
    assert value("$sort([$a, $b])[0] = $b", a="\uff5e", b="\U0001f600") is True


def test_surrogate_pairs_in_literals_become_characters() -> None:
    assert value("'\\ud83d\\ude00'") == "😀"
