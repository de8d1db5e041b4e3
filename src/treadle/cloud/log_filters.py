"""Metric filters of CloudWatch Logs: which log events count, and for how much. Cloud process only.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html. Terms, JSON
patterns (`{ $.level = "ERROR" }`), and patterns of space-delimited fields (`[ip, user, ..., status=4*, bytes>1000]`).
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from treadle.cloud.metrics import put
from treadle.cloud.tape import TAPE
from treadle.values import Json, loads

Test: TypeAlias = Callable[[str, Json], bool]  # (the event's text, what it says or None) -> whether it counts
# A field of a line: in quotes, in brackets, or up to the next space.
_FIELD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|(\S+))')
_TOKEN = re.compile(r'\s*(?:(&&|\|\||[()]|!=|<=|>=|=|<|>)|"((?:[^"\\]|\\.)*)"|(\$[^\s=!<>&|()]*)|([^\s=!<>&|()]+))')
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(ValueError):
    """A pattern that is not understood."""


class Word(str):
    """A field of a line: compared as a number, too, if it is one."""


@cache
def compile_pattern(text: str) -> Test:
    """Raises PatternError."""
    stripped = text.strip()
    if stripped.startswith("["):
        return _columns_test(_columns(stripped))
    if stripped.startswith("{"):
        tokens = _tokens(stripped.removeprefix("{").removesuffix("}"))
        test = _any(tokens)
        if tokens:
            raise PatternError(f"{tokens[0][1]!r} was not expected")
        return test
    return _terms(stripped)


def _terms(text: str) -> Test:
    needed: list[re.Pattern[str]] = []
    some: list[re.Pattern[str]] = []
    never: list[re.Pattern[str]] = []
    for sign, quoted, pattern, word in _TERM.findall(text):
        found = re.compile(pattern or re.escape(quoted.replace('\\"', '"') or word))
        {"": needed, "?": some, "-": never}[sign].append(found)

    def test(message: str, _: Json) -> bool:
        return (
            all(one.search(message) for one in needed)
            and (not some or any(one.search(message) for one in some))
            and not any(one.search(message) for one in never)
        )

    return test


@cache
def reader(pattern: str) -> Callable[[str], Json]:
    """What a pattern makes of an event's text: its JSON, or its fields by name; None when it has neither."""
    stripped = pattern.strip()
    if not stripped.startswith("["):
        return _parsed
    names = [name for name, _ in _columns(stripped)]
    return lambda message: _fields(names, message)


