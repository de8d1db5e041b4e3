"""The control plane answers field for field as Lambda does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from treadle.aws import Caller

from .kit import ECHO, FUNCTIONS, ROLE, Client, base64_zip, one, zipped

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
CODE = zipped(ECHO)


def configuration(**more: Any) -> dict[str, Any]:
    """What Lambda shows of the function that `Client.create("f")` makes."""
    return {
        "FunctionName": "f",
        "FunctionArn": ARN,
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "app.handler",
        "CodeSize": len(CODE),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "CodeSha256": base64.b64encode(hashlib.sha256(CODE).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
        **more,
    }


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what is new each time, which must look right."""
    rest = dict(answer)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", rest.pop("LastModified"))
    assert re.fullmatch(r"[0-9a-f-]{36}", rest.pop("RevisionId"))
    version = rest.pop("RuntimeVersionConfig", {"RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:" + "0" * 64})
    assert re.fullmatch(r"arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}", version["RuntimeVersionArn"])
    return rest


async def test_a_new_function(client: Client) -> None:
    assert settled(await client.create("f")) == configuration()
    assert settled(await client.ok("GET", one("f", "/configuration"))) == configuration()


async def test_every_member_comes_back_as_given(client: Client) -> None:
    given = {
        "Description": "what it does",
        "Timeout": 30,
        "MemorySize": 1024,
        "Environment": {"Variables": {"AB": "1"}},
        "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1",
        "TracingConfig": {"Mode": "Active"},
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 1024},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/g", "ApplicationLogLevel": "DEBUG"},
    }
    await client.create("f", **given, Tags={"team": "blue"})
    answer = await client.ok("GET", one("f"))
    shown = {**given, "LoggingConfig": {**given["LoggingConfig"], "SystemLogLevel": "INFO"}}
    assert settled(answer["Configuration"]) == configuration(**shown)
    assert answer["Tags"] == {"team": "blue"}


async def test_get_function_links_to_the_package(client: Client) -> None:
    await client.create("f")
    answer = await client.ok("GET", one(ARN))
    assert set(answer) == {"Configuration", "Code"}
    assert answer["Code"]["RepositoryType"] == "S3"
    base = "http://127.0.0.1:4566"
    assert answer["Code"]["Location"].startswith(f"{base}/_treadle/lambda/code/")
    package = await client.send("GET", answer["Code"]["Location"].removeprefix(base))
    assert package.body == CODE


async def test_code_comes_from_s3_too(client: Client) -> None:
    made = await client.create("f", Code={"S3Bucket": "bucket", "S3Key": "code.zip"})
    assert made["CodeSha256"] == configuration()["CodeSha256"]
    body = {"S3Bucket": "bucket", "S3Key": "other.zip"}
    assert await client.refused("PUT", one("f", "/code"), body) == (
        400,
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    )


async def test_updating_configuration_and_code(client: Client) -> None:
    first = await client.create("f", Environment={"Variables": {"AB": "1"}}, KMSKeyArn="arn:aws:kms:us-east-1:0:key/1")
    changed = await client.ok(
        "PUT",
        one("f", "/configuration"),
        {"Timeout": 9, "Environment": {"Variables": {}}, "KMSKeyArn": "", "LoggingConfig": {"LogFormat": "Text"}},
    )
    assert settled(changed) == configuration(Timeout=9)
    assert changed["RevisionId"] != first["RevisionId"]
    other = {"app.py": "handler = print"}
    body = {"ZipFile": base64_zip(other), "DryRun": True}
    dry = await client.ok("PUT", one("f", "/code"), body)
    assert dry["CodeSize"] == len(zipped(other))
    assert settled(await client.ok("GET", one("f", "/configuration"))) == configuration(Timeout=9)
    updated = await client.ok("PUT", one("f", "/code"), {**body, "DryRun": False, "Publish": True})
    assert (updated["Version"], updated["FunctionArn"]) == ("1", f"{ARN}:1")


async def test_an_outdated_revision_is_refused(client: Client) -> None:
    await client.create("f")
    body = {"Timeout": 4, "RevisionId": "00000000-0000-0000-0000-000000000000"}
    status, name, _ = await client.refused("PUT", one("f", "/configuration"), body)
    assert (status, name) == (412, "PreconditionFailedException")


