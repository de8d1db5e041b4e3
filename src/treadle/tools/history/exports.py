"""Exports of executions: what the AWS CLI prints (whole or page by page), log events of Express workflows, and the
bundle that `treadle import-history` writes. A bundle is nothing but such answers under one roof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from treadle.engine.history import DETAILS, HistoryEvent
from treadle.tools.history.recorded import Counts, Recorded
from treadle.tools.history.visits import event_of
from treadle.values import Json, dumps, loads

BUNDLE = "execution/1"
# Members of Express log events and of the older spellings, as GetExecutionHistory calls them.
_LOGGED = {"previous_event_id": "previousEventId", "event_timestamp": "timestamp", "execution_arn": "executionArn"}


class NoHistory(ValueError):
    """What was given is no execution: `str()` says why, in one line."""


class _Pile(Struct):
    """What the given answers say together."""

    events: dict[int, HistoryEvent] = {}
    facts: dict[str, Json] = {}
    definition: str | None = None
    map_runs: list[Counts] = []
    children: list[Recorded] = []
    arns: set[str] = set()


def read_exports(texts: Iterable[tuple[str, str | bytes]]) -> Recorded:
    """The execution that the given texts, each with its name, describe together: one or more pages of
    `get-execution-history`, and if you like the answers of `describe-execution`, `describe-map-run` and
    `describe-state-machine-for-execution`, the definition itself, or bundles of child executions, in any order.

    Raises NoHistory.
    """
    pile, name = _Pile(), ""
    for source, text in texts:
        name = name or source
        for answer in _answers(source, text):
            _sort(pile, source, answer)
    return _recorded(pile, name)


def _answers(source: str, text: str | bytes) -> Iterator[Json]:
    """The JSON values of a text: one, or several one after the other (pages appended to one file)."""
    content = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    try:
        yield loads(content)
        return
    except UnicodeDecodeError as problem:
        raise NoHistory(f"{source} is not text in UTF-8") from problem
    except ValueError:
        pass
    decoder, at = json.JSONDecoder(), 0
    found = []
    while content[at:].strip():
        at += len(content[at:]) - len(content[at:].lstrip())
        try:
            value, at = decoder.raw_decode(content, at)
        except ValueError as problem:
            raise NoHistory(f"{source} is no JSON: {problem}") from None
        found.append(value)
    yield from found


def _sort(pile: _Pile, source: str, answer: Json) -> None:
    """Put one answer where it belongs."""
    if isinstance(answer, list):
        return _page(pile, source, answer)
    if not isinstance(answer, dict):
        raise NoHistory(f"{source} holds no execution, but {dumps(answer)[:60]}")
    if answer.get("treadle") == BUNDLE:
        return _bundle(pile, source, answer)
    known = False
    if isinstance(answer.get("events"), list):
        _page(pile, source, answer["events"])
        known = True
    if "executionArn" in answer and "startDate" in answer:
        pile.facts.update(answer)
        known = True
    if isinstance(answer.get("definition"), str):
        pile.definition = answer["definition"]
        pile.facts.setdefault("stateMachineArn", answer.get("stateMachineArn", ""))
        known = True
    if "itemCounts" in answer and "executionCounts" in answer:
        counts = (answer["mapRunArn"], answer["itemCounts"]["total"], answer["executionCounts"]["total"])
        pile.map_runs.append(Counts(*counts))
        known = True
    if "StartAt" in answer and "States" in answer:
        pile.definition = dumps(answer)
        known = True
    if not known:
        raise NoHistory(f"{source} is no answer of get-execution-history or describe-execution: {dumps(answer)[:60]}")


def _bundle(pile: _Pile, source: str, bundle: Mapping[str, Json]) -> None:
    """Beside a history that is there already, the bundle of another execution is a child's."""
    made = _Pile() if pile.events else pile
    for part in ("execution", "stateMachine"):
        if bundle.get(part):
            _sort(made, source, bundle[part])
    _page(made, source, bundle.get("events") or [])
    for counts in bundle.get("mapRuns") or []:
        _sort(made, source, counts)
    for each in bundle.get("children") or []:
        child = _Pile()
        _bundle(child, source, each)
        made.children.append(_recorded(child, source))
    if made is not pile:
        pile.children.append(_recorded(made, source))


