"""`$fromMillis`, `$toMillis`, `$now`, `$millis`: the Gregorian calendar in milliseconds since the epoch, UTC."""

from __future__ import annotations

import math
import re
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.pictures import (
    Marker,
    Reader,
    analyse_date,
    analyse_integer,
    format_analysed,
    format_integer,
    integer_reader,
)
from treadle.asl.jsonata.run import Run
from treadle.asl.jsonata.values import UNDEFINED, Value

DAY: Final = 86_400_000
# The range of a JavaScript Date, in milliseconds either side of the epoch.
_RANGE: Final = 8_640_000_000_000_000
_DAYS: Final = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ISO: Final = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
_ISO_SHAPE: Final = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)
_ISO_PARTS: Final = re.compile(
    r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII
)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. `month` is 1..12, `day` may be any."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """Year, month 1..12 and day 1..31."""
    days += 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def utc(year: int, month: int, day: int = 1) -> int:
    """Milliseconds of midnight; months beyond 1..12 run over into other years, two-digit years mean 19xx (Date.UTC)."""
    if 0 <= year <= 99:
        year += 1900
    years, index = divmod(month - 1, 12)
    return days_from_civil(year + years, index + 1, day) * DAY


class Moment:
    """A point in time, taken apart."""

    def __init__(self, millis: int) -> None:
        self.millis = millis
        days, self.in_day = divmod(millis, DAY)
        self.today = days * DAY
        self.year, self.month, self.day = civil_from_days(days)
        self.weekday = (days + 3) % 7 + 1

    def component(self, name: str) -> Value:
        """The value of a component of date/time pictures (numbers; am/pm; ISO)."""
        match name:
            case "Y":
                return self.year
            case "M":
                return self.month
            case "D":
                return self.day
            case "d":
                return (self.today - utc_exact(self.year, 1)) // DAY + 1
            case "F":
                return self.weekday
            case "W":
                return self._week(self.year, 1, 12, 52)
            case "w":
                return self._week(self.year, self.month, 1, 4)
            case "X":
                return self._week_year()
            case "x":
                return self._week_month()
            case "H":
                return self.in_day // 3_600_000
            case "h":
                return self.in_day // 3_600_000 % 12 or 12
            case "P":
                return "pm" if self.in_day >= DAY // 2 else "am"
            case "m":
                return self.in_day // 60_000 % 60
            case "s":
                return self.in_day // 1000 % 60
            case "f":
                return self.in_day % 1000
            case _:
                return "ISO" if name in ("C", "E") else UNDEFINED

    def _week(self, year: int, month: int, span: int, most: int) -> int:
        """The number of the week since `month`, in units of `span` months that have at least `most` weeks."""
        week = (self.today - first_week(year, month)) / (7 * DAY) + 1
        if week > most:
            if self.today >= first_week(year, month + span):
                return 1
        elif week < 1:
            week = (self.today - first_week(year, month - span)) / (7 * DAY) + 1
        return math.floor(week)

    def _week_year(self) -> int:
        if self.millis < first_week(self.year, 1):
            return self.year - 1
        return self.year + (self.millis >= first_week(self.year + 1, 1))

    def _week_month(self) -> int:
        if self.millis < first_week(self.year, self.month):
            return (self.month - 2) % 12 + 1
        later = self.millis >= first_week(self.year, self.month + 1)
        return self.month % 12 + 1 if later else self.month


def utc_exact(year: int, month: int) -> int:
    """Midnight of the first of a month, with years taken literally."""
    years, index = divmod(month - 1, 12)
    return days_from_civil(year + years, index + 1, 1) * DAY


def first_week(year: int, month: int) -> int:
    """Monday of the week that holds the month's first Thursday (ISO 8601, extended to months by XPath)."""
    first = utc_exact(year, month)
    weekday = (first // DAY + 3) % 7 + 1
    return first + (8 - weekday) * DAY if weekday > 4 else first - (weekday - 1) * DAY


def from_millis(millis: Value, picture: Value = UNDEFINED, timezone: Value = UNDEFINED) -> Value:
    """`$fromMillis`; `timezone` is +hhmm."""
    if millis is UNDEFINED:
        return UNDEFINED
    hours, minutes = 0, 0
    if timezone is not UNDEFINED:
        digits = re.match(r"\s*([-+]?\d{1,6})", timezone, re.ASCII)
        offset = int(digits[1]) if digits else 0
        hours, minutes = offset // 100, int(math.fmod(offset, 100))
    if not abs(millis) <= _RANGE:
        raise Failure("D1001", value=millis)
    moment = Moment(math.floor(millis) + (60 * hours + minutes) * 60_000)
    markers = analyse_date(_ISO if picture is UNDEFINED else picture)
    return "".join([_format(moment, marker, hours, minutes) for marker in markers])


def _format(moment: Moment, marker: Marker, hours: int, minutes: int) -> str:
    component = marker.component
    if not component:
        return marker.text
    if component in "Zz":
        return _format_zone(marker, hours, minutes)
    value = moment.component(component)
    if component in "YMDdFWwXxHhms" and marker.names:
        return _format_name(marker, value)
    if marker.integer is not None:
        if component == "Y" and marker.digits != -1:
            value %= 10**marker.digits
        return format_analysed(value, marker.integer)
    if value is UNDEFINED:
        return "undefined"
    return str(value).upper() if component == "P" and marker.names == "upper" else str(value)


def _format_name(marker: Marker, value: int) -> str:
    if marker.component in "Mx":
        name = _MONTHS[value - 1]
    elif marker.component == "F":
        name = _DAYS[value]
    else:
        raise Failure("D3133", value=marker.component)
    name = {"upper": name.upper(), "lower": name.lower()}.get(marker.names, name)
    return name if marker.width is None else name[: marker.width]


def _format_zone(marker: Marker, hours: int, minutes: int) -> str:
    offset = hours * 100 + minutes
    form = marker.integer or analyse_integer("01:01")
    if form.regular or form.mandatory in (3, 4):
        text = format_analysed(offset, form)
    elif form.mandatory in (1, 2):
        text = format_analysed(hours, form)
        if minutes:
            text += ":" + format_integer(minutes, "00")
    else:
        raise Failure("D3134", value=form.mandatory)
    if offset == 0 and marker.modifier == "t":
        return "Z"
    return ("GMT" if marker.component == "z" else "") + ("+" if offset >= 0 else "") + text


def to_millis(run: Run, timestamp: Value, picture: Value = UNDEFINED) -> Value:
    """`$toMillis`: of an ISO 8601 timestamp, or of one described by a picture string."""
    if timestamp is UNDEFINED:
        return UNDEFINED
    if picture is not UNDEFINED:
        return _parse(run, timestamp, picture)
    if not _ISO_SHAPE.fullmatch(timestamp):
        raise Failure("D3110", value=timestamp)
    parts = _ISO_PARTS.fullmatch(timestamp)
    if not parts:
        raise Failure("D3110", value=timestamp)
    year, month, day = int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)
    hour, minute, second = int(parts[4] or 0), int(parts[5] or 0), int(parts[6] or 0)
    fraction = int((parts[7] or "").ljust(3, "0")[:3])
    real = 1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or (hour == 24 and not (minute or second or fraction)))
    if not real:
        raise Failure("D3110", value=timestamp)
    zone = (int(parts[9]) * 60 + int(parts[10])) * (-1 if parts[8] == "-" else 1) if parts[8] else 0
    seconds = hour * 3600 + (minute - zone) * 60 + second
    return days_from_civil(year, month, day) * DAY + seconds * 1000 + fraction


