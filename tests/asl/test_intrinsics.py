"""The States.* functions compute what AWS computes; invalid calls are refused when they are compiled."""

from __future__ import annotations

import hashlib
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl import intrinsics
from treadle.asl.intrinsics import IntrinsicError
from treadle.asl.intrinsics.functions import FUNCTIONS
from treadle.asl.intrinsics.javarandom import JavaRandom
from treadle.asl.jsonpath import Path
from treadle.values import StatesError, dumps


class World:
    """The surroundings of a call: data, context object, variables, luck."""

    def __init__(self, root: Any = None, variables: dict[str, Any] | None = None) -> None:
        self.root = root
        self.context = {"Execution": {"Id": "arn"}}
        self.variables = variables or {}
        self.luck = random.Random(1)

    def variable(self, path: Path) -> Any:
        return self.variables[path.root]


def call(text: str, root: Any = None, **variables: Any) -> Any:
    return intrinsics.compile(text)(World(root, variables))


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("States.Array()", []),
        ("States.Array('a', 1, -2.5, null, true, false)", ["a", 1, -2.5, None, True, False]),
        ("States.Array( 'a' ,  States.Array( 1 ) )", ["a", [1]]),
        ("States.ArrayPartition($.list, 2)", [[1, 2], [3]]),
        ("States.ArrayPartition($.list, 1.5)", [[1, 2], [3]]),
        ("States.ArrayPartition($.empty, 2)", []),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayContains($.list, 2.0)", False),  # Java's Integer 2 is not its Double 2.0
        ("States.ArrayContains($.list, true)", False),
        ("States.ArrayContains($.objects, $.objects[1])", True),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(1, 9, 9)", [1]),
        ("States.ArrayRange(0, -4, -2)", [0, -2, -4]),
        ("States.ArrayRange(0.5, 3.4, 1)", [1, 2, 3]),
        ("States.ArrayGetItem($.list, 2)", 3),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.twice)", [2, 1, 1.0, True, {"a": 1, "b": 2}]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Encode('')", ""),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Base64Decode('RGF0YSB0\nbyBlbmNvZGU')", "Data to encode"),
        ("States.Hash('x', 'SHA-256')", hashlib.sha256(b"x").hexdigest()),
        ("States.Hash('x', 'MD5')", "9dd4e461268c8034f5c8564e155c67a6"),
        ("States.JsonMerge($.one, $.two, false)", {"a": {"c": 2}, "b": 3}),
        ("States.StringToJson('{\"a\": [1, 2.5]}')", {"a": [1, 2.5]}),
        ("States.StringToJson('-0')", 0),
        ("States.StringToJson('')", None),
        ("States.StringToJson(' ')", None),
        ("States.JsonToString($.one)", '{"a":{"b":1}}'),
        ("States.MathAdd($.list[0], -1)", 0),
        ("States.MathAdd(1.49, 1.5)", 3),
        ("States.MathAdd(-1.49, -1.5)", -2),  # java.lang.Math.round: halves go up
        ("States.StringSplit('1,2;3', ',;')", ["1", "2", "3"]),
        ("States.StringSplit(',a,,b,', ',')", ["a", "b"]),
        ("States.StringSplit('abc', '')", ["abc"]),
        ("States.Format('no holes')", "no holes"),
        ("States.Format('Hello {}, {}!', 'you', $.list[0])", "Hello you, 1!"),
        ("States.Format($.template, 'x')", "<x>"),
        ("States.Format('{}{}{}', null, true, 1.5)", "nulltrue1.5"),
        ("States.Format('{} {}', $.one, $.twice)", "{a={b=1}} [2, 1, 1.0, true, 2, {a=1, b=2}, {b=2, a=1}]"),
        (r"States.Format('\{\} \\ \' {}', 'x')", r"{} \ ' x"),
        (r"States.Array('\{it\'s\}\\')", ["{it's}\\"]),
        ("States.Format('{}', $$.Execution.Id)", "arn"),
        ("States.ArrayLength($.objects[?(@.a == 1 && @.b != ')')])", 2),
    ],
)  # fmt: skip
def test_results(text: str, result: Any) -> None:
    data = {
        "list": [1, 2, 3],
        "empty": [],
        "objects": [{"a": 1}, {"a": 1, "b": 2}],
        "twice": [2, 1, 1.0, True, 2, {"a": 1, "b": 2}, {"b": 2, "a": 1}],
        "one": {"a": {"b": 1}},
        "two": {"a": {"c": 2}, "b": 3},
        "template": "<{}>",
    }
    assert dumps(call(text, data)) == dumps(result)


