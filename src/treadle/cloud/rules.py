"""Rules and schedules inside moto: which targets an event or a firing reaches, and with what. Cloud process only.

Targets that moto keeps (queues, topics, log groups, streams, buses) are reached within the same call. State machines
and functions are other rooms' work: they become deliveries, which the server performs and acknowledges.
"""

from __future__ import annotations

import datetime
import logging
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import orjson

from treadle.cloud.alarms import rhythm, settle
from treadle.cloud.expressions import ExpressionError, parse_expression, parse_rule
from treadle.cloud.frames import Fire, Policy
from treadle.cloud.patterns import matches
from treadle.cloud.payloads import payload_for
from treadle.cloud.tape import TAPE
from treadle.values import Json, dumps, loads

log = logging.getLogger("treadle.cloud")

_EVENT_FIELDS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


def patch_rules() -> None:
    """Rules accept AWS's patterns and expressions, respect DISABLED, and reach every kind of target."""
    from moto.events import notifications
    from moto.events.exceptions import ValidationException
    from moto.events.models import EventsBackend, Rule

    put_rule, enable = EventsBackend.put_rule, Rule.enable

    def checked_put_rule(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        expression = kwargs.get("scheduled_expression")
        if expression:
            try:
                parse_rule(expression)
            except ExpressionError:
                raise ValidationException("Parameter ScheduleExpression is not valid.") from None
        bus = self.event_buses.get(self._normalize_event_bus_arn(kwargs.get("event_bus_arn")))
        old = bus.rules.get(name) if bus else None
        rule = put_rule(self, name, *args, **kwargs)
        # A schedule counts from when it was made; telling the same again does not move it.
        same = old is not None and (old.scheduled_expression, old.state) == (rule.scheduled_expression, rule.state)
        rule.treadle_since = getattr(old, "treadle_since", None) if same else TAPE.now()
        rule.treadle_fired = getattr(old, "treadle_fired", None) if same else None
        return rule

    def enable_rule(self: Any) -> None:
        if self.state != "ENABLED":
            self.treadle_since, self.treadle_fired = TAPE.now(), None
        enable(self)

    EventsBackend.put_rule = checked_put_rule
    Rule.enable = enable_rule
    Rule.send_to_targets = _send_to_targets
    notifications._start_sfn_execution = lambda account, region, sfn_arn, event: note_delivery(
        sfn_arn, dumps(event), "events", account, region
    )


def patch_schedules() -> None:
    """Schedules count from when they were last changed, and their expressions are checked."""
    from moto.scheduler.exceptions import ValidationException
    from moto.scheduler.models import Schedule

    begin, update = Schedule.__init__, Schedule.update

    def check(expression: str) -> None:
        try:
            parse_expression(expression)
        except ExpressionError:
            raise ValidationException(f"Invalid Schedule Expression {expression}.") from None

    def checked_init(self: Any, *args: Any, **kwargs: Any) -> None:
        check(kwargs["schedule_expression"])
        begin(self, *args, **kwargs)
        self.treadle_since, self.treadle_fired = TAPE.now(), None

    def checked_update(self: Any, *args: Any, **kwargs: Any) -> None:
        check(kwargs["schedule_expression"])
        before = (self.schedule_expression, self.schedule_expression_timezone, self.state)
        update(self, *args, **kwargs)
        if (self.schedule_expression, self.schedule_expression_timezone, self.state) != before:
            self.treadle_since, self.treadle_fired = TAPE.now(), None

    Schedule.__init__ = checked_init
    Schedule.update = checked_update


def note_delivery(
    target: str,
    payload: str,
    source: str,
    account: str,
    region: str,
    event: str | None = None,
    policy: Policy | None = None,
) -> None:
    """Ask the server to invoke `target`. The delivery's id begins with the event's, as names of executions do."""
    id = f"{event or uuid.uuid4()}_{uuid.uuid4()}"
    TAPE.seen.deliveries.append((id, target, payload, source, account, region, policy))


def policy_of(target: dict[str, Any], owner: str) -> Policy:
    """What the target of a rule or schedule says of failures."""
    told = target.get("RetryPolicy") or {}
    return Policy(
        owner,
        int(told.get("MaximumRetryAttempts", 185)),
        float(told.get("MaximumEventAgeInSeconds", 86_400)),
        (target.get("DeadLetterConfig") or {}).get("Arn") or "",
    )


def list_schedules() -> dict[str, Json]:
    """What the server needs to know: every enabled schedule, and who (account/region) listens for events."""
    found, listening = [], set()
    for account, region, bus, rule in _rules():
        if rule.state == "DISABLED":
            continue
        if rule.scheduled_expression:
            found.append(_row("rule", account, region, bus, rule, rule.scheduled_expression, "UTC", None, None))
        if rule.event_pattern.get_pattern():
            listening.add(f"{account}/{region}")
    for account, region, group, schedule in _schedules():
        if schedule.state == "ENABLED":
            zone, start, end = schedule.schedule_expression_timezone, schedule.start_date, schedule.end_date
            found.append(
                _row("schedule", account, region, group, schedule, schedule.schedule_expression, zone, start, end)
            )
    return {"schedules": found, "listening": sorted(listening), "rhythm": rhythm()}


def fire(order: Fire) -> bool:
    """Perform one firing. False when the schedule is gone or disabled meanwhile."""
    if order.kind == "rule":
        return _fire_rule(order)
    if order.kind == "alarm":
        return settle(order.account, order.region, order.name, order.at)
    return _fire_schedule(order)


def _row(
    kind: str, account: str, region: str, group: str, one: Any, expression: str, zone: str, start: Any, end: Any
) -> dict[str, Json]:
    return {
        "kind": kind,
        "account": account,
        "region": region,
        "group": group,
        "name": one.name,
        "expression": expression,
        "zone": zone or "UTC",
        "since": getattr(one, "treadle_since", None) or 0.0,
        "fired": getattr(one, "treadle_fired", None),
        "start": None if start is None else float(start),
        "end": None if end is None else float(end),
    }


def _rules() -> Iterator[tuple[str, str, str, Any]]:
    if (events := sys.modules.get("moto.events.models")) is None:
        return  # no call has needed it yet

    for account, regions in dict.items(events.events_backends):
        for region, backend in dict.items(regions):
            for bus in backend.event_buses.values():
                for rule in bus.rules.values():
                    yield account, region, bus.name, rule


def _schedules() -> Iterator[tuple[str, str, str, Any]]:
    if (scheduler := sys.modules.get("moto.scheduler.models")) is None:
        return

    for account, regions in dict.items(scheduler.scheduler_backends):
        for region, backend in dict.items(regions):
            for group in backend.schedule_groups.values():
                for schedule in group.schedules.values():
                    yield account, region, group.name, schedule


def _fire_rule(order: Fire) -> bool:
    place = (order.account, order.region, order.group)
    for account, region, bus, rule in _rules():
        if (account, region, bus) == place and rule.name == order.name and rule.state != "DISABLED":
            if _is_settled(rule, order):
                return False
            rule.treadle_fired = order.until
            event = _scheduled_event("aws.events", account, region, rule.arn, order.at, {})
            for target in list(rule.targets):
                _reach(target, payload_for(target, event, rule.arn, event["time"]), event, account, region, rule.arn)
            return True
    return False


def _fire_schedule(order: Fire) -> bool:
    place = (order.account, order.region, order.group)
    for account, region, group, schedule in _schedules():
        if (account, region, group) != place or schedule.name != order.name or schedule.state != "ENABLED":
            continue
        if _is_settled(schedule, order):
            return False
        schedule.treadle_fired = order.until
        event = _scheduled_event("aws.scheduler", account, region, schedule.arn, order.at, "{}")
        payload = schedule.target.get("Input") or dumps(event)
        for name, value in {
            "schedule-arn": schedule.arn,
            "scheduled-time": event["time"],
            "execution-id": event["id"],
            "attempt-number": "1",
        }.items():
            payload = payload.replace(f"<aws.scheduler.{name}>", value)
        _reach(schedule.target, payload, event, account, region, schedule.arn)
        if schedule.schedule_expression.startswith("at(") and schedule.action_after_completion == "DELETE":
            _group_of(account, region, group).delete_schedule(schedule.name)
        return True
    return False


def _is_settled(one: Any, order: Fire) -> bool:
    """The order was given with a knowledge older than the last firing."""
    fired = getattr(one, "treadle_fired", None)
    return fired is not None and order.at <= fired


def _group_of(account: str, region: str, group: str) -> Any:
    from moto.scheduler.models import scheduler_backends

    return scheduler_backends[account][region].schedule_groups[group]


def _scheduled_event(source: str, account: str, region: str, arn: str, at: float, detail: Json) -> dict[str, Json]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": account,
        "time": _iso(at),
        "region": region,
        "resources": [arn],
        "detail": detail,
    }


