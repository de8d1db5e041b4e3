"""Optimized integrations of one call: requests, results with their HTTP metadata, errors in the words of AWS."""

import datetime

import pytest
from fake_world import EXECUTION, FakeWorld, call

from treadle.asl.resource import parse_resource
from treadle.aws import AwsError
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call
from treadle.values import Json, StatesError, loads

ID = "11111111-2222-4333-8444-555555555555"
META = {
    "ResponseMetadata": {
        "RequestId": ID,
        "HTTPStatusCode": 200,
        "HTTPHeaders": {"date": "Thu, 06 Nov 2025 12:00:00 GMT"},
    }
}
STATES = "arn:aws:states:::"
QUEUE = "http://localhost:4566/000000000000/orders"


async def run(world: FakeWorld, name: str, arguments: Json) -> Json:
    task: Call = call(world, STATES + name, arguments)
    found = find(task.resource)
    assert found is not None
    return await found.call(task)


def headers(result: Json) -> dict[str, str]:
    return result["SdkHttpMetadata"]["HttpHeaders"]


async def test_a_message_is_sent_as_text_and_the_result_has_the_headers_of_the_answer() -> None:
    world = FakeWorld(SendMessage={"MD5OfMessageBody": "0" * 32, "MessageId": ID, **META})
    result = await run(world, "sqs:sendMessage.waitForTaskToken", {"QueueUrl": QUEUE, "MessageBody": {"a": [1, 2]}})
    assert world.requests == [("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": '{"a":[1,2]}'})]
    assert headers(result) == {
        "connection": "keep-alive",
        "Content-Length": "106",
        "Content-Type": "application/x-amz-json-1.0",
        "Date": "Thu, 06 Nov 2025 12:00:00 GMT",
        "x-amzn-RequestId": ID,
    }
    assert result["SdkResponseMetadata"] == {"RequestId": ID}
    assert (result["MD5OfMessageBody"], result["MessageId"]) == ("0" * 32, ID)


async def test_a_message_without_body_is_refused_as_sqs_refuses_it() -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(), "sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": None})
    assert failure.value.error == "SQS.AmazonSQSException"
    assert str(failure.value.cause).startswith(
        "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400;"
        " Error Code: MissingParameter; Request ID: "
    )


async def test_a_queue_that_does_not_exist() -> None:
    refusal = AwsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(SendMessage=refusal), "sqs:sendMessage", {"QueueUrl": QUEUE, "MessageBody": "m"})
    assert failure.value.error == "SQS.QueueDoesNotExistException"


async def test_a_host_without_queues_cannot_be_reached() -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(), "sqs:sendMessage", {"QueueUrl": "http://nowhere", "MessageBody": "m"})
    assert failure.value.error == "SQS.SdkClientException"
    assert failure.value.cause == "Unable to execute HTTP request: nowhere"


async def test_a_notification_is_published_as_text_and_answered_in_xml() -> None:
    world = FakeWorld(Publish={"MessageId": ID, **META})
    result = await run(world, "sns:publish", {"TopicArn": "t", "Message": {}})
    assert world.requests[0][2] == {"TopicArn": "t", "Message": "{}"}
    assert (headers(result)["Content-Length"], headers(result)["Content-Type"]) == ("294", "text/xml")


async def test_a_missing_topic_has_the_name_of_its_exception() -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(Publish=AwsError("NotFound", "Topic does not exist", 404)), "sns:publish", {"Message": "m"})
    assert failure.value.error == "SNS.NotFoundException"
    assert "(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: " in str(failure.value.cause)


async def test_an_item_is_written_and_read() -> None:
    item = {"data": {"S": "HelloWorld"}, "id": {"S": "id1"}}
    world = FakeWorld(PutItem=META, GetItem={"Item": item, **META})
    put = await run(world, "dynamodb:putItem", {"TableName": "t", "Item": item})
    got = await run(world, "dynamodb:getItem", {"TableName": "t", "Key": {"id": {"S": "id1"}}})
    assert list(put) == ["SdkHttpMetadata", "SdkResponseMetadata"]
    assert headers(put)["Content-Length"] == "2"
    assert set(headers(put)) == {
        "Connection", "Content-Length", "Content-Type", "Date", "Server", "x-amz-crc32", "x-amzn-RequestId",
    }  # fmt: skip
    assert got["Item"] == item
    assert headers(got)["Content-Length"] == "53"


@pytest.mark.parametrize(
    ("arguments", "refusal", "error", "cause"),
    [
        (
            {"TableName": "t", "Item": {"id": {"S": "1"}}},
            AwsError("ResourceNotFoundException", "Requested resource not found"),
            "DynamoDB.ResourceNotFoundException",
            "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400;"
            " Error Code: ResourceNotFoundException; Request ID: ",
        ),
        (
            {"TableName": "t", "Item": None},
            None,
            "DynamoDB.AmazonDynamoDBException",
            "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null"
            " (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: ",
        ),
    ],
)
async def test_errors_of_dynamodb(arguments: Json, refusal: AwsError | None, error: str, cause: str) -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(PutItem=refusal), "dynamodb:putItem", arguments)
    assert failure.value.error == error
    assert str(failure.value.cause).startswith(cause)
    assert str(failure.value.cause).endswith("; Proxy: null)")


async def test_numbers_must_be_given_as_text_where_the_api_has_text() -> None:
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(), "dynamodb:putItem", {"TableName": "t", "Item": {"id": {"N": 1}}})
    assert failure.value.error == "States.Runtime"
    assert failure.value.cause == (
        """The Parameters '{"TableName":"t","Item":{"id":{"N":1}}}' could not be used to start the Task: """
        "[The value for the field 'N' must be a STRING]"
    )


