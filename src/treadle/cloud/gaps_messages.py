"""What SNS, SQS, EventBridge and Secrets Manager answer and moto does not: refusals in AWS's words, numbers, events.

Cloud process only. Each gap is a small patch with its reason; see `gaps` and `patches` for the others.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from treadle.cloud.tape import TAPE
from treadle.values import loads

_SECRET = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
# The number of a FIFO topic's first message has twenty digits, as AWS's numbers have.
_FIRST = 10_000_000_000_000_000_000


def refuse_publications() -> None:
    """Moto takes a topic it does not know for the endpoint of a mobile phone, and has other words for the rest."""
    from moto.sns.exceptions import SNSInvalidParameter
    from moto.sns.models import SNSBackend

    publish = SNSBackend.publish

    def checked_publish(self: Any, message: str, arn: str | None, phone_number: str | None = None, **more: Any) -> str:
        fault = _fault_of_publication(message, arn if phone_number is None else None, phone_number, self.region_name)
        if fault is None and phone_number is None and ":endpoint/" not in str(arn):
            topic = self.get_topic(arn)
            fault = _fault_of_fifo(topic, more) or _fault_of_structure(message, more.get("message_structure"))
        if fault is not None:
            raise SNSInvalidParameter(f"Invalid parameter: {fault}")
        return str(publish(self, message, arn, phone_number, **more))

    SNSBackend.publish = checked_publish


def _fault_of_publication(message: str, arn: str | None, phone_number: str | None, region: str) -> str | None:
    if not message:
        return "Empty message"
    if phone_number is not None:
        return None
    if not arn:
        return "TopicArn or TargetArn Reason: no value for required parameter"
    parts = arn.split(":")
    if len(parts) < 6:
        return f"TopicArn Reason: An ARN must have at least 6 elements, not {len(parts)}"
    return None if parts[3] == region else "TopicArn"


def _fault_of_fifo(topic: Any, more: dict[str, Any]) -> str | None:
    if not topic.fifo_topic:
        return None
    if not more.get("group_id"):
        return "The MessageGroupId parameter is required for FIFO topics"
    if not more.get("deduplication_id") and not topic.content_based_deduplication:
        wanted = "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
        return f"The topic should either have {wanted}"
    return None


def _fault_of_structure(message: str, structure: str | None) -> str | None:
    if structure != "json":
        return None
    try:
        told = loads(message)
    except ValueError:
        return "Message Structure - JSON message body failed to parse"
    if not isinstance(told, dict) or "default" not in told:
        return "Message Structure - No default entry in JSON message body"
    return None


def number_messages_of_fifo_topics() -> None:
    """Every message of a FIFO topic has a sequence number, in the answer and in its notifications."""
    from moto.sns.models import Subscription, Topic
    from moto.sns.responses import SNSResponse

    publish, answer, prepare = Topic.publish, SNSResponse.publish, Subscription.get_post_data

    def numbered_publish(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.fifo_topic:
            self.treadle_sequence = getattr(self, "treadle_sequence", _FIRST - 1) + 1
        return publish(self, *args, **kwargs)

    def answer_with_number(self: Any) -> Any:
        told = answer(self)
        topic = self.backend.topics.get(self._get_param("TopicArn") or self._get_param("TargetArn"))
        if topic is not None and topic.fifo_topic:
            told.result["SequenceNumber"] = str(topic.treadle_sequence)
        return told

    def get_post_data(self: Any, *args: Any, **kwargs: Any) -> Any:
        data = prepare(self, *args, **kwargs)
        return data | {"SequenceNumber": str(self.topic.treadle_sequence)} if self.topic.fifo_topic else data

    Topic.publish = numbered_publish
    SNSResponse.publish = answer_with_number
    Subscription.get_post_data = get_post_data


def refuse_empty_messages() -> None:
    """SQS wants a body, and a value in every attribute."""
    from moto.sqs.exceptions import InvalidParameterValue, MissingParameter
    from moto.sqs.models import SQSBackend

    send = SQSBackend.send_message

    def send_message(
        self: Any, queue_name: str, message_body: str, message_attributes: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        if not message_body:
            raise MissingParameter("MessageBody")
        for name, value in (message_attributes or {}).items():
            kind = str(value.get("DataType", ""))
            if kind.startswith(("String", "Number")) and value.get("StringValue", value.get("string_value")) == "":
                reason = f"Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
                raise InvalidParameterValue(reason)
        return send(self, queue_name, message_body, message_attributes, *args, **kwargs)

    SQSBackend.send_message = send_message


def judge_events_singly() -> None:
    """An event's detail must be a JSON object; one for a bus that does not exist is accepted, and reaches nobody."""
    from moto.events.models import EventsBackend

    put = EventsBackend.put_events

    def put_events(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) > 10:
            return list(put(self, events))
        answers: list[dict[str, Any]] = []
        for event in events:
            if event.get("Source") and event.get("DetailType") and not _is_object(event.get("Detail") or "{}"):
                answers.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
            elif self._normalize_event_bus_arn(event.get("EventBusName")) not in self.event_buses:
                answers.append({"EventId": str(uuid.uuid4())})
            else:
                answers += put(self, [event])
        return answers

    EventsBackend.put_events = put_events