def test_variables_are_roots_too() -> None:
    assert call("States.MathAdd($price.net, $tax)", price={"net": 2}, tax=3) == 5


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("States.ArrayPartition($, 2)", 'Expected an array, but was: "text"'),
        ("States.ArrayPartition(States.Array(1), 0)", "Expected a positive chunk size, but was: 0"),
        ("States.ArrayRange(0, 1000, 1)", "Expected a range of at most 1000 items, but it has 1001"),
        ("States.ArrayRange(0, 1, 0)", "Expected a step other than zero, but was: 0"),
        ("States.ArrayGetItem(States.Array(1), 1)", "Index 1 is out of bounds for an array of length 1"),
        ("States.ArrayGetItem(States.Array(1), -1)", "Index -1 is out of bounds for an array of length 1"),
        ("States.MathAdd('1', 2)", 'Expected a number, but was: "1"'),
        ("States.MathAdd(true, 2)", "Expected a number, but was: true"),
        ("States.MathAdd(2147483648, 1)", "Expected a number from -2147483648 to 2147483647, but was: 2147483648"),
        ("States.MathRandom(3, 3)", "Expected a start number below the end number, but were: 3, 3"),
        ("States.Hash('x', 'SHA-3')", 'Expected one of MD5, SHA-1, SHA-256, SHA-384, SHA-512, but was: "SHA-3"'),
        ("States.Base64Encode(1)", "Expected a string, but was: 1"),
        ("States.Base64Decode('a')", "Expected a Base64 encoded string"),
        ("States.Format('{} {}', 1)", "The template has 2 occurrences of {}, but there are 1 arguments"),
        ("States.JsonMerge($, $, false)", 'Expected an object, but was: "text"'),
        ("States.JsonMerge($, $, true)", "Deep merging is not supported, the third argument has to be false"),
        ("States.StringSplit($, 1)", "Expected a string, but was: 1"),
        (
            "States.MathAdd($.gone, 1)",
            "The JsonPath argument for the field '$.gone' could not be found in the input '\"text\"'",
        ),
    ],
)  # fmt: skip
def test_a_function_that_refuses_its_arguments_fails_the_state(text: str, reason: str) -> None:
    with pytest.raises(StatesError) as error:
        call(text, "text")
    assert error.value.error == "States.Runtime"
    assert error.value.cause == f"The function '{text}' had the following error: {reason}"


def test_the_innermost_call_is_blamed() -> None:
    with pytest.raises(StatesError, match=re.escape("The function 'States.StringToJson('{')' had")):
        call("States.Array(States.StringToJson('{'))")


def test_long_texts_are_refused() -> None:
    for text in ("States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"):
        assert isinstance(call(text, "A" * 10_000), str)
        with pytest.raises(StatesError, match="at most 10000 characters, but it has 10001"):
            call(text, "A" * 10_001)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "Expected a function call at position 0"),
        ("States.Nope()", "The function States.Nope does not exist"),
        ("States.MathAdd(1)", "The function States.MathAdd takes 2 arguments, but has 1"),
        ("States.MathRandom(1)", "The function States.MathRandom takes 2 to 3 arguments, but has 1"),
        ("States.Format()", "The function States.Format takes at least 1 arguments, but has 0"),
        ("States.UUID(1)", "The function States.UUID takes 0 arguments, but has 1"),
        ("States.UUID", "Expected a function call at position 0"),
        ("States.MathAdd(1, 2", "Expected ',' or ')' at position 19"),
        ("States.MathAdd(1 2)", "Expected ',' or ')' at position 17"),
        ("States.Array('a)", "The string at position 13 is not closed"),
        ('States.Array("a")', "Expected a function call at position 13"),
        ("States.Array($.a[)", "Invalid path $.a"),
        ("States.Array(nullable)", "Expected a function call at position 13"),
        ("States.UUID() + 1", "Unexpected text after the call at position 13"),
        ("States.Array(" * 11 + ")" * 11, "may be nested 10 deep at most"),
    ],
)
def test_invalid_calls_are_refused_at_compile_time(text: str, reason: str) -> None:
    assert not intrinsics.is_intrinsic(text)
    with pytest.raises(IntrinsicError, match=re.escape(reason)):
        intrinsics.compile(text)


def test_ten_calls_may_be_nested() -> None:
    assert call("States.Array(" * 10 + ")" * 10) == [[[[[[[[[[]]]]]]]]]]


def test_there_are_eighteen_functions() -> None:
    assert len(FUNCTIONS) == 18


def test_the_paths_of_a_call_are_known() -> None:
    text = "States.Format($a.b, States.Array($$.x, 1), $.y[?(@.z > 1)])"
    assert [path.text for path in intrinsics.references(text)] == ["$a.b", "$$.x", "$.y[?(@.z > 1)]"]


def test_uuids_are_random_version_4() -> None:
    make, world = intrinsics.compile("States.UUID()"), World()
    one, two = make(world), make(world)
    assert one != two
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one)


def test_random_numbers_stay_inside_their_bounds() -> None:
    draw, world = intrinsics.compile("States.MathRandom(-1, 2)"), World()
    assert {draw(world) for _ in range(200)} == {-1, 0, 1}


def test_seeded_random_numbers_are_those_of_java() -> None:
    assert JavaRandom(42).random() == 0.7275636800328681  # the documentation's example of $random(42)
    luck = JavaRandom(0)
    assert [luck.below(100) for _ in range(5)] == [60, 48, 29, 47, 15]
    assert call("States.MathRandom(1000, 1100, 1)") == 1085


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200))
def test_base64_round_trip(text: str) -> None:
    assert call("States.Base64Decode(States.Base64Encode($))", text) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@given(JSON)
def test_json_round_trip(value: Any) -> None:
    assert call("States.StringToJson(States.JsonToString($))", value) == value


@given(st.lists(JSON, max_size=8))
def test_unique_items_are_the_first_of_their_kind(items: list[Any]) -> None:
    texts = [dumps(normal(item)) for item in items]
    expected = [item for at, item in enumerate(items) if texts[at] not in texts[:at]]
    assert call("States.ArrayUnique($)", items) == expected


def normal(value: Any) -> Any:
    """The same value with sorted members."""
    if isinstance(value, dict):
        return {name: normal(value[name]) for name in sorted(value)}
    return [normal(item) for item in value] if isinstance(value, list) else value


@given(st.text(max_size=30), st.lists(st.integers(), max_size=4))
def test_format_fills_every_hole_of_a_literal(text: str, numbers: list[int]) -> None:
    words = text.replace("\\", "").replace("'", "").replace("{", "").replace("}", "")
    holes = words.join(["{}"] * len(numbers)) if numbers else words
    arguments = "".join(f", {number}" for number in numbers)
    assert call(f"States.Format('{holes}'{arguments})") == (words.join(map(str, numbers)) if numbers else words)