def _page(pile: _Pile, source: str, rows: list[Json]) -> None:
    for row in rows:
        event, arn = _event(source, row)
        if arn:
            pile.arns.add(arn)
            pile.facts.setdefault("executionArn", arn)
        known = pile.events.setdefault(event.id, event)
        if known.type != event.type or known.at != event.at:
            raise NoHistory(f"{source}: event {event.id} is there twice, and different: are these two executions?")


class _Row(NamedTuple):
    event: HistoryEvent
    arn: str | None


def _event(source: str, row: Json) -> _Row:
    """One event, of a history or out of the log of an Express workflow."""
    try:
        if "message" in row and "type" not in row:
            row = loads(row["message"])
        if "event_timestamp" in row:
            row = {_LOGGED.get(name, name): value for name, value in row.items()}
            row |= {"timestamp": int(row["timestamp"]) / 1000, "id": int(row["id"])}
            row |= {DETAILS.get(row["type"], ""): row.get("details") or None}
        event = event_of(row)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise NoHistory(f"{source}: this is no history event: {dumps(row)[:80]}") from None
    return _Row(event, row.get("executionArn"))


def _recorded(pile: _Pile, source: str) -> Recorded:
    if not pile.events:
        raise NoHistory(f"{source} has no events: export them with `aws stepfunctions get-execution-history`")
    if len(pile.arns) > 1:
        raise NoHistory(f"{source} has events of {len(pile.arns)} executions: filter the log by one execution_arn")
    events = tuple(pile.events[id] for id in sorted(pile.events))
    _whole(source, events)
    arn = str(pile.facts.get("executionArn", ""))
    machine = str(pile.facts.get("stateMachineArn") or "")
    made = Recorded(
        events=events,
        arn=arn,
        machine_arn=machine,
        kind="EXPRESS" if ":express:" in arn else "STANDARD",
        definition=pile.definition,
        map_run=pile.facts.get("mapRunArn"),
        map_runs=tuple(pile.map_runs),
        source=source,
    )
    return replace(made, children=tuple(pile.children)) if pile.children else made


def _whole(source: str, events: tuple[HistoryEvent, ...]) -> None:
    """Raises NoHistory where pages are missing."""
    expected = 1
    for event in events:
        if event.id != expected:
            gap = f"event {expected}" if event.id == expected + 1 else f"events {expected} to {event.id - 1}"
            raise NoHistory(f"{source}: {gap} missing; export all pages (the CLI does unless --max-items stops it)")
        expected += 1
    if events[0].type != "ExecutionStarted":
        raise NoHistory(f"{source} does not begin with ExecutionStarted, but with {events[0].type}")


def to_bundle(recorded: Recorded) -> dict[str, Json]:
    """The execution as one JSON value that `read_exports` reads again."""
    execution: dict[str, Json] = {"executionArn": recorded.arn, "status": recorded.status}
    execution |= {"startDate": recorded.started, "name": recorded.name}
    if recorded.machine_arn:
        execution["stateMachineArn"] = recorded.machine_arn
    if recorded.map_run:
        execution["mapRunArn"] = recorded.map_run
    if recorded.end is not None:
        execution["stopDate"] = recorded.end.at
    bundle: dict[str, Json] = {"treadle": BUNDLE, "execution": execution}
    if recorded.definition is not None:
        bundle["stateMachine"] = {"definition": recorded.definition, "stateMachineArn": recorded.machine_arn}
    bundle["events"] = list(recorded.wires())
    if recorded.map_runs:
        bundle["mapRuns"] = [_counts(each) for each in recorded.map_runs]
    if recorded.children:
        bundle["children"] = [to_bundle(child) for child in recorded.children]
    return bundle


def _counts(counts: Counts) -> dict[str, Any]:
    totals = {"itemCounts": {"total": counts.items}, "executionCounts": {"total": counts.executions}}
    return {"mapRunArn": counts.arn, **totals}
