"""The built-in functions, one row per rule. NOTHING in, NOTHING out, unless a row says otherwise."""

from __future__ import annotations

import random
from typing import Any

import pytest

from treadle.asl.jsonata import FUNCTION, UNDEFINED, JsonataError, World, compile

NOTHING = UNDEFINED


def value(source: str, **variables: Any) -> Any:
    return compile(source).evaluate(variables, World(1_700_000_000.123, random.Random(1)), {})


STRINGS = [
    ("$string(5)", "5"),
    ("$string(1/3)", "0.333333333333333"),
    ("$string(1e21)", "1e+21"),
    ("$string(0.0000001)", "1e-7"),
    ("$string(true)", "true"),
    ("$string([1, {'a': null}])", '[1,{"a":null}]'),
    ("$string({'a': [1, 2]}, true)", '{\n  "a": [\n    1,\n    2\n  ]\n}'),
    ("$string($sum)", ""),
    ("$length('héllo😀')", 6),
    ("$substring('hello', 1, 3)", "ell"),
    ("$substring('hello', -3)", "llo"),
    ("$substring('hello', -3, 2)", "ll"),
    ("$substring('hello', -9)", "hello"),
    ("$substring('hello', 1, 0)", ""),
    ("$substringBefore('a-b-c', '-')", "a"),
    ("$substringBefore('abc', '-')", "abc"),
    ("$substringAfter('a-b-c', '-')", "b-c"),
    ("$uppercase('aé')", "AÉ"),
    ("$lowercase('AÉ')", "aé"),
    ("$trim('  a \n  b ')", "a b"),
    ("$pad('x', 3)", "x  "),
    ("$pad('x', -3, '*-')", "*-x"),
    ("$contains('abc', 'bc')", True),
    ("$contains('abc', /B/i)", True),
    ("$split('a,b,c', ',')", ["a", "b", "c"]),
    ("$split('a,b,c', ',', 2)", ["a", "b"]),
    ("$split('a1b22c', /[0-9]+/)", ["a", "b", "c"]),
    ("$split('abc', '')", ["a", "b", "c"]),
    ("$join(['a', 'b'], '-')", "a-b"),
    ("$join('a')", "a"),
    ("$match('ab12', /([a-z])([0-9])/)", {"match": "b1", "index": 1, "groups": ["b", "1"]}),
    ("$match('aXbX', /X/, 1).index", 1),
    ("$replace('a.b.c', '.', '-', 1)", "a-b.c"),
    ("$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')", "Smith, John"),
    ("$replace('abc', /b/, '[$0$$]')", "a[b$]c"),
    ("$replace('abc', /b/, function($m){ $uppercase($m.match) })", "aBc"),
    ("$base64encode('hello')", "aGVsbG8="),
    ("$base64decode('aGVsbG8=')", "hello"),
    ("$encodeUrlComponent('a b&c/é')", "a%20b%26c%2F%C3%A9"),
    ("$encodeUrl('http://x/a b?c=é')", "http://x/a%20b?c=%C3%A9"),
    ("$decodeUrlComponent('a%20b%26c')", "a b&c"),
    ("$decodeUrl('a%20b%26c')", "a b%26c"),
]
NUMBERS = [
    ("$number('12')", 12),
    ("$number('-1.50')", -1.5),
    ("$number('1e3')", 1000),
    ("$number('0x1F')", 31),
    ("$number(true)", 1),
    ("$abs(-5)", 5),
    ("$floor(-1.5)", -2),
    ("$ceil(1.2)", 2),
    ("$round(2.5)", 2),
    ("$round(3.5)", 4),
    ("$round(123.456, 2)", 123.46),
    ("$round(1.005, 2)", 1),
    ("$round(150, -2)", 200),
    ("$power(2, 10)", 1024),
    ("$power(2, -1)", 0.5),
    ("$sqrt(16)", 4),
    ("$sum([1, 2.5])", 3.5),
    ("$sum(5)", 5),
    ("$sum([])", 0),
    ("$max([1, 3, 2])", 3),
    ("$min([])", NOTHING),
    ("$average([1, 2])", 1.5),
    ("$formatNumber(12345.6, '#,###.00')", "12,345.60"),
    ("$formatNumber(0.14, '0%')", "14%"),
    ("$formatNumber(-5, '0;(0)')", "(5)"),
    ("$formatNumber(1234.5678, '00.000e0')", "12.346e2"),
    ("$formatNumber(-42, '0e0')", "-4e1"),
    ("$formatNumber(1, '٠٠', {'zero-digit': '٠'})", "٠١"),
    ("$formatBase(255, 16)", "ff"),
    ("$formatBase(-10, 3)", "-101"),
    ("$formatInteger(2789, 'w')", "two thousand, seven hundred and eighty-nine"),
    ("$formatInteger(21, 'Ww;o')", "Twenty-First"),
    ("$formatInteger(1999, 'I')", "MCMXCIX"),
    ("$formatInteger(28, 'A')", "AB"),
    ("$formatInteger(1234567, '#,##0')", "1,234,567"),
    ("$formatInteger(12, '1;o')", "12th"),
    ("$formatInteger(7, '000')", "007"),
    ("$parseInteger('twelve thousand, four hundred and seventy-six', 'w')", 12476),
    ("$parseInteger('MCMXCIX', 'I')", 1999),
    ("$parseInteger('1,234', '#,##0')", 1234),
    ("$parseInteger('ab', 'a')", 28),
]
COLLECTIONS = [
    ("$count(missing)", 0),
    ("$count('a')", 1),
    ("$append([1], [2, 3])", [1, 2, 3]),
    ("$append(1, missing)", 1),
    ("$reverse([1, 2])", [2, 1]),
    ("$sort(['b', 'a'])", ["a", "b"]),
    ("$sort([3, 1, 2], function($l, $r){ $l < $r })", [3, 2, 1]),
    ("$distinct([1, true, 1.0, '1', [1], [1]])", [1, True, "1", [1]]),
    ("$zip([1, 2, 3], ['a', 'b'])", [[1, "a"], [2, "b"]]),
    ("$keys({'a': 1, 'b': 2})", ["a", "b"]),
    ("$keys([{'a': 1}, {'b': 2, 'a': 3}])", ["a", "b"]),
    ("$keys({})", NOTHING),
    ("$lookup({'a': 1}, 'a')", 1),
    ("$lookup([{'a': 1}, {'a': 2}], 'a')", [1, 2]),
    ("$spread({'a': 1, 'b': 2})", [{"a": 1}, {"b": 2}]),
    ("$merge([{'a': 1}, {'b': 2, 'a': 3}])", {"a": 3, "b": 2}),
    ("$each({'a': 1, 'b': 2}, function($v, $k){ $k & $v })", ["a1", "b2"]),
    ("$sift({'a': 1, 'b': 2}, function($v){ $v > 1 })", {"b": 2}),
    ("$single([1, 2, 3], function($v){ $v = 2 })", 2),
    ("$map([1, 2], function($v){ $v > 1 ? $v })", 2),
    ("$filter([1, 2, 3], function($v, $i){ $i > 0 })", [2, 3]),
    ("$exists(missing)", False),
    ("$boolean([0, ''])", False),
    ("$boolean([0, 'a'])", True),
    ("$not({})", True),
    ("$type(null) & $type(1) & $type('') & $type([]) & $type({}) & $type(true) & $type($sum)",
     "nullnumberstringarrayobjectbooleanfunction"),
    ("$type(missing)", NOTHING),
    ("$clone({'a': [1]})", {"a": [1]}),
    ("$assert(true)", NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), STRINGS + NUMBERS + COLLECTIONS)
