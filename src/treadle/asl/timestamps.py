"""Timestamps as AWS Step Functions reads and writes them: RFC 3339 with an upper-case T and Z.

Instants are floats, which hold microseconds; comparisons between texts are exact to the nanosecond.
"""

from __future__ import annotations

import math
import re
from datetime import date

from treadle.values import Instant

_SHAPE = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH = date(1970, 1, 1).toordinal()
_BILLION = 1_000_000_000


def nanoseconds(text: str) -> int | None:
    """The moment in nanoseconds since the epoch, None when `text` is no timestamp.

    Offsets reach from -18:00 to +18:00, as java.time allows; there is no 24:00:00 and no leap second.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.group(1, 2, 3, 4, 5, 6))
    fraction, sign, off_hours, off_minutes = found.group(7, 8, 9, 10)
    offset = int(off_hours) * 3600 + int(off_minutes) * 60 if sign else 0
    if hour > 23 or minute > 59 or second > 59 or offset > 18 * 3600 or (sign and int(off_minutes) > 59):
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    seconds = days * 86400 + hour * 3600 + minute * 60 + second - (-offset if sign == "-" else offset)
    return seconds * _BILLION + int((fraction or "").ljust(9, "0"))


def parse_timestamp(text: str) -> Instant | None:
    """The instant that `text` names, None when it is no timestamp."""
    moment = nanoseconds(text)
    return None if moment is None else moment / _BILLION


def is_timestamp(text: str) -> bool:
    return nanoseconds(text) is not None


def format_timestamp(instant: Instant) -> str:
    """`2026-11-22T10:11:12.345Z`: UTC with milliseconds, which are left out when they are zero (java.time.Instant)."""
    milliseconds = math.floor(instant * 1000 + 0.5)
    seconds, milliseconds = divmod(milliseconds, 1000)
    days, seconds = divmod(seconds, 86400)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{milliseconds:03}" if milliseconds else ""
    return f"{date.fromordinal(days + _EPOCH).isoformat()}T{hours:02}:{minutes:02}:{seconds:02}{fraction}Z"