async def test_versions(client: Client) -> None:
    made = await client.create("f", Publish=True, Description="as created")
    # The version is told, but not in the ARN: see the example of CreateFunction in botocore.
    assert (made["Version"], made["FunctionArn"]) == ("1", ARN)
    # Nothing changed since: the same version again.
    assert (await client.ok("POST", one("f", "/versions"), {}))["Version"] == "1"
    await client.ok("PUT", one("f", "/configuration"), {"Timeout": 5})
    second = await client.ok("POST", one("f", "/versions"), {"Description": "second"})
    assert settled(second) == configuration(Version="2", FunctionArn=f"{ARN}:2", Timeout=5, Description="second")
    listed = await client.ok("GET", one("f", "/versions"))
    assert [row["FunctionArn"] for row in listed["Versions"]] == [f"{ARN}:$LATEST", f"{ARN}:1", f"{ARN}:2"]
    assert {"State", "LastUpdateStatus", "RuntimeVersionConfig"}.isdisjoint(listed["Versions"][0])
    shown = await client.ok("GET", one("f", "/configuration"), query="Qualifier=1")
    assert (shown["Timeout"], shown["FunctionArn"]) == (3, f"{ARN}:1")
    assert (await client.send("DELETE", one("f"), query="Qualifier=1")).status == 204
    assert (await client.refused("GET", one("f"), query="Qualifier=1"))[2] == f"Function not found: {ARN}:1"
    # Numbers are never used twice.
    await client.ok("DELETE", one("f"), query="Qualifier=2")
    assert (await client.ok("POST", one("f", "/versions"), {}))["Version"] == "3"


async def test_aliases(client: Client) -> None:
    await client.create("f", Publish=True)
    made = await client.ok("POST", one("f", "/aliases"), {"Name": "live", "FunctionVersion": "1"})
    revision = made.pop("RevisionId")
    assert made == {"AliasArn": f"{ARN}:live", "Name": "live", "FunctionVersion": "1", "Description": ""}
    body = {"Description": "in use", "RevisionId": revision}
    changed = await client.ok("PUT", one("f", "/aliases/live"), body)
    assert changed["RevisionId"] != revision
    assert await client.ok("GET", one("f", "/aliases/live")) == changed
    assert await client.ok("GET", one("f", "/aliases")) == {"Aliases": [changed]}
    shown = await client.ok("GET", one("f"), query="Qualifier=live")
    assert (shown["Configuration"]["Version"], shown["Configuration"]["FunctionArn"]) == ("1", f"{ARN}:live")
    assert await client.refused("DELETE", one("f"), query="Qualifier=1") == (
        409,
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )
    assert (await client.send("DELETE", one("f", "/aliases/live"))).status == 204
    message = f"Cannot find alias arn: {ARN}:live"
    assert await client.refused("GET", one("f", "/aliases/live")) == (404, "ResourceNotFoundException", message)


async def test_permissions(client: Client) -> None:
    await client.create("f")
    events = {
        "StatementId": "events",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:us-east-1:000000000000:rule/r",
    }
    added = await client.ok("POST", one("f", "/policy"), events)
    statement = {
        "Sid": "events",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": events["SourceArn"]}},
    }
    assert json.loads(added["Statement"]) == statement
    account = {"StatementId": "account", "Action": "lambda:*", "Principal": "111122223333"}
    await client.ok("POST", one("f", "/policy"), account)
    policy = await client.ok("GET", one("f", "/policy"))
    document = json.loads(policy["Policy"])
    assert (document["Version"], document["Id"], document["Statement"][0]) == ("2012-10-17", "default", statement)
    assert document["Statement"][1]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert (await client.refused("POST", one("f", "/policy"), events))[:2] == (409, "ResourceConflictException")
    for name in ("events", "account"):
        assert (await client.send("DELETE", one("f", f"/policy/{name}"))).status == 204
    gone = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert await client.refused("GET", one("f", "/policy")) == gone


async def test_tags(client: Client) -> None:
    await client.create("f", Tags={"a": "1"})
    tags = f"/2017-03-31/tags/{ARN.replace(':', '%3A')}"
    assert (await client.send("POST", tags, {"Tags": {"b": "2", "c": "3"}})).status == 204
    assert (await client.send("DELETE", tags, query="tagKeys=a&tagKeys=c")).status == 204
    assert await client.ok("GET", tags) == {"Tags": {"b": "2"}}


