"""Every value is found where it stands in the text, and an edit changes what it says it changes, nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from treadle.asl.parse import diagnose
from treadle.tools import source
from treadle.tools.source import (
    Document,
    append,
    apply,
    filled,
    find,
    insert,
    read,
    read_json,
    remove,
    rename,
)
from treadle.tools.source.yamlsource import read_yaml
from treadle.tools.source.yamltext import dump_yaml, load_yaml

DEFINITIONS = sorted((Path(__file__).parent.parent / "definitions").glob("*.json"))
# Reading everything again after each edit takes too long for a definition of thousands of lines.
SMALL = [file for file in DEFINITIONS if file.stat().st_size < 20_000]
FORMS = ("json", "dense", "yaml", "flow")


def written(value: Any, form: str) -> Document:
    match form:
        case "json":
            return read(json.dumps(value, indent=4, ensure_ascii=False), "x.asl.json")
        case "dense":
            return read(json.dumps(value), "x.asl.json")
        case "yaml":
            return read(dump_yaml(value), "x.asl.yaml")
        case _:
            return read(json.dumps(value), "x.asl.yaml")


def value_of(text: str, form: str) -> Any:
    return json.loads(text) if form in ("json", "dense") else load_yaml(text)


def pointers(document: Document) -> list[str]:
    return [pointer for pointer, _ in document.walk()]


def at(value: Any, pointer: str) -> Any:
    for step in source.steps(pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
@pytest.mark.parametrize("form", FORMS)
def test_a_definition_is_read_whole(file: Path, form: str) -> None:
    value = json.loads(file.read_text())
    document = written(value, form)
    assert not document.problems
    assert document.value == value


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.stem)
@pytest.mark.parametrize("form", FORMS)
def test_values_stand_where_they_say(file: Path, form: str) -> None:
    document = written(json.loads(file.read_text()), form)
    for pointer, node in document.walk():
        text = document.text[node.start : node.end]
        if form == "yaml" and (node.kind in ("object", "array") or "\n" in text):
            continue
        assert value_of(text, form) == node.plain(), pointer


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.stem)
@pytest.mark.parametrize("form", FORMS)
def test_edits_do_what_they_say(file: Path, form: str) -> None:
    value = json.loads(file.read_text())
    document = written(value, form)
    for pointer, node in list(document.walk())[:: 7 if form == "json" else 23]:
        if node.kind == "object":
            expected = json.loads(file.read_text())
            at(expected, pointer)["New one"] = {"a": [1, {"b": "c"}], "t": "x: y"}
            edit = insert(document, pointer, "New one", {"a": [1, {"b": "c"}], "t": "x: y"})
            assert edit is not None
            assert value_of(apply(document.text, [edit]), form) == expected, pointer
        if node.kind == "array":
            expected = json.loads(file.read_text())
            at(expected, pointer).append({"b": "c", "d": 1})
            edit = append(document, pointer, {"b": "c", "d": 1})
            assert edit is not None
            assert value_of(apply(document.text, [edit]), form) == expected, pointer
        if pointer:
            around, _, step = pointer.rpartition("/")
            expected = json.loads(file.read_text())
            holder = at(expected, around)
            del holder[int(step) if isinstance(holder, list) else source.unescape(step)]
            edit = remove(document, pointer)
            assert edit is not None
            assert value_of(apply(document.text, [edit]), form) == expected, pointer
            for new in ("text", 5, {"k": ["v"]}):
                expected = json.loads(file.read_text())
                holder = at(expected, around)
                holder[int(step) if isinstance(holder, list) else source.unescape(step)] = new
                change = source.replace(document, pointer, new)
                assert change is not None
                assert value_of(apply(document.text, [change]), form) == expected, pointer


def test_formatting_is_kept() -> None:
    text = '{\n    "StartAt": "A",\n    "States": {\n        "A": {"Type": "Succeed"}\n    }\n}\n'
    document = read_json(text)
    edits = [
        insert(document, "", "TimeoutSeconds", 60, after="StartAt"),
        insert(document, "/States/A", "Comment", "done"),
        rename(document, "/States/A", "B"),
    ]
    assert apply(text, [edit for edit in edits if edit]) == (
        '{\n    "StartAt": "A",\n    "TimeoutSeconds": 60,\n    "States": {\n'
        '        "B": {"Type": "Succeed", "Comment": "done"}\n    }\n}\n'
    )


def test_yaml_keeps_its_comments() -> None:
    text = "StartAt: A # first\nStates:\n  # the only one\n  A:\n    Type: Task # calls\n    Resource: x\n\n# end\n"
    document = read_yaml(text)
    edit = insert(document, "/States/A", "TimeoutSeconds", 60, after="Type")
    assert edit is not None
    assert apply(text, [edit]) == text.replace("# calls\n", "# calls\n    TimeoutSeconds: 60\n")
    gone = remove(document, "/States/A/Type")
    assert gone is not None
    assert apply(text, [gone]) == text.replace("    Type: Task # calls\n", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"StartAt": "A" "States": {}}', "A comma is missing"),
        ('{"StartAt": "A", "States": {},}', "A comma before '}'"),
        ('{"StartAt": "A", "States": {}', "'{' is never closed"),
        ('{"StartAt": A, "States": {}}', "'A' is no JSON value"),
        ('{"StartAt": "A, \n"States": {}}', "This text has no closing quote"),
        ('{"StartAt": "A", // here\n"States": {}}', "JSON has no comments"),
        ('{"StartAt": "A", "StartAt": "A", "States": {}}', "Duplicate field 'StartAt'"),
        ('{"StartAt": "A", "States": {}, "Comm', "This text has no closing quote"),
    ],
)
def test_a_draft_is_read_as_far_as_it_goes(text: str, message: str) -> None:
    document = read_json(text)
    assert any(problem.message.startswith(message) for problem in document.problems), document.problems
    assert document.value["StartAt"] == "A"
    assert document.value["States"] == {}


@pytest.mark.parametrize("file", SMALL[::5], ids=lambda file: file.stem)
def test_no_draft_breaks_the_reader(file: Path) -> None:
    text = file.read_text()
    for cut in range(0, len(text), max(len(text) // 200, 1)):
        document = read_json(text[:cut])
        assert document.problems or text[:cut].endswith("}")
        read_json(text[cut:])
        read_yaml(text[:cut])


def test_placeholders_are_values_and_parts_of_texts() -> None:
    text = '{"Seconds": ${wait}, "Resource": "${fn["a"]}", "x": "arn:${AWS::Partition}:states:::lambda:invoke"}'
    document = read_json(text)
    assert not document.problems
    assert document.value == {
        "Seconds": "${wait}",
        "Resource": '${fn["a"]}',
        "x": "arn:${AWS::Partition}:states:::lambda:invoke",
    }
    assert document.root is not None
    assert filled(document.root) == {
        "Seconds": 60,
        "Resource": 'arn:aws:lambda:us-east-1:123456789012:function:${fn["a"]}',
        "x": "arn:aws:states:::lambda:invoke",
    }


TERRAFORM = """
# resource "aws_sfn_state_machine" "not" {}
resource "aws_sfn_state_machine" "inline" {
  name     = "x-${var.env}"
  role_arn = aws_iam_role.this.arn
  type     = "EXPRESS"
  definition = jsonencode({
    StartAt = "Call" // begins
    States = {
      Call = {
        Type           = "Task"
        Resource       = "arn:aws:states:::lambda:invoke"
        Parameters     = { FunctionName = aws_lambda_function.f["a"].arn, "Payload.$" = "$" }
        TimeoutSeconds = var.timeout
        End            = true
      }
    }
  })
}

