"""Logging, tracing and encryption configurations: checked, and completed the way AWS gives them back."""

from __future__ import annotations

from treadle.api.context import Context
from treadle.api.errors import KEY_FOR_OWNED, KEY_MISSING, NO_DESTINATION, ONE_DESTINATION
from treadle.api.records import AWS_KEY, NO_LOGGING, NO_TRACING
from treadle.values import Json

# What AWS fills in for a customer key (API reference, EncryptionConfiguration).
_REUSE_PERIOD = 300


async def logging(context: Context, given: Json) -> Json:
    """The configuration as it comes back. Raises InvalidLoggingConfiguration.

    A level other than OFF needs exactly one destination, and a destination needs an existing log group.
    """
    if given is None:
        return NO_LOGGING
    level, destinations = given.get("level") or "OFF", given.get("destinations")
    if len(destinations or ()) > 1 or (level != "OFF" and not destinations):
        raise ONE_DESTINATION()
    for destination in destinations or ():
        arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn")
        if arn is None or not await context.office.log_group_exists(context.caller, arn):
            raise NO_DESTINATION()
    kept = {"level": level, "includeExecutionData": bool(given.get("includeExecutionData"))}
    return kept if destinations is None else {**kept, "destinations": destinations}


def tracing(given: Json) -> Json:
    return NO_TRACING if given is None else {"enabled": bool(given.get("enabled"))}


def encryption(given: Json) -> Json:
    """The configuration as it comes back. Raises InvalidEncryptionConfiguration."""
    if given is None:
        return AWS_KEY
    key = given.get("kmsKeyId")
    if given["type"] == "AWS_OWNED_KEY":
        if key is not None or given.get("kmsDataKeyReusePeriodSeconds") is not None:
            raise KEY_FOR_OWNED()
        return AWS_KEY
    if key is None:
        raise KEY_MISSING()
    period = given.get("kmsDataKeyReusePeriodSeconds") or _REUSE_PERIOD
    return {"type": given["type"], "kmsKeyId": key, "kmsDataKeyReusePeriodSeconds": period}
