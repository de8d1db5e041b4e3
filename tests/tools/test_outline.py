"""What a picture reads out of a definition, be it finished or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from treadle.tools.layout import NoDefinition, draw, outline
from treadle.tools.layout.glyphs import fit, measure, widest, wrap
from treadle.tools.layout.placeholders import quote_placeholders
from treadle.tools.layout.wording import catch_words, describe, duration, sentence


def machine(**states: Any) -> str:
    return json.dumps({"StartAt": next(iter(states)), "States": states})


def test_placeholders_of_terraform_are_drawn() -> None:
    template = """{"StartAt": "Wait", "TimeoutSeconds": ${timeout}, "States": {
      "Wait": {"Type": "Wait", "Seconds": ${wait["seconds"]}, "Next": "Call ${what}"},
      "Call ${what}": {"Type": "Task", "Resource": "${lookup(arns, "worker")}", "Retry": ${jsonencode({a = 1})},
        %{ if alarm }"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Wait"}],%{ endif }"End": true}}}"""
    boxes = {box.name: box for box in draw(template).boxes}
    assert boxes["Wait"].subtitle == 'Wait · ${wait["seconds"]}'
    assert boxes["Call ${what}"].subtitle == 'Task · ${lookup(arns, "worker")}'


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ('{"a": ${b}}', '{"a": "${b}"}'),
        ('{"a": "x${b}y"}', '{"a": "x${b}y"}'),
        ('{"a": "\\"${b("c")}"}', '{"a": "\\"${b(\\"c\\")}"}'),
        ('{"a": "{% $x %}"}', '{"a": "{% $x %}"}'),
        ('{"a": "${open"}', '{"a": "${open"}'),
    ],
)
def test_templates_become_json(template: str, filled: str) -> None:
    assert quote_placeholders(template) == filled


def test_quotes_that_are_escaped_already_are_not_escaped_again() -> None:
    text = json.dumps({"Resource": '${fn["ask"]}:live'})
    assert quote_placeholders(text) == text


def test_a_draft_is_drawn_with_what_is_missing() -> None:
    drawing = draw(machine(A={"Type": "Pass", "Next": "Gone"}, B={"Type": "Nonsense"}, C=None))
    kinds = {box.name: box.kind for box in drawing.boxes}
    assert kinds == {"Start": "Start", "A": "Pass", "B": "Missing", "C": "Missing", "Gone": "Missing"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"States": 1}', "{", "[" * 100_000])
def test_what_is_no_definition_is_refused(text: str) -> None:
    with pytest.raises(NoDefinition):
        draw(text)


def test_a_machine_without_states_is_an_empty_sheet() -> None:
    assert draw('{"States": {}}').boxes == ()


def test_a_failing_state_is_an_end_of_its_own() -> None:
    scope = outline(machine(A={"Type": "Fail"}))
    assert [node.kind for node in scope.nodes] == ["Start", "Fail"]


@pytest.mark.parametrize(
    ("state", "subtitle"),
    [
        ({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}, "Lambda · f"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "${fn}"}},
            "Lambda · ${fn}",
        ),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"},
            "SQS · sendMessage · waitForTaskToken",
        ),
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:rekognition:detectFaces"}, "Rekognition · detectFaces"),
        ({"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:sign"}, "Activity · sign"),
        ({"Type": "Wait", "Seconds": 7200}, "Wait · 2 h"),
        ({"Type": "Wait", "Timestamp": "{% $when %}"}, "Wait · until $when"),
        ({"Type": "Fail", "Error": "NotFound"}, "Fail · NotFound"),
        ({"Type": "Map", "MaxConcurrency": 4, "ItemProcessor": {}}, "Map · inline · 4 at once"),
        ({"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}}, "Map · distributed"),
        ({"Type": "Parallel", "Branches": [{}, {}]}, "Parallel · 2 branches"),
    ],
)
def test_the_second_line_of_a_state(state: dict[str, Any], subtitle: str) -> None:
    assert describe(state).subtitle == subtitle


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"Variable": "$.n", "NumericGreaterThanEquals": 3}, "$.n ≥ 3"),
        ({"Variable": "$.n", "NumericLessThanPath": "$.m"}, "$.n < $.m"),
        ({"Variable": "$.s", "StringEquals": "x"}, '$.s = "x"'),
        ({"Variable": "$.s", "StringMatches": "log-*"}, '$.s like "log-*"'),
        ({"Variable": "$.s", "IsPresent": False}, "$.s is missing"),
        ({"Variable": "$.s", "IsNull": False}, "$.s is not null"),
        ({"Variable": "$.b", "BooleanEquals": True}, "$.b is true"),
        ({"Not": {"Variable": "$.b", "IsString": True}}, "not $.b is a string"),
        (
            {
                "And": [
                    {"Variable": "$.a", "IsPresent": True},
                    {"Or": [{"Variable": "$.b", "NumericEquals": 1}, {"Variable": "$.c", "NumericEquals": 2}]},
                ]
            },
            "$.a is present and ($.b = 1 or $.c = 2)",
        ),
        ({"Condition": "{% $n > 1 %}"}, "$n > 1"),
    ],
)
def test_a_rule_as_a_sentence(rule: dict[str, Any], words: str) -> None:
    assert sentence(rule) == words


def test_the_comment_of_a_rule_is_its_label() -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1, "Comment": "Only one left", "Next": "B"}
    drawing = draw(machine(A={"Type": "Choice", "Choices": [rule]}, B={"Type": "Succeed"}))
    (label,) = [edge.label for edge in drawing.edges if edge.label]
    assert label.text == "Only one left" and label.note == "Only one left ($.n = 1)"


def test_the_retry_badge_counts_the_attempts() -> None:
    retry = [{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["B"]}, {"ErrorEquals": ["C"], "MaxAttempts": 0}]
    box = draw(machine(A={"Type": "Task", "Resource": "x", "Retry": retry, "End": True})).boxes[1]
    assert [badge.text for badge in box.badges] == ["3"]
    assert "A: up to 2 more, first after 1 s, then ×2" in box.badges[0].note


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (1.5, "1.5 s"), (90, "90 s"), (60, "1 min"), (172800, "2 d")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_long_names_are_broken_before_they_are_shortened() -> None:
    name = "TransformTheIncomingCustomerRecordIntoTheCanonicalDataModelOfTheWarehouse"
    lines = wrap(name, 13, 230, bold=True)
    assert "".join(lines) == name and len(lines) == 3
    assert all(measure(line, 13, bold=True) <= 230 for line in lines)
    assert wrap("x" * 200, 13, 230)[-1].endswith("…")
    assert fit("short", 11, 100) == "short"


@pytest.mark.parametrize(
    "name",
    [
        "Handle failure",
        "W" * 20,
        "注文を確認する",
        "🚀 Launch",
        "ПодтверждениеЗаказа",
        "طلب التحقق من الدفع",
        "e\u0301" * 9,
    ],
)
def test_a_name_fits_into_its_box_in_wide_fonts_too(name: str) -> None:
    box = next(box for box in draw(machine(**{name: {"Type": "Pass", "End": True}})).boxes if box.kind == "Pass")
    words = 11 + 26 + 10  # what is left of a name
    assert words + max(widest(line, 13, bold=True) for line in box.lines) + 5 <= box.width + 0.1


def test_marks_and_joined_pictures_are_not_torn_apart() -> None:
    family = "👩\u200d👩\u200d👧\u200d👦"
    assert measure("e\u0301", 10) == measure("e", 10)
    for width in range(20, 200):
        kept = fit(family * 6, 13, width).removesuffix("…")
        assert kept == family * (len(kept) // len(family))
        kept = fit("e\u0301" * 60, 13, width).removesuffix("…")
        assert not kept or kept.endswith("\u0301")


def test_no_definition_is_nested_too_deeply_to_answer() -> None:
    flow: dict[str, Any] = {"StartAt": "M", "States": {"M": {"Type": "Pass", "End": True}}}
    for _ in range(100):
        flow = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": flow, "End": True}}}
    with pytest.raises(NoDefinition, match="nested too deeply"):
        draw(json.dumps(flow))
    for _ in range(40):
        flow = flow["States"]["M"]["ItemProcessor"]
    assert len(draw(json.dumps(flow)).boxes) == 63


@pytest.mark.parametrize(
    ("errors", "short"),
    [
        (["States.ALL"], "Any error"),
        (["States.TaskFailed", "States.Timeout"], "States.TaskFailed +1"),
        (["DynamoDB.ConditionalCheckFailedException"], "ConditionalCheckFailed"),
        (["Lambda.TooManyRequestsException", "Lambda.ServiceException"], "TooManyRequests +1"),
        (["Lambda.ServiceException"], "Lambda.ServiceException"),
        (["CardDeclined"], "CardDeclined"),
    ],
)
def test_long_names_of_errors_are_shown_without_what_all_have(errors: list[str], short: str) -> None:
    assert catch_words(errors) == (short, f"Catch {', '.join(errors)}")
