"""The catalogue knows what the language lets a Task name, or says loudly that it does not."""

import subprocess
import sys

import pytest

from treadle.asl.machine import Diagnostic
from treadle.asl.resource import OPTIMIZED, parse_resource, suffix
from treadle.integrations.catalog import check_task, find
from treadle.values import Json

# What the language knows and treadle refuses.
REFUSED = {("eks:call", "sync")}
EVERY = [
    (f"{service}:{action}", pattern)
    for service, actions in OPTIMIZED.items()
    for action, patterns in actions.items()
    for pattern in patterns
]


@pytest.mark.parametrize(("name", "pattern"), EVERY)
def test_every_optimized_integration_is_performed_or_refused_at_creation(name: str, pattern: str) -> None:
    resource = parse_resource(f"arn:aws:states:::{name}{suffix(pattern)}")  # type: ignore[arg-type]
    assert resource is not None
    found = find(resource)
    if (name, pattern) in REFUSED:
        assert found is None
        message = f"treadle does not perform {name}{suffix(pattern)}"  # type: ignore[arg-type]
        assert check_task(resource, "Parameters", {}) == [
            Diagnostic("NOT_PERFORMED", message, "/Resource", "WARNING"),
        ]
        return
    assert check_task(resource, "Parameters", None) == []
    assert found is not None and pattern in found.patterns
    assert (found.job is not None) == (pattern in ("sync", "sync:2"))


def test_the_catalogue_loads_neither_botocore_nor_a_model() -> None:
    code = (
        "import sys; from treadle.integrations.catalog import check_task, find;"
        "from treadle.asl.resource import parse_resource;"
        "r = parse_resource('arn:aws:states:::lambda:invoke'); assert find(r);"
        "assert not check_task(r, 'Parameters', {'FunctionName': 'f'});"
        "sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_functions_and_activities_are_known_by_their_arn() -> None:
    for arn in ("arn:aws:lambda:us-east-1:1:function:f", "arn:aws:states:us-east-1:1:activity:a"):
        resource = parse_resource(arn)
        assert resource is not None
        assert check_task(resource, "Parameters", {"any": 1}) == []
        assert find(resource) is not None


@pytest.mark.parametrize(
    ("name", "template", "expected"),
    [
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Ky": "k"}, [("Ky", "", True)]),
        ("events:putEvents", {"Entries": [{"Detail": {"any": 1}, "Sauce": "s"}]}, [("Sauce", "/Entries[0]", True)]),
        ("lambda:invoke", {"FunctionName.$": "$.f", "Payload": {"any": 1}}, []),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any.$": "$"}}, []),
        ("sqs:sendMessage", {"QueueUrl": "q"}, [("MessageBody", "", False)]),
        ("sqs:sendMessage", "{% $states.input %}", []),
        ("bedrock:invokeModel", {"ModelId": "m", "Input": {"S3Uri.$": "$.u"}, "Output.$": "$.o"}, []),
        ("bedrock:invokeModel", {"ModelId": "m", "Output": {"Uri": "u", "S3Uri": "u"}}, [("Uri", "/Output", True)]),
        ("bedrock:invokeModel", {"ModelId": "m", "Input": {}}, [("S3Uri", "/Input", False)]),
        (
            "eks:runJob",
            {"ClusterName": "c", "CertificateAuthority": "x", "Endpoint": "e", "Sauce": 1},
            [("Sauce", "", True), ("Job", "", False)],
        ),
    ],
)
def test_parameters_are_refused_where_aws_says_they_are_wrong(
    name: str, template: Json, expected: list[tuple[str, str, bool]]
) -> None:
    resource = parse_resource(f"arn:aws:states:::{name}")
    assert resource is not None
    told = {
        True: "The field '{}' is not supported by Step Functions",
        False: "The field '{}' is required but was missing",
    }
    assert check_task(resource, "Arguments", template) == [
        Diagnostic("SCHEMA_VALIDATION_FAILED", told[unknown].format(field), f"/Arguments{holder}")
        for field, holder, unknown in expected
    ]
