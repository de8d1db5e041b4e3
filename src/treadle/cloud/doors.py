"""Stand-ins for what moto would invoke itself: functions and HTTP endpoints. Cloud process only."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from treadle.cloud.rules import note_delivery
from treadle.cloud.tape import REAL_DATETIME, TAPE

# The subscription, message id and message attributes that a topic is publishing at this moment.
publishing: list[tuple[Any, str, Any]] = []


class Functions:
    """Answers where moto asks for its Lambda backend. Every function is taken to exist; deliveries find out."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def get_function(self, function: str, qualifier: str | None = None) -> Function:
        return Function(self._arn(function, qualifier), self._account, self._region)

    def invoke(self, function_name: str, qualifier: str | None, body: Any, *_: Any, **__: Any) -> str:
        self.get_function(function_name, qualifier).invoke(body, {}, {})
        return ""

    def send_sns_message(
        self, function_name: str, message: str, subject: str | None = None, qualifier: str | None = None
    ) -> None:
        subscription, message_id, attributes = publishing[-1]
        notice = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic_arn,
            "Subject": subject,
            "Message": message,
            "Timestamp": _milliseconds(),
            "SignatureVersion": "1",
            "Signature": "treadle",
            "SigningCertUrl": "",
            "UnsubscribeUrl": "",
            "MessageAttributes": attributes or {},
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": notice,
        }
        body = json.dumps({"Records": [record]})
        note_delivery(self._arn(function_name, qualifier), body, "sns", self._account, self._region)

    def send_log_event(self, function_arn: str, filter_name: str, group: str, stream: str, events: Any) -> None:
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": self._account,
            "logGroup": group,
            "logStream": stream,
            "subscriptionFilters": [filter_name],
            "logEvents": events,
        }
        # Without a time in the gzip header: a replay must give the same bytes.
        packed = base64.b64encode(gzip.compress(json.dumps(data).encode(), mtime=0)).decode()
        note_delivery(function_arn, json.dumps({"awslogs": {"data": packed}}), "logs", self._account, self._region)

    def _arn(self, function: str, qualifier: str | None) -> str:
        whole = (
            function
            if function.startswith("arn:")
            else f"arn:aws:lambda:{self._region}:{self._account}:function:{function}"
        )
        return f"{whole}:{qualifier}" if qualifier else whole


class Function:
    """One function, to be invoked asynchronously."""

    def __init__(self, arn: str, account: str, region: str) -> None:
        self.function_arn = arn
        self._place = account, region

    def invoke(self, body: str, *_: Any) -> None:
        note_delivery(self.function_arn, body, "lambda", *self._place)


class Http:
    """Answers where moto's topics ask for `requests`."""

    @staticmethod
    def post(url: str, json: Any, headers: dict[str, str]) -> None:
        from treadle.values import dumps

        subscription = publishing[-1][0]
        note_delivery(url, dumps(json), "sns", subscription.account_id, subscription.topic.sns_backend.region_name)


def _milliseconds() -> str:
    moment = REAL_DATETIME.utcfromtimestamp(TAPE.now())
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