def _is_object(text: str) -> bool:
    try:
        return isinstance(loads(text), dict)
    except ValueError:
        return False


def tell_events_of_buckets_as_s3_does() -> None:
    """Moto's events have one id for ever, other names in them than S3's, and reach every bus.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    from moto.events.models import events_backends
    from moto.s3 import notifications

    def send(account_id: str, bucket: Any, event_name: Any, key: Any) -> None:
        happened = event_name.value.removeprefix("s3:")
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": notifications._detail_type(event_name),
            "source": "aws.s3",
            "account": account_id,
            "time": TAPE.now(),
            "region": bucket.region_name,
            "resources": [bucket.arn],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket.name},
                "object": _object_of_event(happened, key),
                "request-id": uuid.uuid4().hex[:16].upper(),
                "requester": account_id,
                "source-ip-address": "127.0.0.1",
                **_REASONS.get(happened, {}),
            },
        }
        bus = events_backends[account_id][bucket.region_name].event_buses["default"]
        for rule in list(bus.rules.values()):
            rule.send_to_targets(event, transform_input=False)

    notifications._send_event_bridge_message = send


def tell_once_of_an_upload() -> None:
    """Moto tells each step of an upload: that it has tags, that the parts of a multipart upload became an object."""
    from moto.s3 import notifications
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    steps: set[str] = {"s3:ObjectTagging:Put"}
    send, tag, complete = notifications.send_event, S3Response.put_object_tagging, S3Backend.complete_multipart_upload

    def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        if event_name.value not in steps:
            send(account_id, event_name, bucket, key)

    def put_object_tagging(self: Any) -> Any:
        steps.discard("s3:ObjectTagging:Put")
        try:
            return tag(self)
        finally:
            steps.add("s3:ObjectTagging:Put")

    def complete_multipart_upload(self: Any, *args: Any, **kwargs: Any) -> Any:
        steps.add("s3:ObjectCreated:Put")
        try:
            return complete(self, *args, **kwargs)
        finally:
            steps.discard("s3:ObjectCreated:Put")

    notifications.send_event = send_event
    S3Response.put_object_tagging = put_object_tagging
    S3Backend.complete_multipart_upload = complete_multipart_upload


def _object_of_event(happened: str, key: Any) -> dict[str, Any]:
    told = {"key": key.name}
    if happened.startswith("ObjectCreated:"):
        told["size"] = key.size
    if not happened.startswith("ObjectRemoved:"):
        told["etag"] = key.etag.strip('"')
    if key.version_id not in (None, "null"):
        told["version-id"] = key.version_id
    return told | {"sequencer": f"{int(TAPE.now() * 1_000_000):016X}"}


# What an event tells about how it came about.
_REASONS = {
    "ObjectCreated:Put": {"reason": "PutObject"},
    "ObjectCreated:Post": {"reason": "POST Object"},
    "ObjectCreated:Copy": {"reason": "CopyObject"},
    "ObjectCreated:CompleteMultipartUpload": {"reason": "CompleteMultipartUpload"},
    "ObjectRemoved:Delete": {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
    "ObjectRemoved:DeleteMarkerCreated": {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
}


def refuse_names_of_secrets() -> None:
    from moto.secretsmanager.exceptions import ValidationException
    from moto.secretsmanager.responses import SecretsManagerResponse

    create = SecretsManagerResponse.create_secret

    def create_secret(self: Any) -> Any:
        if not _SECRET.fullmatch(str(self._get_param("Name"))):
            allowed = "alphanumeric characters, or any of the following: -/_+=.@!"
            raise ValidationException(f"Invalid name. Must be a valid name containing {allowed}")
        return create(self)

    SecretsManagerResponse.create_secret = create_secret


class Recent(dict[str, None]):
    """A set of the last handles; moto keeps every one there ever was."""

    MOST = 20_000

    def update(self, handles: Iterable[str]) -> None:  # type: ignore[override]
        for handle in handles:
            self[handle] = None
        while len(self) > self.MOST:
            del self[next(iter(self))]


def forget_old_messages() -> None:
    """Handles of deleted messages and notifications that were sent are kept for ever: in a server, a leak."""
    from moto.sns.models import Topic
    from moto.sqs.models import Queue

    begin, publish = Queue.__init__, Topic.publish

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self.deleted_messages = Recent()

    def publish_and_forget(self: Any, *args: Any, **kwargs: Any) -> str:
        id: str = publish(self, *args, **kwargs)
        del self.sent_notifications[:-100]
        return id

    Queue.__init__ = init
    Topic.publish = publish_and_forget


MESSAGE_GAPS: list[Callable[[], None]] = [
    forget_old_messages,
    refuse_publications,
    number_messages_of_fifo_topics,
    refuse_empty_messages,
    judge_events_singly,
    tell_events_of_buckets_as_s3_does,
    tell_once_of_an_upload,
    refuse_names_of_secrets,
]