async def test_concurrency(client: Client) -> None:
    await client.create("f")
    path = "/2017-10-31/functions/f/concurrency"
    reserved = {"ReservedConcurrentExecutions": 5}
    assert await client.ok("PUT", path, reserved) == reserved
    assert (await client.ok("GET", one("f")))["Concurrency"] == reserved
    assert await client.ok("GET", "/2019-09-30/functions/f/concurrency") == reserved
    limits = (await client.ok("GET", "/2016-08-19/account-settings"))["AccountLimit"]
    assert limits["UnreservedConcurrentExecutions"] == 995
    assert (await client.refused("PUT", path, {"ReservedConcurrentExecutions": 901}))[2].endswith("value of [100].")
    assert (await client.send("DELETE", path)).status == 204
    assert await client.ok("GET", "/2019-09-30/functions/f/concurrency") == {}


async def test_event_settings(client: Client) -> None:
    await client.create("f")
    path = "/2019-09-25/functions/f/event-invoke-config"
    message = f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig"
    assert await client.refused("GET", path) == (404, "ResourceNotFoundException", message)
    await client.ok("PUT", path, {"MaximumRetryAttempts": 0})
    changed = await client.ok("POST", path, {"MaximumEventAgeInSeconds": 60})
    assert isinstance(changed.pop("LastModified"), int)
    assert changed == {
        "FunctionArn": f"{ARN}:$LATEST",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }


async def test_layers(client: Client) -> None:
    path = "/2018-10-31/layers/words/versions"
    body = {"Content": {"ZipFile": base64_zip(ECHO)}, "CompatibleRuntimes": ["python3.11"], "Description": "d"}
    first = await client.ok("POST", path, body)
    arn = "arn:aws:lambda:us-east-1:000000000000:layer:words"
    assert (first["LayerArn"], first["LayerVersionArn"], first["Version"]) == (arn, f"{arn}:1", 1)
    assert first["Content"]["CodeSha256"] == configuration()["CodeSha256"]
    assert (await client.ok("POST", path, body))["Version"] == 2
    made = await client.create("f", Layers=[f"{arn}:1"])
    assert made["Layers"] == [{"Arn": f"{arn}:1", "CodeSize": len(CODE)}]
    assert (await client.send("DELETE", f"{path}/2")).status == 204
    assert [row["Version"] for row in (await client.ok("GET", path))["LayerVersions"]] == [1]
    assert (await client.ok("GET", "/2018-10-31/layers"))["Layers"][0]["LatestMatchingVersion"]["Version"] == 1
    by_arn = await client.ok("GET", "/2018-10-31/layers", query=f"find=LayerVersion&Arn={arn}:1")
    assert by_arn == await client.ok("GET", f"{path}/1") == first
    assert (await client.refused("GET", f"{path}/2"))[2] == "The resource you requested does not exist."
    assert (await client.ok("POST", path, body))["Version"] == 3


async def test_what_terraform_also_reads(client: Client) -> None:
    await client.create("f")
    assert await client.ok("GET", "/2020-06-30/functions/f/code-signing-config") == {"FunctionName": "f"}
    management = await client.ok("GET", "/2021-07-20/functions/f/runtime-management-config")
    assert management == {"FunctionArn": ARN, "UpdateRuntimeOn": "Auto"}
    assert await client.ok("GET", "/2024-08-31/functions/f/recursion-config") == {"RecursiveLoop": "Terminate"}


async def test_listing_goes_page_by_page(client: Client) -> None:
    for name in "cab":
        await client.create(name)
    names, marker = [], ""
    while True:
        answer = await client.ok("GET", FUNCTIONS, query=f"MaxItems=2{marker}")
        names.append([row["FunctionName"] for row in answer["Functions"]])
        if "NextMarker" not in answer:
            break
        marker = f"&Marker={answer['NextMarker'].replace('$', '%24')}"
    assert names == [["a", "b"], ["c"]]


async def test_accounts_and_regions_are_apart(client: Client) -> None:
    await client.create("f")
    client.caller = Caller("111122223333", "eu-west-1")
    status, _, message = await client.refused("GET", one("f"))
    assert (status, message) == (404, "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f")
    made = await client.create("f")
    assert made["FunctionArn"] == "arn:aws:lambda:eu-west-1:111122223333:function:f"
    assert (await client.ok("GET", one(ARN)))["Configuration"]["FunctionArn"] == ARN


