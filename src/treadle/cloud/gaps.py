"""What single services of moto leave out although Terraform or boto3 needs it. Cloud process only.

Each gap is a small patch with the reason; a newer moto without the gap is not harmed. See `patches` for the rest.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from treadle.cloud.routing import access_key

# Sub-resources of a bucket that moto does not know. It would list the bucket, or create it once more.
_UNKNOWN_SUBRESOURCES = (
    "analytics",
    "metrics",
    "intelligent-tiering",
    "metadataTable",
    "metadataConfiguration",
    "abac",
)
_PAYMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Payer>{}</Payer></RequestPaymentConfiguration>"
)
_MINIMUM = "x-amz-transition-default-minimum-object-size"


def ignore_conditional_denials() -> None:
    """Moto does not evaluate conditions: a policy that denies access without TLS would deny all access."""
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        policy = json.loads(self.policy)
        statements = policy.get("Statement", [])
        told = statements if isinstance(statements, list) else [statements]
        policy["Statement"] = [one for one in told if one.get("Effect") != "Deny" or not one.get("Condition")]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission


def know_bucket_subresources() -> None:
    """Request payment is read by Terraform for every bucket; what is unknown must be refused, not taken for another."""
    from moto.s3.responses import S3Response

    get, put = S3Response._bucket_response_get, S3Response._bucket_response_put

    def check(self: Any) -> None:
        for name in _UNKNOWN_SUBRESOURCES:
            if name in self.querystring:
                raise NotImplementedError(f"the {name} configuration of a bucket")

    def bucket_get(self: Any, *args: Any, **kwargs: Any) -> Any:
        check(self)
        if "requestPayment" in self.querystring:
            bucket = self.backend.get_bucket(self.bucket_name)
            payer = getattr(bucket, "treadle_payer", "BucketOwner")
            return 200, {"content-type": "application/xml"}, _PAYMENT.format(payer)
        return get(self, *args, **kwargs)

    def bucket_put(self: Any, *args: Any, **kwargs: Any) -> Any:
        check(self)
        if "requestPayment" in self.querystring:
            bucket = self.backend.get_bucket(self.bucket_name)
            bucket.treadle_payer = "Requester" if b"Requester" in self.raw_body else "BucketOwner"
            return 200, {}, ""
        if "lifecycle" in self.querystring:
            return _put_lifecycle(self, put(self, *args, **kwargs))
        return put(self, *args, **kwargs)

    S3Response._bucket_response_get, S3Response._bucket_response_put = bucket_get, bucket_put


def _put_lifecycle(self: Any, answer: Any) -> Any:
    """The minimum size of objects to move comes back as it was given; Terraform waits until it does."""
    size = self.headers.get(_MINIMUM) or "all_storage_classes_128K"
    self.backend.get_bucket(self.bucket_name).treadle_minimum = size
    return (200, {_MINIMUM: size}, "") if answer == "" else answer


def tell_lifecycle_minimum() -> None:
    from moto.s3.responses import S3Response

    get = S3Response.get_bucket_lifecycle

    def get_bucket_lifecycle(self: Any) -> Any:
        status, headers, body = get(self)
        size = getattr(self.backend.get_bucket(self.bucket_name), "treadle_minimum", None)
        return status, headers | ({_MINIMUM: size} if size and status == 200 else {}), body

    S3Response.get_bucket_lifecycle = get_bucket_lifecycle


def describe_keys_whole() -> None:
    """Defaults of CreateKey, the period of rotation, and the state of a key to be deleted are missing in answers."""
    from moto.kms.models import KmsBackend
    from moto.kms.responses import KmsResponse

    create, enable = KmsBackend.create_key, KmsResponse.enable_key_rotation

    def create_key(self: Any, policy: Any, key_usage: Any, key_spec: Any, *args: Any, **kwargs: Any) -> Any:
        key = create(self, policy, key_usage or "ENCRYPT_DECRYPT", key_spec, *args, **kwargs)
        key.multi_region = bool(key.multi_region)
        return key

    def enable_key_rotation(self: Any) -> Any:
        answer = enable(self)
        period = self._get_param("RotationPeriodInDays")
        key = _key(self)
        key.treadle_period = int(period) if period else getattr(key, "treadle_period", 365)
        return answer

    def get_key_rotation_status(self: Any) -> str:
        self._validate_cmk_id(self._get_param("KeyId"))
        key = _key(self)
        told: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": key.key_rotation_status}
        if key.key_rotation_status:
            told["RotationPeriodInDays"] = getattr(key, "treadle_period", 365)
        return json.dumps(told)

    KmsBackend.create_key = create_key
    KmsResponse.enable_key_rotation = enable_key_rotation
    KmsResponse.get_key_rotation_status = get_key_rotation_status


def tell_deletion_of_keys() -> None:
    from moto.kms.responses import KmsResponse

    schedule = KmsResponse.schedule_key_deletion

    def schedule_key_deletion(self: Any) -> str:
        told = json.loads(schedule(self))
        days = self._get_param("PendingWindowInDays") or 30
        key = _key(self)
        return json.dumps(told | {"KeyId": key.arn, "KeyState": key.key_state, "PendingWindowInDays": int(days)})

    KmsResponse.schedule_key_deletion = schedule_key_deletion


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]


def tell_class_of_log_groups() -> None:
    """Terraform reads the class of a log group, and replaces the group when it differs."""
    from moto.logs.models import LogGroup
    from moto.logs.responses import LogsResponse

    create, describe = LogsResponse.create_log_group, LogGroup.to_describe_dict

    def create_log_group(self: Any) -> Any:
        answer = create(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.treadle_class = self._get_param("logGroupClass") or "STANDARD"
        return answer

    def to_describe_dict(self: Any) -> dict[str, Any]:
        return {**describe(self), "logGroupClass": getattr(self, "treadle_class", "STANDARD")}

    LogsResponse.create_log_group = create_log_group
    LogGroup.to_describe_dict = to_describe_dict


def issue_keys_with_account() -> None:
    """Keys issued here say so by their prefix, and carry their account: the server need not ask whose they are."""
    import moto.iam.models
    from moto.sts.responses import TokenResponse

    def make_key(account_id: str, prefix: str, total_length: int = 20) -> str:
        return access_key(account_id, random.getrandbits(39), temporary=prefix == "ASIA")

    def with_own_key(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(self: Any) -> Any:
            result = ask(self)
            result.result["Credentials"]["AccessKeyId"] = make_key(self.current_account, "ASIA")
            return result

        return answer

    moto.iam.models.generate_access_key_id_from_account_id = make_key
    # Moto answers these two with one constant key.
    TokenResponse.get_session_token = with_own_key(TokenResponse.get_session_token)
    TokenResponse.get_federation_token = with_own_key(TokenResponse.get_federation_token)


def run_tasks_on_fargate() -> None:
    """On Fargate memory may be the task's alone, and security groups are optional; a missing instance is a refusal."""
    from moto.ecs.exceptions import InvalidParameterException
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    require, run = Backend._calculate_task_resource_requirements, Backend.run_task

    def requirements(task_definition: Any) -> dict[str, Any]:
        whole = copy.copy(task_definition)
        spellings = ("memory", "memoryReservation", "Memory", "MemoryReservation")
        whole.container_definitions = [
            one if any(name in one for name in spellings) else {**one, "memory": 0}
            for one in task_definition.container_definitions
        ]
        found: dict[str, Any] = require(whole)
        found["MEMORY"] = found["MEMORY"] or int(task_definition.memory or 0)
        return found

    def run_task(self: Any, cluster_str: str, task_definition_str: str, *args: Any, **kwargs: Any) -> Any:
        for each in (*args, *kwargs.values()):
            if isinstance(each, dict) and isinstance(network := each.get("awsvpcConfiguration"), dict):
                network.setdefault("securityGroups", [])
        try:
            return run(self, cluster_str, task_definition_str, *args, **kwargs)
        except Exception as problem:
            if not str(problem).startswith("No instances found in cluster"):
                raise
            raise InvalidParameterException("No Container Instances were found in your cluster.") from None

    Backend._calculate_task_resource_requirements = staticmethod(requirements)
    Backend.run_task = run_task


GAPS: list[Callable[[], None]] = [
    ignore_conditional_denials,
    know_bucket_subresources,
    tell_lifecycle_minimum,
    describe_keys_whole,
    tell_deletion_of_keys,
    tell_class_of_log_groups,
    issue_keys_with_account,
    run_tasks_on_fargate,
]
