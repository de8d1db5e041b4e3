"""With --enforce-iam a task may do what the policies of its role allow, and is refused in AWS's words otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import make_function, make_machine
from .server import Server, ended

HANDLER = "def lambda_handler(event, context):\n    return 1\n"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:work"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict") / "data", options=["--enforce-iam"]) as running:
        make_function(running.client("lambda"), "work", HANDLER)
        yield running


def role(server: Server, name: str, *statements: dict[str, Any]) -> str:
    iam = server.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}", Path="/machines/")["Role"]["Arn"]
    for number, statement in enumerate(statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=document)
    return arn


def run(server: Server, role_arn: str, resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    sfn = server.client("stepfunctions")
    name = f"machine-{len(sfn.list_state_machines()['stateMachines'])}"
    machine = make_machine(sfn, name, {"StartAt": "Only", "States": {"Only": task}})
    sfn.update_state_machine(stateMachineArn=machine, roleArn=role_arn)
    return ended(sfn, sfn.start_execution(stateMachineArn=machine)["executionArn"])


def test_a_role_with_least_privilege_does_its_work(strict: Server) -> None:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": FUNCTION}
    arn = role(strict, "invoker", statement)
    assert run(strict, arn, "lambda:invoke", {"FunctionName": "work"})["status"] == "SUCCEEDED"


def test_what_no_policy_allows_is_refused_as_aws_words_it(strict: Server) -> None:
    arn = role(strict, "idler")
    told = run(strict, arn, "lambda:invoke", {"FunctionName": "work"})
    assert told["error"] == "Lambda.AWSLambdaException"
    assert told["cause"].startswith("User: arn:aws:sts::000000000000:assumed-role/idler/")
    assert (
        f"is not authorized to perform: lambda:InvokeFunction on resource: {FUNCTION} because no identity-based policy"
        " allows the lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403;" in told["cause"]
    )


def test_an_attached_policy_counts_and_a_denial_wins(strict: Server) -> None:
    iam = strict.client("iam")
    arn = role(strict, "reader", {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/secret/*"})
    iam.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    strict.client("s3").create_bucket(Bucket="bucket")
    strict.client("s3").put_object(Bucket="bucket", Key="open", Body=b"1")
    assert run(strict, arn, "aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "open"})["status"] == "SUCCEEDED"
    told = run(strict, arn, "aws-sdk:s3:getObject", {"Bucket": "b", "Key": "secret/k"})
    assert (
        told["error"] == "S3.AccessDeniedException"
        and "with an explicit deny in an identity-based policy" in told["cause"]
    )
    told = run(strict, arn, "aws-sdk:s3:putObject", {"Bucket": "bucket", "Key": "k", "Body": "1"})
    assert "no identity-based policy allows the s3:PutObject action" in told["cause"]
