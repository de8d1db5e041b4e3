"""Rules fire: on time, on events, once, and also after a restart."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from treadle.aws import AwsError, Caller

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:nightly"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:handler"


def rule(running, name: str, targets: list[dict[str, Any]], **about: Any) -> None:
    events = running.client("events")
    events.put_rule(Name=name, **about)
    events.put_targets(Rule=name, Targets=targets)


def remove(running, name: str) -> None:
    events = running.client("events")
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
    events.delete_rule(Name=name)


def pass_time(running, seconds: float) -> int:
    """Let time pass; the number of firings."""
    before = running.run(running.cloud.fire_due())
    running.clock.ahead += seconds
    after = running.run(running.cloud.fire_due())
    running.run(running.cloud.settle())
    return after - before


def started(running) -> list[tuple[str, str, str]]:
    """The executions started since the last look."""
    running.run(running.cloud.settle())
    found, running.invoked.executions = running.invoked.executions, []
    return found


def test_what_cannot_be_delivered_lies_in_the_dead_letter_queue(running):
    """A target in the cloud and one outside of it; neither exists."""
    sqs = running.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:dead"}}
    gone = "arn:aws:sqs:us-east-1:000000000000:gone"
    unwilling = {"Id": "2", "Arn": FUNCTION, "RetryPolicy": {"MaximumRetryAttempts": 0}, **dead}
    rule(running, "lost", [{"Id": "1", "Arn": gone, **dead}, unwilling], EventPattern='{"source": ["lost"]}')

    async def refuse(*_: Any) -> None:
        raise AwsError("ServiceException", "not now", 500)

    kept, running.invoked.invoke_function = running.invoked.invoke_function, refuse
    entry = {"Source": "lost", "DetailType": "d", "Detail": "{}"}
    running.client("events").put_events(Entries=[entry])
    running.run(running.cloud.settle())
    running.invoked.invoke_function = kept
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
    reasons = {}
    for message in found:
        told = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
        assert json.loads(message["Body"])["source"] == "lost" and told["RULE_ARN"].endswith(":rule/lost")
        reasons[told["TARGET_ARN"]] = told["ERROR_CODE"]
    assert reasons.keys() == {gone, FUNCTION} and reasons[FUNCTION] == "ServiceException"
    remove(running, "lost")


def test_a_rate_fires_its_targets_again_and_again(running):
    rule(running, "often", [{"Id": "1", "Arn": MACHINE}, {"Id": "2", "Arn": FUNCTION, "Input": '{"a":1}'}],
         ScheduleExpression="rate(5 minutes)")  # fmt: skip
    assert pass_time(running, 290) == 0
    assert pass_time(running, 20) == 1
    [(machine, text, name)] = started(running)
    event = json.loads(text)
    assert machine == MACHINE and name.startswith(event["id"] + "_") and len(name) <= 80
    assert event | {"id": "", "time": ""} == {
        "version": "0",
        "id": "",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:000000000000:rule/often"],
        "detail": {},
    }
    assert running.invoked.functions == [(FUNCTION, '{"a":1}')]
    assert pass_time(running, 250) == 0 and pass_time(running, 50) == 1
    remove(running, "often")
    assert pass_time(running, 600) == 0


def test_a_missed_firing_is_made_up_once(running):
    rule(running, "minutely", [{"Id": "1", "Arn": MACHINE}], ScheduleExpression="cron(* * * * ? *)")
    started(running)
    running.restart(gracefully=False)
    running.clock.ahead += 3600
    running.run(running.cloud.call(Caller(), "events", "ListRules", {}))
    deadline = time.monotonic() + 10
    while not running.invoked.executions and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(started(running)) == 1
    assert pass_time(running, 0) == 0 and pass_time(running, 60) == 1
    remove(running, "minutely")


def test_a_firing_survives_the_process_that_noted_it(running):
    """The delivery is journaled with the firing: if it was not acknowledged, it comes again, under the same name."""

    class Broken:
        def __init__(self) -> None:
            self.names: list[str] = []

        async def start_execution(self, caller: Caller, machine_arn: str, input_text: str, name: str) -> None:
            self.names.append(name)
            await asyncio.sleep(3600)

    rule(running, "once", [{"Id": "1", "Arn": MACHINE}], ScheduleExpression="rate(1 day)")
    started(running)
    broken = Broken()
    running.cloud._deliveries._targets = broken
    running.clock.ahead += 86_400
    running.run(running.cloud.fire_due())
    deadline = time.monotonic() + 10
    while not broken.names and time.monotonic() < deadline:
        time.sleep(0.01)
    running.restart()
    running.run(running.cloud.call(Caller(), "events", "ListRules", {}))
    [(_, _, name)] = started(running)
    assert [name] == broken.names
    assert pass_time(running, 0) == 0
    running.restart()
    running.run(running.cloud.call(Caller(), "events", "ListRules", {}))
    assert started(running) == []
    remove(running, "once")


def test_a_disabled_rule_rests_and_an_enabled_one_begins_anew(running):
    events = running.client("events")
    rule(running, "switch", [{"Id": "1", "Arn": MACHINE}], ScheduleExpression="rate(10 minutes)", State="DISABLED")
    assert pass_time(running, 3600) == 0
    events.enable_rule(Name="switch")
    assert running.cloud._timetable.next_due() is not None
    events.disable_rule(Name="switch")
    assert running.cloud._timetable.next_due() is None
    remove(running, "switch")


def test_put_events_reaches_what_the_pattern_wants(running):
    sqs, logs = running.client("sqs"), running.client("logs")
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    logs.create_log_group(logGroupName="/aws/events/audit-log-group")
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}
    template = {"InputPathsMap": {"n": "$.detail.total"}, "InputTemplate": '{"n": <n>}'}
    targets = [
        {"Id": "machine", "Arn": MACHINE, "InputTransformer": template},
        {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:000000000000:events", "InputPath": "$.detail"},
        {"Id": "logs", "Arn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/audit-log-group"},
    ]
    rule(running, "orders", targets, EventPattern=json.dumps(pattern))
    entries = [{"Source": "shop", "DetailType": "order", "Detail": json.dumps({"total": n})} for n in (5, 50)]
    assert running.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    [(machine, text, _)] = started(running)
    assert (machine, text) == (MACHINE, '{"n": 50}')
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == '{"total":50}'
    [event] = logs.filter_log_events(logGroupName="/aws/events/audit-log-group")["events"]
    assert json.loads(event["message"])["detail"] == {"total": 50}
    remove(running, "orders")


def test_aws_own_events_are_published_only_where_someone_listens(running):
    entry = {"Source": "aws.states", "DetailType": "Step Functions Execution Status Change",
             "Detail": '{"status":"FAILED"}', "Resources": ["arn:execution"]}  # fmt: skip
    running.run(running.cloud.publish(Caller(), [entry]))
    rule(running, "failures", [{"Id": "1", "Arn": FUNCTION}],
         EventPattern='{"source":["aws.states"],"detail":{"status":["FAILED"]}}')  # fmt: skip
    running.invoked.functions.clear()
    running.run(running.cloud.publish(Caller(), [entry] * 12))
    running.run(running.cloud.publish(Caller(region="eu-west-1"), [entry]))
    running.run(running.cloud.settle())
    assert len(running.invoked.functions) == 12
    assert json.loads(running.invoked.functions[0][1])["resources"] == ["arn:execution"]
    remove(running, "failures")


def test_a_bucket_tells_of_its_objects_as_s3_does(running):
    s3 = running.client("s3")
    s3.create_bucket(Bucket="arrivals")
    s3.put_bucket_notification_configuration(
        Bucket="arrivals", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    rule(running, "arrivals", [{"Id": "1", "Arn": MACHINE}], EventPattern=json.dumps({"source": ["aws.s3"]}))
    s3.put_object(Bucket="arrivals", Key="raw/a b.csv", Body=b"1,2")
    s3.put_object(Bucket="arrivals", Key="raw/c.csv", Body=b"3")
    upload = {"Bucket": "arrivals", "Key": "raw/large.csv"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, Tagging="size=large")["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"4")["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    s3.put_object_tagging(Bucket="arrivals", Key="raw/c.csv", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object(Bucket="arrivals", Key="raw/c.csv")
    told = [json.loads(input_text) for _, input_text, _ in started(running)]
    assert [(event["detail-type"], event["detail"].get("reason")) for event in told] == [
        ("Object Created", "PutObject"),
        ("Object Created", "PutObject"),
        ("Object Created", "CompleteMultipartUpload"),
        ("Object Tags Added", None),
        ("Object Deleted", "DeleteObject"),
    ]
    assert len({event["id"] for event in told}) == 5
    first, last = told[0], told[-1]

    assert (first["time"][10], first["resources"]) == ("T", ["arn:aws:s3:::arrivals"])
    assert first["detail"]["bucket"] == {"name": "arrivals"}
    told = {name: first["detail"]["object"][name] for name in ("key", "size", "etag")}
    assert told == {"key": "raw/a b.csv", "size": 3, "etag": "05cf281c050be3da4eecf3bc6e8aac1b"}
    assert last["detail"]["deletion-type"] == "Permanently Deleted"
    assert "size" not in last["detail"]["object"]
    remove(running, "arrivals")


def test_scheduler_fires_at_its_moment_and_leaves(running):
    scheduler = running.client("scheduler")
    at = time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime(running.clock() + 120))
    target = {
        "Arn": MACHINE,
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        "Input": '{"at":"<aws.scheduler.scheduled-time>"}',
    }
    scheduler.create_schedule(
        Name="soon",
        ScheduleExpression=at,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        ActionAfterCompletion="DELETE",
    )
    assert pass_time(running, 100) == 0 and pass_time(running, 30) == 1
    [(machine, text, _)] = started(running)
    assert machine == MACHINE and json.loads(text)["at"].endswith("Z")
    assert pass_time(running, 3600) == 0
    assert scheduler.list_schedules()["Schedules"] == []


def test_scheduler_calls_any_operation(running):
    sqs, scheduler = running.client("sqs"), running.client("scheduler")
    queue = sqs.create_queue(QueueName="universal")["QueueUrl"]
    scheduler.create_schedule(
        Name="universal",
        ScheduleExpression="rate(1 hours)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            "RoleArn": "arn:aws:iam::000000000000:role/r",
            "Input": json.dumps({"QueueUrl": queue, "MessageBody": "tick"}),
        },
    )
    assert pass_time(running, 3601) == 1
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "tick"
    scheduler.delete_schedule(Name="universal")


def test_topics_and_buckets_invoke_functions(running):
    sns, s3 = running.client("sns"), running.client("s3")
    running.invoked.functions.clear()
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FUNCTION)
    sns.publish(TopicArn=topic, Message="hello", Subject="greeting")
    s3.create_bucket(Bucket="watched")
    s3.put_bucket_notification_configuration(
        Bucket="watched",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    s3.put_object(Bucket="watched", Key="k", Body=b"")
    running.run(running.cloud.settle())
    (_, told), (_, put) = running.invoked.functions
    notice = json.loads(told)["Records"][0]["Sns"]
    assert (notice["Message"], notice["Subject"], notice["TopicArn"]) == ("hello", "greeting", topic)
    assert json.loads(put)["Records"][0]["s3"]["object"]["key"] == "k"


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "cron(0 10 * * * *)", "at(2030-01-01T00:00:00)", "soon"])
def test_an_expression_that_is_none_is_refused(running, expression):
    with pytest.raises(ClientError, match="ScheduleExpression is not valid"):
        running.client("events").put_rule(Name="wrong", ScheduleExpression=expression)