def _send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
    """Replaces `Rule.send_to_targets`: moto knows four kinds of target, ignores DISABLED and half of the patterns."""
    pattern = self.event_pattern.get_pattern()
    if self.state == "DISABLED" or not pattern:
        return
    event = {name: original_event[name] for name in _EVENT_FIELDS if name in original_event}
    if not isinstance(event["time"], str):
        event["time"] = _iso(float(event["time"]))
    if "replay-name" in original_event:
        event["replay-name"] = original_event["replay-name"]
    if not matches(pattern, event):
        return
    ingested = _iso(TAPE.now())
    for target in list(self.targets):
        if _is_archive(target["Arn"]):
            self._send_to_events_archive(_archive_of(self, target), dict(original_event))
            continue
        payload = payload_for(target, event, self.arn, ingested)
        _reach(target, payload, event, self.account_id, self.region_name, self.arn)


def _is_archive(arn: str) -> bool:
    # The target of an archive's own rule is "arn:aws:events:<region>:::".
    return arn.split(":")[2] == "events" and not arn.split(":", 5)[5].strip(":")


def _archive_of(rule: Any, target: dict[str, Any]) -> str:
    """`<name>:<uuid>` of the archive that a managed rule feeds; its template names it."""
    template = target.get("InputTransformer", {}).get("InputTemplate", "")
    return str(loads(_quoted(template))["archive-arn"]).rpartition("archive/")[2]


