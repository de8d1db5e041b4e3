"""Runs test files and compares what came of them with what they expect."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, ValidationError, convert

from treadle.testing import comparing
from treadle.testing.answers import Payload
from treadle.testing.comparing import deviations
from treadle.testing.coverage import Coverage
from treadle.testing.document import (
    Case,
    Document,
    Expectation,
    Malformed,
    StateExpectation,
    Threshold,
    machine_of,
    options_of,
    read,
)
from treadle.testing.machine import Machine
from treadle.testing.picture import duration
from treadle.testing.run import Run
from treadle.testing.spans import seconds
from treadle.values import Json

ENDINGS = (".treadle.yaml", ".treadle.yml", ".treadle.json")


class Result(Struct, frozen=True):
    """One test: `problems` is empty when it passed. `seconds` is real time, `modelled` that of the workflow."""

    name: str
    problems: tuple[str, ...] = ()
    picture: str = ""
    seconds: float = 0.0
    modelled: float = 0.0
    skipped: str | None = None


class FileResult(Struct, frozen=True):
    """One file; `trouble` says why it could not be used, or which coverage it lacks."""

    path: Path
    results: tuple[Result, ...] = ()
    coverage: Coverage | None = None
    trouble: str | None = None

    @property
    def passed(self) -> bool:
        return self.trouble is None and not any(result.problems for result in self.results)


def find(paths: list[Path]) -> list[Path]:
    """The test files among and below `paths`; a file that is named is taken whatever its ending."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.name.endswith(ENDINGS) and _own(file, path))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _own(file: Path, root: Path) -> bool:
    """Not in a hidden folder, nor in other people's code."""
    parts = file.relative_to(root).parts[:-1]
    return not any(part.startswith(".") or part == "node_modules" for part in parts)


def run_file(path: Path, wanted: Callable[[str], bool] = lambda name: True) -> FileResult:
    try:
        document = read(path)
        machine = machine_of(document, path)
        results = tuple(run_case(case, machine, path) for case in document.tests if wanted(case.name))
    except Malformed as problem:
        return FileResult(path, trouble=str(problem))
    complete = len(results) == len(document.tests)
    return FileResult(
        path, results, machine.coverage, lacking(document.coverage, machine.coverage) if complete else None
    )


def lacking(threshold: Threshold, coverage: Coverage) -> str | None:
    """Which coverage is below what the file demands."""
    kinds = (("states", "state"), ("rules", "rule"), ("retriers", "retry"), ("catchers", "catch"), ("total", None))
    for name, kind in kinds:
        wanted = getattr(threshold, name)
        if wanted is not None and coverage.percent(kind) < wanted:
            return f"coverage of {name} is {coverage.percent(kind):.0f} %, {wanted:g} % are demanded"
    return None


def run_case(case: Case, machine: Machine, path: Path) -> Result:
    """Raises Malformed for a test that makes no sense; everything else is a result."""
    if case.skip is not None:
        return Result(case.name, skipped=case.skip)
    options = options_of(case, machine, path)
    begun = time.perf_counter()
    run: Run | None = None
    try:
        for chance in chances(case):
            run = machine.start(case.input, **(options | chance))
            perform(case.steps, run, f"{path}: test '{case.name}'")
            problems = tuple(differences(case.expect, run))
            if problems:
                return Result(case.name, problems, run.picture, time.perf_counter() - begun, run.duration)
            if chance.get("crash_after", 0) >= run.stage.steps:
                break
    except AssertionError as problem:
        return Result(case.name, (str(problem),), "", time.perf_counter() - begun, run.duration if run else 0.0)
    return Result(case.name, (), "", time.perf_counter() - begun, run.duration if run else 0.0)


def chances(case: Case) -> Iterator[dict[str, Any]]:
    """The options of each run of a test: one, or one per seed, or one per step with a crash after it."""
    if case.explore is not None:
        yield from ({"seed": seed, "shuffle": True} for seed in range(case.seed, case.seed + case.explore))
    else:
        yield {"seed": case.seed}
    if case.crashes:
        yield from ({"seed": case.seed, "crash_after": step} for step in itertools.count(1))


# -- steps
def perform(steps: list[dict[str, Json]], run: Run, where: str) -> None:
    """The steps in their order; what is left of the run then goes to its end by itself."""
    for number, step in enumerate(steps):
        if len(step) != 1:
            raise Malformed(f"{where}: step {number + 1} must have one member")
        ((verb, given),) = step.items()
        if verb not in _VERBS:
            raise Malformed(f"{where}: there is no step '{verb}', only {', '.join(_VERBS)}")
        try:
            _VERBS[verb](run, given)
        except (KeyError, TypeError, ValueError, ValidationError) as problem:
            raise Malformed(f"{where}: step {number + 1} ({verb}): {problem}") from None
    run.finish()


