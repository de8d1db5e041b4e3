"""A role is allowed what its workflow calls, on what it calls it, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from treadle.asl.parse import parse
from treadle.cli import main
from treadle.tools.policy import Setting, needs, to_hcl, to_policy
from treadle.tools.source import read_hcl

DEFINITIONS = sorted((Path(__file__).parent.parent / "definitions").glob("*.json"))
HERE = Setting("aws", "eu-west-1", "123456789012", "orders", logging=False, tracing=False)
STATES = "arn:aws:states:::"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"


def machine(resource: str, parameters: dict[str, Any] | None = None, **more: Any) -> str:
    task = {"Type": "Task", "Resource": resource, "End": True, **more}
    if parameters is not None:
        task["Parameters"] = parameters
    return json.dumps({"StartAt": "Do", "States": {"Do": task}})


def allowed(text: str, setting: Setting = HERE) -> dict[str, list[str]]:
    """Action -> resources."""
    return {action: list(need.resources) for need in needs(parse(text), setting) for action in need.actions}


@pytest.mark.parametrize(
    ("resource", "parameters", "expected"),
    [
        (
            "lambda:invoke",
            {"FunctionName": "work"},
            {
                "lambda:InvokeFunction": [
                    "arn:aws:lambda:eu-west-1:123456789012:function:work",
                    "arn:aws:lambda:eu-west-1:123456789012:function:work:*",
                ]
            },
        ),
        ("lambda:invoke", {"FunctionName": "${arn}"}, {"lambda:InvokeFunction": ["${arn}", "${arn}:*"]}),
        (
            "dynamodb:putItem",
            {"TableName": "orders", "Item": {}},
            {"dynamodb:PutItem": ["arn:aws:dynamodb:eu-west-1:123456789012:table/orders"]},
        ),
        (
            "aws-sdk:s3:headObject",
            {"Bucket": "b", "Key.$": "$.key"},
            {"s3:GetObject": ["arn:aws:s3:::b/*"]},
        ),
        ("eks:runJob.sync", {"ClusterName": "c", "Job": {}}, {}),
        (
            "bedrock:invokeModel",
            {"ModelId": "m", "Input": {"S3Uri": "s3://b/in.json"}, "Output.$": "$.o"},
            {
                "bedrock:InvokeModel": ["arn:aws:bedrock:eu-west-1::foundation-model/m"],
                "s3:GetObject": ["arn:aws:s3:::b/in.json"],
                "s3:PutObject": ["arn:aws:s3:::*"],
            },
        ),
        ("aws-sdk:s3:listObjectsV2", {"Bucket": "b"}, {"s3:ListBucket": ["arn:aws:s3:::b"]}),
        (
            "sqs:sendMessage.waitForTaskToken",
            {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs", "MessageBody.$": "$$.Task.Token"},
            {"sqs:SendMessage": ["arn:aws:sqs:eu-west-1:123456789012:jobs"]},
        ),
        (
            "glue:startJobRun.sync",
            {"JobName": "nightly"},
            {
                "glue:StartJobRun": ["arn:aws:glue:eu-west-1:123456789012:job/nightly"],
                "glue:GetJobRun": ["*"],
                "glue:BatchStopJobRun": ["*"],
            },
        ),
        (
            "states:startExecution.sync:2",
            {"StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:child", "Input": {}},
            {
                "states:StartExecution": ["arn:aws:states:eu-west-1:123456789012:stateMachine:child"],
                "states:DescribeExecution": ["arn:aws:states:eu-west-1:123456789012:execution:child:*"],
                "states:StopExecution": ["arn:aws:states:eu-west-1:123456789012:execution:child:*"],
                "events:DescribeRule": [RULE],
                "events:PutRule": [RULE],
                "events:PutTargets": [RULE],
            },
        ),
        ("aws-sdk:sfn:sendTaskSuccess", {"Output": "{}", "TaskToken.$": "$.t"}, {"states:SendTaskSuccess": ["*"]}),
    ],
)
def test_a_call_needs(resource: str, parameters: dict[str, Any], expected: dict[str, list[str]]) -> None:
    assert allowed(machine(STATES + resource, parameters)) == expected


def test_credentials_need_the_other_role_alone() -> None:
    text = machine(
        f"{STATES}dynamodb:getItem",
        {"TableName": "t", "Key": {}},
        Credentials={"RoleArn": "arn:aws:iam::210987654321:role/other"},
    )
    assert allowed(text) == {"sts:AssumeRole": ["arn:aws:iam::210987654321:role/other"]}


def test_activities_need_nothing() -> None:
    assert allowed(machine("arn:aws:states:eu-west-1:123456789012:activity:a")) == {}


def test_a_distributed_map_starts_itself() -> None:
    text = (Path(__file__).parent.parent / "definitions/distributed-csv.asl.json").read_text()
    found = allowed(text)
    assert found["states:StartExecution"] == ["arn:aws:states:eu-west-1:123456789012:stateMachine:orders"]
    assert found["states:RedriveExecution"] == ["arn:aws:states:eu-west-1:123456789012:execution:orders/Rows:*"]
    assert found["s3:PutObject"] == ["arn:aws:s3:::outgoing/rows/*"]


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
def test_every_definition_has_a_policy(file: Path) -> None:
    needed = needs(parse(file.read_text()), Setting())
    statements = to_policy(needed)["Statement"]
    assert len({each["Sid"] for each in statements}) == len(statements)
    assert all(each["Sid"].isalnum() and each["Action"] and each["Resource"] for each in statements)
    document = read_hcl(to_hcl(needed))
    assert not document.problems and document.root is not None
    (data,) = document.root.members
    assert len([each for each in data.node.members if each.key == "statement"]) == len(statements)


TERRAFORM = """
module "flow" {
  source = "../modules/flow"
}
"""
MODULE = """
resource "aws_iam_role" "this" {
  name = "flow"
}
resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["sqs:*", %s]
    resources = ["*"]
  }
}
resource "aws_sfn_state_machine" "this" {
  role_arn   = aws_iam_role.this.arn
  definition = var.definition
}
"""


def test_a_role_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "modules/flow").mkdir(parents=True)
    (tmp_path / "infra/main.tf").write_text(TERRAFORM)
    (tmp_path / "modules/flow/main.tf").write_text(MODULE % '"s3:GetObject"')
    file = tmp_path / "flow.asl.json"
    file.write_text(machine(f"{STATES}sqs:sendMessage", {"QueueUrl": "https://sqs/1/q", "MessageBody": "x"}))
    command = ["policy", str(file), "--against", str(tmp_path / "infra")]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "aws_sfn_state_machine.this runs as aws_iam_role.this" in told
    assert "superfluous  s3:GetObject" in told
    assert "too broad    sqs:* on *, needed on arn:aws:sqs:*:*:q" in told
    assert main([*command, "--strict"]) == 1
    capsys.readouterr()
    file.write_text(machine(f"{STATES}lambda:invoke", {"FunctionName": "work"}))
    assert main(command) == 1
    assert "✗ missing      lambda:InvokeFunction on arn:aws:lambda:*:*:function:work" in capsys.readouterr().out
    (tmp_path / "modules/flow/main.tf").write_text(MODULE % "var.more")
    file.write_text(machine(f"{STATES}sqs:sendMessage", {"QueueUrl": "https://sqs/1/q", "MessageBody": "x"}))
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "not read     an action of a statement: ${var.more}" in told and "nothing else" not in told


def test_the_policy_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flow.asl.json"
    file.write_text(machine(f"{STATES}lambda:invoke", {"FunctionName.$": "$.f"}))
    assert main(["policy", str(file), "--no-logging", "--no-tracing"]) == 0
    told = capsys.readouterr()
    (statement,) = json.loads(told.out)["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert "FunctionName is known at run time" in told.err
