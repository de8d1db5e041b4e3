"""Names follow the code generator of the AWS SDK for Java."""

import pytest

from treadle.integrations import models
from treadle.integrations.naming import action, client_class, exception_class, member, segment


@pytest.mark.parametrize(
    ("service_id", "client"),
    [
        ("DynamoDB", "DynamoDb"),
        ("S3", "S3"),
        ("SFN", "Sfn"),
        ("EC2", "Ec2"),
        ("Secrets Manager", "SecretsManager"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("ACM PCA", "AcmPca"),
        ("SESv2", "SesV2"),
        ("b2bi", "B2Bi"),
        ("billingconductor", "Billingconductor"),
        ("SageMaker A2I Runtime", "SageMakerA2IRuntime"),
        ("Config Service", "Config"),
        ("IoT", "Iot"),
        ("WAFV2", "Wafv2"),
        ("Elastic Load Balancing v2", "ElasticLoadBalancingV2"),
    ],
)
def test_the_prefix_of_errors_is_the_name_of_the_java_client(service_id: str, client: str) -> None:
    assert client_class(service_id) == client


@pytest.mark.parametrize(
    ("shape", "exception"),
    [
        ("ResourceNotFoundException", "ResourceNotFoundException"),
        ("NoSuchKey", "NoSuchKeyException"),
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("KMSInvalidStateException", "KmsInvalidStateException"),
        ("InvalidToken", "InvalidTokenException"),
    ],
)
def test_error_names_always_end_in_exception(shape: str, exception: str) -> None:
    assert exception_class(shape) == exception


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("executionArn", "ExecutionArn"),
        ("ETag", "ETag"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("BOOL", "Bool"),
        ("S", "S"),
        ("Equals", "EqualsValue"),
    ],
)
def test_members_are_the_accessors_of_the_sdk_in_pascal_case(name: str, shown: str) -> None:
    assert member(name) == shown


def test_actions_are_operations_with_a_small_first_letter() -> None:
    assert [action(name) for name in ("PutItem", "ListObjectsV2")] == ["putItem", "listObjectsV2"]


def test_every_service_of_botocore_is_found_by_its_java_name() -> None:
    wrong = {
        name: found
        for found, name in models.segments()
        if segment(models.api(name).model.metadata["serviceId"]) != found
    }
    missing = models.service_names() - {name for _, name in models.segments()}
    assert wrong == {}
    assert missing == {"sms-voice"}  # an older copy of pinpoint-sms-voice