def _columns(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The name and the condition of each field; "..." stands for any number of fields."""
    if not text.endswith("]"):
        raise PatternError("a ] is missing")
    columns = []
    for part in text[1:-1].split(","):
        tokens = _tokens(part)
        if not tokens or tokens[0][0] != "word":
            raise PatternError(f"{part.strip()!r} is no field")
        columns.append((tokens[0][1], tokens if len(tokens) > 1 else []))
    if sum(name == "..." for name, _ in columns) > 1:
        raise PatternError("... may stand once")
    return columns


def _columns_test(columns: list[tuple[str, list[tuple[str, str]]]]) -> Test:
    tests = []
    for name, tokens in columns:
        if tokens:
            condition = [_named(token, name, after) for token, after in zip(tokens, [*tokens[1:], None], strict=True)]
            tests.append(_any(condition))
            if condition:
                raise PatternError(f"{condition[0][1]!r} was not expected")
    return lambda message, value: value is not None and all(test(message, value) for test in tests)


def _named(token: tuple[str, str], name: str, after: tuple[str, str] | None) -> tuple[str, str]:
    """The field's name before a comparison is the field; the same word behind one is a value."""
    compares = after is not None and after[0] == "mark" and after[1] in ("=", "!=", *_COMPARE)
    return ("field", f"$.{name}") if compares and token == ("word", name) else token


def _fields(names: list[str], message: str) -> Json:
    found = [Word(next(part for part in match.groups() if part is not None)) for match in _FIELD.finditer(message)]
    if "..." in names:
        at = names.index("...")
        rest = len(found) - (len(names) - 1)
        names = [*names[:at], *[""] * rest, *names[at + 1 :]] if rest >= 0 else names
    return dict(zip(names, found, strict=True)) if len(names) == len(found) else None


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise PatternError(f"{text[at:]!r} was not expected")
        mark, quoted, selector, word = match.groups()
        kind = "mark" if mark else "text" if quoted is not None else "field" if selector else "word"
        found.append((kind, mark or selector or word or quoted or ""))
        at = match.end()
    return found


def _any(tokens: list[tuple[str, str]]) -> Test:
    return _chain(tokens, "||", lambda: _chain(tokens, "&&", lambda: _one(tokens), all), any)


def _chain(tokens: list[tuple[str, str]], mark: str, inner: Callable[[], Test], joined: Callable[[Any], bool]) -> Test:
    parts = [inner()]
    while tokens and tokens[0] == ("mark", mark):
        tokens.pop(0)
        parts.append(inner())
    return parts[0] if len(parts) == 1 else lambda message, value: joined(part(message, value) for part in parts)


def _one(tokens: list[tuple[str, str]]) -> Test:
    kind, text = _next(tokens)
    if (kind, text) == ("mark", "("):
        inner = _any(tokens)
        if _next(tokens) != ("mark", ")"):
            raise PatternError("a ) is missing")
        return inner
    if kind != "field":
        raise PatternError(f"{text!r} was not expected")
    sign = _next(tokens)[1].upper()
    if sign in ("IS", "NOT"):
        return _special(text, sign, _next(tokens)[1].upper())
    _, wanted = _next(tokens)
    if sign in _COMPARE:
        compare, limit = _COMPARE[sign], _number(wanted)
        return lambda _, value: (found := _amount(select(value, text))) is not None and compare(found, limit)
    if sign not in ("=", "!="):
        raise PatternError(f"{sign!r} is no comparison")
    return lambda _, value: value is not None and _equals(select(value, text), wanted) == (sign == "=")


def _special(field: str, sign: str, word: str) -> Test:
    match sign, word:
        case "IS", "NULL":
            return lambda _, value: isinstance(value, dict) and select(value, field, _GONE) is None
        case "IS", "TRUE":
            return lambda _, value: select(value, field) is True
        case "IS", "FALSE":
            return lambda _, value: select(value, field) is False
        case "NOT", "EXISTS":
            return lambda _, value: isinstance(value, dict) and select(value, field, _GONE) is _GONE
    raise PatternError(f"{sign} {word} is no test")


def _next(tokens: list[tuple[str, str]]) -> tuple[str, str]:
    if not tokens:
        raise PatternError("it ends too early")
    return tokens.pop(0)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PatternError(f"{text!r} is no number") from None


def _amount(found: Json) -> float | None:
    """The number that is compared: a text is none, unless it is a field of a line."""
    if isinstance(found, Word):
        try:
            return float(found)
        except ValueError:
            return None
    return found if isinstance(found, int | float) else None


def _equals(found: Json, wanted: str) -> bool:
    if isinstance(found, str) and len(wanted) > 1 and wanted[0] == wanted[-1] == "%":
        return re.search(wanted[1:-1], found) is not None
    if isinstance(found, str):
        return fnmatch.fnmatchcase(found, wanted.replace("[", "[[]").replace("?", "[?]"))
    if isinstance(found, int | float) and not isinstance(found, bool):
        try:
            return float(found) == float(wanted)
        except ValueError:
            return False
    return False


_GONE = object()


def select(value: Json, field: str, missing: Any = None) -> Any:
    """The member at `$.a.b[0]`."""
    for name, index in re.findall(r"\.?([^.\[\]$]+)|\[(\d+)\]", field):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif name and isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return missing
    return value


# -- in moto
def patch_metric_filters() -> None:
    """Metric filters count, and a log group keeps what its retention says; moto stores both and does neither."""
    from moto.logs.exceptions import InvalidParameterException
    from moto.logs.models import LogsBackend, LogStream

    put_events, put_filter = LogStream.put_log_events, LogsBackend.put_metric_filter

    def put_log_events(self: Any, log_events: list[dict[str, Any]]) -> str:
        token: str = put_events(self, log_events)
        _count(self, log_events)
        days = self.log_group.retention_in_days
        limit = 0 if not days else (TAPE.now() - 86_400 * int(days)) * 1000
        if self.events and self.events[0].timestamp < limit:
            self.events = [event for event in self.events if event.timestamp >= limit]
        return token

    def put_metric_filter(self: Any, filter_name: str, filter_pattern: str, *args: Any, **kwargs: Any) -> None:
        try:
            compile_pattern(filter_pattern)
        except PatternError as problem:
            raise InvalidParameterException(f"Invalid metric filter pattern: {problem}") from None
        put_filter(self, filter_name, filter_pattern, *args, **kwargs)

    LogStream.put_log_events = put_log_events
    LogsBackend.put_metric_filter = put_metric_filter


def _count(stream: Any, events: list[dict[str, Any]]) -> None:
    from moto.logs.models import logs_backends

    backend = logs_backends[stream.account_id][stream.region]
    filters = [one for one in backend.filters.metric_filters if one["logGroupName"] == stream.log_group.name]
    for one in filters:
        try:
            test, read = compile_pattern(one["filterPattern"] or ""), reader(one["filterPattern"] or "")
        except PatternError:
            continue
        matched = [(event, value) for event in events if test(event["message"], value := read(event["message"]))]
        for transformation in one["metricTransformations"]:
            data = [_datum(transformation, event, value) for event, value in matched]
            if not matched and transformation.get("defaultValue") is not None:
                data = [_default(transformation, events[-1])]
            _put(stream, transformation["metricNamespace"], [datum for datum in data if datum is not None])


def _put(stream: Any, namespace: str, data: list[dict[str, Any]]) -> None:
    if data:
        from moto.cloudwatch.models import cloudwatch_backends

        put(cloudwatch_backends[stream.account_id][stream.region], namespace, data)


def _datum(transformation: dict[str, Any], event: dict[str, Any], value: Json) -> dict[str, Any] | None:
    told = str(transformation["metricValue"])
    amount = select(value, told) if told.startswith("$") else told
    try:
        number = float(amount)
    except (TypeError, ValueError):
        return None
    named = (transformation.get("dimensions") or {}).items()
    where = [{"Name": name, "Value": str(select(value, field))} for name, field in named]
    return _default(transformation, event) | {"Value": number, "Dimensions": where}


def _default(transformation: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    return {
        "MetricName": transformation["metricName"],
        "Value": transformation.get("defaultValue"),
        "Unit": transformation.get("unit") or "None",
        "Timestamp": event["timestamp"] / 1000,
    }


def _parsed(message: str) -> Json:
    if not message.lstrip().startswith("{"):
        return None
    try:
        return loads(message)
    except ValueError:
        return None
