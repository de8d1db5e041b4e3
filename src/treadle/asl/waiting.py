"""Until when a Wait state waits: literal or path, seconds or timestamp, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from treadle.asl import machine
from treadle.asl.errors import RUNTIME, QueryError
from treadle.asl.jsonpath import Path, PathMissing
from treadle.asl.jsonpath import compile as compile_path
from treadle.asl.scope import Scope
from treadle.asl.template import is_jsonata, jsonata_value, typed
from treadle.asl.timestamps import parse_timestamp
from treadle.values import Instant, Json, StatesError, dumps

# Longest Wait, in seconds: developer guide, "Wait workflow state".
LONGEST = 99_999_999


def moment(state: machine.Wait) -> Callable[[Scope], Instant]:
    """The instant at which the state goes on, as a function of the scope; `$` is the effective input."""
    if state.seconds_path is not None:
        return seconds_path(state.seconds_path)
    if state.timestamp_path is not None:
        return timestamp_path(state.timestamp_path)
    if state.timestamp is not None:
        return timestamp(state.timestamp)
    return seconds(state.seconds if state.seconds is not None else 0)


def seconds(source: int | str) -> Callable[[Scope], Instant]:
    if isinstance(source, int):
        return lambda scope: scope.at + source
    evaluate = typed(source, "Seconds", "number")

    def computed(scope: Scope) -> Instant:
        value = evaluate(scope)
        if value != int(value):
            raise QueryError(f"The Seconds field cannot be parsed as a long value: {dumps(value)}", "Seconds")
        if value < 0:
            raise QueryError(f"The Seconds field references a negative value: {dumps(value)}", "Seconds")
        if value > LONGEST:
            raise QueryError("Wait state delay is too long.", "Seconds")
        return scope.at + float(value)

    return computed


def seconds_path(text: str) -> Callable[[Scope], Instant]:
    path = compile_path(text)

    def located(scope: Scope) -> Instant:
        value = present(scope, path, f"The SecondsPath parameter does not reference an input value: {text}")
        try:
            delay = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        except ValueError:
            delay = None
        if delay is None:
            raise runtime(f"The SecondsPath parameter cannot be parsed as a long value: {text} == {shown(value)}")
        if delay < 0:
            raise runtime(f"The SecondsPath parameter references a negative value: {text} == {delay}")
        if delay > LONGEST:
            raise runtime("Wait state delay is too long.")
        return scope.at + delay

    return located


def timestamp_path(text: str) -> Callable[[Scope], Instant]:
    path = compile_path(text)

    def located(scope: Scope) -> Instant:
        value = present(scope, path, f"The TimestampPath parameter does not reference an input value: {text}")
        instant = parse_timestamp(value) if isinstance(value, str) else None
        if instant is None:
            raise runtime(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format"
                f" string: {text} == {shown(value)}"
            )
        return whole(instant)

    return located


def timestamp(source: str) -> Callable[[Scope], Instant]:
    if not is_jsonata(source):
        return lambda scope: literal_timestamp(source, runtime)
    evaluate = jsonata_value(source, "Timestamp")
    return lambda scope: literal_timestamp(evaluate(scope), lambda cause: QueryError(cause, "Timestamp"))


def literal_timestamp(value: Json, problem: Callable[[str], StatesError]) -> Instant:
    instant = parse_timestamp(value) if isinstance(value, str) else None
    if instant is None:
        raise problem(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string:"
            f" {shown(value)}"
        )
    return whole(instant)


def whole(instant: Instant) -> Instant:
    """A Wait ends on a whole second: fractions are cut (developer guide, "Wait workflow state")."""
    return float(instant // 1)


def present(scope: Scope, path: Path, otherwise: str) -> Json:
    try:
        return scope.resolve(path)
    except (StatesError, PathMissing):
        raise runtime(otherwise) from None


def runtime(cause: str) -> StatesError:
    return StatesError(RUNTIME, cause)


def shown(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value)
