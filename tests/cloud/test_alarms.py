"""CloudWatch alarms follow their metrics, and their actions are performed; metrics are sums per minute."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Running

from treadle.cloud.alarm_rules import RuleError, holds, parse_rule
from treadle.cloud.alarm_words import Point
from treadle.cloud.alarms import judge
from treadle.cloud.metric_math import MathError, evaluate

ERRORS = {
    "Namespace": "AWS/States",
    "MetricName": "ExecutionsFailed",
    "Dimensions": [{"Name": "StateMachineArn", "Value": "orders"}],
}
ALARM = {
    **ERRORS,
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}


# -- judging, as the guide's tables say ("Configuring how CloudWatch alarms treat missing data")
# Five values, the newest last: 0 is fine, X breaches, - is missing. Then the state for missing, ignore, breaching,
# notBreaching; "" stays as it is.
THREE_OF_THREE = [
    ("0-X-X", ["OK", "OK", "OK", "OK"]),
    ("0----", ["OK", "OK", "OK", "OK"]),
    ("-----", ["INSUFFICIENT_DATA", "", "ALARM", "OK"]),
    ("0XX-X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
    ("--X--", ["ALARM", "", "ALARM", "OK"]),
]
TWO_OF_THREE = [
    ("0-X-X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
    ("00X0X", ["ALARM", "ALARM", "ALARM", "ALARM"]),
    ("0-X--", ["OK", "OK", "ALARM", "OK"]),
    ("----0", ["OK", "OK", "ALARM", "OK"]),
    ("---X-", ["ALARM", "", "ALARM", "OK"]),
]


@pytest.mark.parametrize(
    ("needed", "shown", "states"),
    [*((3, *row) for row in THREE_OF_THREE if row[0] != "0-X-X"), *((2, *row) for row in TWO_OF_THREE)],
)
def test_missing_data_are_treated_as_the_guide_says(needed: int, shown: str, states: list[str]) -> None:
    values = {"0": 0.0, "X": 9.0, "-": None}
    points = [Point(60.0 * spot, values[mark]) for spot, mark in enumerate(shown)]
    found = []
    for treat in ("missing", "ignore", "breaching", "notBreaching"):
        alarm = SimpleNamespace(
            evaluation_periods=3,
            datapoints_to_alarm=needed,
            treat_missing_data=treat,
            threshold=5.0,
            comparison_operator="GreaterThanThreshold",
            statistic="Sum",
        )
        verdict = judge(alarm, points)
        found.append("" if verdict is None else verdict.state)
    assert found == states


def test_the_reason_is_worded_as_cloudwatch_does() -> None:
    alarm = SimpleNamespace(
        evaluation_periods=1,
        datapoints_to_alarm=None,
        treat_missing_data=None,
        threshold=1.0,
        comparison_operator="GreaterThanOrEqualToThreshold",
        statistic="Sum",
    )
    verdict = judge(alarm, [Point(0.0, None), Point(60.0, 3.0, 2.0)])
    assert verdict is not None
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [3.0 (01/01/70 00:01:00)] was greater than or equal to the"
        " threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert verdict.data["recentDatapoints"] == [3.0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("m1 / m2 * 100", 50.0),
        ("IF(m1 > 0, m1, 0)", 1.0),
        ("FILL(m3, 0) + m1", 1.0),
        ("m1 + m3", None),
        ("m1 / 0", None),
        ("SUM([m1, m2, m3])", 3.0),
        ("MAX(METRICS())", 2.0),
        ("m1 > 0 && m2 > 5", 0.0),
        ("-m2 ^ 2", -4.0),
    ],
)
def test_metric_math(expression: str, value: float | None) -> None:
    assert evaluate(expression, {"m1": 1.0, "m2": 2.0, "m3": None}) == value


@pytest.mark.parametrize("expression", ["RATE(m1)", "m4", "m1 +", "SEARCH('x', 'Sum')", "__import__('os')", "m1.real"])
def test_other_expressions_are_refused(expression: str) -> None:
    with pytest.raises(MathError):
        evaluate(expression, {"m1": 1.0})


def test_rules_of_composite_alarms() -> None:
    states = {"a": "ALARM", "b c": "OK"}
    assert holds(parse_rule('ALARM(a) AND NOT ALARM("b c")'), states)
    assert holds(parse_rule('FALSE OR (OK("b c") AND TRUE)'), states)
    assert not holds(parse_rule("INSUFFICIENT_DATA(gone)"), states)
    for text in ("", "ALARM(a", "ALARM a", "AND", "ALARM(a) OR"):
        with pytest.raises(RuleError):
            parse_rule(text)


# -- the service
def state(running: Running, name: str) -> str:
    told = running.client("cloudwatch").describe_alarms(AlarmNames=[name])
    return str((told["MetricAlarms"] + told["CompositeAlarms"])[0]["StateValue"])


def count(running: Running, value: float, **more: Any) -> None:
    moment = datetime.fromtimestamp(running.clock(), UTC)
    data = [{"MetricName": "ExecutionsFailed", "Dimensions": ERRORS["Dimensions"], "Value": value, "Timestamp": moment}]
    running.client("cloudwatch").put_metric_data(Namespace="AWS/States", MetricData=[data[0] | more])


def pass_minutes(running: Running, minutes: int = 2) -> None:
    """Two: the metrics of the last minute come some seconds late."""
    running.clock.ahead += 60.0 * minutes
    running.run(running.cloud.fire_due())
    running.run(running.cloud.settle())


def test_an_alarm_goes_off_tells_everybody_and_calms_down(running: Running) -> None:
    client = running.client("cloudwatch")
    queue = running.client("sqs").create_queue(QueueName="alarms")["QueueUrl"]
    topic = running.client("sns").create_topic(Name="alarms")["TopicArn"]
    arn = "arn:aws:sqs:us-east-1:000000000000:alarms"
    running.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    events = running.client("events")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
    events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:repair"
    events.put_targets(
        Rule="alarms", Targets=[{"Id": "1", "Arn": machine, "RoleArn": "arn:aws:iam::000000000000:role/r"}]
    )
    function = "arn:aws:lambda:us-east-1:000000000000:function:repair"
    client.put_metric_alarm(AlarmName="failures", AlarmActions=[topic, function], OKActions=[topic], **ALARM)
    pass_minutes(running)
    assert state(running, "failures") == "OK"
    count(running, 2.0)
    pass_minutes(running)
    assert state(running, "failures") == "ALARM"
    messages = [json.loads(one["Body"]) for one in receive(running, queue)]
    assert [one["NewStateValue"] for one in messages] == ["OK", "ALARM"]
    assert messages[1]["Trigger"]["Dimensions"] == [{"value": "orders", "name": "StateMachineArn"}]
    (target, text) = running.invoked.functions[-1]
    assert (target, json.loads(text)["alarmData"]["state"]["value"]) == (function, "ALARM")
    (started, event, _) = running.invoked.executions[-1]
    assert (started, json.loads(event)["detail-type"]) == (machine, "CloudWatch Alarm State Change")
    assert json.loads(event)["detail"]["previousState"]["value"] == "OK"

    pass_minutes(running, 6)
    assert state(running, "failures") == "OK"
    history = client.describe_alarm_history(AlarmName="failures", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in history] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]


def receive(running: Running, queue: str) -> list[dict[str, Any]]:
    client, found = running.client("sqs"), []
    while batch := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += batch
    return found


def test_error_rates_and_composite_alarms(running: Running) -> None:
    client = running.client("cloudwatch")
    stat = {"Metric": {"Namespace": "shop", "MetricName": "errors"}, "Period": 60, "Stat": "Sum"}
    metrics = [
        {"Id": "errors", "MetricStat": stat, "ReturnData": False},
        {"Id": "all", "MetricStat": stat | {"Metric": {"Namespace": "shop", "MetricName": "all"}}, "ReturnData": False},
        {"Id": "rate", "Expression": "100 * errors / all", "ReturnData": True},
    ]
    plain = {"EvaluationPeriods": 1, "Threshold": 10.0, "ComparisonOperator": "GreaterThanThreshold"}
    client.put_metric_alarm(AlarmName="rate", Metrics=metrics, **plain)
    client.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(rate) AND NOT ALARM(other)")
    moment = datetime.fromtimestamp(running.clock(), UTC)
    data = [{"MetricName": name, "Value": value, "Timestamp": moment} for name, value in (("errors", 2), ("all", 10))]
    client.put_metric_data(Namespace="shop", MetricData=data)
    pass_minutes(running)
    assert (state(running, "rate"), state(running, "both")) == ("ALARM", "ALARM")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection"),
        ({"Statistic": None, "ExtendedStatistic": "pancake"}, "statistic pancake"),
    ],
)
def test_what_is_not_evaluated_is_refused(running: Running, change: dict[str, Any], reason: str) -> None:
    given = {name: value for name, value in (ALARM | change).items() if value is not None}
    with pytest.raises(ClientError, match=reason):
        running.client("cloudwatch").put_metric_alarm(AlarmName="strange", **given)


def test_an_alarm_survives_a_restart_and_an_update_with_its_state(
    tmp_path: Path, launch: Callable[[Path], Running]
) -> None:
    running = launch(tmp_path)
    running.client("cloudwatch").put_metric_alarm(AlarmName="failures", **ALARM)
    count(running, 5.0)
    pass_minutes(running)
    assert state(running, "failures") == "ALARM"
    running.restart(gracefully=False)
    assert state(running, "failures") == "ALARM"
    running.client("cloudwatch").put_metric_alarm(AlarmName="failures", AlarmDescription="new", **ALARM)
    assert state(running, "failures") == "ALARM"
    running.client("cloudwatch").put_metric_alarm(AlarmName="failures", **ALARM | {"Threshold": 9.0})
    pass_minutes(running, 0)
    assert state(running, "failures") == "OK"


def test_a_state_may_be_set_by_hand(running: Running) -> None:
    client = running.client("cloudwatch")
    client.put_metric_alarm(AlarmName="drill", **ALARM)
    pass_minutes(running, 0)
    client.set_alarm_state(AlarmName="drill", StateValue="ALARM", StateReason="a drill")
    told = client.describe_alarms(AlarmNames=["drill"])["MetricAlarms"][0]
    assert (told["StateValue"], told["StateReason"]) == ("ALARM", "a drill")


# -- metrics
def test_statistics_are_those_of_aligned_periods(running: Running) -> None:
    client, start = running.client("cloudwatch"), datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    where = [{"Name": "B", "Value": "2"}, {"Name": "A", "Value": "1"}]
    data = [
        {
            "MetricName": "time",
            "Dimensions": where,
            "Timestamp": start + timedelta(seconds=30),
            "Values": [1, 9],
            "Counts": [9, 1],
        },
        {"MetricName": "time", "Dimensions": where, "Timestamp": start + timedelta(seconds=350), "Value": 5},
        {"MetricName": "time", "Timestamp": start, "Value": 100},
    ]
    client.put_metric_data(Namespace="shop", MetricData=data)
    told = client.get_metric_statistics(
        Namespace="shop",
        MetricName="time",
        Dimensions=where[::-1],
        StartTime=start,
        EndTime=start + timedelta(minutes=10),
        Period=300,
        Statistics=["Sum", "SampleCount", "Maximum"],
    )
    points = [(one["Timestamp"], one["Sum"], one["SampleCount"], one["Maximum"]) for one in told["Datapoints"]]
    assert points == [(start, 18.0, 10.0, 9.0), (start + timedelta(minutes=5), 5.0, 1.0, 5.0)]
    stat = {"Metric": {"Namespace": "shop", "MetricName": "time", "Dimensions": where}, "Period": 300}
    queries = [{"Id": "p90", "MetricStat": stat | {"Stat": "p90"}}, {"Id": "p99", "MetricStat": stat | {"Stat": "p99"}}]
    queries.append({"Id": "double", "Expression": "p90 * 2"})
    found = client.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=start + timedelta(minutes=10))
    assert [one["Values"] for one in found["MetricDataResults"]] == [[5.0, 1.0], [5.0, 9.0], [10.0, 2.0]]
    listed = client.list_metrics(Namespace="shop", MetricName="time")["Metrics"]
    assert sorted(len(one["Dimensions"]) for one in listed) == [0, 2]
