"""The small languages: whatever the text, an answer or the documented refusal, and soon."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from treadle.asl import intrinsics, jsonata, jsonpath
from treadle.asl.expressions import jsonata_problem, jsonata_variables, jsonpath_variables
from treadle.asl.intrinsics import IntrinsicError
from treadle.asl.jsonata import Budget, JsonataError, World
from treadle.asl.jsonpath import PathError, PathMissing
from treadle.asl.jsontext import Malformed, load, load_strictly
from treadle.asl.scope import Scope
from treadle.asl.timestamps import format_timestamp, parse_timestamp
from treadle.values import Json, StatesError, dumps, loads

from . import texts
from .bounds import examples, within

# Long enough for a machine that is busy with other things; a hang is longer than anything.
SOON = 5.0
SMALL = Budget(steps=200_000, items=20_000, memory=16 << 20)


def surroundings(document: Json) -> Scope:
    """Roots for paths, and luck."""
    return Scope(document, {"x": document}, lambda: {"a": [document, 1]}, 1.7e9, 1)


def is_json(value: Json) -> bool:
    """Whether a value can be written and read again. Texts may hold lone surrogates, which no encoder takes."""
    try:
        return bool(loads(dumps(value)) == value)
    except UnicodeEncodeError:
        return True


@examples(400)
@given(texts.path_texts, texts.objects)
def test_paths(text: str, document: Json) -> None:
    with within(SOON):
        try:
            path = jsonpath.compile(text)
        except PathError:
            assert not jsonpath.is_path(text)
            return
        jsonpath_variables(text)
        try:
            found = jsonpath.locate(path)(surroundings(document))
        except (PathMissing, StatesError):
            return
        assert is_json(found)


@examples(150)
@given(texts.path_texts, texts.objects, texts.json_values)
def test_reference_paths(text: str, document: Json, value: Json) -> None:
    with within(SOON):
        try:
            path = jsonpath.compile_reference(text)
        except PathError:
            return
        try:
            assert is_json(path.put(document, value))
        except StatesError:
            return


@examples(400)
@given(texts.call_texts, texts.objects)
def test_intrinsic_functions(text: str, document: Json) -> None:
    with within(SOON):
        try:
            call = intrinsics.compile(text)
        except IntrinsicError:
            assert not intrinsics.is_intrinsic(text)
            return
        try:
            assert is_json(call(surroundings(document)))
        except StatesError as refusal:
            assert refusal.error.startswith("States.")


@examples(700)
@given(texts.jsonata_texts, texts.json_values, texts.json_values)
@example("$parseInteger(a, b)", "", None)
@example("$parseInteger('1', b)", "", None)
@example("$formatInteger(1, b)", "", None)
@example("$clone()", [1.7976931348623151e308], None)
@example("($) ~> |$|{'z': $}|", {}, None)
def test_jsonata(text: str, input: Json, variable: Json) -> None:
    before = dumps_or_none(input)
    with within(SOON):
        try:
            expression = jsonata.compile(text)
        except JsonataError:
            return
        try:
            variables = {"states": {"input": input}, "x": variable}
            found = expression.evaluate(variables, World(1.7e9, random.Random(1), SMALL), input)
        except JsonataError:
            return
        finally:
            assert dumps_or_none(input) == before, "the input has been changed"
    assert found is jsonata.UNDEFINED or found is jsonata.FUNCTION or is_json(found)


@examples(150)
@given(texts.jsonata_texts)
def test_jsonata_in_a_definition(text: str) -> None:
    with within(SOON):
        problem = jsonata_problem("{%" + text + "%}", frozenset(), [])
        if problem is None:
            jsonata_variables("{%" + text + "%}")


def dumps_or_none(value: Json) -> str | None:
    try:
        return dumps(value)
    except UnicodeEncodeError:
        return None


@examples(60)
@given(texts.monsters)
def test_monsters(text: str) -> None:
    """Deep and long texts, in all languages."""
    readers: list[tuple[Any, Any]] = [
        (jsonpath.compile, PathError),
        (jsonpath.compile_reference, PathError),
        (intrinsics.compile, IntrinsicError),
        (jsonata.compile, JsonataError),
        (load, Malformed),
        (load_strictly, Malformed),
    ]
    for read, refusal in readers:
        with within(2 * SOON):
            try:
                read(text)
            except refusal:
                continue


@examples(200)
@given(st.one_of(texts.odd_texts, texts.soup([*'{}[],:" 01-+.eE', "null", "true", '"a"', "\\u", "\\ud800"])))
@example("1e400")
@example('{"a": 1, "a": 2}')
def test_json_texts(text: str) -> None:
    with within(SOON):
        for read in (load, load_strictly):
            try:
                value = read(text)
            except Malformed as refusal:
                assert refusal.message
                continue
            assert is_json(value)


@examples(100)
@given(st.one_of(texts.odd_texts, texts.soup([*"0123456789-:.TZ+ ", "2024-01-01T00:00:00Z", "24", "-02-30"])))
def test_timestamps(text: str) -> None:
    at = parse_timestamp(text)
    if at is not None:
        assert parse_timestamp(format_timestamp(at)) is not None


def test_the_guard_against_hangs_works() -> None:
    from .bounds import Hang

    with pytest.raises(Hang), within(0.05):
        while True:
            pass
