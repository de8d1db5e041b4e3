"""JSONPath finds what Jayway JsonPath finds, and says in its words what it does not find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.jsonpath import PathError, PathMissing, compile, is_path, split

BOOKS = [
    {"category": "reference", "author": "Nigel Rees", "title": "Sayings", "price": 8.95},
    {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword", "price": 12.99},
    {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553", "price": 8.99},
    {"category": "fiction", "author": "J. R. R. Tolkien", "title": "Rings", "isbn": "0-395", "price": 22.99},
]
STORE = {"store": {"book": BOOKS, "bicycle": {"color": "red", "price": 19.95}}, "expensive": 10}
DATA = {"a": {"b": "text", "none": None}, "list": [10, 20, 30, 40], "n": 1, "odd name": {"it's": 2}, "数": 3}


def find(path: str, data: Any) -> Any:
    return compile(path).find(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DATA),
        ("$.n", 1),
        ("$.a.b", "text"),
        ("$['a']['b']", "text"),
        ('$["a"].b', "text"),
        ("$.a.none", None),
        ("$.list[0]", 10),
        ("$.list[-1]", 40),
        ("$['odd name']['it\\'s']", 2),
        ("$.数", 3),
        ("$['n','list']", {"n": 1, "list": [10, 20, 30, 40]}),
        ("$['n','gone']", {"n": 1}),
    ],
)
def test_a_definite_path_has_one_value(path: str, value: Any) -> None:
    assert compile(path).definite
    assert find(path, DATA) == value


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("$.list[*]", [10, 20, 30, 40]),
        ("$.a.*", ["text", None]),
        ("$.n.*", []),
        ("$.list[1,3]", [20, 40]),
        ("$.list[1,9]", [20]),
        ("$.list[1:]", [20, 30, 40]),
        ("$.list[:2]", [10, 20]),
        ("$.list[1:3]", [20, 30]),
        ("$.list[-2:]", [30, 40]),
        ("$.list[:-1]", [10, 20, 30]),
        ("$.list[-3:-1]", [20, 30]),
        ("$.list[1:-1]", []),  # Jayway compares the bounds before it counts from the end
        ("$.list[9:]", []),
        ("$..b", ["text"]),
    ],
)
def test_an_indefinite_path_has_a_list_of_matches(path: str, matches: list[Any]) -> None:
    assert not compile(path).definite
    assert find(path, DATA) == matches


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("$.store.book[*].author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
        ("$..author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
        ("$.store..price", [8.95, 12.99, 8.99, 22.99, 19.95]),
        ("$..book[2].title", ["Moby Dick"]),
        ("$..book[-1:].title", ["Rings"]),
        ("$..book[0,1].title", ["Sayings", "Sword"]),
        ("$..['title','price']", [{"title": book["title"], "price": book["price"]} for book in BOOKS]),
        ("$.store.book[0]['title','price'].x", []),
    ],
)
def test_scans_and_unions(path: str, matches: list[Any]) -> None:
    assert find(path, STORE) == matches


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        ("@.isbn", ["Moby Dick", "Rings"]),
        ("!@.isbn", ["Sayings", "Sword"]),
        ("@.price < 10", ["Sayings", "Moby Dick"]),
        ("@.price <= $.expensive", ["Sayings", "Moby Dick"]),
        ("@.price <= $['expensive']", ["Sayings", "Moby Dick"]),
        ("@.category == 'fiction' && @.price > 20", ["Rings"]),
        ("@.category != 'fiction' || @.price > 20", ["Sayings", "Rings"]),
        ("!(@.category == 'fiction')", ["Sayings"]),
        ("(@.price > 20 || @.price < 8.96) && @.title", ["Sayings", "Rings"]),
        ("@.author =~ /.*rees/i", ["Sayings"]),
        ("@.author =~ /rees/i", []),  # the whole text has to match
        ("@.author in ['Nigel Rees', \"Evelyn Waugh\"]", ["Sayings", "Sword"]),
        ("@.author nin ['Nigel Rees', 'Evelyn Waugh']", ["Moby Dick", "Rings"]),
        ("@.title size 5", ["Sword", "Rings"]),
        ("@.title contains 'o'", ["Sword", "Moby Dick"]),
        ("@.title empty false", ["Sayings", "Sword", "Moby Dick", "Rings"]),
        ("@.isbn == null", []),  # missing is not null
        ("@.isbn != null", ["Sayings", "Sword", "Moby Dick", "Rings"]),
        ("@.title == 'Sword' || @.title == 'a) || b'", ["Sword"]),
        ("@.price == '8.95'", ["Sayings"]),  # a number equals its text
        ("@['title'] == 'Sword'", ["Sword"]),
        ("'Sword' == @.title", ["Sword"]),
        ("@.title.length() > 3", []),  # length() counts arrays and objects only
    ],
)
def test_filters(condition: str, titles: list[str]) -> None:
    assert find(f"$.store.book[?({condition})].title", STORE) == titles


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("@.tags subsetof ['a','b']", [1]),
        ("@.tags anyof ['c','x']", [2]),
        ("@.tags noneof ['c']", [1]),
        ("@.tags all ['b']", [1, 2]),
        ("@.tags contains 'c'", [2]),
        ("@.tags size 2", [1]),
        ("@.tags.length() == 3", [2]),
        ("@.tags == ['a','b']", [1]),
        ("@.on == true", [1]),
        ("@.on === 1", []),
        ("@.nested[?(@.x > 1)]", [1, 2]),  # a nested filter always has a value: its list
    ],
)
def test_filters_over_lists(condition: str, kept: list[int]) -> None:
    items = [
        {"id": 1, "tags": ["a", "b"], "on": True, "nested": [{"x": 2}]},
        {"id": 2, "tags": ["a", "b", "c"], "on": 0, "nested": []},
    ]
    assert find(f"$[?({condition})].id", items) == kept


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.list.length()", 4),
        ("$.list.size()", 4),
        ("$.a.length()", 2),
        ("$.a.b.length()", None),
        ("$.list.sum()", 100.0),
        ("$.list.avg()", 25.0),
        ("$.list.min()", 10.0),
        ("$.list.max()", 40.0),
        ("$.list.stddev()", 11.180339887498949),
        ("$.list.sum(5, $.n)", 106.0),
        ("$.a.keys()", ["b", "none"]),
        ('$.concat($.a.b, "-", $.n)', "text-1"),
        ("$.list.append(50)", [10, 20, 30, 40, 50]),
        ("$.list.first()", 10),
        ("$.list.last()", 40),
        ("$.list.index(1)", 20),
        ("$..list.length()", 4),
    ],
)
def test_functions(path: str, value: Any) -> None:
    assert find(path, DATA) == value


def test_a_function_behind_a_deep_scan_takes_everything_found() -> None:
    assert find("$..price.sum()", STORE) == pytest.approx(73.87)
    assert compile("$..price.sum()").definite


@pytest.mark.parametrize("path", ["$.items[*]", "$.items[1:]", "$.item.items[*]", "$.item.items[1:]", "$.items[:1].x"])
def test_an_indefinite_path_over_missing_data_is_empty(path: str) -> None:
    """Recorded on AWS: Parameters of a Pass state with the input {}."""
    assert find(path, {}) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.gone", "No results for path: $['gone']"),
        ("$.a.gone", "No results for path: $['a']['gone']"),
        ('$["gone"]', 'No results for path: $["gone"]'),
        ("$.gone.deeper", "Missing property in path $['gone']"),
        ("$.list[4]", "No results for path: $['list'][4]"),
        ("$.list[-5]", "No results for path: $['list'][-5]"),
        ("$.a.none[0]", "The path $['a']['none'] is null"),
        ("$.a.b[0]", "Filter: [0] can only be applied to arrays. Current context is: text"),
        ("$.a[0].x", "Filter: [0]['x'] can only be applied to arrays. Current context is: {b=text, none=null}"),
        ("$.n[1:]", "Filter: [1:] can only be applied to arrays. Current context is: 1"),
        ("$.n[?(@.x)]", "Filter: [?] can not be applied to primitives. Current context is: 1"),
        (
            "$.a.b.c",
            "Expected to find an object with property ['c'] in path $['a']['b'] but found 'java.lang.String'. This is"
            " not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
        ),
    ],
)
def test_missing_values_are_explained_in_jayways_words(path: str, reason: str) -> None:
    with pytest.raises(PathMissing) as missing:
        find(path, DATA)
    assert missing.value.reason == reason
    assert str(missing.value) == f"Invalid path '{path}' : {reason}"
    assert missing.value.root is DATA


def test_a_character_of_a_string_is_no_item() -> None:
    with pytest.raises(PathMissing):
        find("$.a.b[0]", DATA)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "@.a", "$.", "$..", "$.a.", "$.a..", "$a-b", "$.a b", "$ .a", "$['a", "$['a'", "$['a' 'b']", "$['a',]",
        "$[]", "$[a]", "$[:]", "$[1.5]", "$[1;2]", "$[*", "$.a[?(@.x]", "$.a[?(@.x == )]", "$.a[?(@.x ~ 1)]",
        "$.a[?(1)]", "$.a[?()]", "$.a[?]", "$.a[?(@.x =~ /(/)]", "$.a...b", "$.nope()", "$.length(", "$['a']b",
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    assert not is_path(text)
    with pytest.raises(PathError):
        compile(text)


@pytest.mark.parametrize(
    ("text", "root", "rest"),
    [
        ("$", "$", ""),
        ("$.a", "$", ".a"),
        ("$[0]", "$", "[0]"),
        ("$$", "$$", ""),
        ("$$.Execution.Id", "$$", ".Execution.Id"),
        ("$who", "who", ""),
        ("$who.a[0]", "who", ".a[0]"),
        ("$größe_2.x", "größe_2", ".x"),
    ],
)
def test_a_path_starts_at_the_data_the_context_or_a_variable(text: str, root: str, rest: str) -> None:
    assert split(text) == (root, rest)
    assert compile(text).root == root


NAMES = st.text(min_size=1)
LISTS = st.lists(st.integers(), max_size=6)


@given(st.dictionaries(NAMES, st.integers(), min_size=1), st.data())
def test_every_member_name_can_be_written_in_brackets(data: dict[str, int], draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(sorted(data)))
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    assert find(f"$['{escaped}']", data) == data[name]


@given(LISTS, st.integers(-8, 8))
def test_slices_with_one_bound_are_pythons(items: list[int], bound: int) -> None:
    assert find(f"$[{bound}:]", items) == items[bound:]
    assert find(f"$[:{bound}]", items) == items[:bound]


@given(LISTS, st.integers(-8, 8))
def test_an_index_finds_an_item_or_nothing(items: list[int], index: int) -> None:
    expected = items[index : index + 1 or None]
    assert find(f"$[{index},99]", items) == (expected if -len(items) <= index < len(items) else [])


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@given(TREES)
def test_a_deep_scan_visits_parents_before_their_children(tree: Any) -> None:
    def named_a(node: Any) -> list[Any]:
        own = [node["a"]] if isinstance(node, dict) and "a" in node else []
        below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        return own + [found for child in below for found in named_a(child)]

    assert find("$..a", tree) == named_a(tree)


@given(TREES, st.lists(st.sampled_from([".a", ".b", "['c']", "[0]", "[-1]", "[1]"]), max_size=5))
def test_the_fast_way_agrees_with_the_careful_way(tree: Any, steps: list[str]) -> None:
    """`$..` free paths of members and indices take a short cut; as matches of an indefinite path they do not."""
    path = "".join(steps)
    try:
        expected = [find(f"${path}", tree)]
    except PathMissing:
        expected = []
    assert find(f"$[*]{path}", [tree]) == expected
