"""A new user's tests: a pipeline in JSONata with variables."""

from __future__ import annotations

from treadle.testing import Machine

BODY = '[{"n": 2, "price": 5}, {"n": 1, "price": 7}]'
SAVE = {"TableName": "t", "Item": {"id": {"S": "{% $states.input.key %}"}, "total": {"N": "{% $string($total) %}"}}}
BASKET = Machine(
    {
        "QueryLanguage": "JSONata",
        "StartAt": "Load",
        "States": {
            "Load": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
                "Arguments": {"Bucket": "baskets", "Key": "{% $states.input.key %}"},
                "Assign": {
                    "rows": "{% $parse($states.result.Body) %}",
                    "size": "{% $states.result.ContentLength %}",
                },
                "Output": "{% $states.input %}",
                "Next": "Big?",
            },
            "Big?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $size > 1000 %}", "Next": "Refuse"}],
                "Default": "Sum",
            },
            "Refuse": {"Type": "Fail", "Error": "TooBig", "Cause": "{% 'It has ' & $size & ' bytes' %}"},
            "Sum": {
                "Type": "Map",
                "Items": "{% $rows %}",
                "ItemProcessor": {
                    "StartAt": "Price",
                    "States": {
                        "Price": {
                            "Type": "Pass",
                            "Output": "{% $states.input.n * $states.input.price %}",
                            "End": True,
                        }
                    },
                },
                "Assign": {"total": "{% $sum($states.result) %}"},
                "Output": "{% $states.input %}",
                "Next": "Save",
            },
            "Save": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Arguments": SAVE,
                "Output": {"total": "{% $total %}"},
                "End": True,
            },
        },
    },
    name="basket",
)


def test_the_lines_are_added_up() -> None:
    run = BASKET.run({"key": "k"}, mocks={"Load": {"Body": BODY, "ContentLength": len(BODY)}, "Save": {}})
    run.assert_succeeded({"total": 17})
    assert run.variables["total"] == 17
    assert run.state("Load").variables["size"] == len(BODY)
    assert run.state("Save").arguments["Item"] == {"id": {"S": "k"}, "total": {"N": "17"}}
    assert run.state("Price", item=1).output == 7


def test_a_large_basket_is_refused() -> None:
    run = BASKET.run({"key": "k"}, mocks={"Load": {"Body": "[]", "ContentLength": 5000}})
    run.assert_failed("TooBig", "It has 5000 bytes")


def test_what_is_no_json_fails_where_it_is_read() -> None:
    run = BASKET.run({"key": "k"}, mocks={"Load": {"Body": "no json", "ContentLength": 7}})
    run.assert_failed("States.QueryEvaluationError", "Invalid JSON")
    assert run.state("Load").retries == 0
    assert "✗ Load  Task           0 s  States.QueryEvaluationError: The JSONata" in run.picture


def test_the_second_half_by_itself() -> None:
    run = BASKET.run({"key": "k"}, entry="Sum", variables={"rows": [{"n": 3, "price": 3}]}, mocks={"Save": {}})
    assert run.output == {"total": 9}
