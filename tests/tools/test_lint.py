"""The page of each rule is right: the rule speaks of what is wrong there, and is silent about what is right."""

import json
import re
from pathlib import Path

import pytest

from treadle.asl.parse import diagnose
from treadle.tools.lint import BY_ID, RULES, Finding, check, mended
from treadle.tools.lint.config import Config, load
from treadle.tools.lint.project import Project, files_in, fix_project, lint_project, read_project
from treadle.tools.source import filled, find, read

ROOT = Path(__file__).parent.parent.parent
DEFINITIONS = sorted((ROOT / "tests/definitions").glob("*.json"))
PAGES = ROOT / "docs/rules"
IN_TERRAFORM = ("TR112", "TR224", "TR404", "TR503", "TR504", "TR505", "TR506", "TR507", "TR508", "TR509")
SHOWN = [rule.id for rule in RULES if rule.id not in (*IN_TERRAFORM, "TR305")]


def example(rule: str, heading: str) -> tuple[str, str]:
    """The code under a heading of a rule's page, and the name of a file that would hold it."""
    page = (PAGES / f"{rule}.md").read_text()
    code = re.search(rf"## {heading}\n\n```(\w*)\n(.*?)```", page, re.DOTALL)
    assert code is not None, rule
    return code[2], {"json": "x.asl.json", "yaml": "x.asl.yaml", "hcl": "x.tf"}.get(code[1], "")


def findings(text: str, name: str = "x.asl.json", select: str = "ALL") -> tuple[Finding, ...]:
    return check(read(text, name), wanted=Config(select=(select,)).wanted(name))


def rules(text: str, name: str = "x.asl.json") -> set[str]:
    return {finding.rule for finding in findings(text, name)}


@pytest.mark.parametrize("rule", SHOWN)
def test_a_rule_finds_what_its_page_says(rule: str) -> None:
    assert rule in rules(*example(rule, "Wrong"))


@pytest.mark.parametrize("rule", SHOWN)
def test_a_rule_is_silent_about_what_is_right(rule: str) -> None:
    found = findings(*example(rule, "Right"))
    assert rule not in {finding.rule for finding in found}
    assert not [finding for finding in found if finding.severity == "error"]


@pytest.mark.parametrize("rule", SHOWN)
def test_the_example_of_a_page_has_no_other_fault(rule: str) -> None:
    """A warning there would be about something the page does not speak of, and would be a wrong one at that."""
    text, name = example(rule, "Right")
    usual = [finding.rule for finding in check(read(text, name)) if finding.severity == "warning"]
    assert set(usual) <= {"TR203"} if rule.startswith(("TR219", "TR220", "TR605")) else not usual


@pytest.mark.parametrize("rule", SHOWN)
def test_a_fix_mends_what_was_found(rule: str) -> None:
    text, name = example(rule, "Wrong")

    def look(text: str) -> tuple[Finding, ...]:
        return findings(text, name, rule)

    fixable = [finding for finding in look(text) if finding.fix is not None]
    new, done = mended(text, look, unsafe=True)
    assert len(done) >= len(fixable)
    if fixable:
        assert not look(new)
        root = read(new, name).root
        assert root is not None
        broken = {each.code for each in diagnose(json.dumps(filled(root)))}
        assert not broken, new


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
def test_fixes_keep_definitions_valid_and_come_to_an_end(file: Path) -> None:
    text = file.read_text()
    new, done = mended(text, lambda text: findings(text), unsafe=True)
    assert not diagnose(new)
    again, none = mended(new, lambda text: findings(text), unsafe=True)
    assert (again, none) == (new, ())
    assert (new != text) == bool(done)


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)
def test_definitions_that_aws_takes_have_no_errors(file: Path) -> None:
    assert not [finding for finding in check(read(file.read_text())) if finding.severity == "error"]


def test_the_examples_are_clean() -> None:
    config = load(ROOT / "examples")
    project = read_project(files_in([ROOT / "examples"], config))
    assert len(project.files) > 2
    told = [
        (report.path, finding.rule, finding.message)
        for report in lint_project(project, config)
        for finding in report.findings
        if finding.severity != "info"
    ]
    assert not told


