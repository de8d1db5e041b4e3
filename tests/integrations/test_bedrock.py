"""`bedrock:invokeModel` whose request and answer may lie in S3."""

from typing import Any

import pytest
from fake_world import FakeWorld, call

from treadle.aws import AwsError
from treadle.integrations.bedrock import invoke_model
from treadle.values import Json, StatesError

ARN = "arn:aws:states:::bedrock:invokeModel"
ANSWER = {"body": b'{ "text": "hi" }', "contentType": "application/json"}


async def ask(world: FakeWorld, **arguments: Json) -> Any:
    return await invoke_model(call(world, ARN, {"ModelId": "m", **arguments}))


async def test_a_request_is_read_from_s3() -> None:
    world = FakeWorld(GetObject={"Body": b'{"prompt":"hello"}'}, InvokeModel=ANSWER)
    result = await ask(world, Input={"S3Uri": "s3://texts/a/b?c#d.json"})
    assert result == {"Body": {"text": "hi"}, "ContentType": "application/json"}
    assert world.requests == [
        ("s3", "GetObject", {"Bucket": "texts", "Key": "a/b?c#d.json"}),
        ("bedrock-runtime", "InvokeModel", {"modelId": "m", "body": b'{"prompt":"hello"}'}),
    ]


async def test_an_answer_is_written_to_s3_as_it_came() -> None:
    world = FakeWorld(InvokeModel=ANSWER, PutObject={})
    result = await ask(world, Body={"prompt": "hello"}, Output={"S3Uri": "s3://texts/out.json"})
    assert result == {"Body": "s3://texts/out.json", "ContentType": "application/json"}
    service, name, params = world.requests[1]
    assert (service, name) == ("s3", "PutObject")
    assert params["Body"] == b'{ "text": "hi" }'
    assert (params["Bucket"], params["Key"], params["ContentType"]) == ("texts", "out.json", "application/json")


async def test_without_s3_the_answer_is_the_result() -> None:
    result = await ask(FakeWorld(InvokeModel=ANSWER), Body={"prompt": "hello"})
    assert result["Body"] == {"text": "hi"}


async def test_an_object_that_is_not_there_is_an_error_of_s3() -> None:
    world = FakeWorld(GetObject=AwsError("NoSuchKey", "The specified key does not exist.", 404))
    with pytest.raises(StatesError) as failure:
        await ask(world, Input={"S3Uri": "s3://texts/none"})
    assert failure.value.error == "S3.NoSuchKeyException"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"Input": {"S3Uri": "texts/a"}}, "'Input' must have an S3Uri of the form s3://BUCKET/KEY"),
        ({"Output": {"S3Uri": "s3://texts"}}, "'Output' must have an S3Uri"),
        ({"Output": "s3://texts/a"}, "'Output' must have an S3Uri"),
        ({"Input": {"S3Uri": "s3://b/k"}, "Body": "{}"}, "'Body' and 'Input' cannot both be given"),
        ({"Input": {"S3Uri": "s3://b/k", "Uri": "x"}}, "'Uri' is not supported by Step Functions"),
    ],
)
async def test_places_that_are_none_are_refused_before_anything_is_called(wrong: dict[str, Json], told: str) -> None:
    world = FakeWorld()
    with pytest.raises(StatesError) as failure:
        await ask(world, **wrong)
    assert failure.value.error == "States.Runtime"
    assert told in str(failure.value.cause)
    assert world.requests == []


async def test_a_request_that_is_no_text_is_refused() -> None:
    with pytest.raises(StatesError) as failure:
        await ask(FakeWorld(GetObject={"Body": b"\xff\xfe"}), Input={"S3Uri": "s3://b/k"})
    assert "is not text in UTF-8" in str(failure.value.cause)
