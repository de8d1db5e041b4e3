"""What S3, SNS and DynamoDB answer and moto does not: defaults, signatures, refusals in AWS's words.

Cloud process only. Each gap is a small patch with its reason; see `gaps` and `patches` for the others.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html: every object since January 2023.
_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}
_TABLE = re.compile(r"[a-zA-Z0-9_.-]+")
_RETURNED = ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
_CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")


def encrypt_objects_by_default() -> None:
    """An object without a wish of its own, in a bucket without a configuration, is encrypted with AES256."""
    from moto.s3.models import FakeKey, S3Backend
    from moto.s3.responses import S3Response

    begin, configured, post = FakeKey.__init__, S3Backend.get_bucket_encryption, S3Response._key_response_post

    def checked_init(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.encryption = self.encryption or "AES256"

    def get_bucket_encryption(self: Any, bucket_name: str) -> Any:
        return configured(self, bucket_name) or _ENCRYPTION

    def key_post(self: Any, *args: Any, **kwargs: Any) -> Any:
        status, headers, body = post(self, *args, **kwargs)
        if "uploads" in self.querystring and status == 200:
            rule = self.backend.get_bucket_encryption(self.bucket_name)["Rule"]
            chosen = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
            headers.setdefault("x-amz-server-side-encryption", chosen)
        return status, headers, body

    FakeKey.__init__ = checked_init
    S3Backend.get_bucket_encryption = get_bucket_encryption
    S3Response._key_response_post = key_post


def tell_type_of_checksums() -> None:
    """A checksum given with an object is one of the whole object, which is said whenever the checksum is told."""
    from moto.s3.responses import S3Response

    put, get, head = S3Response.put_object, S3Response.get_object, S3Response.head_object

    def with_type(ask: Callable[..., Any]) -> Callable[..., Any]:
        def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
            status, headers, body = ask(self, *args, **kwargs)
            if status < 300 and any(f"x-amz-checksum-{name}" in headers for name in _CHECKSUMS):
                headers.setdefault("x-amz-checksum-type", "FULL_OBJECT")
            # Requests say this, answers of S3 never do.
            headers.pop("x-amz-sdk-checksum-algorithm", None)
            return status, headers, body

        return answer

    S3Response.put_object = with_type(put)
    S3Response.get_object = with_type(get)
    S3Response.head_object = with_type(head)


def sign_notifications_as_told() -> None:
    """A topic signs with SHA-1 (version 1) unless its SignatureVersion says 2; moto always says 2.

    What is signed and where to unsubscribe:
    https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from moto.sns.models import Subscription

    prepare = Subscription.get_post_data

    def get_post_data(
        self: Any, message: str, message_id: str, subject: str | None, message_attributes: Any = None
    ) -> dict[str, Any]:
        data: dict[str, Any] = prepare(self, message, message_id, subject, message_attributes)
        version = str(getattr(self.topic, "signature_version", None) or "1")
        signed = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        text = "".join(f"{name}\n{data[name]}\n" for name in signed if name in data)
        algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()
        signature = self.private_key().sign(text.encode(), padding.PKCS1v15(), algorithm)
        server = data["SigningCertURL"].rpartition("/")[0]
        return data | {
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "UnsubscribeURL": f"{server}/?Action=Unsubscribe&SubscriptionArn={self.arn}",
        }

    Subscription.get_post_data = get_post_data


def refuse_as_dynamodb() -> None:
    """DynamoDB looks at the form of names and values before it looks for the table."""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    act = DynamoHandler.call_action

    def call_action(self: Any) -> Any:
        params = getattr(self, "params", {})
        creating = str(self.headers.get("x-amz-target", "")).endswith(".CreateTable")
        fault = _fault_of_names(params)
        if fault and creating and not 3 <= len(params["TableName"]) <= 255:
            fault = "TableName must be at least 3 characters long and at most 255 characters long"
        fault = fault or _fault_of_values([params.get(name) for name in ("Item", "Key", "ExpressionAttributeValues")])
        if fault is None:
            return act(self)
        refusal = MockValidationException(fault)
        return refusal.code, refusal.get_headers(), refusal.get_body()

    DynamoHandler.call_action = call_action


def _fault_of_names(params: dict[str, Any]) -> str | None:
    """What the constraints of DynamoDB's API say of the table's name and of ReturnValues."""
    faults: list[tuple[str, str, str]] = []
    name, returned = params.get("TableName"), params.get("ReturnValues", "NONE")
    if isinstance(name, str) and not name.startswith("arn:"):
        if not _TABLE.fullmatch(name):
            rule = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
            faults.append((name, "tableName", rule))
        if len(name) < 3:
            faults.append((name, "tableName", "Member must have length greater than or equal to 3"))
        if len(name) > 255:
            faults.append((name, "tableName", "Member must have length less than or equal to 255"))
    if returned not in _RETURNED:
        rule = f"Member must satisfy enum value set: [{', '.join(_RETURNED)}]"
        faults.append((returned, "returnValues", rule))
    if not faults:
        return None
    told = (f"Value '{value}' at '{member}' failed to satisfy constraint: {rule}" for value, member, rule in faults)
    return f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: {'; '.join(told)}"


def _fault_of_values(values: list[Any]) -> str | None:
    """An attribute's value has exactly one type, at every depth."""
    waiting = [value for found in values if isinstance(found, dict) for value in found.values()]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, dict):
            continue
        if len(value) != 1:
            fault = "has more than one datatypes set" if value else "is empty"
            return f"Supplied AttributeValue {fault}, must contain exactly one of the supported datatypes"
        waiting += value.get("L") or []
        waiting += (value.get("M") or {}).values()
    return None


def word_empty_keys_as_dynamodb() -> None:
    from moto.dynamodb import responses

    validate = responses.validate_put_has_empty_keys
    words = "One or more parameter values are not valid. The AttributeValue for a key attribute"

    def validate_keys(updates: Any, table: Any, custom_error_msg: str | None = None) -> None:
        validate(updates, table, custom_error_msg or f"{words} cannot contain an empty string value. Key: {{}}")

    responses.validate_put_has_empty_keys = validate_keys


def tell_capacity_when_asked() -> None:
    """Moto tells the consumed capacity of some operations to everybody."""
    from moto.dynamodb.responses import DynamoHandler

    def only_asked(act: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(self: Any) -> Any:
            told = act(self)
            if self.body.get("ReturnConsumedCapacity", "NONE") == "NONE" and isinstance(told.result, dict):
                told.result.pop("ConsumedCapacity", None)
            return told

        return answer

    for name in ("update_item", "batch_get_item", "batch_write_item", "transact_get_items", "transact_write_items"):
        setattr(DynamoHandler, name, only_asked(getattr(DynamoHandler, name)))


ANSWER_GAPS: list[Callable[[], None]] = [
    encrypt_objects_by_default,
    tell_type_of_checksums,
    sign_notifications_as_told,
    refuse_as_dynamodb,
    word_empty_keys_as_dynamodb,
    tell_capacity_when_asked,
]