resource "aws_sfn_state_machine" "heredoc" {
  definition = <<-EOF
    {
      "StartAt": "A",
      "States": {"A": {"Type": "Wait", "Seconds": ${var.seconds}, "End": true}}
    }
    EOF
  logging_configuration {
    level = "ALL"
  }
}

resource "aws_sfn_state_machine" "file" {
  type       = var.type
  definition = templatefile("${path.module}/machine.asl.json", { worker = local.arn, region = "x" })
}
"""


def test_terraform_holds_definitions() -> None:
    inline, heredoc, file = find(TERRAFORM, "main.tf")
    assert inline.document is not None and inline.deployment is not None
    assert inline.document.title == "aws_sfn_state_machine.inline"
    assert inline.deployment.type == "EXPRESS"
    resource = inline.document.node("/States/Call/Resource")
    assert resource is not None
    assert TERRAFORM[resource.start : resource.end] == '"arn:aws:states:::lambda:invoke"'
    assert inline.document.root is not None
    assert not diagnose(json.dumps(filled(inline.document.root)))
    assert heredoc.document is not None and heredoc.deployment is not None
    assert heredoc.document.value["States"]["A"]["Seconds"] == "${var.seconds}"
    assert heredoc.deployment.settings.get("logging_configuration") is not None
    assert file.document is None and file.deployment is not None
    assert (file.deployment.file, file.deployment.type) == ("machine.asl.json", None)
    assert file.deployment.substitutions == {"worker", "region"}


def test_definitions_in_terraform_are_edited_in_place() -> None:
    inline, heredoc, _ = find(TERRAFORM, "main.tf")
    assert inline.document is not None and heredoc.document is not None
    edits = [
        insert(inline.document, "/States/Call", "Retry", [{"ErrorEquals": ["States.ALL"]}], after="TimeoutSeconds"),
        insert(heredoc.document, "", "Comment", "waits"),
    ]
    text = apply(TERRAFORM, [edit for edit in edits if edit])
    first, second, _ = find(text, "main.tf")
    assert first.document is not None and second.document is not None
    assert first.document.value["States"]["Call"]["Retry"] == [{"ErrorEquals": ["States.ALL"]}]
    assert "        Retry = [\n          {\n" in text
    assert second.document.value["Comment"] == "waits"


SAM = """
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: statemachine/machine.asl.yaml
      DefinitionSubstitutions: {Fn: !GetAtt F.Arn}
  Inline:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineType: EXPRESS
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: !GetAtt Function.Arn, End: true}
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {
          "StartAt": "Ä",
          "States": {"Ä": {"Type": "Task", "Resource": "${Function.Arn}", "End": true}}
        }
