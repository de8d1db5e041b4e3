"""Invoking Lambda functions from a Task: what goes out, what comes back, how failures are told."""

import pytest
from fake_world import FakeWorld, Invocation, call

from treadle.aws import AwsError
from treadle.integrations.function import invoke, invoke_directly
from treadle.values import StatesError, loads

INVOKE = "arn:aws:states:::lambda:invoke"
DIRECT = "arn:aws:lambda:us-east-1:000000000000:function:orders"
FAILED = b'{"errorMessage": "no stock", "errorType": "OutOfStock", "requestId": "r", "stackTrace": []}'


async def test_the_result_is_the_decoded_payload_with_the_metadata_of_the_response() -> None:
    world = FakeWorld(Invoke=Invocation(b'{"total": 12}'))
    result = await invoke(call(world, INVOKE, {"FunctionName": "orders", "Payload": {"id": 1}}))
    headers = result["SdkHttpMetadata"]["HttpHeaders"]
    assert result["Payload"] == {"total": 12}
    assert list(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]
    assert result["SdkResponseMetadata"]["RequestId"] == headers["x-amzn-RequestId"]
    assert headers["Content-Length"] == "13"  # of the bytes the function wrote
    assert set(headers) == {
        "Connection", "Content-Length", "Content-Type", "Date", "X-Amz-Executed-Version", "X-Amzn-Trace-Id",
        "x-amzn-Remapped-Content-Length", "x-amzn-RequestId",
    }  # fmt: skip
    assert result["SdkHttpMetadata"]["AllHttpHeaders"] == {name: [value] for name, value in headers.items()}


@pytest.mark.parametrize(
    ("payload", "sent"),
    [
        ({"id": 1}, b'{"id":1}'),
        ([], b"[]"),
        (None, b"{}"),
        ('{"id": 1}', b'{"id": 1}'),  # JSON text goes out as it is
        ("0.0", b"0.0"),
        ("hello", b'"hello"'),
        (False, b"false"),
    ],
)
async def test_the_payload_sent_is_json(payload: object, sent: bytes) -> None:
    world = FakeWorld(Invoke=Invocation(b"null"))
    await invoke(call(world, INVOKE, {"FunctionName": "orders", "Payload": payload}))
    assert world.requests[0][2]["payload"] == sent


async def test_options_of_the_invocation_are_passed_on() -> None:
    world = FakeWorld(Invoke=Invocation(b"", status=202))
    arguments = {"FunctionName": "orders", "Qualifier": "live", "InvocationType": "Event", "LogType": "Tail"}
    result = await invoke(call(world, INVOKE, arguments))
    sent = world.requests[0][2]
    assert (sent["qualifier"], sent["kind"], sent["log_tail"]) == ("live", "Event", True)
    assert (result["StatusCode"], result["Payload"]) == (202, "")
    assert "ExecutedVersion" not in result


async def test_the_log_is_in_the_result_when_asked_for() -> None:
    world = FakeWorld(Invoke=Invocation(b"1", log_tail="U1RBUlQ="))
    result = await invoke(call(world, INVOKE, {"FunctionName": "orders", "LogType": "Tail"}))
    assert result["LogResult"] == "U1RBUlQ="


async def test_an_error_of_the_function_is_named_by_its_type_and_the_cause_is_printed_anew() -> None:
    world = FakeWorld(Invoke=Invocation(FAILED, function_error="Unhandled"))
    with pytest.raises(StatesError) as failure:
        await invoke(call(world, INVOKE, {"FunctionName": "orders"}))
    assert failure.value.error == "OutOfStock"
    assert failure.value.cause == '{"errorMessage":"no stock","errorType":"OutOfStock","requestId":"r","stackTrace":[]}'


async def test_a_function_called_by_its_arn_keeps_the_cause_as_it_was_written() -> None:
    world = FakeWorld(Invoke=Invocation(FAILED, function_error="Unhandled"))
    with pytest.raises(StatesError) as failure:
        await invoke_directly(call(world, DIRECT, {"id": 1}))
    assert (failure.value.error, failure.value.cause) == ("OutOfStock", FAILED.decode())


async def test_an_error_without_a_type_is_lambda_unknown() -> None:
    text = b'{"errorMessage":"Task timed out after 3.00 seconds"}'
    world = FakeWorld(Invoke=Invocation(text, function_error="Unhandled"))
    with pytest.raises(StatesError) as failure:
        await invoke(call(world, INVOKE, {"FunctionName": "orders"}))
    assert failure.value.error == "Lambda.Unknown"
    assert failure.value.cause == (
        "The cause could not be determined because Lambda did not return an error type. Returned payload: "
        + text.decode()
    )


async def test_a_function_called_by_its_arn_receives_the_input_and_gives_the_output() -> None:
    world = FakeWorld(Invoke=Invocation(b'["a"]'))
    assert await invoke_directly(call(world, DIRECT, {"id": 1})) == ["a"]
    assert world.requests[0][2]["function"] == DIRECT
    assert loads(world.requests[0][2]["payload"]) == {"id": 1}


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (AwsError("ResourceNotFoundException", "Function not found: F", 404), "Lambda.ResourceNotFoundException"),
        (AwsError("TooManyRequestsException", "Rate Exceeded.", 429), "Lambda.TooManyRequestsException"),
        (AwsError("ServiceException", "oh", 500), "Lambda.ServiceException"),
        (AwsError("AccessDeniedException", "no", 403), "Lambda.AWSLambdaException"),
    ],
)
async def test_refusals_of_lambda_keep_their_name_where_the_api_has_one(refusal: AwsError, error: str) -> None:
    refusal.extra = {"requestId": "R"}
    with pytest.raises(StatesError) as failure:
        await invoke(call(FakeWorld(Invoke=refusal), INVOKE, {"FunctionName": "F"}))
    assert failure.value.error == error
    assert failure.value.cause == (
        f"{refusal.message} (Service: AWSLambda; Status Code: {refusal.status}; Error Code: {refusal.code};"
        " Request ID: R; Proxy: null)"
    )


async def test_unknown_fields_cannot_start_the_task() -> None:
    with pytest.raises(StatesError) as failure:
        await invoke(call(FakeWorld(), INVOKE, {"FunctionName": "F", "Function": "G"}))
    assert failure.value.error == "States.Runtime"
    assert "[The field 'Function' is not supported by Step Functions]" in str(failure.value.cause)


async def test_a_result_that_is_too_large_is_not_taken_apart() -> None:
    world = FakeWorld(Invoke=Invocation(b"a" * 262_145))
    for arn, perform, name in ((INVOKE, invoke, "lambda"), (DIRECT, invoke_directly, DIRECT)):
        with pytest.raises(StatesError) as failure:
            await perform(call(world, arn, {"FunctionName": "orders"}))
        assert failure.value.error == "States.DataLimitExceeded"
        assert str(failure.value.cause).startswith(f"The state/task '{name}' returned a result with a size exceeding")


async def test_bytes_that_are_no_json_are_a_string() -> None:
    assert await invoke_directly(call(FakeWorld(Invoke=Invocation(b"plain")), DIRECT, {})) == "plain"
