"""When does a schedule fire? Examples from the EventBridge user guide and the corners of its calendar."""

import datetime

import pytest

from treadle.cloud.expressions import ExpressionError, next_after, parse_expression, parse_rule


def instant(text: str) -> float:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()


def shown(moment: float | None) -> str | None:
    return None if moment is None else datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat()[:16]


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("cron(0 10 * * ? *)", "2026-03-01T10:00:00", "2026-03-02T10:00"),
        ("cron(15 12 * * ? *)", "2026-03-01T10:00:00", "2026-03-01T12:15"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00", "2026-11-23T18:00"),
        ("cron(0 8 1 * ? *)", "2026-12-15T00:00:00", "2027-01-01T08:00"),
        ("cron(0/15 * * * ? *)", "2026-03-01T10:44:59", "2026-03-01T10:45"),
        ("cron(0/10 * ? * MON-FRI *)", "2026-11-20T23:55:00", "2026-11-23T00:00"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-23T17:55:00", "2026-11-24T08:00"),
        ("cron(0/30 20-23,0-2 ? * MON-FRI *)", "2026-11-23T02:30:00", "2026-11-23T20:00"),
        ("cron(0 9 ? * 2#1 *)", "2026-11-22T00:00:00", "2026-12-07T09:00"),
        ("cron(0 0 L * ? *)", "2028-02-01T00:00:00", "2028-02-29T00:00"),
        ("cron(0 0 1W * ? *)", "2026-07-31T12:00:00", "2026-08-03T00:00"),
        ("cron(0 0 ? * 6L *)", "2026-11-01T00:00:00", "2026-11-27T00:00"),
        ("cron(0 0 29 FEB ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00"),
        ("cron(0 0 1 1 ? 2025)", "2026-01-01T00:00:00", None),
        ("at(2026-05-05T06:07:00)", "2026-01-01T00:00:00", "2026-05-05T06:07"),
        ("at(2026-05-05T06:07:00)", "2026-05-05T06:07:00", None),
    ],
)
def test_next_occurrence(text, after, due):
    assert shown(next_after(parse_expression(text), instant(after), 0.0)) == due


def test_a_rate_counts_from_the_creation_of_its_rule():
    rate = parse_expression("rate(5 minutes)")
    assert next_after(rate, 1000.0, 1000.0) == 1300.0
    assert next_after(rate, 1300.0, 1000.0) == 1600.0
    assert next_after(rate, 9999.0, 1000.0) == 10000.0


def test_a_time_zone_moves_with_daylight_saving():
    noon = parse_expression("cron(0 12 * * ? *)")
    assert shown(next_after(noon, instant("2026-01-01T00:00:00"), 0, "Europe/Berlin")) == "2026-01-01T11:00"
    assert shown(next_after(noon, instant("2026-07-01T00:00:00"), 0, "Europe/Berlin")) == "2026-07-01T10:00"


@pytest.mark.parametrize(
    "text",
    ["rate(0 minutes)", "rate(5 weeks)", "cron(* * * * * *)", "cron(0 10 * * ?)",
     "cron(60 * * * ? *)", "cron(0 10 ? * FOO *)", "cron(0 10 ? * ? *)", "every day", "at(tomorrow)"],
)  # fmt: skip
def test_what_is_no_expression(text):
    with pytest.raises(ExpressionError):
        parse_expression(text)


@pytest.mark.parametrize("text", ["rate(1 minutes)", "rate(5 minute)", "at(2030-01-01T00:00:00)"])
def test_a_rule_is_stricter_than_a_schedule(text):
    parse_expression(text)
    with pytest.raises(ExpressionError):
        parse_rule(text)
