"""CloudWatch is spoken in three protocols: by Terraform (query), by boto3 (json), by newer SDKs (cbor)."""

from __future__ import annotations

import datetime
import json

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from treadle.aws import Caller, Request
from treadle.cloud.call import _body, speech_of

ALARM = {
    "AlarmName": "failures", "AlarmDescription": "too <many>", "ActionsEnabled": True, "OKActions": [],
    "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:alarms"], "InsufficientDataActions": [],
    "MetricName": "ExecutionsFailed", "Namespace": "AWS/States", "Statistic": "Sum",
    "Dimensions": [{"Name": "StateMachineArn", "Value": "arn:x"}], "Period": 60, "EvaluationPeriods": 2,
    "DatapointsToAlarm": 1, "Threshold": 1.5, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}  # fmt: skip


def ask(running, protocol: str, operation: str, params: dict) -> tuple[int, dict]:
    """Call CloudWatch in `protocol`; status and parsed answer."""
    shape = speech_of("cloudwatch").model.operation_model(operation)
    told = create_serializer(protocol).serialize_to_request(params, shape)
    headers = {name.lower(): value for name, value in told["headers"].items()} | {"host": "localhost"}
    body = _body(told["body"], headers)
    request = Request(told["method"], told["url_path"], "", headers, body, "monitoring", Caller())
    response = running.run(running.cloud.handle(request))
    answer = {"status_code": response.status, "headers": response.headers, "body": response.body}
    return response.status, create_parser(protocol).parse(answer, shape.output_shape)


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_an_alarm_comes_back_whole(running, protocol):
    status, _ = ask(running, protocol, "PutMetricAlarm", ALARM)
    assert status == 200
    status, found = ask(running, protocol, "DescribeAlarms", {"AlarmNames": ["failures"]})
    assert status == 200
    [alarm] = found["MetricAlarms"]
    assert {name: alarm.get(name) for name in ALARM} == ALARM
    assert alarm["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:failures"
    assert isinstance(alarm["AlarmConfigurationUpdatedTimestamp"], datetime.datetime)


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_metrics_are_kept_and_added_up(running, protocol):
    now = datetime.datetime.now(datetime.UTC)
    data = [
        {"MetricName": "m", "Value": 1.5, "Timestamp": now, "Unit": "Count"},
        {"MetricName": "m", "Value": 2.5, "Timestamp": now},
    ]
    assert ask(running, protocol, "PutMetricData", {"Namespace": protocol, "MetricData": data})[0] == 200
    window = {"StartTime": now - datetime.timedelta(hours=1), "EndTime": now + datetime.timedelta(hours=1)}
    told = {"Namespace": protocol, "MetricName": "m", "Period": 7200, "Statistics": ["Sum"]} | window
    status, found = ask(running, protocol, "GetMetricStatistics", told)
    assert status == 200
    assert sum(point["Sum"] for point in found["Datapoints"]) == 4.0


@pytest.mark.parametrize("protocol", ["query", "json", "smithy-rpc-v2-cbor"])
def test_what_moto_does_not_know_is_refused_in_the_client_s_protocol(running, protocol):
    """A 5xx would make Terraform repeat the call for minutes."""
    status, found = ask(running, protocol, "GetMetricStream", {"Name": "none"})
    assert status == 400
    assert found["Error"]["Code"] == "UnknownOperationException"
    assert "GetMetricStream" in found["Error"]["Message"]


def test_what_treadle_does_not_create_from_a_template_is_refused_and_not_lost(running):
    """Moto would create it where nobody finds it."""
    cloudformation = running.client("cloudformation")
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "s3://a/b", "Role": "r"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-the-stack"}}
    with pytest.raises(cloudformation.exceptions.ClientError, match="does not create AWS::Serverless::StateMachine"):
        cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"Q": queue, "M": machine}}))
    assert "QueueUrls" not in running.client("sqs").list_queues()
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"Q": queue}}))
    [stack] = cloudformation.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert running.client("sqs").list_queues()["QueueUrls"] == [f"{running.url}/000000000000/of-the-stack"]


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("s3", "get_bucket_analytics_configuration", {"Bucket": "b", "Id": "i"}),
        ("kms", "connect_custom_key_store", {"CustomKeyStoreId": "k"}),
        ("iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["{}"]}),
        ("workmail", "list_organizations", {}),
        ("ec2", "get_coip_pool_usage", {"PoolId": "p"}),
    ],
)
def test_every_protocol_has_its_refusal(running, service, operation, params):
    client = running.client(service)
    with pytest.raises(client.exceptions.ClientError) as refusal:
        getattr(client, operation)(**params)
    assert refusal.value.response["Error"]["Code"] == "UnknownOperationException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
