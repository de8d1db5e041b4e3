"""Malformed JSON in Jackson's words."""

import pytest

from treadle.asl.jsontext import Malformed, examine, explain, explain_input, load_strictly
from treadle.values import loads

TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
EXPLAINED = {
    "not some json": f"Unrecognized token 'not': was expecting {TOKENS}",
    "nul": f"Unrecognized token 'nul': was expecting {TOKENS}",
    "truest": f"Unrecognized token 'truest': was expecting {TOKENS}",
    "NaN": "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
    "{'not': 'json'": "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    "{\"a\": 'x'}": f"Unexpected character (''' (code 39)): expected a valid value {TOKENS}",
    '{"a": 1,}': "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
    '{"a" 1}': "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
    '{"a": 1 "b"}': "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
    '{"a": }': "Unexpected character ('}' (code 125)): expected a value",
    "[1 2]": "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
    "[1,]": f"Unexpected character (']' (code 93)): expected a valid value {TOKENS}",
    "[1,": "Unexpected end-of-input within/between Array entries",
    '{"a"': "Unexpected end-of-input within/between Object entries",
    '{"a': "Unexpected end-of-input in field name",
    '"abc': "Unexpected end-of-input: was expecting closing quote for a string value",
    "[1": "Unexpected end-of-input: expected close marker for Array (start marker at"
    ' [Source: (String)"[1"; line: 1, column: 1])',
    "[}": "Unexpected close marker '}': expected ']' (for Array starting at"
    ' [Source: (String)"[}"; line: 1, column: 1])',
    "01": "Invalid numeric value: Leading zeroes not allowed",
    "-x": "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid"
    " numeric value",
    "[1.]": "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit",
    "[1e]": "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit",
    "2x": "Unexpected character ('x' (code 120)): Expected space separating root-level values",
    r'"\q"': "Unrecognized character escape 'q' (code 113)",
    r'"\u12x4"': "Unexpected character ('x' (code 120)): expected a hex-digit for character escape sequence",
    '"a\tb"': "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in"
    " string value",
    "\x00": "Illegal character ((CTRL-CHAR, code 0)): only regular white space (\\r, \\n, \\t) is allowed between"
    " tokens",
    "// {}": "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since"
    " Feature 'ALLOW_COMMENTS' not enabled for parser)",
    "[…]": f"Unexpected character ('…' (code 8230 / 0x2026)): expected a valid value {TOKENS}",
    "{} x": f"Unrecognized token 'x': was expecting {TOKENS}",
}


@pytest.mark.parametrize("text", EXPLAINED)
def test_what_is_wrong(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)
    assert explain(text) == EXPLAINED[text]


@pytest.mark.parametrize("text", ["{}", " [1, 2.5e-3, null]\n", '"ü\\u00e9"', "null", "-0", "12345678901234567890123"])
def test_nothing_is_wrong(text: str) -> None:
    assert explain(text) is None
    assert load_strictly(text) == loads(text)


def test_more_than_one_value_is_too_much() -> None:
    assert str(explain("{} []")).startswith("Trailing token (of type START_ARRAY) found after value")
    assert str(explain("{}}")).startswith("Unexpected close marker '}': expected ']' (for root starting at")


def test_depth_has_a_limit_and_does_no_harm() -> None:
    assert str(explain("[" * 5000)).startswith("Document nesting depth (1001) exceeds the maximum allowed (1000")


def test_an_empty_input_has_words_of_its_own() -> None:
    assert explain_input("") == "Invalid execution input."
    assert explain_input("{}") is None
    assert explain_input("x") == explain("x")
    assert explain(" ") == "No content to map due to end-of-input"


def test_a_strict_reading_names_the_place() -> None:
    with pytest.raises(Malformed) as refusal:
        load_strictly('{"a": 1,\n "b": {"c": 1, "c": 2}, "a": 3}')
    assert refusal.value.message == "Duplicate field 'c'"
    assert refusal.value.location.endswith("; line: 2, column: 19]")
    assert load_strictly('[{"a": 1}, {"a": 1}]') == [{"a": 1}, {"a": 1}]


def test_a_place_quotes_the_beginning_of_the_text() -> None:
    with pytest.raises(Malformed) as refusal:
        load_strictly("x" * 600)
    assert refusal.value.location == f'[Source: (String)"{"x" * 500}"[truncated 100 chars]; line: 1, column: 257]'


def test_a_number_has_a_limit() -> None:
    assert examine("9" * 1000) is None
    assert str(examine("9" * 1001)).startswith("Number value length (1001) exceeds the maximum allowed (1000")
    assert str(examine('[{"a": -0.' + "1" * 1000 + "}]")).startswith("Number value length (1003) exceeds")
    assert examine('"' + "9" * 5000 + '"') is None
