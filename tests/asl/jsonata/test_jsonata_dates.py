"""Dates and times by picture strings, in UTC unless a picture or an argument says otherwise."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.jsonata import UNDEFINED, JsonataError, World, compile
from treadle.asl.jsonata.dates import civil_from_days, days_from_civil, first_week

MOMENT = 1_521_801_216_617  # 2018-03-23T10:33:36.617Z, a Friday


def value(source: str, **variables: Any) -> Any:
    return compile(source).evaluate({"m": MOMENT, **variables}, World(1_700_000_000.0, random.Random(1)))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("[Y]-[M]-[D]", "2018-3-23"),
        ("[Y0001]-[M01]-[D01]", "2018-03-23"),
        ("[M01]/[D01]/[Y,2-2]", "03/23/18"),
        ("[D1o] [MNn] [Y]", "23rd March 2018"),
        ("[FNn,3-3], [D1] [MNn,3-3]", "Fri, 23 Mar"),
        ("[FN] [Fn]", "FRIDAY friday"),
        ("[h#1]:[m01] [P] [PN]", "10:33 am AM"),
        ("[H01]:[m]:[s].[f001]", "10:33:36.617"),
        ("[Dwo] of [MNn], [YI]", "twenty-third of March, MMXVIII"),
        ("[Yw]", "two thousand and eighteen"),
        ("Day [d] of [Y], week [W]", "Day 82 of 2018, week 12"),
        ("[X0001]-W[W01]-[F1]", "2018-W12-5"),
        ("week [w] of [xNn]", "week 4 of March"),
        ("[[literal]] [E] [C]", "[literal] ISO ISO"),
        ("[Z] [z] [Z01:01t]", "+00:00 GMT+00:00 Z"),
    ],
)
def test_fromMillis_writes_by_picture(picture: str, expected: str) -> None:
    assert value("$fromMillis($m, $picture)", picture=picture) == expected


def test_fromMillis_in_another_time_zone() -> None:
    assert value("$fromMillis($m, '[H01]:[m01] [Z]', '+0530')") == "16:03 +05:30"
    assert value("$fromMillis($m, '[H01]:[m01] [z]', '-0500')") == "05:33 GMT-05:00"
    assert value("$fromMillis($m)") == "2018-03-23T10:33:36.617Z"


@pytest.mark.parametrize(
    ("text", "picture", "expected"),
    [
        ("2018-03-23", "[Y]-[M]-[D]", "2018-03-23T00:00:00.000Z"),
        ("03/23/2018 5:06 pm", "[M]/[D]/[Y] [h]:[m] [P]", "2018-03-23T17:06:00.000Z"),
        ("23rd March 2018", "[D1o] [MNn] [Y]", "2018-03-23T00:00:00.000Z"),
        (
            "Friday, 23 Mar 2018 10:33:36 GMT-05:00",
            "[FNn], [D] [MNn,3-3] [Y] [H]:[m]:[s] [z]",
            "2018-03-23T15:33:36.000Z",
        ),
        ("2018-082", "[Y]-[d]", "2018-03-23T00:00:00.000Z"),
        ("MMXVIII", "[YI]", "2018-01-01T00:00:00.000Z"),
        ("twenty-third of March, 2018", "[Dwo] of [MNn], [Y]", "2018-03-23T00:00:00.000Z"),
    ],
)
def test_toMillis_reads_by_picture(text: str, picture: str, expected: str) -> None:
    assert value("$fromMillis($toMillis($text, $picture))", text=text, picture=picture) == expected


def test_toMillis_takes_the_missing_from_now() -> None:
    """What is more significant than the given parts comes from the world's time: 14 November 2023."""
    assert value("$fromMillis($toMillis('10:33', '[H]:[m]'))") == "2023-11-14T10:33:00.000Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-03-23T10:33:36.617Z", MOMENT),
        ("2018-03-23T10:33:36.617+01:00", MOMENT - 3_600_000),
        ("2018-03-23", 1_521_763_200_000),
        ("2018", 1_514_764_800_000),
    ],
)
def test_toMillis_reads_iso_8601(text: str, expected: int) -> None:
    assert value("$toMillis($text)", text=text) == expected


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("$toMillis('soon')", "D3110"),
        ("$toMillis('10 36', '[H] [s]')", "D3136"),
        ("$fromMillis($m, '[Yn]')", "D3133"),
        ("$fromMillis($m, '[q]')", "D3132"),
        ("$fromMillis($m, '[Y')", "D3135"),
        ("$fromMillis(1e300)", "D1001"),
    ],
)
def test_bad_pictures_and_texts_are_errors(source: str, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        value(source)
    assert caught.value.code == code


def test_a_text_that_does_not_match_is_nothing() -> None:
    assert value("$toMillis('x', '[Y]')") is UNDEFINED


@given(st.dates())
def test_the_calendar_is_gregorian(day: date) -> None:
    days = (day - date(1970, 1, 1)).days
    assert days_from_civil(day.year, day.month, day.day) == days
    assert civil_from_days(days) == (day.year, day.month, day.day)


@given(st.integers(2, 9998))
def test_the_first_week_holds_the_fourth_of_january(year: int) -> None:
    monday = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=first_week(year, 1))
    assert monday.date() == date.fromisocalendar(year, 1, 1)
