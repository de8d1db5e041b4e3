"""The JSON schema that editors read says what the parser says, as far as structure goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from treadle.asl import fields
from treadle.cli.main import main
from treadle.tools.schema import describe, describe_type, schema

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))
IS_NULL = {"Variable": "$.a", "IsNull": True}
VALIDATOR = Draft7Validator(schema())


def machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": state}, **more}


def problems(definition: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(definition)]


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name)
def test_what_runs_is_valid(file: Path) -> None:
    assert problems(json.loads(file.read_text())) == []


@pytest.mark.parametrize(
    "definition",
    [
        {},
        machine({"Type": "Pass"}),
        machine({"Type": "Pass", "End": False}),
        machine({"Type": "Pass", "End": True, "Next": "A"}),
        machine({"Type": "Pss", "End": True}),
        machine({"Type": "Pass", "End": True, "Arguments": {}}),
        machine({"Type": "Pass", "End": True, "Parameters": {}}, QueryLanguage="JSONata"),
        machine({"Type": "Pass", "End": True, "QueryLanguage": "JSONPath"}, QueryLanguage="JSONata"),
        machine({"Type": "Wait", "End": True}),
        machine({"Type": "Wait", "End": True, "Seconds": 1, "SecondsPath": "$.s"}),
        machine({"Type": "Wait", "End": True, "Seconds": "{% 1 %}"}),
        machine({"Type": "Task", "End": True}),
        machine({"Type": "Task", "End": True, "Resource": "arn:aws:states:::sns:publish", "TimeoutSeconds": 0}),
        machine({"Type": "Choice", "Choices": []}),
        machine({"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "x"}]}),
        machine({"Type": "Choice", "Choices": [{"StringEquals": "x", "Next": "A"}]}),
        machine({"Type": "Choice", "Choices": [{**IS_NULL, "StringEquals": "x", "Next": "A"}]}),
        machine(
            {"Type": "Choice", "Choices": [{"Not": {"Variable": "$.a", "IsNull": True, "Next": "A"}, "Next": "A"}]}
        ),
        machine({"Type": "Choice", "Choices": [{"Condition": "yes", "Next": "A"}]}, QueryLanguage="JSONata"),
        machine({"Type": "Map", "End": True}),
        machine({"Type": "Parallel", "End": True, "Branches": [machine({"Type": "Pass"})]}),
        machine({"Type": "Parallel", "End": True, "Branches": []}),
    ],
    ids=json.dumps,
)
def test_what_the_parser_refuses_is_invalid(definition: dict[str, Any]) -> None:
    assert problems(definition)


@pytest.mark.parametrize(
    "definition",
    [
        machine({"Type": "Wait", "End": True, "Seconds": "{% 1 %}", "QueryLanguage": "JSONata"}),
        machine({"Type": "Wait", "End": True, "Seconds": "{% 1 %}"}, QueryLanguage="JSONata"),
        # States inside a Map go by the machine, whatever the Map has chosen.
        machine(
            {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "Items": "{% [1, 2] %}",
                "ItemProcessor": machine({"Type": "Pass", "Parameters": {"a.$": "$"}, "End": True}),
                "End": True,
            }
        ),
    ],
    ids=json.dumps,
)
def test_a_state_may_choose_its_language(definition: dict[str, Any]) -> None:
    assert problems(definition) == []


def every_field() -> Iterator[tuple[str, str]]:
    for owner, tables in fields.STATES.items():
        yield from ((owner, name) for table in tables.values() for name in table.fields)
    for tables in (fields.MACHINE, fields.RETRIER, fields.CATCHER, fields.READER_CONFIG, fields.ITEM_BATCHER):
        yield from (("", name) for table in tables.values() for name in table.fields)


def test_every_field_and_type_is_described() -> None:
    assert [each for each in every_field() if describe(each[1], each[0]) is None] == []
    assert all(describe_type(type) for type in fields.STATE_TYPES)


def test_the_command_prints_or_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()
    assert main(["schema", "-o", str(tmp_path / "asl.json")]) == 0
    assert json.loads((tmp_path / "asl.json").read_text()) == schema()