def _parse(run: Run, timestamp: str, picture: str) -> Value:
    markers = analyse_date(picture)
    readers = [_reader(marker) for marker in markers]
    import regex  # the package that can give up after a time; it takes 15 ms to import

    try:
        pattern = regex.compile("".join(f"({reader.pattern})" for reader in readers), regex.IGNORECASE)
        found = pattern.fullmatch(timestamp, timeout=1.0)
    except TimeoutError:
        raise Failure("U1001 time") from None
    if found is None:
        return UNDEFINED
    values: dict[str, Value] = {}
    for marker, reader, text in zip(markers, readers, found.groups(), strict=True):
        if marker.component:
            values[marker.component] = reader.parse(text)
    return _assemble(run, values) if values else UNDEFINED


def _reader(marker: Marker) -> Reader:
    component = marker.component
    if not component:
        return Reader(re.escape(marker.text), lambda text: text)
    if component in "Zz":
        return _zone_reader(marker)
    if marker.integer is not None:
        return integer_reader(marker.integer, marker.digits)
    names: dict[str, int] = {}
    if component in "Mx":
        names = {name[: marker.width]: index + 1 for index, name in enumerate(_MONTHS)}
    elif component == "F":
        names = {name[: marker.width]: index for index, name in enumerate(_DAYS) if index}
    elif component == "P":
        names = {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    else:
        raise Failure("D3133", value=component)
    return Reader("[a-zA-Z]+", lambda text: names.get(text, UNDEFINED))


def _zone_reader(marker: Marker) -> Reader:
    form = marker.integer or analyse_integer("01:01")
    separator = form.separators[0][1] if form.regular else ""
    prefix = "GMT" if marker.component == "z" else ""

    def parse(text: str) -> int:
        text = text[len(prefix) :]
        if separator:
            hours, _, minutes = text.partition(separator)
        else:
            hours, minutes = (text, "0") if len(text) <= 3 else (text[:3], text[3:])
        return int(hours) * 60 + int(minutes)

    return Reader(f"{prefix}[-+][0-9]+" + (f"{re.escape(separator)}[0-9]+" if separator else ""), parse)


def _kind(present: set[str], allowed: str) -> bool:
    """Whether some of the components are there, and no others."""
    return bool(present) and present <= set(allowed)


def _assemble(run: Run, values: dict[str, Value]) -> Value:
    """The timestamp of the components that were read.

    What is more significant than the components given comes from now, what is less significant is zero; a gap in
    between is an error (D3136).
    """
    # As in the reference, a component that is zero does not count as present here.
    given = {name for name, value in values.items() if value is not UNDEFINED and value != 0}
    date, time = given & set("YXMxWwdD"), given & set("PHhmsf")
    by_day = not _kind(date, "YMD") and _kind(date, "Yd")
    by_week_of_month = _kind(date, "XxwF") and bool(date & set("XxwF"))
    by_week = not by_week_of_month and _kind(date, "XW")
    twelve = not _kind(time, "Hmsf") and _kind(time, "Phmsf")
    dates = "YD" if by_day else "XxwF" if by_week_of_month else "XWF" if by_week else "YMD"
    now = Moment(millis_of(run))
    started = ended = False
    for name in dates + ("Phmsf" if twelve else "Hmsf"):
        if values.get(name, UNDEFINED) is UNDEFINED:
            if started:
                values[name] = 1 if name in "MDd" else 0
                ended = True
            else:
                values[name] = now.component(name)
        else:
            started = True
            if ended:
                raise Failure("D3136")
    if by_week_of_month or by_week:
        # The reference cannot compute dates from weeks.
        raise Failure("D3136")
    return _millis(values, by_day, twelve)


def _millis(values: dict[str, Value], by_day: bool, twelve: bool) -> int:
    month = max(1, values.get("M") or 1)
    day = values.get("D", 1)
    if by_day:
        month, day = 1, values["d"]
    hour = values.get("H", 0)
    if twelve:
        hour = (0 if values["h"] == 12 else values["h"]) + (12 if values["P"] == 1 else 0)
    millis = utc(values["Y"], month, day)
    millis += hour * 3_600_000 + values["m"] * 60_000 + values["s"] * 1000 + values["f"]
    zone = values.get("Z") or values.get("z") or 0
    return int(millis - zone * 60_000)


def millis_of(run: Run) -> int:
    """The time of the evaluation in milliseconds. Half a microsecond is added: 0.123 s in a double is a little less."""
    return math.floor(run.world.at * 1000 + 0.0005)


def now(run: Run, picture: Value = UNDEFINED, timezone: Value = UNDEFINED) -> Value:
    return from_millis(millis_of(run), picture, timezone)


def millis(run: Run) -> int:
    return millis_of(run)