def test_pages_are_complete() -> None:
    assert {file.stem for file in PAGES.glob("TR*.md")} == set(BY_ID)
    overview = (PAGES / "README.md").read_text()
    for rule in RULES:
        assert f"[{rule.id}]({rule.id}.md) | {rule.name} |" in overview
        assert (PAGES / f"{rule.id}.md").read_text().startswith(f"# {rule.id} {rule.name}\n\n{rule.title}.")


def test_findings_stand_at_the_fault() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}'
    (found,) = findings(text, select="TR105")
    assert (found.rule, found.pointer, text[found.start : found.end]) == ("TR105", "/States/A/Next", '"B"')


def test_targets_are_looked_for_beside_faults_of_structure() -> None:
    data = {"Next": "nowhere", "States": {"x": {"Next": "nowhere"}}}
    states = {"A": {"Type": "Pass", "Nxt": "B", "Next": "Bee", "Result": data}, "B": {"Type": "Succeed"}}
    found = findings(json.dumps({"StartAt": "A", "States": states}), select="TR1")
    assert [(each.rule, each.pointer) for each in found] == [("TR103", "/States/A/Nxt"), ("TR105", "/States/A/Next")]


def test_a_large_literal_is_no_payload() -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "x" * 262_200, "End": True}}}
    assert "TR305" in rules(json.dumps(machine))


LAMBDA = '{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true%s}'


@pytest.mark.parametrize(
    ("machine", "state", "silent"),
    [
        ("", "", False),
        ("lint-ignore: TR203", "", True),
        ("", "lint-ignore: TR201, TR203 because the caller retries", True),
        ("", "lint-ignore", True),
        ("", "lint-ignore: TR204", False),
    ],
)
def test_comments_silence_rules(machine: str, state: str, silent: bool) -> None:
    body = LAMBDA % f', "Comment": "{state}"'
    text = f'{{"Comment": "{machine}", "StartAt": "A", "States": {{"A": {body}}}}}'
    assert ("TR203" not in {finding.rule for finding in check(read(text))}) == silent


def test_yaml_comments_silence_rules() -> None:
    state = "    Type: Task\n    Resource: arn:aws:states:::lambda:invoke\n    End: true\n"
    text = f"StartAt: A\nStates:\n  A: # lint-ignore: TR203\n{state}"
    assert not check(read(text, "x.yaml"))


def test_placeholders_are_no_faults() -> None:
    text = """{"StartAt": "A", "TimeoutSeconds": ${timeout}, "States": {
      "A": {"Type": "Task", "Resource": "${worker}", "TimeoutSeconds": ${t}, "Next": "B"},
      "B": {"Type": "Wait", "Seconds": "${seconds}", "Next": "C"},
      "C": {"Type": "Task", "Resource": "arn:${AWS::Partition}:states:::lambda:invoke", "Next": "D",
            "Parameters": {"FunctionName": "${F}"}, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": ${n}}]},
      "D": {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": ${limit}, "Next": "E"}], "Default": "E"},
      "E": {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.a, ${n})", "of.$": "$.${name}.b"}, "Next": "F"},
      "F": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a + ${n} & '${x}' %}", "End": true}
    }}"""
    assert not check(read(text))


def test_variables_are_followed_through_all_ways() -> None:
    text = json.dumps(
        {
            "QueryLanguage": "JSONata",
            "StartAt": "First?",
            "States": {
                "First?": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $states.input.a %}", "Assign": {"a": 1}, "Next": "Use"}],
                    "Default": "Use",
                },
                "Use": {
                    "Type": "Pass",
                    "Output": "{% $a + $b %}",
                    "Next": "Spread",
                },
                "Spread": {
                    "Type": "Map",
                    "Items": "{% $states.input %}",
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        "StartAt": "Child",
                        "States": {"Child": {"Type": "Pass", "Output": "{% $a %}", "End": True}},
                    },
                    "End": True,
                },
            },
        }
    )
    found = [(each.pointer, each.message.split()[0]) for each in findings(text, select="TR120")]
    assert found == [("/States/Use", "$b"), ("/States/Spread/ItemProcessor/States/Child", "$a")]


