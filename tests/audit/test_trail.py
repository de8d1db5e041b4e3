"""The trail: what is kept of a call, in which order it is found, how long it lasts, and that it holds no payload."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from treadle.audit import Call, Trail, lookup_events, trail
from treadle.audit.calls import HIDDEN, Visit, naming_parameters, states_parameters
from treadle.audit.routes import operation_of, refusal_of
from treadle.aws import AwsError, Caller, Request

HOME = Caller()
VISIT = Visit("00000000-0000-4000-8000-000000000001", "test", "127.0.0.1", "Boto3/1.40")
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m"


class Clock:
    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def __call__(self) -> float:
        self.at += 1
        return self.at


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Trail]:
    made = Trail(tmp_path / "audit", now=Clock())
    yield made
    await made.close()


def note(kept: Trail, operation: str, *, number: int = 1, caller: Caller = HOME, **facts: Any) -> None:
    visit = Visit(f"00000000-0000-4000-8000-{number:012d}", "test", "127.0.0.1", "Boto3/1.40")
    kept.note(visit, caller, facts.pop("service", "states"), operation, facts.pop("request", {}), None, **facts)


async def names(kept: Trail, **params: Any) -> list[str]:
    return [event["EventName"] for event in (await lookup_events(kept, HOME, params))["Events"]]


async def test_events_come_newest_first_whatever_their_kind(kept: Trail) -> None:
    for operation in ("CreateStateMachine", "StartExecution", "ListExecutions", "DeleteStateMachine"):
        note(kept, operation)
    assert await names(kept) == ["DeleteStateMachine", "ListExecutions", "StartExecution", "CreateStateMachine"]


async def test_a_token_goes_on_where_the_page_ended(kept: Trail) -> None:
    for number in range(7):
        note(kept, "StartExecution" if number % 2 else "CreateStateMachine", number=number)
    seen, token = [], {}
    while token is not None:
        page = await lookup_events(kept, HOME, {"MaxResults": 3, **token})
        seen += [event["EventTime"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        note(kept, "TagResource")  # what comes meanwhile is not seen by who goes back in time
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


async def test_the_trail_outlives_its_process(kept: Trail, tmp_path: Path) -> None:
    note(kept, "CreateStateMachine")
    await kept.close()
    with next((tmp_path / "audit").glob("changes-*")).open("ab") as torn:
        torn.write(b"[1700000")  # the machine lost its power while this was written
    assert await names(Trail(tmp_path / "audit", now=Clock())) == ["CreateStateMachine"]


async def test_a_flood_of_reads_or_of_executions_pushes_no_change_out(
    kept: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "FILE_BYTES", 2_000)
    note(kept, "CreateStateMachine")
    for number in range(200):
        note(kept, "DescribeExecution", number=number)
        note(kept, "StartExecution", number=number)
        if number % 5 == 0:
            await kept.flush()
    all_events = (await kept.search(lambda call: True, limit=10_000)).calls
    assert "CreateStateMachine" in {call.operation for call in all_events}
    assert len(all_events) < 401


async def test_what_is_older_than_ninety_days_is_gone(kept: Trail, tmp_path: Path) -> None:
    note(kept, "CreateStateMachine")
    await kept.flush()
    later = Trail(tmp_path / "audit", now=lambda: 1_700_000_000.0 + 91 * 86_400)
    assert await names(later) == []


async def test_a_search_says_how_far_it_looked(kept: Trail) -> None:
    for number in range(10):
        note(kept, "StartExecution", number=number)
    found = await kept.search(lambda call: False, limit=5, most=4)
    assert (found.calls, found.looked) == ([], 4)
    assert found.next is not None
    rest = await kept.search(lambda call: False, limit=5, after=found.next)
    assert (rest.looked, rest.next) == (6, None)


@pytest.mark.parametrize(
    ("key", "value", "met"),
    [
        ("EventName", "CreateStateMachine", True),
        ("EventName", "createstatemachine", False),
        ("ReadOnly", "false", True),
        ("Username", "root", True),
        ("EventSource", "states.amazonaws.com", True),
        ("EventSource", "s3.amazonaws.com", False),
        ("AccessKeyId", "test", True),
        ("ResourceName", MACHINE, True),
        ("ResourceType", "AWS::StepFunctions::StateMachine", True),
        ("ResourceType", "AWS::Lambda::Function", False),
    ],
)
async def test_lookup_by_attribute(kept: Trail, key: str, value: str, met: bool) -> None:
    note(kept, "CreateStateMachine", request={"stateMachineArn": MACHINE})
    assert bool(await names(kept, LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])) is met


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"LookupAttributes": [{"AttributeKey": "Color", "AttributeValue": "x"}]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [{"AttributeKey": "EventName"}]}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [{}, {}]}, "InvalidLookupAttributesException"),
        ({"StartTime": 2, "EndTime": 1}, "InvalidTimeRangeException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
        ({"EventCategory": "other"}, "InvalidEventCategoryException"),
    ],
)
async def test_what_lookup_refuses(kept: Trail, params: dict[str, Any], error: str) -> None:
    with pytest.raises(AwsError) as refused:
        await lookup_events(kept, HOME, params)
    assert refused.value.code == error


async def test_times_bound_a_lookup_and_regions_part_it(kept: Trail) -> None:
    note(kept, "CreateActivity")
    note(kept, "DeleteActivity", caller=Caller(region="eu-west-1"))
    note(kept, "CreateRole", service="iam", caller=Caller(region="eu-west-1"))
    assert await names(kept) == ["CreateRole", "CreateActivity"]  # IAM is global: its events are in us-east-1
    assert await names(kept, StartTime=1_700_000_002) == ["CreateRole"]
    assert await names(kept, EndTime=1_700_000_001) == ["CreateActivity"]


async def test_data_events_are_not_management_events(kept: Trail) -> None:
    note(kept, "GetActivityTask")
    note(kept, "PutItem", service="dynamodb")
    note(kept, "Invoke", service="lambda")
    assert await names(kept) == []


async def test_users_are_named_once_and_kept(tmp_path: Path) -> None:
    asked = []

    async def identify(caller: Caller, key: str) -> str:
        asked.append(key)
        return "arn:aws:iam::000000000000:user/ada"

    kept = Trail(tmp_path, identify, now=Clock())
    for _ in range(2):
        note(kept, "CreateActivity")
        await kept.flush()
    event = (await lookup_events(kept, HOME, {}))["Events"][0]
    assert event["Username"] == "ada"
    assert asked == ["test"]


def test_no_payload_and_no_secret_is_kept() -> None:
    asked = {"stateMachineArn": MACHINE, "input": '{"card": 4111}', "name": "n", "definition": "{}", "roleArn": "r"}
    assert states_parameters(asked) == {**asked, "input": HIDDEN, "definition": HIDDEN}
    told = naming_parameters({"SecretId": "s", "SecretString": "hunter2", "Password": "x", "Policy": {"a": 1}})
    assert told == {"secretId": "s", "secretString": HIDDEN, "password": HIDDEN, "policy": HIDDEN}


def request(method: str, path: str, service: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    path, _, query = path.partition("?")
    return Request(method, path, query, headers or {}, body, service)


@pytest.mark.parametrize(
    ("asked", "operation"),
    [
        (request("POST", "/", "kms", {"x-amz-target": "TrentService.CreateKey"}, b"{}"), ("CreateKey", {})),
        (
            request(
                "POST", "/", "iam", {"content-type": "application/x-www-form-urlencoded"}, b"Action=GetRole&RoleName=r"
            ),
            ("GetRole", {"RoleName": "r"}),
        ),
        (request("PUT", "/bucket", "s3"), ("CreateBucket", {"Bucket": "bucket"})),
        (request("PUT", "/bucket?policy", "s3"), ("PutBucketPolicy", {"Bucket": "bucket"})),
        (request("PUT", "/bucket/key", "s3"), None),
        (request("DELETE", "/2015-03-31/functions/f", "lambda"), ("DeleteFunction", {"FunctionName": "f"})),
        (
            request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", "monitoring"),
            ("PutMetricAlarm", {}),
        ),
        (request("GET", "/x/y/z", "nothing"), None),
    ],
)
def test_the_operation_of_a_request(asked: Request, operation: tuple[str, dict[str, str]] | None) -> None:
    assert operation_of(asked) == operation


@pytest.mark.parametrize(
    ("headers", "body", "error"),
    [
        ({}, b"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>", ("NoSuchBucket", "gone")),
        ({}, b'{"__type": "a.b#ResourceNotFoundException", "message": "no"}', ("ResourceNotFoundException", "no")),
        ({"x-amzn-ErrorType": "Conflict:http://x"}, b'{"Message": "busy"}', ("Conflict", "busy")),
        ({}, b"", ("400", "")),
    ],
)
def test_the_error_of_an_answer(headers: dict[str, str], body: bytes, error: tuple[str, str]) -> None:
    assert refusal_of(400, headers, body) == error
    assert refusal_of(200, headers, body) is None


def test_a_call_is_a_plain_row() -> None:
    assert Call.__struct_config__.array_like
