"""Metric filters of log groups: what counts, and that it counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Running

from treadle.cloud.log_filters import PatternError, compile_pattern, reader

LINE = '127.0.0.1 frank [10/Oct/2026:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
JSON = json.dumps({"level": "ERROR", "status": 503, "tags": ["a"], "user": {"name": "ann"}, "cold": True, "none": None})


@pytest.mark.parametrize(
    ("pattern", "message", "counts"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "timeout, ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ("?ERROR ?WARN", "WARN it", True),
        ("?ERROR ?WARN", "INFO it", False),
        ("ERROR -Expected", "ERROR Expected", False),
        ('"Task timed out"', "x Task timed out y", True),
        ("%time[ds] out%", "timed out", True),
        ('{ $.level = "ERROR" }', JSON, True),
        ("{ $.level = ERR* }", JSON, True),
        ("{ $.status >= 500 && $.user.name = ann }", JSON, True),
        ("{ ($.status < 500) || ($.tags[0] = b) }", JSON, False),
        ("{ $.level != INFO }", JSON, True),
        ("{ $.cold IS TRUE }", JSON, True),
        ("{ $.none IS NULL }", JSON, True),
        ("{ $.gone NOT EXISTS }", JSON, True),
        ("{ $.level = ERROR }", "ERROR", False),
        ("[ip, user, time, request, status, bytes]", LINE, True),
        ("[ip, user, time, request, status]", LINE, False),
        ("[ip, user, time, request, status=4*, bytes]", LINE, True),
        ("[ip, user, time, request, status=5*, bytes]", LINE, False),
        ("[ip, ..., status = 404, bytes > 1000]", LINE, True),
        ("[..., bytes < 1000]", LINE, False),
        ("[ip != 10.* && ip != 127.*, ...]", LINE, False),
        ("[ip = 10.* || ip = 127.*, ...]", LINE, True),
        ('[ip, user, time, request = "GET *", ...]', LINE, True),
        ("[..., request = %index[.]html%, status, bytes]", LINE, True),
        ("[a, b, c, d, e, f, g, ...]", LINE, False),
    ],
)
def test_a_pattern_chooses_events(pattern: str, message: str, counts: bool) -> None:
    assert compile_pattern(pattern)(message, reader(pattern)(message)) == counts


NONSENSE = [
    "[ip, user", "[..., a, ...]", "[a =]", "[a, = 1]", "{ $.a }", "{ level = x }", "{ $.a > many }", "{ ($.a = 1 }",
]  # fmt: skip


@pytest.mark.parametrize("pattern", NONSENSE)
def test_other_patterns_are_not_understood(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_pattern_that_means_nothing_is_refused(running: Running) -> None:
    logs = running.client("logs")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Invalid metric filter pattern"):
        put_filter(logs, "x", "{ $.a > many }", metricName="X", metricValue="1")


def test_log_events_become_a_metric(running: Running) -> None:
    logs, now = running.client("logs"), datetime.now(UTC)
    logs.create_log_group(logGroupName="/shop")
    logs.create_log_stream(logGroupName="/shop", logStreamName="s")
    put_filter(logs, "failures", "{ $.level = ERROR }", metricName="Failures", metricValue="1", defaultValue=0.0)
    put_filter(logs, "spent", "{ $.ms > 0 }", metricName="Spent", metricValue="$.ms", unit="Milliseconds")
    for told in ({"level": "ERROR", "ms": 30}, {"level": "INFO", "ms": 10}):
        event = {"timestamp": int(now.timestamp() * 1000), "message": json.dumps(told)}
        logs.put_log_events(logGroupName="/shop", logStreamName="s", logEvents=[event])
    told = {}
    for name in ("Failures", "Spent"):
        (point,) = running.client("cloudwatch").get_metric_statistics(
            Namespace="shop",
            MetricName=name,
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        told[name] = (point["Sum"], point["SampleCount"])
    assert told == {"Failures": (1.0, 2.0), "Spent": (40.0, 2.0)}


def put_filter(logs: Any, name: str, pattern: str, **transformation: Any) -> None:
    logs.put_metric_filter(
        logGroupName="/shop",
        filterName=name,
        filterPattern=pattern,
        metricTransformations=[{"metricNamespace": "shop", **transformation}],
    )


def test_a_log_group_keeps_what_its_retention_says(running: Running) -> None:
    logs, now = running.client("logs"), datetime.now(UTC).timestamp()
    logs.create_log_group(logGroupName="/short")
    logs.put_retention_policy(logGroupName="/short", retentionInDays=1)
    logs.create_log_stream(logGroupName="/short", logStreamName="s")
    for days, text in ((3, "old"), (0, "new")):
        event = {"timestamp": int((now - 86_400 * days) * 1000), "message": text}
        logs.put_log_events(logGroupName="/short", logStreamName="s", logEvents=[event])
    kept = logs.get_log_events(logGroupName="/short", logStreamName="s")["events"]
    assert [event["message"] for event in kept] == ["new"]
