"""JSON as AWS writes it, and payloads that share their text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.values import LONG, Payload, dumps, java_double, loads, weigh

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
).map(lambda value: loads(dumps(value)))  # as values arrive: doubles in the form that keeps Java's text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1.0"),
        (0.001, "0.001"),
        (9999999.5, "9999999.5"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (0.0001, "1.0E-4"),
        (-1.5e300, "-1.5E300"),
    ],
)
def test_doubles_print_as_java_prints_them(number: float, text: str) -> None:
    assert java_double(number) == text
    assert dumps(loads(repr(number))) == text


def test_integers_keep_any_size_and_objects_their_order() -> None:
    text = '{"z":123456789012345678901234567890,"a":[-1,18446744073709551616]}'
    assert dumps(loads(text)) == text


def test_big_integers_and_wide_doubles_stand_beside_each_other() -> None:
    assert dumps(loads("[1e20, 123456789012345678901]")) == "[1.0E20,123456789012345678901]"


@given(JSON)
def test_decoding_what_was_encoded_gives_the_same_value(value: object) -> None:
    assert loads(dumps(value)) == value


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4), JSON)
def test_a_derived_payload_has_the_text_it_would_have_had_alone(extra: dict[str, object], last: object) -> None:
    origin = Payload(text=dumps({"long": ["x" * LONG], "float": 1e9}))
    once = {**origin.value, **extra}
    twice = {**once, "last": last}
    first = origin.derive(once)
    second = first.derive(twice)
    assert first.text == dumps(once)
    assert second.text == dumps(twice) == "".join(second.parts())
    assert second.derive(twice) is second


def test_derived_payloads_have_long_texts_in_common() -> None:
    origin = Payload(text=dumps({"long": "x" * LONG, "short": 1}))
    first = origin.derive({**origin.value, "a": 1})
    second = first.derive({**first.value, "b": "x" * LONG})
    assert [len(part) > LONG for part in second.parts()] == [False, True, False, True, False]
    assert first.parts()[1] is second.parts()[1]


def test_a_payload_keeps_the_text_it_came_with() -> None:
    assert Payload(text="[1,  2]").text == "[1,  2]"
    assert Payload(text="[1,  2]").value == [1, 2]
    assert math.isclose(Payload(text="0.5").value, 0.5)


def test_size_counts_bytes_of_utf_8() -> None:
    assert Payload("é").size() == 4


def test_weight_counts_shared_parts_as_often_as_they_stand_but_looks_at_them_once() -> None:
    doubled: object = "abcd"
    for _ in range(200):
        doubled = [doubled, doubled]
    assert 2**200 * 4 < weigh(doubled) < 2**200 * 8
    assert weigh({"a": "xyz", "b": [1, True, None]}) == 2 + 3 + 3 + 3
