# ruff: noqa: E501
"""Strategies for JSON values and for texts of the languages: some valid, some nearly, some not at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

# Characters that have broken parsers before: NUL, separators of lines, right-to-left, beyond the basic plane, surrogates.
ODD = "\x00\x1f\x7f\x85\u2028\u200f\ufeff\ufffd\U0001f600\ud800\udfff"
odd_texts = st.text(st.one_of(st.sampled_from(ODD + "{}[]()'\"\\$.,:;@?*%#/ "), st.characters()), max_size=12)
names = st.sampled_from(["a", "b", "items", "n", "s", "", "a b", "$x", "é", "constructor", "__proto__", "0"])
numbers = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([10**6, 2**31, -(2**31), 2**53 + 1, 2**63, 10**30, 0.5, -1.5, 1e-7, 1e21, 1.7e308, -0.0, 5e-324]),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    st.sampled_from(["", "a", "abc", "2024-01-01T00:00:00Z", "12", "-0.5e3", "a.b", "{}", "[1]", "YQ==", "ÄÖ", "😀"]),
    odd_texts.filter(lambda text: text.isprintable()),
)
json_values: Strategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)
objects = st.dictionaries(names, json_values, max_size=5)

BOMB = 100_000
# Texts that are deep or long. Each is a whole text of its own.
monsters = st.sampled_from(
    [opening * BOMB for opening in ("(", "[", "{", "$.", "$..", "States.Array(", "-", "'", '"', "\\", "function(){")]
    + [opening * 3000 + "1" + closing * 3000 for opening, closing in (("(", ")"), ("[", "]"), ('{"a":', "}"))]
    + ["$" + ".a" * 20_000, "$" + "[*]" * 5000, "1" + "+1" * 20_000, "$" + "[0]" * 20_000, "a" * 200_000]
)


def soup(tokens: list[str], most: int = 25) -> Strategy[str]:
    """Tokens in any order, now and then with something strange among them."""
    return st.lists(st.one_of(*[st.sampled_from(tokens)] * 6, odd_texts), max_size=most).map("".join)


# -- JSONPath
_FILTERS = [
    "[?(@.a == 1)]", "[?(@.a)]", "[?(!@.b)]", "[?(@.a =~ /a.*/i)]", "[?(@.n in [1, 2])]", "[?(@.a && @.b || @.n < 2)]",
    "[?(@ != null)]", "[?(@.s size 2)]", "[?(@.items empty true)]", "[?(@['a'] >= $.n)]", "[?(@.a.length() > 0)]",
]  # fmt: skip
_STEPS = [
    ".a", ".b", ".items", ".n", "..a", "..*", ".*", "[*]", "[0]", "[-1]", "[0,1]", "[1:]", "[:2]", "[-2:]", "[0:4]",
    "['a']", '["b"]', "['a','b']", "['a b']", ".length()", ".size()", ".min()", ".max()", ".avg()", ".sum()",
    ".keys()", ".concat('a')", ".append(1)", ".first()", ".last()", ".index(0)", ".stddev()", *_FILTERS,
]  # fmt: skip
paths = st.builds(
    lambda root, steps: root + "".join(steps),
    st.sampled_from(["$", "$", "$", "$$", "$x"]),
    st.lists(st.sampled_from(_STEPS), max_size=5),
)
path_texts = st.one_of(paths, soup(["$", "$$", "@", *_STEPS, *"()[]?.,'\"!&|=<>~*:-/ 01a"]), odd_texts)

# -- intrinsic functions
# Name -> how many arguments it takes.
_INTRINSICS = {
    "Format": 3, "StringToJson": 1, "JsonToString": 1, "Array": 3, "ArrayPartition": 2, "ArrayContains": 2,
    "ArrayRange": 3, "ArrayGetItem": 2, "ArrayLength": 1, "ArrayUnique": 1, "Base64Encode": 1, "Base64Decode": 1,
    "Hash": 2, "JsonMerge": 3, "MathRandom": 3, "MathAdd": 2, "StringSplit": 2, "UUID": 0,
}  # fmt: skip
_PLAIN = ["$", "$.a", "$.items", "$.n", "$.s", "$.items[0]", "$$.a", "$x", "$.items[*]", "$..a", "$.b.length()"]
_ARGUMENTS = st.one_of(
    st.sampled_from(_PLAIN),
    st.sampled_from(["'a'", "'{} {} {}'", r"'\'\{\}\\'", "''", "'SHA-256'", "'YQ=='", "','", "'{\"a\":1}'", "'[1,2]'"]),
    st.sampled_from(["true", "false", "null", "1", "-5", "0", "3.5", "1000", "9223372036854775807", "1e3"]),
)
calls: Strategy[str] = st.recursive(
    _ARGUMENTS,
    lambda inner: st.sampled_from(sorted(_INTRINSICS)).flatmap(
        lambda name: st.lists(inner, min_size=_INTRINSICS[name], max_size=_INTRINSICS[name]).map(
            lambda arguments: f"States.{name}({', '.join(arguments)})"
        )
    ),
    max_leaves=8,
).filter(lambda text: text.startswith("States."))
call_texts = st.one_of(
    calls,
    calls,
    soup([f"States.{name}(" for name in _INTRINSICS] + ["$", "$.a", "'", "'{}'", ",", ")", "(", "\\", "1", " "]),
)

# -- JSONata
_ATOMS = st.one_of(
    st.sampled_from(
        [
            "$", "$$", "a", "b", "items", "n", "s", "*", "**", "%", "$states.input", "$states.context.a", "$x", "`a b`",
            "null", "true", "false", "'abc'", '"\\u00e9"', "'2024-01-01T00:00:00Z'", "/a.c/i", "/(a)|b*/", "[]", "{}",
            "[1..5]", "[1,[2,[3]]]", "'#,##0.00'", "'[Y0001]-[M01]'", "'0000'", "'Ww'", "function($v){$v}", "$sum", "$string",
            "λ($a,$b){$a>$b}", "function($a)<n:n>{$a+1}",
        ]
    ),
    numbers.filter(lambda number: abs(number) < 1e300).map(lambda number: f"({number!r})" if number < 0 else repr(number)),
)  # fmt: skip
_FORMS = [
    "{0}+{1}", "{0}-{1}", "{0}*{1}", "{0}/{1}", "{0}%{1}", "{0}&{1}", "{0}={1}", "{0}!={1}", "{0}<{1}", "{0}>={1}",
    "{0} and {1}", "{0} or {1}", "{0} in {1}", "({0}).({1})", "({0})[{1}]", "({0})[]", "{0}?{1}:{2}", "[{0},{1},{2}]",
    "[({0})..({1})]", "{{'k':{0},'l':{1}}}", "({0}){{$string({1}):{2}}}", "({0})^(>({1}),{2})", "({0})@$v.({1})",
    "({0})#$i[{1}]", "($x:={0};{1})", "({0})~>$sum", "({0})~>|{1}|{{'z':{2}}}|", "({0})~>|{1}|{2},['a']|", "-({0})",
    "(function($p,$q){{{0}}})({1},{2})", "($f:=function($p){{$p<3?$f($p+1):{0}}};$f({1}))", "$map({0},function($v,$i,$a){{{1}}})",
    "$filter({0},function($v){{{1}}})", "$reduce({0},function($p,$v){{{1}}},{2})", "({0}).%.({1})",
    "$sort({0},function($l,$r){{{1}}})", "$each({0},function($v,$k){{{1}}})", "$sift({0},function($v,$k){{{1}}})",
]  # fmt: skip
_BUILTINS = [
    "sum", "average", "string", "pad", "match", "contains", "replace", "split", "join", "random", "map", "zip", "filter",
    "single", "reduce", "sift", "each", "sort", "shuffle", "distinct", "toMillis", "now", "millis", "clone", "partition",
    "keys", "spread", "range", "uuid", "count", "substring", "substringBefore", "substringAfter", "lowercase", "uppercase",
    "length", "trim", "formatNumber", "formatBase", "formatInteger", "parseInteger", "number", "floor", "ceil", "round",
    "abs", "sqrt", "power", "boolean", "not", "lookup", "exists", "reverse", "error", "assert", "type", "encodeUrlComponent",
    "encodeUrl", "decodeUrlComponent", "decodeUrl", "fromMillis", "max", "min", "base64encode", "base64decode", "append",
    "merge", "parse", "hash", "eval", "nothing",
]  # fmt: skip
expressions: Strategy[str] = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds(
            lambda name, arguments: f"${name}({','.join(arguments)})",
            st.sampled_from(_BUILTINS),
            st.lists(inner, max_size=4),
        ),
        st.builds(
            lambda form, one, two, three: form.format(one, two, three), st.sampled_from(_FORMS), inner, inner, inner
        ),
    ),
    max_leaves=8,
)
_TOKENS = [
    *"()[]{}.,:;?@#^|~<>=!&+-*/%`'\"$ ", "..", ":=", "~>", "!=", "<=", "function", "and", "or", "in", "$x", "$states", "a",
    "1", "1e3", "'s'", "/a/", "/*", "*/", "\n", "null", "true", "λ", "\\", "?:", "??", "<n:n>", "(?", "$sum(", "**",
]  # fmt: skip
jsonata_texts = st.one_of(expressions, soup(_TOKENS), odd_texts)