@pytest.mark.parametrize(
    ("resource", "given", "twice"),
    [
        ("states:startExecution", {"StateMachineArn": "arn"}, True),
        ("states:startExecution", {"StateMachineArn": "arn", "Name.$": "$.id"}, False),
        ("states:startExecution.sync:2", {"StateMachineArn": "arn"}, False),
        ("sns:publish", {"PhoneNumber.$": "$.phone", "Message": "Hi"}, True),
        ("sns:publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:orders", "Message": "Hi"}, False),
        ("aws-sdk:sesv2:sendEmail", {}, True),
        ("lambda:invoke", {"FunctionName": "work"}, False),
        ("dynamodb:updateItem", {"UpdateExpression": "SET n = if_not_exists(n, :zero) + :one"}, True),
        ("dynamodb:updateItem", {"UpdateExpression": "SET n = :n, m = :m"}, False),
        ("dynamodb:updateItem", {"UpdateExpression": "SET sum = um + :one"}, False),
        ("dynamodb:updateItem", {"UpdateExpression": "SET l = list_append(l, :new)"}, True),
        ("dynamodb:updateItem", {"UpdateExpression": "SET n = n + :one", "ConditionExpression": "v = :v"}, False),
        (
            "dynamodb:updateItem",
            {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}},
            True,
        ),
        (
            "dynamodb:updateItem",
            {"UpdateExpression": "ADD tags :new", "ExpressionAttributeValues": {":new": {"SS": ["a"]}}},
            False,
        ),
    ],
)
def test_only_what_is_done_twice_is_a_blind_retry(resource: str, given: dict[str, object], twice: bool) -> None:
    for errors, told in ((["States.ALL"], twice), (["States.Timeout"], False)):
        needed = {"TableName": "t", "Key": {"id": {"S": "1"}}} if resource.startswith("dynamodb") else {}
        parameters = {**needed, **given}
        task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
        state = {**task, "Retry": [{"ErrorEquals": errors}]}
        text = json.dumps({"StartAt": "A", "States": {"A": state}})
        assert ("TR102" in rules(text), "TR221" in rules(text)) == (False, told)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "x.asl.json",
            '[{"ErrorEquals": ["States.ALL"]}]',
            '[{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]',
        ),
        (
            "x.asl.yaml",
            "\n      # passing\n      - ErrorEquals: [States.ALL] # all\n        MaxAttempts: ${n}",
            "\n      # passing\n      - ErrorEquals:\n        - States.QueryEvaluationError\n        MaxAttempts: 0"
            "\n      - ErrorEquals: [States.ALL] # all\n        MaxAttempts: ${n}",
        ),
    ],
)
def test_an_entry_is_put_before_the_one_for_all_errors(name: str, before: str, after: str) -> None:
    """Comments, placeholders and the form of what is there stay."""
    json_text = (
        '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Retry": %s, "End": true, '
        '"Resource": "arn:aws:states:::sqs:sendMessage", "Arguments": {"QueueUrl": "u", "MessageBody": "{%% 1 %%}"}}}}'
    )
    yaml_text = (
        "QueryLanguage: JSONata\nStartAt: A\nStates:\n  A:\n    Type: Task\n    Retry:%s\n    End: true\n"
        "    Resource: arn:aws:states:::sqs:sendMessage\n    Arguments: {QueueUrl: u, MessageBody: '{%% 1 %%}'}\n"
    )
    text = json_text if name.endswith("json") else yaml_text
    new, done = mended(text % before, lambda text: findings(text, name, "TR222"))
    assert (new, len(done)) == (text % after, 1)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ({"Output": {"other": 1}, "Next": "Read"}, True),
        ({"Output": {"order": 1}, "Next": "Read"}, False),
        ({"Output": "{% $states.input %}", "Next": "Read"}, False),
        ({"Next": "Read"}, False),
        ({"Output": {"other": 1}, "Next": "Elsewhere"}, False),
    ],
)
@pytest.mark.parametrize(
    ("expression", "fails"),
    [
        ("{% $states.input.order.id %}", True),
        ("{% $states.input.order[0] %}", True),
        ("{% $exists($states.input.order) ? $states.input.order : 0 %}", False),
        ("{% $states.input.order = 3 %}", False),
        ("{% $states.input.order ? 1 : 2 %}", False),
    ],
)
def test_a_field_is_missing_only_where_the_definition_shows_it(
    way: dict[str, object], told: bool, expression: str, fails: bool
) -> None:
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", **way},
            "Elsewhere": {"Type": "Pass", "Output": {"order": 1}, "Next": "Read"},
            "Read": {"Type": "Pass", "Output": {"of": expression}, "End": True},
        },
    }
    assert ("TR121" in rules(json.dumps(machine))) == (told and fails)


