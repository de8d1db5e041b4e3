"""The other performer: stands before the real one and answers for the states that a test case mocks.

Nothing else knows of mocks. The events are those of the real integration, so the history is too; the number of the
attempt comes from the engine and the test case from the execution's facts, so both survive a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import UNSET

from treadle.asl.plan import Task
from treadle.asl.resource import Resource
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.events import TaskFailed, TaskSubmitted, TaskSucceeded
from treadle.engine.execution import Facts, Failure, TaskId
from treadle.runtime.clock import Clock
from treadle.runtime.mocks import Mocks, Response, Script, Throw, machine_name
from treadle.runtime.performer import within_limit
from treadle.runtime.pump import Performer, Report
from treadle.values import EMPTY, Json, StatesError

# What Lambda's Invoke answers, as Step Functions shows it.
_INVOKED = frozenset(
    {"ExecutedVersion", "FunctionError", "LogResult", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"}
)


class MockedPerformer:
    """A Performer. States that the execution's test case does not name, and executions without one, go to `real`."""

    def __init__(self, mocks: Mocks, real: Performer, clock: Clock) -> None:
        self._mocks, self._real, self._clock = mocks, real, clock
        self._answers: dict[tuple[str, TaskId], asyncio.Handle] = {}
        self._rested: Callable[[], object] = lambda: None

    def open(self, rested: Callable[[], object]) -> None:
        self._rested = rested
        self._real.open(rested)

    def takes(self, facts: Facts, node: Task) -> bool:
        return self._script(facts, node) is not None or self._real.takes(facts, node)

    def repeats(self, facts: Facts, run: RunTask) -> bool:
        return self._script(facts, run.node) is not None or self._real.repeats(facts, run)

    def active(self) -> int:
        return len(self._answers) + self._real.active()

    def perform(self, facts: Facts, run: RunTask, report: Report) -> None:
        script = self._script(facts, run.node)
        if script is None:
            return self._real.perform(facts, run, report)
        key = (facts.arn, run.task)
        if key not in self._answers:
            self._answers[key] = asyncio.get_running_loop().call_soon(self._answer, key, run, script, report)

    def cancel(self, facts: Facts, cancel: CancelTask) -> None:
        if self._script(facts, cancel.node) is None:
            return self._real.cancel(facts, cancel)
        answer = self._answers.pop((facts.arn, cancel.task), None)
        if answer is not None:
            answer.cancel()

    async def close(self, grace: float) -> None:
        for answer in self._answers.values():
            answer.cancel()
        self._answers.clear()
        await self._real.close(grace)

    def _script(self, facts: Facts, node: Task) -> Script | None:
        """What the file says about a state; None when it is performed for real."""
        if facts.test_case is None or node.map is not None:
            return None
        case = self._mocks.case(machine_name(facts.machine_arn), facts.test_case)
        if case is None:
            # The file has changed since the execution was started. No call may leave that was meant to be mocked.
            gone = f"There is no test case '{facts.test_case}' any more in {self._mocks.source}."
            return _throws("States.Runtime", gone)
        return case.get(node.name)

    def _answer(self, key: tuple[str, TaskId], run: RunTask, script: Script, report: Report) -> None:
        del self._answers[key]
        for event in self._events(run, script):
            report(event)
        self._rested()

    def _events(self, run: RunTask, script: Script) -> list[TaskSubmitted | TaskSucceeded | TaskFailed]:
        """What a job or a token tells: that it was submitted, then how it ended. Other calls only tell the latter."""
        response = script.response(run.attempt)
        if response is None:
            missing = f"No mocked response in '{script.name}' for state '{run.node.name}' at attempt {run.attempt}."
            response = Response(throw=Throw("States.Runtime", missing))
        at, output = self._clock.now(), EMPTY
        try:
            if response.return_ is not UNSET:
                output = within_limit(run, result(run.node.resource, response.return_))
        except StatesError as problem:
            response = Response(throw=Throw(problem.error, problem.cause))
        events: list[TaskSubmitted | TaskSucceeded | TaskFailed] = []
        if run.node.resource.pattern != "request" and run.phase != "submitted":
            # The file does not tell what the submission answers; the result is the nearest there is.
            events.append(TaskSubmitted(at, run.task, output))
        if response.throw is UNSET:
            return [*events, TaskSucceeded(at, run.task, output)]
        return [*events, TaskFailed(at, run.task, Failure(response.throw.error, response.throw.cause))]


def result(resource: Resource, returned: Json) -> Json:
    """The result of the task. A function called by its ARN gives its payload alone, also where the file shows the
    whole answer of Invoke, as it must for `lambda:invoke`."""
    if resource.kind == "lambda" and isinstance(returned, dict):
        names = returned.keys()
        if names >= {"StatusCode", "Payload"} and names <= _INVOKED:
            return returned["Payload"]
    return returned


def _throws(error: str, cause: str) -> Script:
    return Script("", ((1 << 30, Response(throw=Throw(error, cause))),))
