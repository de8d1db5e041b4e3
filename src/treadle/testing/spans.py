"""Spans and moments of time as tests write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from treadle.asl.timestamps import parse_timestamp
from treadle.values import Instant

# Seconds, a text like "1h 30m", or a timedelta.
Span: TypeAlias = float | str | timedelta

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|s|m|h|d|w)")


def seconds(span: Span) -> float:
    """Seconds of a number, a timedelta or a text like "90s", "1h 30m", "365d". Raises ValueError."""
    if isinstance(span, timedelta):
        return span.total_seconds()
    if isinstance(span, str):
        parts = _PART.findall(span)
        if not parts or _PART.sub("", span).strip():
            raise ValueError(f'"{span}" is no span of time; write 90, "90s", "1h 30m" or "365d"')
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    if isinstance(span, bool) or not isinstance(span, int | float):
        raise ValueError(f'{span!r} is no span of time; write 90, "90s", "1h 30m" or "365d"')
    return float(span)


def instant(moment: Instant | str | datetime) -> Instant:
    """A moment given in epoch seconds, as a timestamp ("2026-01-31T09:00:00Z") or a datetime (naive: UTC)."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(moment, str):
        found = parse_timestamp(moment)
        if found is None:
            raise ValueError(f'"{moment}" is no timestamp; write 2026-01-31T09:00:00Z')
        return found
    return float(moment)
