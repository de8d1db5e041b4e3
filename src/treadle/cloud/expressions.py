"""Schedule expressions of EventBridge: `rate(5 minutes)`, `cron(0 12 * * ? *)`, `at(2026-01-01T00:00:00)`.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. Instants are seconds.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

UTC = ZoneInfo("UTC")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_LAST_YEAR = 2199


class ExpressionError(ValueError):
    """A text that is no schedule expression."""


class Rate(msgspec.Struct, frozen=True):
    seconds: int


class At(msgspec.Struct, frozen=True):
    moment: datetime.datetime  # without a zone


class Cron(msgspec.Struct, frozen=True):
    minutes: frozenset[int]
    hours: frozenset[int]
    days: str  # of the month, as written: L, W and ? need the calendar
    months: frozenset[int]
    weekdays: str
    years: frozenset[int]


Expression: TypeAlias = Rate | At | Cron


def parse_rule(text: str) -> Expression:
    """What a rule accepts: no `at`, and grammar (1 minute, 5 minutes). Raises ExpressionError."""
    expression = parse_expression(text)
    if isinstance(expression, At):
        raise ExpressionError(text)
    if isinstance(expression, Rate) and ("(1 " in text) == text.rstrip(") ").endswith("s"):
        raise ExpressionError(text)
    return expression


def parse_expression(text: str) -> Expression:
    """What EventBridge Scheduler accepts. Raises ExpressionError."""
    kind, _, rest = text.strip().partition("(")
    if not rest.endswith(")"):
        raise ExpressionError(text)
    inner = rest[:-1].strip()
    try:
        if kind == "rate":
            return _parse_rate(inner)
        if kind == "at":
            return At(datetime.datetime.fromisoformat(inner).replace(tzinfo=None))
        if kind == "cron":
            return _parse_cron(inner.upper().split())
    except ValueError as wrong:
        raise ExpressionError(text) from wrong
    raise ExpressionError(text)


def next_after(expression: Expression, after: float, since: float, zone: str = "UTC") -> float | None:
    """The first occurrence later than `after`; a rate counts from `since`. None when there is none."""
    match expression:
        case Rate():
            rounds = max(0, int((after - since) // expression.seconds))
            return since + (rounds + 1) * expression.seconds
        case At():
            moment = expression.moment.replace(tzinfo=zone_of(zone)).timestamp()
            return moment if moment > after else None
        case Cron():
            return _next_cron(expression, after, zone_of(zone))


def zone_of(name: str) -> ZoneInfo:
    """Raises ExpressionError for an unknown time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ExpressionError(f"unknown time zone {name}") from unknown


def _parse_rate(text: str) -> Rate:
    count, unit = text.split()
    singular = unit.removesuffix("s")
    if singular not in _UNITS or int(count) < 1:
        raise ValueError(text)
    return Rate(int(count) * _UNITS[singular])


def _parse_cron(fields: list[str]) -> Cron:
    minutes, hours, days, months, weekdays, years = fields
    # One of the two days must be left open.
    if (days == "?") == (weekdays == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week is ?")
    cron = Cron(
        _values(minutes, 0, 59),
        _values(hours, 0, 23),
        days,
        _values(months, 1, 12, _MONTHS),
        weekdays,
        _values(years, 1970, _LAST_YEAR),
    )
    # A leap year's month that ends and begins in the middle of a week shows every kind of day: parses, or raises.
    _days_of(cron, 2024, 2)
    return cron


def _values(field: str, low: int, high: int, names: dict[str, int] | None = None) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, stop = low, high
        else:
            start = _number(first, names)
            stop = _number(last, names) if last else (high if step else start)
        if not low <= start <= high or not low <= stop <= high or (step and int(step) < 1):
            raise ValueError(field)
        if start > stop:  # FRI-MON
            found.update(range(start, high + 1), range(low, stop + 1))
        else:
            found.update(range(start, stop + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


def _days_of(cron: Cron, year: int, month: int) -> list[int]:
    """The days of that month on which the expression occurs, ascending."""
    length = calendar.monthrange(year, month)[1]
    days = range(1, length + 1)
    if cron.weekdays == "?":
        return [day for day in days if day in _month_days(cron.days, year, month, length)]
    return [day for day in days if _is_weekday(cron.weekdays, year, month, day, length)]


def _month_days(field: str, year: int, month: int, length: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        if part == "L":
            found.add(length)
        elif part == "LW":
            found.add(_nearest_workday(year, month, length, length))
        elif match := re.fullmatch(r"L-(\d+)", part):
            found.add(length - int(match[1]))
        elif match := re.fullmatch(r"(\d+)W", part):
            found.add(_nearest_workday(year, month, min(int(match[1]), length), length))
        else:
            found |= _values(part, 1, 31)
    return found


def _nearest_workday(year: int, month: int, day: int, length: int) -> int:
    weekday = calendar.weekday(year, month, day)
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < length else day - 2
    return day


def _is_weekday(field: str, year: int, month: int, day: int, length: int) -> bool:
    # Python's Monday is 0, AWS's Sunday is 1.
    weekday = (calendar.weekday(year, month, day) + 1) % 7 + 1
    for part in field.split(","):
        if match := re.fullmatch(r"(\w+)#([1-5])", part):
            if weekday == _number(match[1], _DAYS) and (day - 1) // 7 + 1 == int(match[2]):
                return True
        elif match := re.fullmatch(r"(\w*)L", part):
            if weekday == (_number(match[1], _DAYS) if match[1] else 7) and (not match[1] or day > length - 7):
                return True
        elif weekday in _values(part, 1, 7, _DAYS):
            return True
    return False


def _next_cron(cron: Cron, after: float, zone: ZoneInfo) -> float | None:
    start = datetime.datetime.fromtimestamp(after, zone)
    hours, minutes = sorted(cron.hours), sorted(cron.minutes)
    for year in range(start.year, _LAST_YEAR + 1):
        if year not in cron.years:
            continue
        for month in sorted(cron.months):
            if (year, month) < (start.year, start.month):
                continue
            for day in _days_of(cron, year, month):
                if (year, month, day) < (start.year, start.month, start.day):
                    continue
                for hour in hours:
                    for minute in minutes:
                        moment = datetime.datetime(year, month, day, hour, minute, tzinfo=zone).timestamp()
                        if moment > after:
                            return moment
    return None