def test_a_project_says_which_type_a_file_is_of(tmp_path: Path) -> None:
    (tmp_path / "machine.asl.json").write_text(
        '{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${seconds}, "Next": "B"},'
        '"B": {"Type": "Wait", "Seconds": 400, "End": true}}}'
    )
    (tmp_path / "main.tf").write_text(
        'resource "aws_sfn_state_machine" "m" {\n  type = "EXPRESS"\n'
        '  definition = templatefile("${path.module}/machine.asl.json", { minutes = 1 })\n}\n'
    )
    project = read_project(sorted(tmp_path.iterdir()))
    reports = {Path(report.path).name: report for report in lint_project(project, Config())}
    assert [each.rule for each in reports["machine.asl.json"].findings] == ["TR112", "TR214"]
    assert [(each.rule, each.severity) for each in reports["main.tf"].findings] == [
        ("TR503", "warning"),
        ("TR504", "info"),
    ]


def test_definitions_in_terraform_are_mended_in_place(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text(
        'resource "aws_sfn_state_machine" "m" {\n  definition = jsonencode({\n    StartAt = "A"\n    States = {\n'
        '      A = {\n        Type     = "Task"\n        Resource = "arn:aws:states:::lambda:invoke"\n'
        "        End      = true\n      }\n    }\n  })\n}\n"
    )
    (report,) = fix_project(read_project([file]), Config())
    assert [each.rule for each in report.fixed] == ["TR203"]
    (found,) = find(report.text, "main.tf")
    assert found.document is not None
    assert "Lambda.TooManyRequestsException" in found.document.value["States"]["A"]["Retry"][0]["ErrorEquals"]


def test_infrastructure_code_is_read_on_the_pages() -> None:
    for rule in IN_TERRAFORM[1:]:
        for heading, expected in (("Wrong", True), ("Right", False)):
            text, name = example(rule, heading)
            (report,) = lint_project(project_of(text, name), Config(select=(rule,)))
            assert (rule in {each.rule for each in report.findings}) == expected, (rule, heading)


TEMPLATE = """
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: %s}
  Machine:
    Type: AWS::%s::StateMachine
    Properties:
      DefinitionUri: orders.asl.json
      EncryptionConfiguration: {Type: CUSTOMER_MANAGED_KMS_KEY, KmsKeyId: alias/mine}
      %s:
        Level: ALL
        IncludeExecutionData: %s
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: %s}}]
"""


@pytest.mark.parametrize(
    ("name", "target", "data", "told"),
    [
        ("/orders", "!GetAtt Logs.Arn", "true", {"TR505", "TR507"}),
        ("/orders", "!Sub '${Logs.Arn}:*'", "true", {"TR505", "TR507"}),
        ("/aws/vendedlogs/states/orders", "!GetAtt Logs.Arn", "true", {"TR507"}),
        ("!Sub '${Prefix}/orders'", "!GetAtt Logs.Arn", "false", set()),
        ("/orders", "!ImportValue Logs", "true", set()),
    ],
)
@pytest.mark.parametrize(("kind", "field"), [("Serverless", "Logging"), ("StepFunctions", "LoggingConfiguration")])
def test_log_groups_are_read_in_templates(
    kind: str, field: str, name: str, target: str, data: str, told: set[str]
) -> None:
    text = TEMPLATE % (name, kind, field, data, target)
    (report,) = lint_project(project_of(text, "template.yaml"), Config(select=("TR505", "TR507")))
    assert {each.rule for each in report.findings} == told


TRUST = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["%s"]
    }
    %s
  }
}

