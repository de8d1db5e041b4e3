"""CloudWatch alarms come true: their state follows the metrics, and their actions are performed. Cloud process only.

Looking is a read; only a change of state becomes a record of the journal (a Fire of the kind "alarm"), which derives
the same history, event and deliveries whenever it is performed.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import logging
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from treadle.cloud.alarm_rules import RuleError, holds, parse_rule, referred
from treadle.cloud.alarm_words import Point, describe, event, lambda_event, notification, stamp, state_data
from treadle.cloud.metric_math import MathError, check, evaluate
from treadle.cloud.metrics import Metric, dimensions, epoch, knows
from treadle.values import Json, dumps

log = logging.getLogger("treadle.cloud")

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
# Periods beyond the evaluation periods that are looked at for data, when some is missing.
BEYOND = 2
HISTORY = 200
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
MISSING = ("missing", "ignore", "breaching", "notBreaching")


class Verdict(msgspec.Struct, frozen=True):
    """What an alarm should be now, and why."""

    state: str
    reason: str
    data: dict[str, Json]


# -- evaluation
def judge(alarm: Any, points: list[Point]) -> Verdict | None:
    """The state that `points` (oldest first, more than the alarm's evaluation periods) ask for; None: as it is."""
    wanted = int(alarm.evaluation_periods)
    needed = int(alarm.datapoints_to_alarm or wanted)
    treat = alarm.treat_missing_data or "missing"
    real = [point for point in points if point.value is not None]
    if not real:
        return _without_data(alarm, treat, points, wanted)
    lacking = max(0, wanted - len(real))
    used = real[-wanted:]
    breaching = [point for point in used if _breaches(alarm, point)]
    filled = lacking if treat == "breaching" else 0
    if len(breaching) + filled >= needed:
        return describe(alarm, ALARM, breaching, used, points, needed)
    if len(breaching) < len(used) or not lacking or treat == "notBreaching":
        return describe(alarm, OK, [point for point in used if point not in breaching], used, points, needed)
    # Every value breaches, but there are too few of them to say so; an old one is given the benefit of the doubt.
    age = len(points) - points.index(breaching[0])
    if treat == "missing" and needed <= age <= wanted:
        return describe(alarm, ALARM, breaching, used, points, needed)
    return None


def _breaches(alarm: Any, point: Point) -> bool:
    return point.value is not None and _COMPARE[alarm.comparison_operator](point.value, float(alarm.threshold))


def _without_data(alarm: Any, treat: str, points: list[Point], wanted: int) -> Verdict | None:
    match treat:
        case "ignore":
            return None
        case "missing":
            plural, verb = ("s", "were") if wanted > 1 else ("", "was")
            reason = f"Insufficient Data: {wanted} datapoint{plural} {verb} unknown."
            return Verdict(UNKNOWN, reason, state_data(alarm, [], points))
    state, told = (ALARM, "Breaching") if treat == "breaching" else (OK, "NonBreaching")
    plural, verb = ("s", "were") if wanted > 1 else ("", "was")
    reason = (
        f"Threshold Crossed: no datapoints were received for {wanted} period{plural} and {wanted} missing"
        f" datapoint{plural} {verb} treated as [{told}]."
    )
    return Verdict(state, reason, state_data(alarm, [], points))


def period_of(alarm: Any) -> int:
    """Seconds."""
    if alarm.period:
        return int(alarm.period)
    periods = [int(query.metric_stat.period) for query in alarm.metric_data_queries if query.metric_stat]
    return max([*periods, *(int(query.period) for query in alarm.metric_data_queries if query.period)])


def points_of(backend: Any, alarm: Any, now: float) -> list[Point]:
    """The alarm's values in the last periods, oldest first; they end at a full minute."""
    period = period_of(alarm)
    # AWS looks every minute, whatever the period; every ten seconds at high-resolution metrics.
    end = now // min(period, 60) * min(period, 60)
    count = int(alarm.evaluation_periods) + BEYOND
    starts = [end - period * back for back in range(count, 0, -1)]
    return [_point(backend, alarm, start, start + period) for start in starts]


def _point(backend: Any, alarm: Any, start: float, end: float) -> Point:
    if not alarm.metric_data_queries:
        metric = Metric(alarm.namespace, alarm.metric_name, _dimensions(alarm.dimensions), alarm.unit or None)
        bucket = metric.read(backend, start, end)
        statistic = alarm.statistic or alarm.extended_statistic
        return Point(start, None) if bucket is None else Point(start, bucket.statistic(statistic), bucket.count)
    values: dict[str, float | None] = {}
    for query in alarm.metric_data_queries:
        if query.metric_stat is not None:
            stat = query.metric_stat
            metric = Metric(stat.metric.namespace, stat.metric.metric_name, _dimensions(stat.metric.dimensions))
            bucket = metric.read(backend, start, end)
            values[query.id] = None if bucket is None else bucket.statistic(stat.stat)
    for query in alarm.metric_data_queries:
        if query.metric_stat is None:
            values[query.id] = evaluate(query.expression, values)
    return Point(start, values[_shown(alarm.metric_data_queries).id], None)


def _dimensions(found: Any) -> tuple[tuple[str, str], ...]:
    return dimensions({"Name": one.name, "Value": one.value} for one in found)


def _shown(queries: list[Any]) -> Any:
    """The query whose value is compared."""
    shown = [query for query in queries if str(query.return_data).lower() != "false"]
    return shown[0] if len(shown) == 1 else queries[-1] if not shown else shown[-1]


def _verdict(backend: Any, alarm: Any, now: float) -> Verdict | None:
    if alarm.rule is None:
        return judge(alarm, points_of(backend, alarm, now))
    states = {name: other.state_value for name, other in backend.alarms.items()}
    state = ALARM if holds(parse_rule(alarm.rule), states) else OK
    caused = [name for name in referred(parse_rule(alarm.rule)) if states.get(name) == ALARM] or [alarm.name]
    arn = backend.alarms[caused[0]].alarm_arn if caused[0] in backend.alarms else caused[0]
    return Verdict(state, f"{arn} transitioned to {state} at {stamp(now)}", {"triggeringAlarms": [{"arn": arn}]})


# -- looking and settling
def rhythm() -> float | None:
    """Seconds between two looks; None while there is no alarm."""
    periods = [10 if alarm.rule is None and period_of(alarm) < 60 else 60 for _, _, alarm in _alarms()]
    return min(periods, default=None)


def look(now: float) -> list[list[str]]:
    """[account, region, name] of every alarm that would change now."""
    found = []
    for backend, name, alarm in _alarms():
        verdict = _verdict(backend, alarm, now)
        if verdict is not None and verdict.state != alarm.state_value:
            found.append([backend.account_id, backend.region_name, name])
    return found


def settle(account: str, region: str, name: str, now: float) -> bool:
    """Let an alarm change if it still would."""
    for backend, found, alarm in _alarms():
        if (backend.account_id, backend.region_name, found) == (account, region, name):
            verdict = _verdict(backend, alarm, now)
            if verdict is not None and verdict.state != alarm.state_value:
                change(backend, alarm, verdict)
            return True
    return False


def change(backend: Any, alarm: Any, verdict: Verdict) -> None:
    """The alarm has another state: history, event and actions."""
    before = _state(alarm)
    alarm.state_value, alarm.state_reason = verdict.state, verdict.reason
    alarm.state_reason_data = dumps(verdict.data)
    alarm.state_updated_timestamp = _now()
    after = _state(alarm)
    summary = f"Alarm updated from {before['value']} to {verdict.state}"
    _note(alarm, "StateUpdate", summary, {"oldState": before, "newState": after})
    if before["value"] != verdict.state:
        alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        _publish(backend, event(alarm, before, after))
        if alarm.actions_enabled:
            _act(backend, alarm, before, after)


def _state(alarm: Any) -> dict[str, Json]:
    return {
        "value": alarm.state_value,
        "reason": alarm.state_reason,
        "reasonData": alarm.state_reason_data,
        "timestamp": stamp(epoch(alarm.state_updated_timestamp)),
    }


def _publish(backend: Any, entry: dict[str, Any]) -> None:
    if "moto.events.models" not in sys.modules:
        return  # no rule was ever made
    from moto.events.models import events_backends

    events_backends[backend.account_id][backend.region_name].put_events([entry])


def _act(backend: Any, alarm: Any, before: dict[str, Json], after: dict[str, Json]) -> None:
    actions = {OK: alarm.ok_actions, ALARM: alarm.alarm_actions, UNKNOWN: alarm.insufficient_data_actions}
    for arn in actions[alarm.state_value] or []:
        done, problem = False, "treadle performs no actions of this kind"
        try:
            done = _perform(backend, alarm, arn, before, after)
        except Exception as refused:  # The action's service may refuse in any way; the alarm goes on.
            problem = f"{type(refused).__name__}: {refused}"
        summary = f"Successfully executed action {arn}" if done else f"Failed to execute action {arn}"
        _note(alarm, "Action", summary, {"actionState": "Succeeded" if done else "Failed", "notificationResource": arn})
        if not done:
            log.warning("alarm %s cannot perform %s: %s", alarm.name, arn, problem)


def _perform(backend: Any, alarm: Any, arn: str, before: dict[str, Json], after: dict[str, Json]) -> bool:
    """False for a kind of action that is not performed here."""
    from treadle.cloud.rules import note_delivery

    place = arn.split(":")
    match place[2]:
        case "sns":
            from moto.sns.models import sns_backends

            subject, message = notification(alarm, backend, before, after)
            sns_backends[place[4]][place[3]].publish(message=dumps(message), arn=arn, subject=subject)
        case "lambda":
            told = dumps(lambda_event(alarm, backend, before, after))
            note_delivery(arn, told, "cloudwatch", backend.account_id, backend.region_name)
        case _:
            return False
    return True


def _note(alarm: Any, kind: str, summary: str, data: dict[str, Json]) -> None:
    alarm.history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
            "Timestamp": _now(),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": dumps({"version": "1.0", **data}),
        }
    )
    del alarm.history[:-HISTORY]


