"""A run becomes a test: its input, the answers its tasks got, and what came of it, as a YAML test file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import UNSET

from treadle.asl.timestamps import format_timestamp
from treadle.engine.history import HistoryEvent
from treadle.testing.run import Run
from treadle.tools.history import Attempt, Recorded, Visit, decoded, read_exports, visits
from treadle.tools.source.yamltext import dump_yaml
from treadle.values import Json, dumps

_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


def record(run: Run, path: Path | str | None = None, *, definition: Path | str | None = None, name: str = "") -> str:
    """The test file of a run that was made here; written to `path` if there is one."""
    performed = frozenset(child.under for child in run.children if child.under is not None)
    case = case_of(run.history, name or f"recorded {run.execution.facts.name}", run.visits, performed)
    base = Path(path).resolve().parent if path is not None else Path.cwd()
    items = {name: _items(given, base) for name, given in run.world.cast.items.items() if name in run.path}
    if items:
        case["items"] = items
    return _write(case, path, definition)


def record_history(
    history: Recorded | Path | str,
    path: Path | str | None = None,
    *,
    definition: Path | str | None = None,
    name: str = "",
) -> str:
    """The test file of an execution on AWS or on a treadle: `history` is the answer of `aws stepfunctions
    get-execution-history`, what `treadle import-history` wrote, or such an execution read already.

    Its events must have their data. Raises ValueError for anything else.
    """
    if isinstance(history, Recorded):
        recorded = history
    else:
        file = Path(history)
        recorded = read_exports([(file.name, file.read_bytes())])
    if not recorded.complete:
        raise ValueError("this history was exported without inputs and outputs (includeExecutionData)")
    return _write(case_of(recorded.events, name or f"recorded from {recorded.source}"), path, definition)


def _items(given: Iterable[Json] | Path, base: Path) -> Json:
    return Path(os.path.relpath(given.resolve(), base)).as_posix() if isinstance(given, Path) else list(given)


def _write(case: Json, path: Path | str | None, definition: Path | str | None) -> str:
    where = "workflow.asl.json"
    if definition is not None:
        base = Path(path).resolve().parent if path is not None else Path.cwd()
        where = Path(os.path.relpath(Path(definition).resolve(), base)).as_posix()
    text = dump_yaml({"definition": where, "tests": [case]})
    if path is not None:
        Path(path).write_text(text, "utf-8")
    return text


def case_of(
    events: Iterable[HistoryEvent],
    name: str,
    seen: list[Visit] | None = None,
    performed: frozenset[int] = frozenset(),
) -> dict[str, Json]:
    """One entry of `tests`. Raises ValueError when the history does not begin at its beginning or is not finished."""
    history = list(events)
    if not history or history[0].type != "ExecutionStarted":
        raise ValueError("this history does not begin with ExecutionStarted; ask for it in forward order, all pages")
    end = history[-1]
    if end.type not in _ENDS:
        raise ValueError(f"this execution has not ended: its last event is {end.type}")
    passed = visits(history) if seen is None else seen
    details = end.details or {}
    expect: dict[str, Json] = {"status": _ENDS[end.type]}
    if end.type == "ExecutionSucceeded":
        expect["output"] = decoded(details.get("output"))
    for member in ("error", "cause"):
        if details.get(member) is not None:
            expect[member] = str(details[member])
    # Items of a Map that run at the same time need not take turns as they did.
    if not any(visit.items or visit.type == "Parallel" for visit in passed):
        expect["path"] = [visit.name for visit in passed]
    case: dict[str, Json] = {"name": name}
    if history[0].at:
        case["at"] = format_timestamp(history[0].at)
    case["input"] = decoded((history[0].details or {}).get("input"))
    mocks = mocks_of(passed, performed)
    if mocks:
        case["mocks"] = mocks
    if end.type == "ExecutionAborted":
        case["steps"] = [{"advance": round(end.at - history[0].at, 3)}, {"stop": _failure(details)}]
    return case | {"expect": expect}


def mocks_of(passed: Iterable[Visit], performed: frozenset[int] = frozenset()) -> dict[str, Json]:
    """What each state's tasks answered, attempt by attempt: in turn, and by item inside a Map.

    `performed` are the Entered events of distributed Maps of which the items are among the visits, too.
    """
    found: dict[str, dict[tuple[int, ...], list[Json]]] = {}
    for visit in passed:
        if visit.event in performed and visit.type == "Map":
            continue
        if visit.type == "Map" and visit.attempts and visit.attempts[0].resource == "map":
            answers: list[dict[str, Json] | None] = [_whole(visit)]
        elif visit.type == "Task":
            answers = [_answer(attempt, visit) for attempt in visit.attempts]
        else:
            continue
        found.setdefault(visit.name, {}).setdefault(visit.items, []).extend(a for a in answers if a is not None)
    return {name: _mock(by_item) for name, by_item in found.items() if any(by_item.values())}


def _mock(by_item: dict[tuple[int, ...], list[Json]]) -> Json:
    if set(by_item) == {()}:
        answers = by_item[()]
        return answers[0] if len(answers) == 1 else answers
    made: dict[str, Json] = {}
    for items, answers in sorted(by_item.items()):
        made[".".join(map(str, items))] = answers[0] if len(answers) == 1 else answers
    return {"items": made}


def _whole(visit: Visit) -> dict[str, Json]:
    """A distributed Map whose items are not in the history: its result is not either, only the state's output is."""
    if visit.attempts[-1].failed:
        return {"fail": _failure({"error": visit.attempts[-1].error, "cause": visit.attempts[-1].cause})}
    return {"return": visit.output}


def _returned(attempt: Attempt, visit: Visit) -> dict[str, Json]:
    """A result; of lambda:invoke the payload alone, unless the workflow went on with what stands around it."""
    result = attempt.result
    around = "SdkHttpMetadata" in dumps([visit.output, visit.variables])
    if attempt.resource == "lambda:invoke" and isinstance(result, dict) and "Payload" in result and not around:
        return {"payload": result["Payload"]}
    return {"return": result}


def _answer(attempt: Attempt, visit: Visit) -> dict[str, Json] | None:
    """One attempt as the answer that a YAML test gives; None when no call was made."""
    if attempt.arguments is None and attempt.started is None:
        return None
    made: dict[str, Any]
    if attempt.timed_out or (attempt.result is UNSET and not attempt.failed):
        return {"never": True} | _submission(attempt)
    if attempt.result is UNSET:
        made = {"fail": _failure({"error": attempt.error, "cause": attempt.cause})}
    else:  # which an expression may have failed on
        made = _returned(attempt, visit)
    made |= _submission(attempt)
    begun = attempt.started if attempt.started is not None else attempt.at
    if attempt.until is not None and attempt.until > begun:
        made["after"] = round(attempt.until - begun, 3)
    return made


def _submission(attempt: Attempt) -> dict[str, Json]:
    return {} if attempt.submitted is UNSET else {"submitted": attempt.submitted}


def _failure(details: dict[str, Any]) -> dict[str, Json]:
    return {name: str(details[name]) for name in ("error", "cause") if details.get(name) is not None}
