"""The pytest plugin: collects `*.treadle.yaml`, shows the path of runs when a test fails, reports coverage.

pytest loads it in every project where treadle is installed, so it imports nothing until a test makes use of the kit.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

ENDINGS = (".treadle.yaml", ".treadle.yml", ".treadle.json")
MOST_SHOWN = 3
_RUNS = pytest.StashKey[list[Any]]()
_MACHINES = pytest.StashKey[list[Any]]()
_FILES = pytest.StashKey[list[Any]]()
_TOLD = pytest.StashKey[list[Any]]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    spare(pluginmanager.rewrite_hook)
    group = parser.getgroup("treadle", "workflow tests")
    group.addoption("--treadle-coverage", action="store_true", help="report coverage of the workflows under test")
    group.addoption("--treadle-coverage-html", metavar="FILE", help="write the coverage of workflows as a page of HTML")
    group.addoption("--treadle-fail-under", type=float, metavar="PERCENT", help="the least coverage of states")


def spare(hook: object) -> None:
    """Do not let pytest rewrite the asserts of treadle itself, as it does with everything that brings a plugin.

    There is no public way to say so for a package; where these names are missing, the first import takes longer.
    """
    marked, known = getattr(hook, "_must_rewrite", None), getattr(hook, "_marked_for_rewrite_cache", None)
    if isinstance(marked, set) and isinstance(known, dict):
        marked.discard("treadle")
        for name in [name for name in known if name.partition(".")[0] == "treadle"]:
            del known[name]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_MACHINES], config.stash[_FILES], config.stash[_TOLD] = [], [], []


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(ENDINGS):
        collected: pytest.Collector = WorkflowFile.from_parent(parent, path=file_path)
        return collected
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Listen to the runs of this test; the kit, once imported, tells of each one."""
    runs: list[Any] = []
    item.stash[_RUNS] = runs
    observers = _observers()
    known = observers is not None
    if observers is not None:
        observers.append(runs.append)
    try:
        return (yield)
    finally:
        observers = _observers()
        if observers is not None and known:
            observers.remove(runs.append)
        machines = item.config.stash[_MACHINES]
        machines += [run.machine for run in runs if all(run.machine is not other for other in machines)]


def _observers() -> list[Any] | None:
    module = sys.modules.get("treadle.testing.run")
    return None if module is None else module.OBSERVERS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call" and report.failed:
        runs = [run for run in item.stash.get(_RUNS, []) if run.plan is run.machine.plan]
        # A run that was looked at again is the later one; what the error shows already is not shown twice.
        latest = list({id(run): run for run in reversed(runs)}.values())[::-1]
        for number, run in enumerate(latest[-MOST_SHOWN:], max(1, len(latest) - MOST_SHOWN + 1)):
            picture = run.picture
            if picture.splitlines()[-1] not in report.longreprtext:
                report.sections.append((f"treadle run {number} of {len(latest)}: {run.machine.name}", picture))
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist has ended: keep what it tells."""
    told = getattr(node, "workeroutput", {}).get("treadle")
    if told is not None:
        node.config.stash[_TOLD].append(told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for trouble in _shortfalls(config):
        terminalreporter.line(trouble, red=True)
    coverages = _coverages(config) if config.getoption("--treadle-coverage") else []
    if not coverages:
        return
    from treadle.testing.coverage import table
    from treadle.testing.reports import merged

    terminalreporter.section("workflow coverage")
    for line in table(merged(coverages)):
        terminalreporter.line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        if config.stash[_MACHINES]:
            from treadle.testing.workers import pack

            machines, files = config.stash[_MACHINES], config.stash[_FILES]
            output["treadle"] = pack([machine.coverage for machine in machines], files)
        return
    page, least = config.getoption("--treadle-coverage-html"), config.getoption("--treadle-fail-under")
    if page and (coverages := _coverages(config)):
        from treadle.testing.page import coverage_html

        Path(page).write_text(coverage_html(coverages), "utf-8")
    low = least is not None and _least(config) < least
    if session.exitstatus == pytest.ExitCode.OK and (low or _shortfalls(config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _coverages(config: pytest.Config) -> list[Any]:
    """Of the machines that were run here, and by the workers of pytest-xdist."""
    found = [machine.coverage for machine in config.stash[_MACHINES]]
    if config.stash[_TOLD]:
        from treadle.testing.workers import unpacked

        found += [unpacked(each) for told in config.stash[_TOLD] for each in told["coverages"]]
    return found


def _shortfalls(config: pytest.Config) -> list[str]:
    """Of the files whose tests several workers shared."""
    if not config.stash[_TOLD]:
        return []
    from treadle.testing.workers import shortfalls

    told = config.stash[_TOLD]
    return list(shortfalls(told))


def _least(config: pytest.Config) -> float:
    from treadle.testing.reports import merged

    return min((each.percent("state") for each in merged(_coverages(config))), default=100.0)


class WorkflowFile(pytest.File):
    """A test file in YAML. `left` are its tests that have not been run."""

    tests: frozenset[str]
    left: set[str]
    machine: Any
    threshold: Any

    def collect(self) -> Iterator[pytest.Item]:
        from treadle.testing.document import Malformed, machine_of, read

        try:
            document = read(self.path)
            machine = machine_of(document, self.path)
        except Malformed as problem:
            raise pytest.Collector.CollectError(str(problem)) from None
        self.tests = frozenset(case.name for case in document.tests)
        self.left, self.machine, self.threshold = set(self.tests), machine, document.coverage
        for case in document.tests:
            yield WorkflowItem.from_parent(self, name=case.name, case=case, machine=machine)
        if document.demands:
            self.config.stash[_FILES].append(self)
            yield CoverageItem.from_parent(self, name="coverage", threshold=document.coverage, machine=machine)


class WorkflowItem(pytest.Item):
    def __init__(self, *, case: Any, machine: Any, **rest: Any) -> None:
        super().__init__(**rest)
        self.case, self.machine = case, machine

    def runtest(self) -> None:
        from treadle.testing.suite import run_case

        result = run_case(self.case, self.machine, self.path)
        if isinstance(self.parent, WorkflowFile):
            self.parent.left.discard(self.case.name)
        if result.skipped is not None:
            pytest.skip(result.skipped)
        if result.problems:
            raise WorkflowFailure("\n".join(result.problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        from treadle.testing.document import Malformed

        if isinstance(excinfo.value, WorkflowFailure | Malformed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


class CoverageItem(WorkflowItem):
    """The coverage that a file demands, looked at when all its tests have run."""

    def __init__(self, *, threshold: Any, machine: Any, **rest: Any) -> None:
        super().__init__(case=None, machine=machine, **rest)
        self.threshold = threshold

    def runtest(self) -> None:
        from treadle.testing.suite import lacking

        if isinstance(self.parent, WorkflowFile) and self.parent.left:
            shared = hasattr(self.config, "workeroutput")
            pytest.skip("looked at when all workers have ended" if shared else "not all tests of the file were run")
        trouble = lacking(self.threshold, self.machine.coverage)
        if trouble is not None:
            raise WorkflowFailure(f"{trouble}\n{self.machine.coverage.table()}")


class WorkflowFailure(Exception):
    """A test in a file did not pass."""
