"""The audit trail of a whole server, as boto3 reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
import orjson
import pytest
from botocore.exceptions import ClientError

from treadle.api.server import serve

from .office import PASS, ROLE


@pytest.fixture
async def endpoint(tmp_path: Path) -> AsyncIterator[str]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve("127.0.0.1", 0, tmp_path / "data", ready=ready.set_result))
    yield await ready
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)


def client(service: str, endpoint: str, key: str = "test") -> Any:
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key="x"
    )


async def test_lookup_events_tells_who_did_what(endpoint: str) -> None:
    def walk() -> list[Any]:
        states = client("stepfunctions", endpoint)
        arn = states.create_state_machine(name="m", definition=PASS, roleArn=ROLE)["stateMachineArn"]
        started = states.start_execution(stateMachineArn=arn, input='{"card": "4111"}')
        with pytest.raises(ClientError):
            states.start_execution(stateMachineArn=arn + "x")
        client("s3", endpoint).create_bucket(Bucket="bucket")
        iam = client("iam", endpoint)
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
        client("stepfunctions", endpoint, key).delete_state_machine(stateMachineArn=arn)
        events = client("cloudtrail", endpoint).lookup_events()["Events"]
        return [arn, started["executionArn"], events]

    arn, execution, events = await asyncio.to_thread(walk)
    assert [(event["EventName"], event["Username"]) for event in events] == [
        ("DeleteStateMachine", "ada"),
        ("CreateAccessKey", "root"),
        ("CreateUser", "root"),
        ("CreateBucket", "root"),
        ("StartExecution", "root"),
        ("StartExecution", "root"),
        ("CreateStateMachine", "root"),
    ]
    assert "4111" not in str(events)
    refused, started = (orjson.loads(event["CloudTrailEvent"]) for event in events[4:6])
    assert refused["errorCode"] == "StateMachineDoesNotExist"
    assert started["eventSource"] == "states.amazonaws.com"
    assert started["requestParameters"] == {"stateMachineArn": arn, "input": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert started["responseElements"]["executionArn"] == execution
    assert started["sourceIPAddress"] == "127.0.0.1"
    assert started["userAgent"].startswith("Boto3/")
    assert started["userIdentity"]["type"] == "Root"
    assert {"ResourceType": "AWS::StepFunctions::StateMachine", "ResourceName": arn} in events[5]["Resources"]
    assert orjson.loads(events[0]["CloudTrailEvent"])["userIdentity"]["userName"] == "ada"


async def test_trails_and_selectors_stay_what_they_are(endpoint: str) -> None:
    def walk() -> Any:
        client("s3", endpoint).create_bucket(Bucket="bucket")
        trails = client("cloudtrail", endpoint)
        trails.create_trail(Name="trail", S3BucketName="bucket")
        trails.put_event_selectors(TrailName="trail", EventSelectors=[{"ReadWriteType": "All"}])
        return trails.describe_trails()["trailList"]

    assert [trail["Name"] for trail in await asyncio.to_thread(walk)] == ["trail"]