"""


def test_sam_and_cloudformation_hold_definitions() -> None:
    file, inline, text = find(SAM, "template.yaml")
    assert file.deployment is not None
    assert (file.deployment.file, file.deployment.substitutions) == ("statemachine/machine.asl.yaml", {"Fn"})
    assert inline.document is not None and inline.deployment is not None
    assert inline.deployment.type == "EXPRESS"
    assert inline.document.value["States"]["A"]["Resource"] == "${Function.Arn}"
    assert text.document is not None
    assert text.document.value["StartAt"] == "Ä"
    node = text.document.node("/StartAt")
    assert node is not None and SAM[node.start : node.end] == '"Ä"'


def test_cdk_output_is_read_through_its_quotes() -> None:
    definition = '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:'
    pieces = [definition, {"Ref": "AWS::Partition"}, ':states:::lambda:invoke","End":true}}}']
    template = {
        "Resources": {
            "M1": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"DefinitionString": {"Fn::Join": ["", pieces]}},
            }
        }
    }
    text = json.dumps(template, indent=1)
    (found,) = find(text, "app.template.json")
    assert found.document is not None
    assert found.document.value["States"]["A"]["Resource"] == "arn:${AWS::Partition}:states:::lambda:invoke"
    node = found.document.node("/States/A/Type")
    assert node is not None and text[node.start : node.end] == '\\"Task\\"'
    assert insert(found.document, "/States/A", "Comment", "x") is None, "it stands inside a string"


def test_other_files_hold_nothing() -> None:
    assert find('{"name": "x", "States": 1}', "package.json") == ()
    assert find("a: 1\n", "values.yaml") == ()
    assert find('resource "aws_s3_bucket" "b" {}\n', "main.tf") == ()