def _now() -> Any:
    from moto.core.utils import utcnow

    return utcnow()


def _alarms() -> Iterator[tuple[Any, str, Any]]:
    if (module := sys.modules.get("moto.cloudwatch.models")) is None:
        return
    for regions in list(dict.values(module.cloudwatch_backends)):
        for backend in list(dict.values(regions)):
            for name, alarm in list(backend.alarms.items()):
                yield backend, name, alarm


# -- the API
def patch_alarms() -> None:
    """Alarms are checked when they are made, keep their state when they are changed, and have a history."""
    from moto.cloudwatch.exceptions import ResourceNotFound, ValidationError
    from moto.cloudwatch.models import Alarm, CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    put, begin, set_state = CloudWatchBackend.put_metric_alarm, Alarm.__init__, CloudWatchBackend.set_alarm_state

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.state_value, self.state_reason_data = UNKNOWN, None

    def put_metric_alarm(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        problem = _refusal(name, kwargs)
        if problem is not None:
            raise ValidationError(problem)
        old = self.alarms.get(name)
        alarm = put(self, name, *args, **kwargs)
        if old is None:
            _note(alarm, "ConfigurationUpdate", f'Alarm "{name}" created', {"type": "Create"})
            return alarm
        for kept in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
            setattr(alarm, kept, getattr(old, kept))
        _note(alarm, "ConfigurationUpdate", f'Alarm "{name}" updated', {"type": "Update"})
        return alarm

    def set_alarm_state(self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        alarm = self.alarms.get(alarm_name)
        if alarm is None:
            raise ResourceNotFound
        kept = vars(alarm).copy()
        set_state(self, alarm_name, reason, reason_data, state_value)  # moto checks what is given
        vars(alarm).update(kept)
        change(self, alarm, Verdict(state_value, reason, msgspec.json.decode(reason_data) if reason_data else {}))

    def describe_alarm_history(self: Any) -> Any:
        name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
        items = [item for alarm in self.cloudwatch_backend.alarms.values() for item in alarm.history]
        start, end = self._get_param("StartDate"), self._get_param("EndDate")
        chosen = [
            item
            for item in items
            if (not name or item["AlarmName"] == name)
            and (not kind or item["HistoryItemType"] == kind)
            and (not start or epoch(item["Timestamp"]) >= epoch(start))
            and (not end or epoch(item["Timestamp"]) <= epoch(end))
        ]
        oldest = self._get_param("ScanBy") == "TimestampAscending"
        chosen.sort(key=lambda item: epoch(item["Timestamp"]), reverse=not oldest)
        return ActionResult({"AlarmHistoryItems": chosen[: int(self._get_param("MaxRecords") or 100)]})

    Alarm.__init__ = init
    CloudWatchBackend.put_metric_alarm = put_metric_alarm
    CloudWatchBackend.set_alarm_state = set_alarm_state
    CloudWatchResponse.describe_alarm_history = describe_alarm_history
    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm


def _refusal(name: str, given: dict[str, Any]) -> str | None:
    """Why an alarm cannot be evaluated here; None when it can."""
    if given.get("rule"):
        try:
            others = referred(parse_rule(given["rule"]))
        except RuleError as problem:
            return f"AlarmRule is not valid: {problem}"
        return f"The alarm {name} refers to itself" if name in others else None
    if given["comparison_operator"] not in _COMPARE:
        return f"treadle does not evaluate alarms that compare by {given['comparison_operator']} (anomaly detection)"
    if (given.get("treat_missing_data") or "missing") not in MISSING:
        return f"Option {given['treat_missing_data']} is not supported. Supported options are {', '.join(MISSING)}."
    queries = given.get("metric_data_queries") or []
    stats = [query.metric_stat.stat for query in queries if query.metric_stat]
    strange = [
        stat for stat in [given.get("statistic"), given.get("extended_statistic"), *stats] if stat and not knows(stat)
    ]
    if strange:
        return f"treadle does not evaluate the statistic {strange[0]}"
    try:
        for query in queries:
            if query.metric_stat is None:
                check(query.expression or "", {query.id for query in queries})
    except MathError as problem:
        return f"Invalid metrics list: {problem}"
    return None