class _Succeed(Struct, frozen=True, forbid_unknown_fields=True):
    """`output` is the task's result, `payload` what its Lambda function returned."""

    task: str
    item: int | None = None
    output: Json = None
    payload: Json = UNSET


class _Fail(Struct, frozen=True, forbid_unknown_fields=True):
    task: str
    item: int | None = None
    error: str | None = None
    cause: str | None = None


def _succeed(run: Run, given: Json) -> None:
    told = convert(given, _Succeed)
    run.task(told.task, told.item).succeed(told.output if told.payload is UNSET else Payload(told.payload))


def _fail(run: Run, given: Json) -> None:
    told = convert(given, _Fail)
    run.task(told.task, told.item).fail(told.error, told.cause)


_VERBS: dict[str, Callable[[Run, Any], object]] = {
    "advance": lambda run, given: run.advance(given),
    "jump": lambda run, given: run.jump(),
    "finish": lambda run, given: run.finish(),
    "succeed": _succeed,
    "fail": _fail,
    "heartbeat": lambda run, given: run.task(convert(given, str)).heartbeat(),
    "stop": lambda run, given: run.stop((given or {}).get("error"), (given or {}).get("cause")),
    "redrive": lambda run, given: run.redrive(),
    "crash": lambda run, given: run.crash(),
}


# -- expectations
def differences(expect: Expectation, run: Run) -> Iterator[str]:
    """What is not as expected, a line each."""
    wanted = expect.status or ("FAILED" if expect.error is not None else "SUCCEEDED")
    if run.status != wanted:
        yield f"status: expected {wanted}, got {run.status}"
    if expect.output is not UNSET:
        yield from deviations(expect.output, run.output, "output")
    if expect.includes is not UNSET:
        yield from comparing.lacking(expect.includes, run.output, "output")
    if expect.error is not None and run.error != expect.error:
        yield f"error: expected {expect.error}, got {run.error}"
    if expect.cause is not None and expect.cause not in (run.cause or ""):
        yield f"cause: expected {expect.cause}, got {run.cause}"
    if expect.path is not None and run.path != expect.path:
        yield f"path: expected {' > '.join(expect.path)}, got {' > '.join(run.path)}"
    yield from (f"state {name!r} was not entered" for name in expect.visits or [] if name not in run.path)
    yield from (f"state {name!r} was entered" for name in expect.avoids or [] if name in run.path)
    if expect.duration is not None and not _same(seconds(expect.duration), run.duration):
        yield f"duration: expected {expect.duration}, got {duration(run.duration)} ({run.duration:.3f} s)"
    if expect.variables is not None:
        yield from comparing.lacking(expect.variables, run.variables, "variables")
    for name, count in expect.calls.items():
        if len(run.calls_of(name)) != count:
            yield f"calls of {name!r}: expected {count}, got {len(run.calls_of(name))}"
    for name, state in expect.states.items():
        yield from (f"state {name!r}: {fault}" for fault in _state_differences(state, run, name))


def _same(wanted: float, got: float) -> bool:
    return abs(wanted - got) < 0.0005


def _state_differences(expect: StateExpectation, run: Run, name: str) -> Iterator[str]:
    seen = run.state(name, expect.item)
    if expect.entered is not None and seen.entered != expect.entered:
        yield f"entered: expected {expect.entered} times, got {seen.entered}"
    if not seen.entered:
        if expect.entered != 0:
            yield "it was not entered"
        return
    for member in ("retries", "outcome"):
        wanted = getattr(expect, member)
        if wanted is not None and getattr(seen, member) != wanted:
            yield f"{member}: expected {wanted}, got {getattr(seen, member)}"
    for member in ("input", "output", "arguments", "error"):
        wanted = getattr(expect, member)
        if wanted is not UNSET:
            yield from deviations(wanted, getattr(seen, member), member)
    if expect.duration is not None and not _same(seconds(expect.duration), seen.duration or 0.0):
        yield f"duration: expected {expect.duration}, got {duration(seen.duration or 0.0)}"
    if expect.variables is not None:
        yield from comparing.lacking(expect.variables, seen.variables, "variables")


__all__ = ["Document", "FileResult", "Result", "differences", "find", "perform", "run_case", "run_file"]
