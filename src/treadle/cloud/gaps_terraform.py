"""What Terraform gives to queues and buckets and moto does not give back: every second plan would be dirty.

Cloud process only. Each gap is a small patch with its reason; see `gaps` and `patches` for the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_WHOLE = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
_EVENTBRIDGE = "<EventBridgeConfiguration></EventBridgeConfiguration>"
_NOTHING = re.compile(r"<NotificationConfiguration([^>]*)/>")


def keep_attributes_of_queues() -> None:
    """Setting one attribute of a queue would remove its policy; who may redrive to it is not known at all."""
    from moto.sqs.models import Queue

    change = Queue._set_attributes
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None

    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = attributes.get("Policy", self.policy if "_policy_json" in vars(self) else None)
        allowed = attributes.get("RedriveAllowPolicy", self.redrive_allow_policy)
        change(self, {**attributes, "Policy": policy}, now)
        self.redrive_allow_policy = allowed or None

    Queue._set_attributes = set_attributes


def tell_attributes_of_queues() -> None:
    """SQS writes its JSON without spaces, which Terraform compares as text, and leaves out what is not set."""
    from moto.sqs.models import Queue

    describe = Queue.attributes.fget

    def attributes(self: Any) -> dict[str, Any]:
        told: dict[str, Any] = describe(self)
        for name in _WHOLE:
            if told.get(name) is None:
                told.pop(name, None)
            else:
                told[name] = json.dumps(json.loads(told[name]), separators=(",", ":"))
        for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
            told[name] = int(told[name])
        return told

    Queue.attributes = property(attributes)


def keep_lifecycle_as_given() -> None:
    """Moto forgets parts of a rule (sizes of objects, newer versions to keep), and Terraform waits until they appear.

    A configuration whose rules all have an id comes back as it was given, as S3 gives it.
    """
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    put, get, change = S3Response._bucket_response_put, S3Response.get_bucket_lifecycle, FakeBucket.set_lifecycle

    def set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
        self.treadle_lifecycle = None
        change(self, rules)

    def bucket_put(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = put(self, *args, **kwargs)
        if "lifecycle" in self.querystring:
            text = self.body.decode() if isinstance(self.body, bytes) else self.body
            if text.count("<Rule>") == text.count("<ID>"):
                self.backend.get_bucket(self.bucket_name).treadle_lifecycle = text
        return answer

    def get_bucket_lifecycle(self: Any) -> Any:
        status, headers, body = get(self)
        text = getattr(self.backend.get_bucket(self.bucket_name), "treadle_lifecycle", None)
        return status, headers, text or body

    FakeBucket.set_lifecycle = set_lifecycle
    S3Response._bucket_response_put = bucket_put
    S3Response.get_bucket_lifecycle = get_bucket_lifecycle


def tell_eventbridge_of_buckets() -> None:
    """That a bucket's events go to EventBridge is kept and acted upon, but not told."""
    from moto.s3.responses import S3Response

    get = S3Response.get_bucket_notification

    def get_bucket_notification(self: Any) -> Any:
        status, headers, body = get(self)
        told = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if told is None or told.event_bridge is None:
            return status, headers, body
        text = body.decode() if isinstance(body, bytes) else body
        text = _NOTHING.sub(r"<NotificationConfiguration\1></NotificationConfiguration>", text)
        end = "</NotificationConfiguration>"
        return status, headers, text.replace(end, _EVENTBRIDGE + end)

    S3Response.get_bucket_notification = get_bucket_notification


TERRAFORM_GAPS: list[Callable[[], None]] = [
    keep_attributes_of_queues,
    tell_attributes_of_queues,
    keep_lifecycle_as_given,
    tell_eventbridge_of_buckets,
]
