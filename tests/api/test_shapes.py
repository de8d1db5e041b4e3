"""Whatever the model forbids is refused with the sentence of AWS's validator."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.api.model import load
from treadle.api.operations import OPERATIONS
from treadle.api.shapes import checker, enum_order
from treadle.aws import AwsError


def faults(operation: str, **params: Any) -> str:
    with pytest.raises(AwsError) as caught:
        checker(operation)(params)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def garbled(operation: str, params: Any) -> str:
    with pytest.raises(AwsError) as caught:
        checker(operation)(params)
    assert caught.value.code == "SerializationException"
    return caught.value.message


def test_a_value_beyond_its_range() -> None:
    assert faults("ListStateMachines", maxResults=1001) == (
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )


def test_a_string_that_is_too_long_or_too_short() -> None:
    assert faults("ListStateMachines", nextToken="x" * 1025).endswith(
        "Member must have length less than or equal to 1024"
    )
    assert faults("ListStateMachines", nextToken="").endswith("Member must have length greater than or equal to 1")


def test_an_enum_lists_its_values_in_the_order_of_javas_hash_table() -> None:
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
    assert faults("ListExecutions", stateMachineArn=arn, statusFilter="succeeded") == (
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must "
        "satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"
    )
    # Lists that other AWS services print.
    assert enum_order(("HASH", "RANGE")) == ["HASH", "RANGE"]
    assert enum_order(("String", "StringList", "SecureString")) == ["SecureString", "StringList", "String"]
    assert enum_order(("EQ", "NE", "GT", "GE", "LT", "LE")) == ["LT", "EQ", "GT", "NE", "LE", "GE"]


def test_a_pattern() -> None:
    routes = [{"stateMachineVersionArn": "arn", "weight": 100}]
    assert faults("CreateStateMachineAlias", name="not an alias", routingConfiguration=routes) == (
        "1 validation error detected: Value 'not an alias' at 'name' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
    )


def test_required_members_are_counted_in_the_order_of_the_model() -> None:
    assert faults("CreateStateMachine", name="m") == (
        "2 validation errors detected: Value null at 'definition' failed to satisfy constraint: Member must not be "
        "null; Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
    )


def test_members_of_lists_have_numbers_and_lists_print_as_java_objects() -> None:
    heavy = [{"stateMachineVersionArn": "a", "weight": 101}]
    assert faults("CreateStateMachineAlias", name="x", routingConfiguration=heavy) == (
        "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy "
        "constraint: Member must have value less than or equal to 100"
    )
    three = [{"stateMachineVersionArn": name, "weight": 30} for name in "abc"]
    assert (
        "Value '[RoutingConfigurationListItem(stateMachineVersionArn=a, weight=30), "
        "RoutingConfigurationListItem(stateMachineVersionArn=b, weight=30), "
        "RoutingConfigurationListItem(stateMachineVersionArn=c, weight=30)]' at 'routingConfiguration' failed"
    ) in faults("CreateStateMachineAlias", name="x", routingConfiguration=three)


def test_a_sensitive_value_is_never_printed() -> None:
    secret = "s3cret" * 1000
    message = faults("SendTaskSuccess", taskToken=secret, output="{}")
    assert message.startswith("1 validation error detected: Value at 'taskToken' failed") and "s3cret" not in message


def test_payloads_are_measured_in_bytes() -> None:
    checker("StartExecution")({"stateMachineArn": "a", "input": "x" * 262144})
    assert "'input'" in faults("StartExecution", stateMachineArn="a", input="é" * 131073)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"maxResults": "5"}, "STRING_VALUE can not be converted to an Integer"),
        ({"maxResults": 1.5}, "DECIMAL_VALUE can not be converted to an Integer"),
        ({"maxResults": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"nextToken": 5}, "NUMBER_VALUE can not be converted to a String"),
        ({"nextToken": {}}, "Start of structure or map found where not expected."),
        ({"nextToken": ["a"]}, "Start of list found where not expected."),
        ([], "Start of list found where not expected."),
    ],
)
def test_json_of_another_type_is_not_deserialised(params: Any, problem: str) -> None:
    assert garbled("ListStateMachines", params) == problem


def test_null_is_absent_and_unknown_members_are_ignored() -> None:
    checker("ListStateMachines")({"maxResults": None, "somethingNew": 1})


def test_every_operation_of_the_model_has_its_function() -> None:
    assert set(OPERATIONS) == set(load().operations)
