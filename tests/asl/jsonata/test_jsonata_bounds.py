"""No expression holds the server: every one ends, with a value or with U1001, whatever it tries to do."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest

from treadle.asl.jsonata import Budget, JsonataError, World, compile


def value(source: str, budget: Budget | None = None, **variables: Any) -> Any:
    world = World(0.0, random.Random(1), budget) if budget else World(0.0, random.Random(1))
    return compile(source).evaluate(variables, world)


GREEDY = [
    ("[1..900000] ~> $count()", "Memory limit"),
    ("[1..400000].[1..400000]", "Memory limit"),
    ("($f := function($s){ $f($s & $s) }; $f('aaaaaaaa'))", "Memory limit"),
    ("($f := function($s){ $f($append($s, $s)) }; $f([1]))", "Memory limit"),
    ("$pad('a', 1000000000000)", "Memory limit"),
    ("$map([1..10000], function($x){ $pad('', 8000000) })", "Memory limit"),
    ("($f := function($x){ 1 + $f($x) }; $f(1))", "Stack overflow"),
    ("$reduce([1..5000], function($a, $v){ [[$a]] }, 0)", "Stack overflow"),
]


@pytest.mark.parametrize(("source", "message"), GREEDY)
def test_the_default_budget_stops_the_greedy(source: str, message: str) -> None:
    with pytest.raises(JsonataError, match=f"U1001: {message}"):
        value(source)


ENDLESS = [
    "($f := function($x){ $f($x) }; $f(1))",
    "($a := [1..1000]; $a.($a.($a)))",
    "$map([1..1000], function($x){ $sum($big) })",
    "[1..1000].($big = $same)",
    "$sort([1..5000], function($a, $b){ $a > $b })",
    "[1..1000].$uppercase($text)",
]


@pytest.mark.parametrize("source", ENDLESS)
def test_work_is_counted_wherever_it_is_done(source: str) -> None:
    big = list(range(20_000))
    with pytest.raises(JsonataError, match="U1001: Expression evaluation timeout"):
        value(source, Budget(steps=50_000), big=big, same=list(big), text="x" * 100_000)


@pytest.mark.parametrize("bracket", ["(", "[", "{'a':", "function(){", "-", "$a := ", "true ? 1 : "])
def test_deep_nesting_is_refused_not_crashed_on(bracket: str) -> None:
    with pytest.raises(JsonataError, match="U1001"):
        compile(bracket * 5000 + "1")


def test_reasonable_depth_works() -> None:
    assert value("(" * 100 + "1" + ")" * 100) == 1
    assert value(" + ".join(["1"] * 1000)) == 1000
    assert value(" & ".join(["'a'"] * 1000)) == "a" * 1000
    assert value("($f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(100))") == 100


def test_tail_calls_do_not_grow_the_stack() -> None:
    assert value("($f := function($n, $a){ $n = 0 ? $a : $f($n - 1, $a + $n) }; $f(20000, 0))") == 200_010_000


def test_a_budget_is_for_one_evaluation() -> None:
    expression = compile("$count([1..1000].($ + 1))")
    world = World(0.0, random.Random(1), Budget(steps=4000))
    assert [expression.evaluate({}, world) for _ in range(10)] == [1000] * 10


def test_a_regular_expression_that_backtracks_forever_is_given_up() -> None:
    with pytest.raises(JsonataError, match="U1001: Expression evaluation timeout"):
        value("$replace($text, /(x+x+)+y/, '')", text="x" * 5000)


def test_overflowing_arithmetic_is_an_error_not_a_long_number() -> None:
    with pytest.raises(JsonataError, match="D1001"):
        value("($f := function($x){ $f($x * $x) }; $f(10))")
    with pytest.raises(JsonataError, match="D3061"):
        value("$power(10, 1000000000)")


DOUBLED = "($x := {'a': 1}; " + "$x := {'a': $x, 'b': $x}; " * 60


@pytest.mark.parametrize(
    "use",
    ["$x", "$string($x)", "$x = $x", "$count($x.**)", "$distinct([$x, $x])", "$x & ''", "$clone($x)", "$string([$x])"],
)
def test_a_value_that_holds_another_many_times_over(use: str) -> None:
    """Sixty steps make a value of 2^60 members. It may be held, but nothing may walk through it."""
    with pytest.raises(JsonataError):
        value(f"{DOUBLED} {use})", Budget(steps=100_000))


@pytest.mark.parametrize("use", ["$boolean($x)", "$not($x)", "$x ? 1 : 2", "$x.a", "$lookup($x, 'a')"])
def test_arrays_that_hold_others_many_times_over(use: str) -> None:
    nested = "($x := [[]]; " + "$x := [[$x], [$x]]; " * 60
    try:
        value(f"{nested} {use})", Budget(steps=100_000))
    except JsonataError as refusal:
        assert refusal.code == "U1001"


def test_an_object_cannot_be_put_into_itself() -> None:
    with pytest.raises(JsonataError, match="U1001"):
        compile("$ ~> |$|{'self': $}|").evaluate({}, World(0.0, random.Random(1)), {"a": 1})


@pytest.mark.parametrize(
    "piece",
    [
        "$x{0} := 1;",
        "$f{0} := function($a){{$a}};",
        "$f{0} := $f{1};",
        "$b;",
        "[1..{0}];",
        "{{'a{0}': 1}};",
        "$f{0}($x);",
    ],
)
def test_long_expressions_compile_in_linear_time(piece: str) -> None:
    """Eight times the length takes eight times as many calls, not 64 times. Counted, not timed: machines are noisy."""

    def calls(pieces: int) -> int:
        source = "(" + "".join(piece.format(number + 1, number) for number in range(pieces)) + "$f0 := $sum)"
        made = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            compile(source)
        finally:
            sys.setprofile(None)
        return made

    assert calls(2000) < 10 * calls(250)


def test_an_expression_that_is_kept_is_not_made_again() -> None:
    kept = compile("1 + 1")
    assert compile("1 + 1") is kept
