"""Retriers that do more than was meant: the same effect twice, the same failure again, thousands of calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import Final

from treadle.asl.machine import Map, Parallel
from treadle.asl.references import texts
from treadle.asl.resource import Resource
from treadle.tools.lint.limits import items_from
from treadle.tools.lint.rule import Hit, Subject, fix, pointer_to
from treadle.tools.source.edit import put_before
from treadle.values import Json

_ANY: Final = ("States.ALL", "States.TaskFailed")
_QUERY: Final = "States.QueryEvaluationError"
_STORM: Final = 10_000  # calls of one state in one execution that somebody should have thought of
# What happens twice when a call is repeated whose answer got lost, and the member that prevents it ("": none does).
# Queues, topics and event buses are left out: they deliver at least once, so that whoever reads from them must cope.
_REPEATED: Final = {
    ("states", "startExecution"): ("starts two executions", "Name"),
    ("sfn", "startExecution"): ("starts two executions", "Name"),
    ("batch", "submitJob"): ("starts two jobs", ""),
    ("ses", "sendEmail"): ("sends the mail twice", ""),
    ("sesv2", "sendEmail"): ("sends the mail twice", ""),
}
# `SET n = n + :one`, `SET l = list_append(l, :new)`: not the same when it is done again.
_COUNTS: Final = re.compile(
    r"(?<![#\w.])([#\w.]+)\s*=\s*(?:if_not_exists\s*\(\s*\1\s*,[^)]*\)|\1)\s*[+-]|\blist_append\s*\(", re.IGNORECASE
)
_ADDED: Final = re.compile(r"\bADD\s+[^:]+(:\w+)", re.IGNORECASE)


def blind(subject: Subject) -> Iterator[Hit]:
    """TR221."""
    for _, task, resource in subject.tasks():
        if resource.pattern != "request":
            continue  # a job or a callback that failed is begun again on purpose
        what = _done_twice(resource, task.parameters if isinstance(task.parameters, dict) else {})
        for index, retrier in enumerate(task.retry):
            caught = [name for name in _ANY if name in retrier.errors]
            if what is not None and caught and retrier.attempts:
                message = f"A retry of {caught[0]} {what} when only the answer was lost: name the errors that may pass"
                yield Hit(pointer_to(task, "Retry", index, "ErrorEquals"), message)


def run_twice(subject: Subject) -> Iterator[Hit]:
    """TR224."""
    for spot, task, resource in subject.tasks():
        what = _done_twice(resource, task.parameters if isinstance(task.parameters, dict) else {})
        if spot.kind == "EXPRESS" and resource.pattern == "request" and what is not None:
            yield Hit(task.pointer, f"Express may run an asynchronous execution twice, and that {what}")


def _done_twice(resource: Resource, given: dict[str, Json]) -> str | None:
    """What a second call does, None where it does no harm or nobody can tell."""
    service = resource.sdk or resource.service
    if (service, resource.action) == ("dynamodb", "updateItem"):
        counts = _counts(given) and not _has(given, "ConditionExpression")
        return "counts or appends twice" if counts else None
    if (service, resource.action) == ("sns", "publish"):
        return "sends the text message twice" if _has(given, "PhoneNumber") else None
    what, member = _REPEATED.get((service, resource.action), ("", ""))
    return what if what and not (member and _has(given, member)) else None


def _counts(given: dict[str, Json]) -> bool:
    """Whether an update adds to what is there: a number, or an item of a list. A set takes the same one only once."""
    update, values = given.get("UpdateExpression"), given.get("ExpressionAttributeValues")
    if not isinstance(update, str) or update.startswith("{%"):
        return False
    added = _ADDED.search(update)
    value = values.get(added[1]) if added is not None and isinstance(values, dict) else None
    return _COUNTS.search(update) is not None or (isinstance(value, dict) and _has(value, "N"))


def _has(given: dict[str, Json], member: str) -> bool:
    return member in given or f"{member}.$" in given


def same_expression(subject: Subject) -> Iterator[Hit]:
    """TR222."""
    for _, state in subject.guarded():
        if state.language != "JSONata" or next(texts(state), None) is None:
            continue
        named = False
        for index, retrier in enumerate(state.retry):
            named = named or _QUERY in retrier.errors
            if "States.ALL" in retrier.errors and retrier.attempts and not named:
                message = f"States.ALL also retries {_QUERY}: the expression fails again, and the work is done again"
                place = pointer_to(state, "Retry", index)
                edit = put_before(subject.document, place, {"ErrorEquals": [_QUERY], "MaxAttempts": 0})
                yield Hit(f"{place}/ErrorEquals", message, fix(f"Do not retry {_QUERY}", edit))


def storm(subject: Subject) -> Iterator[Hit]:
    """TR405."""
    flows = {each.pointer: each.flow for each in subject.spots}
    for spot, task, _ in subject.tasks():
        around = [each for each in spot.above if isinstance(each, Map | Parallel)]
        items = prod(items_from(flows[each.pointer], each) or 1 for each in around if isinstance(each, Map))
        tries = prod(1 + sum(retrier.attempts for retrier in each.retry) for each in (task, *around))
        if tries > 1 and items * tries > _STORM:
            message = (
                f"When this keeps failing it is called {items * tries:,} times ({items:,} items, {tries:,} tries each)"
            )
            yield Hit(pointer_to(task, "Retry") if task.retry else task.pointer, message)