def _quoted(template: str) -> str:
    return template.replace("<aws.events.event.json>", "null").replace("<aws.events.event.ingestion-time>", "null")


def _reach(target: dict[str, Any], payload: str, event: dict[str, Json], account: str, region: str, owner: str) -> None:
    """Hand `payload` to the target. What goes wrong is logged: for the caller, delivery is asynchronous."""
    arn = target["Arn"]
    try:
        service = arn.split(":")[2]
        if service in ("states", "lambda") or arn.startswith("arn:aws:scheduler:::aws-sdk:"):
            source = "scheduler" if event["source"] == "aws.scheduler" else "events"
            note_delivery(arn, payload, source, account, region, str(event["id"]), policy_of(target, owner))
        elif (reach := _REACH.get(service)) is not None:
            reach(target, arn.split(":"), payload, event)
        else:
            log.warning("a rule's target is of a kind that treadle does not deliver to: %s", arn)
    except Exception as refused:  # The target's service may refuse in any way; the event's sender must not see it.
        log.warning("a rule cannot deliver to %s: %s: %s", arn, type(refused).__name__, refused)
        if dead := policy_of(target, owner).dead:
            _bury(dead, payload, dead_letter(owner, arn, type(refused).__name__, str(refused)))


def dead_letter(owner: str, target: str, code: str, message: str) -> dict[str, dict[str, str]]:
    """The attributes of a message in a dead-letter queue: whose event it is, and why it could not be delivered.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    told = {"RULE_ARN": owner, "TARGET_ARN": target, "ERROR_CODE": code, "ERROR_MESSAGE": message}
    return {name: {"DataType": "String", "StringValue": value or "-"} for name, value in told.items()}


def _bury(queue: str, payload: str, attributes: dict[str, dict[str, str]]) -> None:
    from moto.sqs.models import sqs_backends

    place = queue.split(":")
    try:
        sqs_backends[place[4]][place[3]].send_message(place[5], payload, message_attributes=attributes)
    except Exception as refused:  # As above: whoever sent the event must not see it.
        log.error("the dead-letter queue %s takes nothing: %s", queue, refused)


def _to_queue(target: dict[str, Any], arn: list[str], payload: str, event: dict[str, Json]) -> None:
    from moto.sqs.models import sqs_backends

    group = target.get("SqsParameters", {}).get("MessageGroupId")
    sqs_backends[arn[4]][arn[3]].send_message(queue_name=arn[5], message_body=payload, group_id=group)


def _to_topic(target: dict[str, Any], arn: list[str], payload: str, event: dict[str, Json]) -> None:
    from moto.sns.models import sns_backends

    sns_backends[arn[4]][arn[3]].publish(message=payload, arn=target["Arn"])


def _to_log_group(target: dict[str, Any], arn: list[str], payload: str, event: dict[str, Json]) -> None:
    from moto.logs.models import logs_backends

    logs, stream = logs_backends[arn[4]][arn[3]], str(uuid.uuid4())
    logs.create_log_stream(arn[6], stream)
    logs.put_log_events(arn[6], stream, [{"timestamp": int(TAPE.now() * 1000), "message": payload}])


def _to_stream(target: dict[str, Any], arn: list[str], payload: str, event: dict[str, Json]) -> None:
    import base64

    from moto.kinesis.models import kinesis_backends

    data = base64.b64encode(payload.encode()).decode()
    kinesis_backends[arn[4]][arn[3]].put_record(target["Arn"], "", str(event["id"]), "", data)


def _to_bus(target: dict[str, Any], arn: list[str], payload: str, event: dict[str, Json]) -> None:
    from moto.events.models import events_backends

    told = target.get("EventBridgeParameters")
    entry = {
        "Source": told["Source"] if told else event["source"],
        "DetailType": told["DetailType"] if told else event["detail-type"],
        "Detail": payload if told else orjson.dumps(event["detail"]).decode(),
        "EventBusName": arn[5].partition("/")[2],
        "Resources": event["resources"],
    }
    events_backends[arn[4]][arn[3]].put_events([entry])


_REACH = {"sqs": _to_queue, "sns": _to_topic, "logs": _to_log_group, "kinesis": _to_stream, "events": _to_bus}


def _iso(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
