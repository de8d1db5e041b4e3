"""`aws-sdk:*`: every operation of every service, with the names of the AWS SDK for Java."""

import base64
import datetime
import io
import zlib

import pytest
from fake_world import FakeWorld, call

from treadle.asl.resource import parse_resource
from treadle.aws import AwsError
from treadle.integrations.catalog import check_task, find
from treadle.values import Json, StatesError

SDK = "arn:aws:states:::aws-sdk:"


async def run(world: FakeWorld, name: str, arguments: Json) -> Json:
    task = call(world, SDK + name, arguments)
    found = find(task.resource)
    assert found is not None
    return await found.call(task)


async def test_parameters_and_results_are_in_pascal_case_whatever_the_api_has() -> None:
    began = datetime.datetime(2025, 11, 6, 12, 0, 0, 141000, datetime.UTC)
    world = FakeWorld(DescribeExecution={"executionArn": "e", "name": "n", "startDate": began, "status": "RUNNING"})
    result = await run(world, "sfn:describeExecution", {"ExecutionArn": "e"})
    assert world.requests == [("states", "DescribeExecution", {"executionArn": "e"})]
    assert result == {"ExecutionArn": "e", "Name": "n", "StartDate": "2025-11-06T12:00:00.141Z", "Status": "RUNNING"}


async def test_members_the_service_left_out_stay_out_and_empty_ones_stay_in() -> None:
    assert await run(FakeWorld(ListSecrets={"SecretList": []}), "secretsmanager:listSecrets", {}) == {"SecretList": []}
    assert await run(FakeWorld(PutItem={}), "dynamodb:putItem", {"TableName": "t", "Item": {}}) == {}


async def test_keys_of_maps_are_the_customers_own() -> None:
    item = {"Some_Key": {"S": "v"}, "flag": {"BOOL": True}, "none": {"NULL": True}}
    result = await run(FakeWorld(GetItem={"Item": item}), "dynamodb:getItem", {"TableName": "t", "Key": {}})
    assert result == {"Item": {"Some_Key": {"S": "v"}, "flag": {"Bool": True}, "none": {"Nul": True}}}


async def test_an_object_is_read_as_text() -> None:
    answer = {"Body": io.BytesIO(b"text data"), "ContentLength": 9, "ETag": '"e"', "Metadata": {}}
    result = await run(FakeWorld(GetObject=answer), "s3:getObject", {"Bucket": "b", "Key": "k"})
    assert result == {"Body": "text data", "ContentLength": 9, "ETag": '"e"', "Metadata": {}}


async def test_bytes_that_are_no_text_are_shown_in_base64() -> None:
    result = await run(
        FakeWorld(Encrypt={"CiphertextBlob": b"\xff\x00"}), "kms:encrypt", {"KeyId": "k", "Plaintext": "p"}
    )
    assert result == {"CiphertextBlob": "/wA="}


@pytest.mark.parametrize(
    ("body", "sent"), [("text", b"text"), ({"a": 1}, b'{"a":1}'), (["x"], b'["x"]'), (False, b"false")]
)
async def test_a_body_may_be_any_json(body: Json, sent: bytes) -> None:
    world = FakeWorld(PutObject={})
    await run(world, "s3:putObject", {"Bucket": "b", "Key": "k", "Body": body})
    assert world.requests[0][2] == {
        "Bucket": "b",
        "Key": "k",
        "Body": sent,
        "ContentType": "text/plain; charset=UTF-8",
        "ChecksumAlgorithm": "CRC32",
        "ChecksumCRC32": base64.b64encode(zlib.crc32(sent).to_bytes(4, "big")).decode(),
    }


