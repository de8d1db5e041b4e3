"""What can be known of an expression before it runs: AWS checks it when a state machine is created."""

from __future__ import annotations

import pytest

from treadle.asl.jsonata import compile


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("$a + $b.c", {"a", "b"}),
        ("($a := 1; $a + $b)", {"b"}),
        ("($a; $a := 1)", set()),
        ("function($x){ $x + $y }", {"y"}),
        ("$map($xs, function($v){ $v * $factor })", {"xs", "factor"}),
        ("$states.input.x & $sum([1])", set()),
        ("$xs@$x.ys@$y.{'a': $x.id, 'b': $y.id, 'c': $z}", {"xs", "z"}),
        ("$xs#$i.{'n': $i}", {"xs"}),
        ("$xs[id = $wanted]^(>$key)", {"xs", "wanted", "key"}),
        ("$x ~> |a|{'b': $c}, $d|", {"x", "c", "d"}),
    ],
)
def test_free_variables(source: str, variables: set[str]) -> None:
    """Neither `$states`, nor functions, nor the expression's own variables."""
    assert compile(source).references.variables == variables


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("$states.input.a.b", {("input", "a", "b")}),
        ("$states", {()}),
        ("$states.result.x[0].y", {("result", "x")}),
        ("$states.input[$states.context.n > 1]", {("input",), ("context", "n")}),
        ("$merge([$states.errorOutput, {'a': $states.'input'}])", {("errorOutput",), ("input",)}),
        ("$states['input']", {()}),
    ],
)
def test_members_of_states(source: str, paths: set[tuple[str, ...]]) -> None:
    assert compile(source).references.states == paths


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("phone", ("phone",)),
        ("phone.number & $states.input.phone", ("phone",)),
        ("$", ("$",)),
        ("$$.a & b", ("$$", "b")),
        ("{'a': name}", ("name",)),
        ("[a, b, a]", ("a", "b")),
        ("function(){ a }", ("a",)),
        ("sum(1)", ("sum",)),
        ("$states.input.items.{'n': name, 'v': $}", ()),
        ("$states.input.items[price > 1].(a + b)", ()),
        ("$states.input.items{id: name}", ()),
        ("$states.input.items^(name)", ()),
        ("$states.input ~> |a|{'b': c}|", ()),
        ("$map($states.input, function($v){ $v.name })", ()),
    ],
)
def test_references_to_an_input_that_is_not_there(source: str, names: tuple[str, ...]) -> None:
    """AWS: Reference to 'phone' at the top level is not supported."""
    assert compile(source).references.top_level == names


def test_functions_that_are_used() -> None:
    assert compile("$sum($map($xs, $string))").references.functions == {"sum", "map", "string"}
