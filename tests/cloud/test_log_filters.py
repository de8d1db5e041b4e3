"""Metric filters of log groups: what counts, and that it counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Running

from treadle.cloud.log_filters import PatternError, compile_pattern

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
    ],
)
def test_a_pattern_chooses_events(pattern: str, message: str, counts: bool) -> None:
    value = json.loads(message) if message.startswith("{") else None
    assert compile_pattern(pattern)(message, value) == counts


@pytest.mark.parametrize("pattern", ["[ip, user]", "{ $.a }", "{ level = x }", "{ $.a > many }", "{ ($.a = 1 }"])
def test_other_patterns_are_not_understood(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


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