def test_a_function_has_a_value(source: str, expected: Any) -> None:
    result = value(source)
    assert result == expected and type(result) is type(expected)


NOTHING_IN_NOTHING_OUT = [
    "string", "length", "trim", "uppercase", "lowercase", "number", "floor", "ceil", "round", "abs", "sqrt", "sum",
    "max", "min", "average", "boolean", "not", "reverse", "sort", "shuffle", "distinct", "merge", "base64encode",
    "base64decode", "encodeUrl", "decodeUrl", "type", "keys", "spread", "fromMillis", "toMillis", "clone", "parse",
]  # fmt: skip


@pytest.mark.parametrize("name", NOTHING_IN_NOTHING_OUT)
def test_nothing_gives_nothing(name: str) -> None:
    assert value(f"${name}(missing)") is NOTHING


def test_the_context_stands_in_for_a_missing_argument() -> None:
    assert value("('abc').$uppercase()") == "ABC"
    assert value("['a-b', 'c-d'].$substringBefore('-')") == ["a", "c"]


def test_functions_are_no_results() -> None:
    """AWS reports `$fn := function($x){$x}` as an unsupported result type; the same goes for a function inside."""
    for source in (
        "$fn := function($x){$x}",
        "$sum",
        "{'a': [$sum]}",
        "/a/",
        "$sum(?)",
        "[function(){1}]",
        "$sort($sum)",
    ):
        assert value(source) is FUNCTION, source


def test_time_comes_from_the_world() -> None:
    assert value("$millis()") == 1_700_000_000_123
    assert value("$now()") == "2023-11-14T22:13:20.123Z"
    assert value("$now('[Y]/[M]/[D]', '-0500')") == "2023/11/14"


def test_chance_comes_from_the_world() -> None:
    shuffled = value("$shuffle([1..20])")
    assert shuffled != list(range(1, 21)) and sorted(shuffled) == list(range(1, 21))
    assert shuffled == value("$shuffle([1..20])")
    assert value("$random()") == random.Random(1).random()


AWS = [
    ("$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
    ("$partition([1, 2, 3], 2.9)", [[1, 2], [3]]),
    ("$partition([1, 2], 5)", [[1, 2]]),
    ("$partition([], 5)", []),
    ("$range(0, 9, 3)", [0, 3, 6, 9]),
    ("$range(0, 10, 3)", [0, 3, 6, 9]),
    ("$range(5, 1, -2)", [5, 3, 1]),
    ("$range(1, 9, 9)", 1),
    ("$range(1.9, 3.9, 1)", [1, 2, 3]),
    ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    ("$hash('', 'MD5')", "d41d8cd98f00b204e9800998ecf8427e"),
    ("$random(42)", 0.7275636800328681),
    ("$random(42.9)", 0.7275636800328681),
    ("$parse('-0')", 0),
    ("$parse('[1, 2, \"x\"]')", [1, 2, "x"]),
    ('$parse(\'{"a": {"b": []}}\').a', {"b": []}),
]


@pytest.mark.parametrize(("source", "expected"), AWS)
def test_the_functions_of_step_functions(source: str, expected: Any) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html; the single number of $range and the
    seeded random number are as AWS computes them."""
    result = value(source)
    assert result == expected and type(result) is type(expected)


def test_uuid_is_of_version_4() -> None:
    assert value("$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)") is True


@pytest.mark.parametrize("source", ["$partition([1], 0)", "$range(1, 2, 0)", "$hash('a', 'CRC')", "$parse('{')"])
def test_the_functions_of_step_functions_refuse(source: str) -> None:
    with pytest.raises(JsonataError):
        value(source)


def test_there_is_no_eval() -> None:
    with pytest.raises(JsonataError, match="T1006: Attempted to invoke a non-function"):
        value("$eval('1')")
