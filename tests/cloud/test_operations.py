# ruff: noqa: E501
"""Every operation that Terraform performs on a project like the example's, in its order, with the answer it needs.

Each line: service, operation, parameters, and what the answer must contain. `$name` in parameters is what an earlier line
remembered. A dictionary is contained when its members are; a list when each of its elements is, in order; `...` is
anything; a type is any value of that type. The error of a line is its code instead.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ASSUME = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
DENY_HTTP = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::treadle-tf", "arn:aws:s3:::treadle-tf/*"],
                   "Condition": {"Bool": {"aws:SecureTransport": "false"}}}],
}  # fmt: skip
TAGS = [{"Key": "team", "Value": "flow"}]
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
LIFECYCLE = {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 7}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}}]}  # fmt: skip
ENCRYPTION = {
    "Rules": [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "$key_arn"},
            "BucketKeyEnabled": True,
        }
    ]
}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
ALARM = {
    "AlarmName": "failures", "AlarmDescription": "too many", "ActionsEnabled": True, "OKActions": ["$topic"], "AlarmActions": ["$topic"],
    "InsufficientDataActions": [], "MetricName": "ExecutionsFailed", "Namespace": "AWS/States", "Statistic": "Sum",
    "Dimensions": [{"Name": "StateMachineArn", "Value": "arn:x"}], "Period": 60, "EvaluationPeriods": 2, "DatapointsToAlarm": 1,
    "Threshold": 1.5, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
}  # fmt: skip
ROW = tuple[str, str, dict[str, Any], Any]

IAM: list[ROW] = [
    ("sts", "get_caller_identity", {}, {"Account": "000000000000", "Arn": str, "UserId": str}),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(ASSUME), "Tags": TAGS, "Description": "d", "MaxSessionDuration": 3600, "Path": "/"}, {"Role": {"Arn": "arn:aws:iam::000000000000:role/r", "RoleId": str, "CreateDate": datetime.datetime}}),
    ("iam", "get_role", {"RoleName": "r"}, {"Role": {"AssumeRolePolicyDocument": ASSUME, "Tags": TAGS, "Description": "d", "MaxSessionDuration": 3600, "Path": "/"}}),
    ("iam", "tag_role", {"RoleName": "r", "Tags": [{"Key": "team", "Value": "new"}]}, {}),
    ("iam", "get_role", {"RoleName": "r"}, {"Role": {"Tags": [{"Key": "team", "Value": "new"}]}}),
    ("iam", "get_role", {"RoleName": "none"}, "NoSuchEntity"),
    ("iam", "put_role_policy", {"RoleName": "r", "PolicyName": "inline", "PolicyDocument": json.dumps(ALLOW)}, {}),
    ("iam", "get_role_policy", {"RoleName": "r", "PolicyName": "inline"}, {"PolicyDocument": ALLOW}),
    ("iam", "list_role_policies", {"RoleName": "r"}, {"PolicyNames": ["inline"]}),
    ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": json.dumps(ALLOW), "Tags": TAGS, "Description": "d"}, {"Policy": {"Arn": "arn:aws:iam::000000000000:policy/p", "DefaultVersionId": "v1"}}),
    ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::000000000000:policy/p"}, {"Policy": {"PolicyName": "p", "Tags": TAGS, "Description": "d", "AttachmentCount": 0}}),
    ("iam", "tag_policy", {"PolicyArn": "arn:aws:iam::000000000000:policy/p", "Tags": [{"Key": "a", "Value": "b"}]}, {}),
    ("iam", "get_policy_version", {"PolicyArn": "arn:aws:iam::000000000000:policy/p", "VersionId": "v1"}, {"PolicyVersion": {"Document": ALLOW, "IsDefaultVersion": True}}),
    ("iam", "list_policy_versions", {"PolicyArn": "arn:aws:iam::000000000000:policy/p"}, {"Versions": [{"VersionId": "v1"}]}),
    ("iam", "attach_role_policy", {"RoleName": "r", "PolicyArn": "arn:aws:iam::000000000000:policy/p"}, {}),
    ("iam", "attach_role_policy", {"RoleName": "r", "PolicyArn": BASIC}, {}),
    ("iam", "list_attached_role_policies", {"RoleName": "r"}, {"AttachedPolicies": [{"PolicyArn": BASIC}, {"PolicyName": "p"}]}),
    ("iam", "list_instance_profiles_for_role", {"RoleName": "r"}, {"InstanceProfiles": []}),
]  # fmt: skip
KMS: list[ROW] = [
    ("kms", "create_key", {"Description": "d", "Tags": [{"TagKey": "team", "TagValue": "flow"}]}, {"KeyMetadata": {"KeyId": "=key", "Arn": "=key_arn", "Enabled": True, "KeyState": "Enabled", "KeyManager": "CUSTOMER", "MultiRegion": False}}),
    ("kms", "enable_key_rotation", {"KeyId": "$key"}, {}),
    ("kms", "get_key_rotation_status", {"KeyId": "$key"}, {"KeyRotationEnabled": True, "RotationPeriodInDays": 365}),
    ("kms", "describe_key", {"KeyId": "$key"}, {"KeyMetadata": {"Description": "d", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "CreationDate": datetime.datetime}}),
    ("kms", "get_key_policy", {"KeyId": "$key", "PolicyName": "default"}, {"Policy": str}),
    ("kms", "list_resource_tags", {"KeyId": "$key"}, {"Tags": [{"TagKey": "team", "TagValue": "flow"}]}),
    ("kms", "tag_resource", {"KeyId": "$key", "Tags": [{"TagKey": "team", "TagValue": "new"}]}, {}),
    ("kms", "list_resource_tags", {"KeyId": "$key"}, {"Tags": [{"TagKey": "team", "TagValue": "new"}]}),
    ("kms", "update_key_description", {"KeyId": "$key", "Description": "e"}, {}),
    ("kms", "describe_key", {"KeyId": "$key"}, {"KeyMetadata": {"Description": "e"}}),
    ("kms", "create_alias", {"AliasName": "alias/mine", "TargetKeyId": "$key"}, {}),
    ("kms", "list_aliases", {"KeyId": "$key"}, {"Aliases": [{"AliasName": "alias/mine", "AliasArn": "arn:aws:kms:us-east-1:000000000000:alias/mine"}]}),
    ("kms", "describe_key", {"KeyId": "alias/mine"}, {"KeyMetadata": {"KeyId": "$key"}}),
]  # fmt: skip
S3: list[ROW] = [
    ("s3", "create_bucket", {"Bucket": "treadle-tf"}, {"Location": str}),
    ("s3", "head_bucket", {"Bucket": "treadle-tf"}, {"BucketRegion": "us-east-1"}),
    ("s3", "get_bucket_tagging", {"Bucket": "treadle-tf"}, "NoSuchTagSet"),
    ("s3", "put_bucket_tagging", {"Bucket": "treadle-tf", "Tagging": {"TagSet": TAGS}}, {}),
    ("s3", "get_bucket_tagging", {"Bucket": "treadle-tf"}, {"TagSet": TAGS}),
    ("s3", "get_bucket_versioning", {"Bucket": "treadle-tf"}, {}),
    ("s3", "put_bucket_versioning", {"Bucket": "treadle-tf", "VersioningConfiguration": {"Status": "Enabled"}}, {}),
    ("s3", "get_bucket_versioning", {"Bucket": "treadle-tf"}, {"Status": "Enabled"}),
    ("s3", "put_bucket_encryption", {"Bucket": "treadle-tf", "ServerSideEncryptionConfiguration": ENCRYPTION}, {}),
    ("s3", "get_bucket_encryption", {"Bucket": "treadle-tf"}, {"ServerSideEncryptionConfiguration": ENCRYPTION}),
    ("s3", "put_public_access_block", {"Bucket": "treadle-tf", "PublicAccessBlockConfiguration": BLOCK}, {}),
    ("s3", "get_public_access_block", {"Bucket": "treadle-tf"}, {"PublicAccessBlockConfiguration": BLOCK}),
    ("s3", "put_bucket_ownership_controls", {"Bucket": "treadle-tf", "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}, {}),
    ("s3", "get_bucket_ownership_controls", {"Bucket": "treadle-tf"}, {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}),
    ("s3", "get_bucket_policy", {"Bucket": "treadle-tf"}, "NoSuchBucketPolicy"),
    ("s3", "put_bucket_policy", {"Bucket": "treadle-tf", "Policy": json.dumps(DENY_HTTP)}, {}),
    ("s3", "get_bucket_policy", {"Bucket": "treadle-tf"}, {"Policy": str}),
    ("s3", "get_bucket_lifecycle_configuration", {"Bucket": "treadle-tf"}, "NoSuchLifecycleConfiguration"),
    ("s3", "put_bucket_lifecycle_configuration", {"Bucket": "treadle-tf", "LifecycleConfiguration": LIFECYCLE, "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}, {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}),
    ("s3", "get_bucket_lifecycle_configuration", {"Bucket": "treadle-tf"}, LIFECYCLE | {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}),
    ("s3", "put_bucket_cors", {"Bucket": "treadle-tf", "CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}}, {}),
    ("s3", "get_bucket_cors", {"Bucket": "treadle-tf"}, {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}),
    ("s3", "get_bucket_accelerate_configuration", {"Bucket": "treadle-tf"}, {}),
    ("s3", "get_bucket_acl", {"Bucket": "treadle-tf"}, {"Owner": {"ID": str}, "Grants": [{"Permission": "FULL_CONTROL"}]}),
    ("s3", "get_bucket_logging", {"Bucket": "treadle-tf"}, {}),
    ("s3", "get_bucket_replication", {"Bucket": "treadle-tf"}, "ReplicationConfigurationNotFoundError"),
    ("s3", "get_bucket_request_payment", {"Bucket": "treadle-tf"}, {"Payer": "BucketOwner"}),
    ("s3", "get_bucket_website", {"Bucket": "treadle-tf"}, "NoSuchWebsiteConfiguration"),
    ("s3", "get_object_lock_configuration", {"Bucket": "treadle-tf"}, "ObjectLockConfigurationNotFoundError"),
    # Over plain HTTP, although the policy denies it.
    ("s3", "put_object", {"Bucket": "treadle-tf", "Key": "code.zip", "Body": b"PK", "Tagging": "team=flow"}, {"ETag": str, "VersionId": "=version"}),
    ("s3", "head_object", {"Bucket": "treadle-tf", "Key": "code.zip"}, {"ContentLength": 2, "VersionId": "$version", "ServerSideEncryption": "aws:kms"}),
    ("s3", "get_object_tagging", {"Bucket": "treadle-tf", "Key": "code.zip"}, {"TagSet": TAGS}),
    ("s3", "list_object_versions", {"Bucket": "treadle-tf"}, {"Versions": [{"Key": "code.zip", "VersionId": "$version"}]}),
]  # fmt: skip
LOGS: list[ROW] = [
    ("logs", "create_log_group", {"logGroupName": "/aws/vendedlogs/states/a-log-group", "tags": {"team": "flow"}, "kmsKeyId": "$key_arn"}, {}),
    ("logs", "create_log_group", {"logGroupName": "/aws/vendedlogs/states/a-log-group"}, "ResourceAlreadyExistsException"),
    ("logs", "put_retention_policy", {"logGroupName": "/aws/vendedlogs/states/a-log-group", "retentionInDays": 14}, {}),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws/vendedlogs/states/a-log-group"}, {"logGroups": [{"arn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/a-log-group:*", "retentionInDays": 14, "kmsKeyId": "$key_arn", "logGroupClass": "STANDARD"}]}),
    ("logs", "list_tags_for_resource", {"resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/a-log-group"}, {"tags": {"team": "flow"}}),
    ("logs", "tag_resource", {"resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/a-log-group", "tags": {"team": "new"}}, {}),
    ("logs", "list_tags_for_resource", {"resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/a-log-group"}, {"tags": {"team": "new"}}),
]  # fmt: skip
SNS: list[ROW] = [
    ("sns", "create_topic", {"Name": "alarms", "Tags": TAGS}, {"TopicArn": "=topic"}),
    ("sns", "set_topic_attributes", {"TopicArn": "$topic", "AttributeName": "KmsMasterKeyId", "AttributeValue": "alias/aws/sns"}, {}),
    ("sns", "get_topic_attributes", {"TopicArn": "$topic"}, {"Attributes": {"TopicArn": "$topic", "Owner": "000000000000", "KmsMasterKeyId": "alias/aws/sns", "Policy": str}}),
    ("sns", "tag_resource", {"ResourceArn": "$topic", "Tags": [{"Key": "team", "Value": "new"}]}, {}),
    ("sns", "list_tags_for_resource", {"ResourceArn": "$topic"}, {"Tags": [{"Key": "team", "Value": "new"}]}),
]  # fmt: skip
MONITORING: list[ROW] = [
    ("cloudwatch", "put_metric_alarm", ALARM | {"Tags": TAGS}, {}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["failures"]}, {"MetricAlarms": [ALARM | {"AlarmArn": "=alarm", "StateValue": str, "AlarmConfigurationUpdatedTimestamp": datetime.datetime}]}),
    ("cloudwatch", "list_tags_for_resource", {"ResourceARN": "$alarm"}, {"Tags": TAGS}),
    ("cloudwatch", "tag_resource", {"ResourceARN": "$alarm", "Tags": [{"Key": "team", "Value": "new"}]}, {}),
    ("cloudwatch", "list_tags_for_resource", {"ResourceARN": "$alarm"}, {"Tags": [{"Key": "team", "Value": "new"}]}),
]  # fmt: skip
EVENTS: list[ROW] = [
    ("events", "put_rule", {"Name": "nightly", "ScheduleExpression": "rate(1 day)", "State": "ENABLED", "Description": "d", "Tags": TAGS}, {"RuleArn": "=rule"}),
    ("events", "describe_rule", {"Name": "nightly"}, {"ScheduleExpression": "rate(1 day)", "State": "ENABLED", "Description": "d", "EventBusName": "default", "Arn": "$rule"}),
    ("events", "list_tags_for_resource", {"ResourceARN": "$rule"}, {"Tags": TAGS}),
    ("events", "put_rule", {"Name": "nightly", "ScheduleExpression": "rate(2 days)", "State": "ENABLED", "Description": "d"}, {"RuleArn": "$rule"}),
    ("events", "list_tags_for_resource", {"ResourceARN": "$rule"}, {"Tags": TAGS}),
    ("events", "tag_resource", {"ResourceARN": "$rule", "Tags": [{"Key": "team", "Value": "new"}]}, {}),
    ("events", "put_targets", {"Rule": "nightly", "Targets": [{"Id": "t", "Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m", "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": "{}"}]}, {"FailedEntryCount": 0}),
    ("events", "list_targets_by_rule", {"Rule": "nightly"}, {"Targets": [{"Id": "t", "Input": "{}", "RoleArn": "arn:aws:iam::000000000000:role/r"}]}),
    ("events", "remove_targets", {"Rule": "nightly", "Ids": ["t"]}, {"FailedEntryCount": 0}),
    ("events", "delete_rule", {"Name": "nightly"}, {}),
    ("events", "describe_rule", {"Name": "nightly"}, "ResourceNotFoundException"),
]  # fmt: skip
DESTROY: list[ROW] = [
    ("cloudwatch", "delete_alarms", {"AlarmNames": ["failures"]}, {}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["failures"]}, {"MetricAlarms": []}),
    ("sns", "delete_topic", {"TopicArn": "$topic"}, {}),
    ("sns", "get_topic_attributes", {"TopicArn": "$topic"}, "NotFound"),
    ("logs", "delete_log_group", {"logGroupName": "/aws/vendedlogs/states/a-log-group"}, {}),
    ("s3", "delete_bucket_cors", {"Bucket": "treadle-tf"}, {}),
    ("s3", "get_bucket_cors", {"Bucket": "treadle-tf"}, "NoSuchCORSConfiguration"),
    ("s3", "delete_bucket_encryption", {"Bucket": "treadle-tf"}, {}),
    ("s3", "delete_bucket_lifecycle", {"Bucket": "treadle-tf"}, {}),
    ("s3", "delete_bucket_ownership_controls", {"Bucket": "treadle-tf"}, {}),
    ("s3", "delete_bucket_policy", {"Bucket": "treadle-tf"}, {}),
    ("s3", "delete_public_access_block", {"Bucket": "treadle-tf"}, {}),
    ("s3", "get_public_access_block", {"Bucket": "treadle-tf"}, "NoSuchPublicAccessBlockConfiguration"),
    ("s3", "delete_object", {"Bucket": "treadle-tf", "Key": "code.zip", "VersionId": "$version"}, {}),
    ("s3", "head_object", {"Bucket": "treadle-tf", "Key": "code.zip"}, "404"),
    ("s3", "delete_bucket", {"Bucket": "treadle-tf"}, {}),
    ("s3", "head_bucket", {"Bucket": "treadle-tf"}, "404"),
    ("kms", "delete_alias", {"AliasName": "alias/mine"}, {}),
    ("kms", "schedule_key_deletion", {"KeyId": "$key", "PendingWindowInDays": 7}, {"DeletionDate": datetime.datetime, "KeyState": "PendingDeletion"}),
    ("kms", "describe_key", {"KeyId": "$key"}, {"KeyMetadata": {"KeyState": "PendingDeletion"}}),
    ("iam", "detach_role_policy", {"RoleName": "r", "PolicyArn": BASIC}, {}),
    ("iam", "detach_role_policy", {"RoleName": "r", "PolicyArn": "arn:aws:iam::000000000000:policy/p"}, {}),
    ("iam", "delete_role_policy", {"RoleName": "r", "PolicyName": "inline"}, {}),
    ("iam", "delete_policy", {"PolicyArn": "arn:aws:iam::000000000000:policy/p"}, {}),
    ("iam", "delete_role", {"RoleName": "r"}, {}),
    ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::000000000000:policy/p"}, "NoSuchEntity"),
]  # fmt: skip
PHASES = {
    "iam": IAM,
    "kms": KMS,
    "s3": S3,
    "logs": LOGS,
    "sns": SNS,
    "monitoring": MONITORING,
    "events": EVENTS,
    "destroy": DESTROY,
}


def filled(value: Any, seen: dict[str, str]) -> Any:
    """`value` with every $name replaced."""
    if isinstance(value, dict):
        return {key: filled(member, seen) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member, seen) for member in value]
    return seen.get(value[1:], "?") if isinstance(value, str) and value.startswith("$") else value


def differences(wanted: Any, found: Any, seen: dict[str, str], path: str = "") -> list[str]:
    """What of `wanted` is not in `found`. "=name" remembers what was found."""
    if isinstance(wanted, str) and wanted.startswith("="):
        seen[wanted[1:]] = found
        return []
    if isinstance(wanted, type):
        return [] if isinstance(found, wanted) else [f"{path}: {found!r} is no {wanted.__name__}"]
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            line
            for key, member in wanted.items()
            for line in differences(member, found.get(key), seen, f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [
            line
            for spot, member in enumerate(wanted)
            for line in differences(member, found[spot], seen, f"{path}[{spot}]")
        ]
    return [] if wanted == found else [f"{path}: {found!r} instead of {wanted!r}"]


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    return {}


@pytest.mark.parametrize("phase", PHASES)
def test_terraform_finds_what_it_needs(running, seen, phase):
    wrong: list[str] = []
    for service, operation, params, wanted in PHASES[phase]:
        name = f"{service} {operation}"
        try:
            found = getattr(running.client(service), operation)(**filled(params, seen))
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            if code != wanted:
                wrong.append(f"{name}: {refusal}")
            continue
        if isinstance(wanted, str):
            wrong.append(f"{name}: answered, instead of {wanted}")
        else:
            wrong += [name + line for line in differences(filled(wanted, seen), found, seen)]
    assert not wrong, "\n".join(wrong)
