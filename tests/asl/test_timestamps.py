"""Timestamps are RFC 3339 with an upper-case T and Z; everything else is no timestamp."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.asl.timestamps import format_timestamp, is_timestamp, nanoseconds, parse_timestamp


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2016-03-14T01:59:00Z", 1457920740),
        ("2016-03-14T01:59:00+01:00", 1457917140),
        ("2016-03-14T01:59:00-00:30", 1457922540),
        ("2016-03-14T01:59:00.25Z", 1457920740.25),
        ("2026-11-22T13:41:46.000000Z", 1795354906),
        ("1969-12-31T23:59:59.5Z", -0.5),
    ],
)
def test_parsing(text: str, instant: float) -> None:
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "", "2016-12-05", "2016-12-05T21:29:29", "05-12-2016T21:29:29Z", "2016-13-05T21:29:29Z", "2016-12-05T25:29:29Z",
        "2016-12-05T21:60:29Z", "2016-12-05T21:29:60Z", "2016-02-30T21:29:29Z", "2016-12-05t21:29:29Z",
        "2016-12-05T21:29:29z", "2016-12-05 21:29:29Z", "2016-12-05T21:29:29.Z", "2016-12-05T21:29:29.1234567890Z",
        "2016-12-05T21:29:29+0100", "2016-12-05T21:29:29+19:00", " 2016-12-05T21:29:29Z", "2016-12-05T21:29:29Z\n",
        "2016-12-05T21:29Z", "٢016-12-05T21:29:29Z",
    ],
)  # fmt: skip
def test_what_is_no_timestamp(text: str) -> None:
    assert parse_timestamp(text) is None
    assert not is_timestamp(text)


def test_nanoseconds_are_exact() -> None:
    one, two = nanoseconds("2016-03-05T21:29:29.243167252Z"), nanoseconds("2016-03-05T21:29:29.243167253Z")
    assert one is not None and two is not None and two - one == 1


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1457920740.5, "2016-03-14T01:59:00.500Z"),
        (1457920740.001, "2016-03-14T01:59:00.001Z"),
        (1457920740.9999, "2016-03-14T01:59:01Z"),
    ],
)
def test_formatting_shows_milliseconds_unless_they_are_zero(instant: float, text: str) -> None:
    assert format_timestamp(instant) == text


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-1080, 1080))
def test_parsing_agrees_with_the_standard_library(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert nanoseconds(moment.isoformat()) == microseconds * 1000


@given(st.integers(0, 4_000_000_000_000))
def test_milliseconds_survive_the_round_trip(milliseconds: int) -> None:
    assert nanoseconds(format_timestamp(milliseconds / 1000)) == milliseconds * 1_000_000
