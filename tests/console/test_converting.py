"""Query languages and formats: what the console asks before it changes a definition, or takes one from a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .test_console import ask

ORDER = """{
    "StartAt": "Pick",
    "States": {
        "Pick": {"Type": "Pass", "InputPath": "$.order", "ResultPath": "$.picked", "Next": "Call"},
        "Call": {"Type": "Task", "Resource": "${fn}", "TimeoutSeconds": ${seconds}, "OutputPath": "$.a", "End": true}
    }
}"""


async def post(endpoint: str, question: str, **body: Any) -> Any:
    return (await ask(endpoint, "POST", f"/_treadle/api/{question}", body=body)).json


async def test_jsonpath_becomes_jsonata_and_placeholders_stay(endpoint: str) -> None:
    found = await post(endpoint, "convert", definition=ORDER)
    assert (found["states"], found["issues"], found["kept"]) == (2, [], [])
    assert '"TimeoutSeconds": ${seconds}' in found["definition"]
    assert '"Output": "{% $states.result.a %}"' in found["definition"]


async def test_what_cannot_be_converted_is_named(endpoint: str) -> None:
    text = ORDER.replace("$.a", "$..a")
    found = await post(endpoint, "convert", definition=text)
    assert found["definition"] is None
    assert [each["pointer"] for each in found["issues"]] == ["/States/Call/OutputPath"]
    partial = await post(endpoint, "convert", definition=text, partial=True)
    assert partial["kept"] == ["Call"]
    made = json.loads(partial["definition"].replace("${seconds}", "1"))
    assert [state.get("QueryLanguage") for state in made["States"].values()] == ["JSONata", None]


async def test_a_definition_with_problems_is_not_converted(endpoint: str) -> None:
    refused = await post(endpoint, "convert", definition=ORDER.replace('"Call"}', '"Cal"}'))
    assert "problems to be solved first" in refused["message"]


async def test_a_conversion_is_tried(endpoint: str) -> None:
    before = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a.$": "$.order"}, "End": true}}}'
    made = await post(endpoint, "convert", definition=before)
    found = await post(endpoint, "try", before=before, after=made["definition"])
    assert found["runs"] == found["same"] > 0
    assert found["states"] == ["A"]
    wrong = made["definition"].replace("$states.input.order", "7")
    (first, *_) = (await post(endpoint, "try", before=before, after=wrong))["differences"]
    assert (first["what"], first["state"], first["changes"][0]["after"]) == ("output", "A", "7")


YAML = "StartAt: A\nStates:\n  # the only one\n  A:\n    Type: Wait\n    Seconds: 5\n    End: true\n"
SAM = """Resources:
  Orders:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition:
        StartAt: A
        States: {A: {Type: Task, Resource: !GetAtt Charge.Arn, End: true}}
"""
TERRAFORM = """resource "aws_sfn_state_machine" "orders" {
  name       = "orders"
  definition = <<-EOT
    {
      "StartAt": "A",
      "States": {"A": {"Type": "Task", "Resource": "${aws_lambda_function.f.arn}", "End": true}}
    }
  EOT
}
resource "aws_sfn_state_machine" "other" {
  definition = jsonencode({
    StartAt = "B"
    States  = { B = { Type = "Task", Resource = aws_lambda_function.f.arn, End = true } }
  })
}
"""


@pytest.mark.parametrize("name", ["orders.asl.yaml", "orders.yml", "orders.txt", ""])
async def test_yaml_is_read(endpoint: str, name: str) -> None:
    found = await post(endpoint, "read", text=YAML, name=name)
    (definition,) = found["definitions"]
    assert (found["format"], found["comments"]) == ("yaml", 1)
    assert json.loads(definition["text"])["States"] == {"A": {"Type": "Wait", "Seconds": 5, "End": True}}


async def test_definitions_are_found_in_infrastructure_code(endpoint: str) -> None:
    (orders,) = (await post(endpoint, "read", text=SAM, name="template.yaml"))["definitions"]
    assert (orders["title"], orders["type"]) == ("Orders", "EXPRESS")
    assert json.loads(orders["text"])["States"]["A"]["Resource"] == "${Charge.Arn}"
    one, other = (await post(endpoint, "read", text=TERRAFORM, name="main.tf"))["definitions"]
    assert one["text"].startswith('{\n  "StartAt": "A",\n')
    assert [each["title"] for each in (one, other)] == ["aws_sfn_state_machine.orders", "aws_sfn_state_machine.other"]
    assert json.loads(other["text"])["States"]["B"]["Resource"] == "${aws_lambda_function.f.arn}"


async def test_json_stays_as_it_is_written(endpoint: str) -> None:
    (definition,) = (await post(endpoint, "read", text=ORDER, name="a.asl.json"))["definitions"]
    assert definition["text"] == ORDER


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("A: [1", "a.yaml", "Line 1: "),
        ("just a text", "a.txt", "A definition is an object with StartAt and States."),
        ("variable {}", "a.tf", "There is no definition of a state machine in this file."),
    ],
)
async def test_what_is_no_definition_is_refused(endpoint: str, text: str, name: str, message: str) -> None:
    assert (await post(endpoint, "read", text=text, name=name))["message"].startswith(message)