async def test_times_are_given_as_iso_text() -> None:
    world = FakeWorld(FilterLogEvents={}, GetMetricStatistics={})
    arguments = {
        "Namespace": "n", "MetricName": "m", "Period": 60,
        "StartTime": "2025-01-01T00:00:00Z", "EndTime": "2025-01-02T00:00:00Z",
    }  # fmt: skip
    await run(world, "cloudwatch:getMetricStatistics", arguments)
    assert world.requests[0][2]["StartTime"] == datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("name", "arguments", "refusal", "error", "cause"),
    [
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {}},
            AwsError("ResourceNotFoundException", "Requested resource not found", 400, {"requestId": "R"}),
            "DynamoDb.ResourceNotFoundException",
            "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: R)",
        ),
        (
            "sfn:sendTaskFailure",
            {"TaskToken": "x"},
            AwsError("InvalidToken", "Invalid Token: 'Invalid token'", 400, {"requestId": "R"}),
            "Sfn.InvalidTokenException",
            "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: R) (SDK Attempt Count: 1)",
        ),
        (
            "s3:getObject",
            {"Bucket": "b", "Key": "k"},
            AwsError("NoSuchKey", "The specified key does not exist.", 404, {"requestId": "R", "hostId": "H"}),
            "S3.NoSuchKeyException",
            "The specified key does not exist. (Service: S3, Status Code: 404, Request ID: R, Extended Request ID: H)",
        ),
        (
            "secretsmanager:createSecret",
            {"Name": "n"},
            AwsError("AccessDeniedException", "no", 403, {"requestId": "R"}),  # in JSON every refusal is a 400
            "SecretsManager.SecretsManagerException",
            "no (Service: SecretsManager, Status Code: 400, Request ID: R)",
        ),
    ],
)
async def test_errors_are_named_by_the_java_client_and_its_exceptions(
    name: str, arguments: Json, refusal: AwsError, error: str, cause: str
) -> None:
    operation = name.partition(":")[2]
    world = FakeWorld(**{operation[:1].upper() + operation[1:]: refusal})
    with pytest.raises(StatesError) as failure:
        await run(world, name, arguments)
    assert (failure.value.error, failure.value.cause) == (error, cause)


async def test_a_required_member_that_is_null_is_refused_by_the_service() -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(), "dynamodb:putItem", {"TableName": "t", "Item": None})
    assert failure.value.error == "DynamoDb.DynamoDbException"
    assert str(failure.value.cause).startswith(
        "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null"
        " (Service: DynamoDb, Status Code: 400, Request ID: "
    )


async def test_idempotency_tokens_are_those_of_the_task() -> None:
    world = FakeWorld(RunTask={})
    for _ in range(2):
        await run(world, "ecs:runTask", {"TaskDefinition": "t"})
    tokens = [params["clientToken"] for _, _, params in world.requests]
    assert tokens[0] == tokens[1]


@pytest.mark.parametrize(
    "name",
    [
        "nosuch:getItem",
        "dynamodb:nosuch",
        "logs:startLiveTail",
        "events:putEvents",
        "s3:selectObjectContent",
        "polly:synthesizeSpeech",
    ],
)
def test_what_the_sdk_integration_does_not_offer_is_refused_at_creation(name: str) -> None:
    resource = parse_resource(SDK + name)
    assert resource is not None
    assert find(resource) is None
    (refusal,) = check_task(resource, "Parameters", {})
    assert (refusal.severity, refusal.location) == ("ERROR", "/Resource")
    assert refusal.message == (
        f"The resource provided {SDK}{name} is not recognized. The value is not a valid resource ARN, or the resource"
        " is not available in this region."
    )


@pytest.mark.parametrize(
    "name",
    [
        "eventbridge:putEvents",
        "lambda:invoke",
        "bedrockruntime:invokeModel",
        "s3:getObject",
        "cloudwatchlogs:filterLogEvents",
        "sfn:getActivityTask",
    ],
)
def test_what_it_offers_is_known(name: str) -> None:
    resource = parse_resource(SDK + name)
    assert resource is not None
    assert check_task(resource, "Parameters", None) == []
    assert find(resource) is not None
