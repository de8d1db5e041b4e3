"""What CloudWatch says of an alarm: reasons, the event on the bus, the message to a topic, the event for a function."""

from __future__ import annotations

import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.cloud.tape import REAL_DATETIME
from treadle.values import Json, dumps

if TYPE_CHECKING:
    from treadle.cloud.alarms import Verdict

_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


class Point(msgspec.Struct, frozen=True):
    """The value of an alarm's metric in the period that begins at `start`; None when there is no data."""

    start: float
    value: float | None
    samples: float | None = None


def describe(
    alarm: Any, state: str, proof: list[Point], used: list[Point], points: list[Point], needed: int
) -> Verdict:
    """A verdict on values, as CloudWatch words it."""
    from treadle.cloud.alarms import Verdict

    shown = ", ".join(f"{point.value} ({_short(point.start)})" for point in reversed(proof))
    was = "was" if len(proof) == 1 else "were"
    negated = "" if state == "ALARM" else "not "
    crossed = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    enough = needed if state == "ALARM" else int(alarm.evaluation_periods) - needed + 1
    reason = (
        f"Threshold Crossed: {len(proof)} out of the last {len(used)} datapoints [{shown}] {was} {negated}"
        f"{_WORDS[alarm.comparison_operator]} the threshold ({float(alarm.threshold)})"
        f" (minimum {enough} datapoint{'s' if enough > 1 else ''} for {crossed} transition)."
    )
    return Verdict(state, reason, state_data(alarm, used, points))


def state_data(alarm: Any, used: list[Point], points: list[Point]) -> dict[str, Json]:
    """StateReasonData."""
    first = used[0].start if used else points[0].start
    data: dict[str, Json] = {
        "version": "1.0",
        "queryDate": stamp(points[-1].start + (points[-1].start - points[-2].start)),
        "startDate": stamp(first),
    }
    if alarm.statistic:
        data["statistic"] = alarm.statistic
    return data | {
        "period": int(points[-1].start - points[-2].start),
        "recentDatapoints": [point.value for point in used],
        "threshold": float(alarm.threshold),
        "evaluatedDatapoints": [
            {"timestamp": stamp(point.start), "value": point.value}
            | ({} if point.samples is None else {"sampleCount": point.samples})
            for point in reversed(used)
        ],
    }


def stamp(moment: float) -> str:
    """2026-11-28T16:35:00.000+0000"""
    told = REAL_DATETIME.fromtimestamp(moment, datetime.UTC)
    return f"{told:%Y-%m-%dT%H:%M:%S}.{told.microsecond // 1000:03d}+0000"


def _short(moment: float) -> str:
    return f"{REAL_DATETIME.fromtimestamp(moment, datetime.UTC):%d/%m/%y %H:%M:%S}"


def event(alarm: Any, before: dict[str, Json], after: dict[str, Json]) -> dict[str, Any]:
    """The entry of `CloudWatch Alarm State Change` for the default bus."""
    detail = {
        "alarmName": alarm.name,
        "state": after,
        "previousState": before,
        "configuration": configuration(alarm),
    }
    return {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.alarm_arn],
        "Detail": dumps(detail),
    }


def configuration(alarm: Any) -> dict[str, Json]:
    described: dict[str, Json] = {"description": alarm.description} if alarm.description else {}
    if alarm.rule is not None:
        return described | {"alarmRule": alarm.rule}
    return described | {"metrics": list(_metrics(alarm))}


def _metrics(alarm: Any) -> list[dict[str, Json]]:
    if not alarm.metric_data_queries:
        stat = _stat(alarm.namespace, alarm.metric_name, alarm.dimensions, alarm.period, _statistic(alarm))
        return [{"id": "m1", "metricStat": stat, "returnData": True}]
    told = []
    for query in alarm.metric_data_queries:
        one: dict[str, Json] = {"id": query.id, "returnData": str(query.return_data).lower() != "false"}
        if query.metric_stat is None:
            told.append(one | {"expression": query.expression})
        else:
            stat, metric = query.metric_stat, query.metric_stat.metric
            told.append(
                one
                | {"metricStat": _stat(metric.namespace, metric.metric_name, metric.dimensions, stat.period, stat.stat)}
            )
    return told


def _stat(namespace: str, name: str, dimensions: Any, period: Any, stat: str) -> dict[str, Json]:
    where = {one.name: one.value for one in dimensions}
    return {
        "metric": {"namespace": namespace, "name": name, "dimensions": where},
        "period": int(period),
        "stat": stat,
    }


def _statistic(alarm: Any) -> str:
    return str(alarm.statistic or alarm.extended_statistic)


def notification(
    alarm: Any, backend: Any, before: dict[str, Json], after: dict[str, Json]
) -> tuple[str, dict[str, Json]]:
    """Subject and message for a topic."""
    region = _region(backend.region_name)
    message: dict[str, Json] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "AlarmConfigurationUpdatedTimestamp": _stamped(alarm.configuration_updated_timestamp),
        "NewStateValue": after["value"],
        "NewStateReason": after["reason"],
        "StateChangeTime": after["timestamp"],
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before["value"],
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }
    message |= {"AlarmRule": alarm.rule} if alarm.rule is not None else {"Trigger": _trigger(alarm)}
    return f'{after["value"]}: "{alarm.name}" in {region}'[:100], message


def _trigger(alarm: Any) -> dict[str, Json]:
    trigger: dict[str, Json] = {
        "Period": alarm.period and int(alarm.period),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": alarm.datapoints_to_alarm and int(alarm.datapoints_to_alarm),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        return trigger | {"Metrics": _metrics(alarm)}
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic" if alarm.statistic else "ExtendedStatistic",
        "Statistic": alarm.statistic.upper() if alarm.statistic else alarm.extended_statistic,
        "Unit": alarm.unit,
        "Dimensions": [{"value": one.value, "name": one.name} for one in alarm.dimensions],
    } | trigger


def lambda_event(alarm: Any, backend: Any, before: dict[str, Json], after: dict[str, Json]) -> dict[str, Json]:
    """What a function gets as an alarm's action."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": backend.account_id,
        "time": after["timestamp"],
        "region": backend.region_name,
        "alarmData": {
            "alarmName": alarm.name,
            "state": after,
            "previousState": before,
            "configuration": configuration(alarm),
        },
    }


def _stamped(moment: Any) -> str:
    from treadle.cloud.metrics import epoch

    return stamp(epoch(moment))


@cache
def _region(name: str) -> str:
    """ "US East (N. Virginia)"; its own name for a region that is not known."""
    from botocore.loaders import Loader

    for partition in Loader().load_data("endpoints")["partitions"]:
        if name in partition["regions"]:
            return str(partition["regions"][name]["description"])
    return name