async def test_deleting(client: Client) -> None:
    await client.create("f")
    assert (await client.send("DELETE", one("f"))).status == 204
    missing = (404, "ResourceNotFoundException", f"Function not found: {ARN}")
    for method, tail in (("GET", ""), ("DELETE", ""), ("GET", "/configuration"), ("GET", "/versions")):
        assert await client.refused(method, one("f", tail)) == missing


async def test_packages_nobody_uses_are_removed(client: Client, tmp_path: Path) -> None:
    await client.create("f", {"app.py": "def handler(*_): return 1"})
    await client.create("g")
    await client.result("f")
    await client.ok("DELETE", one("f"))
    await client.server.close()
    packages = [file.stem for file in (tmp_path / "packages").iterdir()]
    assert packages == [hashlib.sha256(CODE).hexdigest()]
    assert list((tmp_path / "unpacked").iterdir()) == []


NAME = re.escape("1 validation error detected: Value 'no spaces' at 'functionName' failed to satisfy constraint: ")
REFUSALS: list[tuple[str, str, str, Any, int, str, str]] = [
    ("the name is taken", "POST", FUNCTIONS, {}, 409, "ResourceConflictException", "Function already exist: f"),
    (
        "no runtime",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Runtime": None},
        400,
        "InvalidParameterValueException",
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    ),
    (
        "an unknown runtime",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Runtime": "cobol85"},
        400,
        "InvalidParameterValueException",
        "Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: .*",
    ),
    (
        "no role",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Role": None},
        400,
        "ValidationException",
        "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
    ),
    (
        "a bad name",
        "POST",
        FUNCTIONS,
        {"FunctionName": "no spaces"},
        400,
        "ValidationException",
        NAME + "Member must satisfy regular expression pattern: .*",
    ),
    (
        "too much time",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Timeout": 901},
        400,
        "ValidationException",
        "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
        "Member must have value less than or equal to 900",
    ),
    (
        "no code",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Code": {}},
        400,
        "InvalidParameterValueException",
        "Please provide a source for function code.",
    ),
    (
        "no zip",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Code": {"ZipFile": base64.b64encode(b"text").decode()}},
        400,
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ),
    (
        "a zip that leaves its directory",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Code": {"ZipFile": base64_zip({"../../evil.py": ""})}},
        400,
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ),
    (
        "a reserved variable",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Environment": {"Variables": {"AWS_REGION": "x"}}},
        400,
        "InvalidParameterValueException",
        ".*Reserved keys used in this request: AWS_REGION",
    ),
    (
        "an unknown layer",
        "POST",
        FUNCTIONS,
        {"FunctionName": "g", "Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:x:1"]},
        400,
        "InvalidParameterValueException",
        "Layer version arn:aws:lambda:us-east-1:000000000000:layer:x:1 does not exist.",
    ),
    (
        "$LATEST cannot be deleted",
        "DELETE",
        f"{FUNCTIONS}/f%3A%24LATEST",
        None,
        400,
        "InvalidParameterValueException",
        r"\$LATEST version cannot be deleted without deleting the function.",
    ),
    (
        "event sources that nothing polls",
        "POST",
        "/2015-03-31/event-source-mappings",
        {"FunctionName": "f", "EventSourceArn": "arn:aws:mq:us-east-1:000000000000:broker:b"},
        400,
        "InvalidParameterValueException",
        "Unrecognized event source: treadle polls queues of SQS and streams of DynamoDB and Kinesis, not "
        "arn:aws:mq:us-east-1:000000000000:broker:b.",
    ),
    (
        "an unknown path",
        "GET",
        "/2015-03-31/nothing",
        None,
        404,
        "UnknownOperationException",
        "Lambda has no operation for GET /2015-03-31/nothing",
    ),
    ("no JSON", "POST", FUNCTIONS, b"{", 400, "InvalidRequestContentException", "Could not parse request body.*"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error", "message"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
async def test_refusals_in_lambdas_words(
    client: Client, method: str, path: str, body: Any, status: int, error: str, message: str
) -> None:
    await client.create("f")
    if isinstance(body, dict) and path == FUNCTIONS:
        plain = {
            "FunctionName": "f",
            "Runtime": "python3.11",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": {"ZipFile": base64_zip(ECHO)},
        }
        body = {key: value for key, value in {**plain, **body}.items() if value is not None}
    answer = await client.refused(method, path, body)
    assert answer[:2] == (status, error)
    assert re.fullmatch(message, answer[2]), answer[2]
