"""Errors carry the code and the words of the reference implementation: AWS prints both."""

from __future__ import annotations

import random

import pytest

from treadle.asl.jsonata import JsonataError, World, compile

SYNTAX = [
    ("", "S0207: Unexpected end of expression"),
    ("[1, 2", 'S0203: Expected "]" before end of expression'),
    ("[1; 2]", 'S0202: Expected "]", got ";"'),
    ("$x[1,2]", 'S0202: Expected "]", got ","'),
    ("{'a' 1}", 'S0202: Expected ":", got 1'),
    ("1 2", "S0201: Syntax error: 2"),
    ("a b", 'S0201: Syntax error: "b"'),
    ("[1,2,]", 'S0211: The symbol "]" cannot be used as a unary operator'),
    ("missing ?? 1", 'S0211: The symbol "?" cannot be used as a unary operator'),
    ("'abc", "S0101: String literal must be terminated by a matching quote"),
    ("1e999", 'S0102: Number out of range: "1e999"'),
    ("'\\q'", 'S0103: Unsupported escape sequence: \\"q"'),
    ("'\\u12'", "S0104: The escape sequence \\u must be followed by 4 hex digits"),
    ("`abc", "S0105: Quoted property name must be terminated with a backquote (`)"),
    ("/* abc", "S0106: Comment has no closing tag"),
    ("1 ! 2", 'S0204: Unknown operator: "!"'),
    ("function(a){1}", "S0208: Parameter 1 of function definition must be a variable name (start with $)"),
    ("$a{b:c}[1]", "S0209: A predicate cannot follow a grouping expression in a step"),
    ("a{b:c}{d:e}", "S0210: Each step can only have one grouping expression"),
    ("a := 1", "S0212: The left side of := must be a variable name (start with $)"),
    ("a.1", "S0213: The literal value 1 cannot be used as a step within a path expression"),
    ("%.a", "S0217: The object representing the 'parent' cannot be derived from this expression"),
    ("$x ~> //", "S0301: Empty regular expressions are not allowed"),
    ("/abc", "S0302: No terminating / in regular expression"),
    ("/a++/", "S0303: Invalid regular expression: /a++/: Nothing to repeat"),
    ("function($a)<n<n>>{1}", "S0401: Type parameters can only be applied to functions and arrays"),
    ("function($a)<n???>{1}", 'S0201: Syntax error: "<n???>"'),
]
DYNAMIC = [
    ("$nope(1)", "T1006: Attempted to invoke a non-function"),
    ("sum(1)", "T1005: Attempted to invoke a non-function. Did you mean $sum?"),
    ("$nope(?)", "T1008: Attempted to partially apply a non-function"),
    ("1 + 'a'", 'T2002: The right side of the "+" operator must evaluate to a number'),
    ("true * 2", 'T2001: The left side of the "*" operator must evaluate to a number'),
    ("[1..1.5]", "T2004: The right side of the range operator (..) must evaluate to an integer"),
    ("-'a'", 'D1002: Cannot negate a non-numeric value: "a"'),
    ("1 < 'a'", 'T2009: The values 1 and "a" either side of operator "<" must be of the same data type'),
    ("null < 1", 'T2010: The expressions either side of operator "<" must evaluate to numeric or string values'),
    ("1 ~> 2", "T2006: The right side of the function application operator ~> must be a function"),
    ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1"),
    ("{'a': 1, 'a': 2}", 'D1009: Multiple key definitions evaluate to same key: "a"'),
    ("$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"'),
    ("$length(5)", 'T0410: Argument 1 of function "length" does not match function signature'),
    ("$number('x')", 'D3030: Unable to cast value to a number: "x"'),
    ("$sqrt(-1)", "D3060: The sqrt function cannot be applied to a negative number: -1"),
    ("$power(0, -1)",
     "D3061: The power function has resulted in a value that cannot be represented as a JSON number:"
     " base=0, exponent=-1"),
    ("1/0", "D1001: Number out of range: null"),
    ("{'a': [0/0]}", "D1001: Number out of range: null"),
    ("$string(1/0)", "D3001: Attempting to invoke string function on Infinity or NaN"),
    ("$error('boom')", "D3137: boom"),
    ("$error()", "D3137: $error() function evaluated"),
    ("$assert(false, 'no')", "D3141: no"),
    ("$single([1, 2])", "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more."),
    ("[3, 'a']^($)", 'T2007: Type mismatch when comparing values 3 and "a" in order-by clause'),
    ("$replace('abc', '', 'x')", "D3010: Second argument of replace function cannot be an empty string"),
    ("$formatBase(1, 99)", "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 99"),
    ("{} ~> |$|1|", "T2011: The insert/update clause of the transform expression must evaluate to an object: 1"),
    ("$decodeUrl('%')", 'D3140: Malformed URL passed to $decodeUrl(): "%"'),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message"), SYNTAX)
def test_a_syntax_error_is_found_when_compiling(source: str, message: str) -> None:
    with pytest.raises(JsonataError) as caught:
        compile(source)
    assert str(caught.value) == message


@pytest.mark.parametrize(("source", "message"), DYNAMIC)
def test_other_errors_are_found_when_evaluating(source: str, message: str) -> None:
    expression = compile(source)
    with pytest.raises(JsonataError) as caught:
        expression.evaluate({}, World(0.0, random.Random(1)), {})
    assert str(caught.value) == message


def test_an_error_knows_its_place() -> None:
    """The position is that behind the token, as in the reference."""
    with pytest.raises(JsonataError) as caught:
        compile("1 + + 2")
    assert (caught.value.code, caught.value.position) == ("S0211", 5)
    with pytest.raises(JsonataError) as caught:
        compile("1 + 'a'").evaluate({}, World(0.0, random.Random(1)))
    assert caught.value.position == 3


def test_on_the_right_of_and_or_the_operator_is_blamed() -> None:
    """A quirk of the reference: it overwrites the function's name."""
    with pytest.raises(JsonataError, match='Argument 1 of function "and" does not match'):
        compile("true and $length(5)").evaluate({}, World(0.0, random.Random(1)))