async def test_events_carry_the_machine_and_the_execution_among_their_resources() -> None:
    world = FakeWorld(PutEvents={"FailedEntryCount": 0, "Entries": [{"EventId": ID}], **META})
    entry = {"Detail": {"a": 1}, "DetailType": "d", "Source": "s", "Resources": ["r"]}
    result = await run(world, "events:putEvents", {"Entries": [entry]})
    assert result == {"Entries": [{"EventId": ID}], "FailedEntryCount": 0}
    assert world.requests[0][2]["Entries"][0] == {
        "Detail": '{"a":1}',
        "DetailType": "d",
        "Source": "s",
        "Resources": ["r", "arn:aws:states:us-east-1:000000000000:stateMachine:orders", EXECUTION],
    }


async def test_one_refused_event_fails_the_task() -> None:
    answer = {
        "FailedEntryCount": 1,
        "Entries": [{"EventId": ID}, {"ErrorCode": "InvalidArgument", "ErrorMessage": "m"}],
    }
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(PutEvents=answer), "events:putEvents", {"Entries": [{"Detail": "{}"}]})
    assert failure.value.error == "EventBridge.FailedEntry"
    assert loads(str(failure.value.cause)) == answer


CHILD = "arn:aws:states:us-east-1:000000000000:execution:child:run"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:child"
BEGAN = datetime.datetime(2024, 12, 4, 17, 13, 18, 123456, datetime.UTC)


def described(**more: Json) -> Json:
    return {
        "executionArn": CHILD, "stateMachineArn": MACHINE, "name": "run", "startDate": BEGAN, "stopDate": BEGAN,
        "input": "{}", "inputDetails": {"included": True}, **more,
    }  # fmt: skip


async def test_a_child_is_started_with_its_input_as_text() -> None:
    world = FakeWorld(StartExecution={"executionArn": CHILD, "startDate": BEGAN, **META})
    result = await run(world, "states:startExecution", {"StateMachineArn": MACHINE, "Name": "run", "Input": {"a": 1}})
    assert world.requests == [
        ("states", "StartExecution", {"stateMachineArn": MACHINE, "name": "run", "input": '{"a":1}'})
    ]
    assert result["ExecutionArn"] == CHILD
    assert result["StartDate"] == 1733332398123
    assert headers(result)["Content-Length"] == str(len(CHILD) + 17 + 14 + len("1.733332398123456E9") + 1)


async def test_a_child_without_name_is_the_same_child_after_a_restart() -> None:
    world = FakeWorld(StartExecution={"executionArn": CHILD, "startDate": BEGAN})
    for _ in range(2):
        await run(world, "states:startExecution", {"StateMachineArn": MACHINE, "Input": None, "Name": None})
    first, again = (params for _, _, params in world.requests)
    assert first == again
    assert set(first) == {"stateMachineArn", "name"}


@pytest.mark.parametrize(("pattern", "output"), [("sync", '{"b":2}'), ("sync:2", {"b": 2})])
async def test_a_finished_child_is_the_output(pattern: str, output: Json) -> None:
    done = described(status="SUCCEEDED", output='{"b":2}', outputDetails={"included": True})
    world = FakeWorld(ended=None, DescribeExecution=done)
    task = call(world, f"{STATES}states:startExecution.{pattern}", {})
    found = find(task.resource)
    assert found is not None and found.job is not None
    result = await found.job.watch(task, {"ExecutionArn": CHILD})
    assert list(result) == [
        "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "StartDate", "StateMachineArn",
        "Status", "StopDate",
    ]  # fmt: skip
    assert (result["Output"], result["OutputDetails"]) == (output, {"Included": True})


async def test_a_failed_child_is_a_failed_task_that_tells_why() -> None:
    world = FakeWorld(ended=None, DescribeExecution=described(status="FAILED", error="E", cause="why"))
    task = call(world, STATES + "states:startExecution.sync", {})
    found = find(task.resource)
    assert found is not None and found.job is not None
    with pytest.raises(StatesError) as failure:
        await found.job.watch(task, {"ExecutionArn": CHILD})
    told = loads(str(failure.value.cause))
    assert failure.value.error == "States.TaskFailed"
    assert (told["Status"], told["Error"], told["Cause"], told["Input"]) == ("FAILED", "E", "why", "{}")


async def test_a_child_is_stopped_when_nobody_waits_for_it_any_more() -> None:
    world = FakeWorld(StopExecution={})
    task = call(world, STATES + "states:startExecution.sync", {})
    found = find(task.resource)
    assert found is not None and found.job is not None
    await found.job.cancel(task, {"ExecutionArn": CHILD})
    assert world.requests == [("states", "StopExecution", {"executionArn": CHILD})]


async def test_a_machine_that_does_not_exist_cannot_be_started() -> None:
    refusal = AwsError("StateMachineDoesNotExist", "State Machine Does Not Exist: 'x'")
    with pytest.raises(StatesError) as failure:
        await run(FakeWorld(StartExecution=refusal), "states:startExecution", {"StateMachineArn": "x"})
    assert failure.value.error == "StepFunctions.StateMachineDoesNotExistException"
    assert "(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist;" in str(
        failure.value.cause
    )


def test_services_without_an_integration_are_not_found() -> None:
    resource = parse_resource(STATES + "dynamodb:query")
    assert resource is not None
    assert find(resource) is None
