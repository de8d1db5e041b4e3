"""Paths, predicates, constructors, operators, functions: what an expression is worth.

One table row is one expression over ORDER (as `$order` and as the input) and its value; NOTHING is JSONata's undefined.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from treadle.asl.jsonata import UNDEFINED, World, compile

NOTHING = UNDEFINED
ORDER: dict[str, Any] = {
    "id": "o-1",
    "customer": {"name": "Ada", "tags": ["vip"], "vip": True, "address": None},
    "items": [
        {"sku": "a", "price": 2.5, "qty": 2, "parts": [{"no": 1}, {"no": 2}]},
        {"sku": "b", "price": 10, "qty": 1, "parts": [{"no": 3}]},
        {"sku": "a", "price": 1, "qty": 4},
    ],
    "matrix": [[1, 2], [3]],
    "single": [7],
    "empty": [],
    "not-a-name": 1,
}


def value(source: str, **variables: Any) -> Any:
    return compile(source).evaluate({"order": ORDER, **variables}, World(0.0, random.Random(1)), ORDER)


PATHS = [
    ("id", "o-1"),
    ("customer.name", "Ada"),
    ("`not-a-name`", 1),
    ('"not-a-name"', "not-a-name"),
    ('customer."name"', "Ada"),
    ("missing.deeper", NOTHING),
    ("id.deeper", NOTHING),
    ("customer.address", None),
    ("customer.address.street", NOTHING),
    ("items.sku", ["a", "b", "a"]),
    ("items.parts.no", [1, 2, 3]),
    ("items[1].parts.no", 3),
    ("single", [7]),
    ("$order.single", [7]),
    ("customer.tags", ["vip"]),
    ("items.customer", NOTHING),
    ("empty", []),
    ("empty.x", NOTHING),
    ("matrix", [[1, 2], [3]]),
    ("matrix.$", [1, 2, 3]),
    ("customer.*", ["Ada", "vip", True, None]),
    ("items[0].parts.*", [1, 2]),
    ("**.no", [1, 2, 3]),
    ("items.(price * qty)", [5, 10, 4]),
    ("items.[sku, qty]", [["a", 2], ["b", 1], ["a", 4]]),
    ("items[1].[sku, qty]", ["b", 1]),
    ("items.{'s': sku}", [{"s": "a"}, {"s": "b"}, {"s": "a"}]),
    ("$$.id", "o-1"),
    ("items.$$.id", ["o-1", "o-1", "o-1"]),
    ("items.parts.(%.sku)", ["a", "a", "b"]),
    ("items.parts.{'no': no, 'of': %.sku, 'order': %.%.id}[0]", {"no": 1, "of": "a", "order": "o-1"}),
    ("items@$i.$i.parts@$p.{'sku': $i.sku, 'no': $p.no}[1]", {"sku": "a", "no": 2}),
    ("items#$n.{'n': $n, 'sku': sku}[2]", {"n": 2, "sku": "a"}),
    ("items[sku='a']#$n.$n", [0, 1]),
]
PREDICATES = [
    ("items[0].sku", "a"),
    ("items[-1].qty", 4),
    ("items[9]", NOTHING),
    ("items[1.9].sku", "b"),
    ("items[[0, 2]].qty", [2, 4]),
    ("items[sku = 'a'].qty", [2, 4]),
    ("items[sku = 'b'].qty", 1),
    ("items[sku = 'b'].qty[]", [1]),
    ("items[sku = 'z']", NOTHING),
    ("items[parts].sku", ["a", "b"]),
    ("items.parts[0].no", [1, 3]),
    ("(items.parts)[0].no", 1),
    ("items[price > 2][0].sku", "a"),
    ("customer[vip].name", "Ada"),
    ("customer[name = 'Bob']", NOTHING),
    ("matrix[0]", [1, 2]),
    ("matrix[1]", [3]),
    ("items^(price).qty", [4, 2, 1]),
    ("items^(>price).qty", [1, 2, 4]),
    ("items^(sku, >qty).qty", [4, 2, 1]),
    ("items^(missing).qty", [2, 1, 4]),
    ("items{sku: $sum(qty)}", {"a": 6, "b": 1}),
    ("items{sku: qty}", {"a": [2, 4], "b": 1}),
    ("items.parts[]", [{"no": 1}, {"no": 2}, {"no": 3}]),
    ("items[sku='b'].parts[].no", [3]),
]
CONSTRUCTORS = [
    ("[]", []),
    ("[1, [2, 3], []]", [1, [2, 3], []]),
    ("[items.sku, 'z']", ["a", "b", "a", "z"]),
    ("[missing, 1]", [1]),
    ("[1..4]", [1, 2, 3, 4]),
    ("[1..3, 7, 9..9]", [1, 2, 3, 7, 9]),
    ("[4..1]", []),
    ("[1..missing]", []),
    ("{}", {}),
    ("{'a': 1, 'b': missing, 'c': null}", {"a": 1, "c": None}),
    ("{customer.name: id}", {"Ada": "o-1"}),
    ("{'n': [1, 2].($ * 2)}", {"n": [2, 4]}),
]
OPERATORS = [
    ("1 + 2 * 3 - 4 / 2", 5),
    ("(1 + 2) * 3", 9),
    ("7 % 3", 1),
    ("-7 % 3", -1),
    ("5.5 % 2", 1.5),
    ("1 + missing", NOTHING),
    ("-items[0].qty", -2),
    ("10 / 4", 2.5),
    ("4 / 2", 2),
    ("0.1 + 0.2", 0.30000000000000004),
    ("1.5 + 1.5", 3),
    ("'a' & 1 & true & null & missing", "a1truenull"),
    ("'n: ' & 1.0 & ', ' & 2.50", "n: 1, 2.5"),
    ("'' & [1, {'a': 'b'}]", '[1,{"a":"b"}]'),
    ("1 < 2 and 'a' < 'b'", True),
    ("'b' <= 'a'", False),
    ("1 < missing", NOTHING),
    ("1 = 1.0", True),
    ("1 = true", False),
    ("0 = false", False),
    ("[1, 2] = [1, 2]", True),
    ("[1] = [true]", False),
    ("{'a': 1, 'b': 2} = {'b': 2, 'a': 1}", True),
    ("{'a': 1} != {'a': 1.5}", True),
    ("missing = missing", False),
    ("missing != 1", False),
    ("null = null", True),
    ("'a' in items.sku", True),
    ("'a' in 'a'", True),
    ("true in [1]", False),
    ("1 in [true, 1]", True),
    ("missing in [1]", False),
    ("items and true", True),
    ("empty or 0 or '' or null", False),
    ("true ? 1 : 2", 1),
    ("empty ? 1 : 2", 2),
    ("missing ? 1", NOTHING),
    ("false ? 1", NOTHING),
    ("and.or.in", NOTHING),
    ("/* why */ 1 /* not */", 1),
]
FUNCTIONS = [
    ("($x := 5; $y := $x * 2; $x + $y)", 15),
    ("($x := 1; ($x := 2; $x); $x)", 1),
    ("$x := 3", 3),
    ("function($a, $b){ $a - $b }(5, 3)", 2),
    ("λ($a){ $a }(7)", 7),
    ("function($a, $b){ $b }(5)", NOTHING),
    ("($twice := function($f, $x){ $f($f($x)) }; $twice(function($v){ $v * 3 }, 2))", 18),
    ("($add := function($a){ function($b){ $a + $b } }; $add(2)(40))", 42),
    ("($f := function($n){ $n < 2 ? 1 : $n * $f($n - 1) }; $f(10))", 3628800),
    ("($even := function($n){ $n = 0 ? true : $odd($n - 1) }; $odd := function($n){ $n = 0 ? false : $even($n - 1) };"
     " $even(1001))", False),
    ("($first3 := $substring(?, 0, 3); $first3('abcdef'))", "abc"),
    ("($minus := function($a, $b){ $a - $b }; $from10 := $minus(10, ?); $from10(4))", 6),
    ("'  a ' ~> $trim() ~> $uppercase()", "A"),
    ("'  a ' ~> ($trim ~> $uppercase)", "A"),
    ("items.qty ~> $sum", 7),
    ("$order ~> |items[0]|{'qty': 9}, ['parts']| ~> $lookup('items') ~> $map(function($i){ $i.qty })", [9, 1, 4]),
    ("$order ~> |customer|{'name': $uppercase(name)}| ~> $lookup('customer') ~> $lookup('name')", "ADA"),
    ("function($s, $n)<s-n?:s>{ $s & $n }('a', 1)", "a1"),
    ("('ctx').(function($s)<s-:s>{ $s }())", "ctx"),
    ("items.sku ~> $map($uppercase)", ["A", "B", "A"]),
    ("$map(items.qty, function($v, $i, $a){ $v + $i + $count($a) })", [5, 5, 9]),
    ("$filter(items, function($i){ $i.qty > 1 }).qty", [2, 4]),
    ("$reduce([1..5], function($a, $b){ $a * $b })", 120),
    ("$reduce(items, function($a, $i){ $a + $i.qty }, 100)", 107),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), PATHS + PREDICATES + CONSTRUCTORS + OPERATORS + FUNCTIONS)
def test_an_expression_has_a_value(source: str, expected: Any) -> None:
    assert exact(value(source)) == exact(expected)


@pytest.mark.parametrize(
    "source", ["$order ~> |items|{'qty': 0}|", "$order ~> |**|{'x': 1}, 'sku'|", "$sort(items.qty)"]
)
def test_the_variables_are_never_changed(source: str) -> None:
    before = repr(ORDER)
    value(source)
    assert repr(ORDER) == before


def test_results_are_plain_json() -> None:
    """Whatever flags arrays carry inside: outside there are only dict and list."""

    def plain(item: Any) -> bool:
        if type(item) is dict:
            return all(map(plain, item.values()))
        return all(map(plain, item)) if type(item) is list else type(item) in (str, int, float, bool, type(None))

    for source in (
        "{'a': items.sku[], 'b': [$distinct(items.sku)]}",
        "$map([1, 2], function($x){ $filter([$x], $exists) })",
    ):
        assert plain(value(source)), source


def test_distinct_tells_a_sequence_from_an_array() -> None:
    assert value("$distinct(items[sku='a'].sku)") == "a"
    assert value("$distinct(['a', 'a'])") == ["a"]


def test_an_expression_is_compiled_once_and_evaluated_often() -> None:
    expression = compile("$n * 2")
    world = World(0.0, random.Random(1))
    assert [expression.evaluate({"n": n}, world) for n in (1, 2, 3)] == [2, 4, 6]


def test_a_variable_from_outside_hides_a_function() -> None:
    assert value("$sum", sum=5) == 5


def test_the_defaulting_operators_of_2_1_have_to_be_asked_for() -> None:
    world = World(0.0, random.Random(1))
    assert compile("missing ?? 42", newer=True).evaluate({}, world, ORDER) == 42
    assert compile("customer.address ?? 42", newer=True).evaluate({}, world, ORDER) is None
    assert compile("empty ?: 'none'", newer=True).evaluate({}, world, ORDER) == "none"


def exact(item: Any) -> Any:
    """`item` with its types, so that 1, 1.0 and True differ."""
    if isinstance(item, dict):
        return {key: exact(member) for key, member in item.items()}
    return [exact(member) for member in item] if isinstance(item, list) else (type(item).__name__, item)
