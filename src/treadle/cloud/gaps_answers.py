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


def refuse_unknown_topics() -> None:
    """Moto takes a topic it does not know for the endpoint of a mobile phone."""
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    publish = SNSBackend.publish

    def checked_publish(self: Any, message: str, arn: str | None, phone_number: str | None = None, **more: Any) -> str:
        if not message:
            raise SNSInvalidParameter("Invalid parameter: Empty message")
        if phone_number is None:
            _check_topic(arn, self.region_name)
            if ":endpoint/" not in str(arn):
                self.get_topic(arn)
        return str(publish(self, message, arn, phone_number, **more))

    def _check_topic(arn: str | None, region: str) -> None:
        if not arn:
            reason = "TopicArn or TargetArn Reason: no value for required parameter"
            raise SNSInvalidParameter(f"Invalid parameter: {reason}")
        parts = arn.split(":")
        if len(parts) < 6:
            reason = f"TopicArn Reason: An ARN must have at least 6 elements, not {len(parts)}"
            raise SNSInvalidParameter(f"Invalid parameter: {reason}")
        if parts[3] != region:
            raise SNSInvalidParameter("Invalid parameter: TopicArn")

    SNSBackend.publish = checked_publish


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


def refuse_names_of_tables() -> None:
    """DynamoDB looks at the form of a table's name before it looks for the table."""
    from moto.dynamodb.exceptions import MockValidationException
    from moto.dynamodb.responses import DynamoHandler

    act = DynamoHandler.call_action

    def call_action(self: Any) -> Any:
        name = getattr(self, "params", {}).get("TableName")
        # CreateTable has words of its own for it.
        creating = str(self.headers.get("x-amz-target", "")).endswith(".CreateTable")
        if isinstance(name, str) and not name.startswith("arn:") and not creating and (faults := _faults(name)):
            plural = "s" if len(faults) > 1 else ""
            told = "; ".join(f"Value '{name}' at 'tableName' failed to satisfy constraint: {one}" for one in faults)
            refusal = MockValidationException(f"{len(faults)} validation error{plural} detected: {told}")
            return refusal.code, refusal.get_headers(), refusal.get_body()
        return act(self)

    DynamoHandler.call_action = call_action


def _faults(name: str) -> list[str]:
    found = []
    if not _TABLE.fullmatch(name):
        found.append("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    if len(name) < 3:
        found.append("Member must have length greater than or equal to 3")
    if len(name) > 255:
        found.append("Member must have length less than or equal to 255")
    return found


ANSWER_GAPS: list[Callable[[], None]] = [
    encrypt_objects_by_default,
    tell_type_of_checksums,
    refuse_unknown_topics,
    sign_notifications_as_told,
    refuse_names_of_tables,
]