resource "aws_iam_role" "this" {
  name               = "orders"
  assume_role_policy = data.aws_iam_policy_document.%s.json
}

resource "aws_sfn_state_machine" "this" {
  name       = "orders"
  role_arn   = aws_iam_role.this%s
  definition = file("orders.asl.json")
}
"""
CONDITION = 'condition {\n test = "StringEquals"\n variable = "aws:SourceAccount"\n values = ["123456789012"]\n }'


@pytest.mark.parametrize(
    ("service", "condition", "document", "attribute", "told"),
    [
        ("states.amazonaws.com", "", "trust", ".arn", True),
        ("states.${var.region}.amazonaws.com", "", "trust", "[0].arn", True),
        ("states.amazonaws.com", CONDITION, "trust", ".arn", False),
        ("lambda.amazonaws.com", "", "trust", ".arn", False),
        ("states.amazonaws.com", "", "elsewhere", ".arn", False),
    ],
)
def test_the_trust_of_a_role_is_read(service: str, condition: str, document: str, attribute: str, told: bool) -> None:
    text = TRUST % (service, condition, document, attribute)
    (report,) = lint_project(project_of(text, "main.tf"), Config(select=("TR508",)))
    assert bool(report.findings) == told


@pytest.mark.parametrize(
    ("comment", "silent"), [("lint-ignore: TR508", True), ("lint-ignore", True), ("lint-ignore: TR505", False)]
)
@pytest.mark.parametrize(
    "line", ["statement {", 'data "aws_iam_policy_document" "trust" {', 'resource "aws_sfn_state_machine" "this" {']
)
def test_a_comment_on_the_line_of_what_is_told_silences_it(comment: str, silent: bool, line: str) -> None:
    """The trust policy is told of at its first line, and may be silenced there or at the machine."""
    text = (TRUST % ("states.amazonaws.com", "", "trust", ".arn")).replace(line, f"{line} # {comment}", 1)
    (report,) = lint_project(project_of(text, "main.tf"), Config(select=("TR508",)))
    assert (not report.findings) == (silent and not line.startswith("statement"))


def test_the_trust_of_a_role_is_read_in_templates() -> None:
    policy = "{Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: 'sts:AssumeRole'%s}]}"
    machine = "Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: a.json, Role: !GetAtt R.Arn}}"
    for condition, told in (("", True), (", Condition: {StringEquals: {'aws:SourceAccount': '1'}}", False)):
        role = f"R: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {policy % condition}}}}}"
        text = f"Resources:\n  {role}\n  {machine}\n"
        (report,) = lint_project(project_of(text, "template.yaml"), Config(select=("TR508",)))
        assert bool(report.findings) == told


@pytest.mark.parametrize(
    ("timeout", "state", "told"),
    [
        (60, '{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}', True),
        (3600, '{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true}', False),
        (60, '{"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true}', False),
        (60, '{"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": true}', False),
        (60, '{"Type": "Task", "Resource": "${function}", "End": true}', False),
    ],
)
def test_only_a_short_standard_workflow_could_be_express(timeout: int, state: str, told: bool) -> None:
    document = read(f'{{"StartAt": "A", "TimeoutSeconds": {timeout}, "States": {{"A": {state}}}}}')
    assert ("TR404" in {each.rule for each in check(document, "STANDARD")}) == told
    assert "TR404" not in {each.rule for each in (*check(document), *check(document, "EXPRESS"))}


def project_of(text: str, name: str) -> Project:
    return Project({name: (text, find(text, name))}, {})


def test_a_field_that_does_not_belong_there_is_pointed_at_by_its_name() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Paramters": "x", "End": true}}}'
    (found,) = [each for each in findings(text) if each.rule == "TR103"]
    assert text[found.start : found.end] == '"Paramters"'
