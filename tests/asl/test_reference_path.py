"""A reference path names one place: what is put there is found there, and everything else stays the same object."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.jsonpath import PathError, compile_reference, is_reference
from treadle.values import StatesError


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("$", {"a": 1}, "new"),
        ("$.b", {"a": 1}, {"a": 1, "b": "new"}),
        ("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}),
        ("$.a.b.c", {}, {"a": {"b": {"c": "new"}}}),
        ("$['a b'].c", {"a b": {"d": 1}}, {"a b": {"d": 1, "c": "new"}}),
        ("$.list[1]", {"list": [1, 2, 3]}, {"list": [1, "new", 3]}),
        ("$.list[0].x", {"list": [{}, 2]}, {"list": [{"x": "new"}, 2]}),
        ("$[0]", [1], ["new"]),
    ],
)
def test_put_replaces_or_adds(path: str, before: Any, after: Any) -> None:
    assert compile_reference(path).put(before, "new") == after


def test_put_copies_the_spine_only() -> None:
    before = {"keep": {"x": 1}, "a": {"keep": [1], "b": 0}}
    after = compile_reference("$.a.b").put(before, 1)
    assert before == {"keep": {"x": 1}, "a": {"keep": [1], "b": 0}}
    assert after["keep"] is before["keep"]
    assert after["a"]["keep"] is before["a"]["keep"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "document", "shown"),
    [
        ("$.a", "text", '"text"'),
        ("$.a", [1], "[1]"),
        ("$.a.b", {"a": 5}, '{"a":5}'),
        ("$.a[0]", {}, "{}"),
        ("$.a[2]", {"a": [1, 2]}, '{"a":[1,2]}'),
        ("$.a[0]", {"a": {}}, '{"a":{}}'),
    ],
)
def test_a_place_that_cannot_exist_is_an_error(path: str, document: Any, shown: str) -> None:
    with pytest.raises(StatesError) as error:
        compile_reference(path).put(document, 1)
    assert error.value.error == "States.ResultPathMatchFailure"
    assert error.value.cause == f"Unable to apply ReferencePath {path} to input {shown}"


@pytest.mark.parametrize(
    "text", ["$[*]", "$.a[1:]", "$..a", "$.a[0,1]", "$['a','b']", "$.a[-1]", "$.a.length()", "$.a[?(@.b)]", "a", "$."]
)
def test_paths_to_several_places_are_refused(text: str) -> None:
    assert not is_reference(text)
    with pytest.raises(PathError):
        compile_reference(text)


DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)
PATHS = st.lists(st.sampled_from([".a", ".b", "['c']", "[0]", "[1]"]), max_size=4).map(
    lambda steps: "$" + "".join(steps)
)


@given(DOCUMENTS, PATHS, st.integers())
def test_what_is_put_is_found(document: Any, text: str, value: int) -> None:
    path = compile_reference(text)
    try:
        after = path.put(document, value)
    except StatesError:
        return
    assert path.find(after) == value
    assert path.put(after, value) == after
