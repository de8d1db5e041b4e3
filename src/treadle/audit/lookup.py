"""CloudTrail's LookupEvents over the trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from treadle.audit import records
from treadle.audit.calls import Call
from treadle.audit.trail import Position, Trail
from treadle.aws import AwsError, Caller
from treadle.values import Json

MOST = 50
_GLOBAL = frozenset(("iam", "sts", "cloudfront", "route53"))

# Attribute -> whether a call has this value of it.
ATTRIBUTES: Mapping[str, Callable[[Call, str], bool]] = {
    "EventId": lambda call, value: records.event_id(call) == value,
    "EventName": lambda call, value: records.event_name(call) == value,
    "ReadOnly": lambda call, value: ("true" if call.reads else "false") == value.lower(),
    "Username": lambda call, value: records.user_name(call) == value,
    "ResourceType": lambda call, value: any(kind == value for kind, _ in records.resources(call)),
    "ResourceName": lambda call, value: any(name == value for _, name in records.resources(call)),
    "EventSource": lambda call, value: records.event_source(call) == value,
    "AccessKeyId": lambda call, value: call.key == value,
}


async def lookup_events(trail: Trail, caller: Caller, params: Mapping[str, Any]) -> dict[str, Json]:
    """The newest events of the caller's account and region. Raises AwsError in CloudTrail's words."""
    fits = _fitting(caller, params)
    since, until = _times(params)
    found = await trail.search(
        lambda call: call.at < until + 1 and fits(call),
        limit=_size(params),
        hints=(msgspec.json.encode(caller.account),),
        after=_position(params.get("NextToken")),
        since=since,
    )
    answer: dict[str, Json] = {"Events": [records.event(call) for call in found.calls]}
    if found.next is not None:
        answer["NextToken"] = base64.urlsafe_b64encode(msgspec.json.encode(found.next)).decode()
    return answer


def _fitting(caller: Caller, params: Mapping[str, Any]) -> Callable[[Call], bool]:
    attributes = params.get("LookupAttributes") or []
    if not isinstance(attributes, list) or len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    key, value = (attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")) if attributes else ("", "")
    test = ATTRIBUTES.get(key or "")
    if attributes and (test is None or not value):
        raise AwsError(
            "InvalidLookupAttributesException", f"The lookup attribute {key!r} with value {value!r} is not valid."
        )
    if params.get("EventCategory", "insight") != "insight":
        raise AwsError(
            "InvalidEventCategoryException", f"Not an event category: {params['EventCategory']!r}. Valid: insight"
        )
    if "EventCategory" in params:
        # There are no Insights events here, as on AWS in a trail without them.
        return lambda call: False

    def fits(call: Call) -> bool:
        if call.caller.account != caller.account:
            return False
        # Events of global services belong to us-east-1.
        home = "us-east-1" if call.service in _GLOBAL else call.caller.region
        return home == caller.region and (test is None or test(call, value))

    return fits


def _times(params: Mapping[str, Any]) -> tuple[float, float]:
    since, until = params.get("StartTime"), params.get("EndTime")
    for name, value in (("StartTime", since), ("EndTime", until)):
        if value is not None and not isinstance(value, int | float):
            raise AwsError("SerializationException", f"{name} must be a number of seconds since the epoch.")
    if since is not None and until is not None and since > until:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    return float(since or 0.0), float("inf") if until is None else float(until)


def _size(params: Mapping[str, Any]) -> int:
    size = params.get("MaxResults")
    if size is None:
        return MOST
    if not isinstance(size, int) or not 1 <= size <= MOST:
        raise AwsError("InvalidMaxResultsException", f"MaxResults must be between 1 and {MOST}, not {size}.")
    return size


def _position(token: Any) -> Position | None:
    if token is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=Position)
    except (TypeError, ValueError, binascii.Error, msgspec.MsgspecError):
        raise AwsError("InvalidNextTokenException", "A token that is not valid was specified.") from None
