"""Performs tasks: RunTask -> integration -> events. The mocks of the test kit are another performer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from treadle.asl.errors import PAYLOAD_LIMIT, too_large
from treadle.asl.plan import Task
from treadle.asl.resource import Resource
from treadle.aws import Caller
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.events import TaskFailed, TaskSubmitted, TaskSucceeded
from treadle.engine.execution import Facts, Failure, TaskId
from treadle.integrations.integration import Call, Integration, World
from treadle.runtime.clock import Clock
from treadle.runtime.pump import Report
from treadle.values import Json, Payload, StatesError

log = logging.getLogger("treadle.performer")

Find: TypeAlias = Callable[[Resource], Integration | None]
Stage: TypeAlias = Literal["schedule", "start", "submit", "run", "timeout"]

# Calls under way at a time; more of them wait. Watching a job is no call.
CALLS = 1000


class Errand:
    """One task being performed. `calling` while a call is out, `submitting` while it submits a job: a cancel must not
    tear that off, or nobody would know the job's id."""

    __slots__ = ("calling", "cancelled", "submitting", "task")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.calling = self.submitting = self.cancelled = False


class IntegrationPerformer:
    """`find` names the integration of a resource; None is refused in the execution, never ignored."""

    def __init__(self, world: World, find: Find, clock: Clock, limit: int = CALLS) -> None:
        self._world, self._find, self._clock = world, find, clock
        self._slots = asyncio.Semaphore(limit)
        self._errands: dict[tuple[str, TaskId], Errand] = {}
        self._cleanups: set[asyncio.Task[None]] = set()
        self._rested: Callable[[], object] = lambda: None

    def open(self, rested: Callable[[], object]) -> None:
        self._rested = rested

    def takes(self, facts: Facts, node: Task) -> bool:
        return node.resource.kind != "activity"

    def repeats(self, facts: Facts, run: RunTask) -> bool:
        integration = self._find(run.node.resource)
        return integration is None or integration.after_crash == "repeat"

    def active(self) -> int:
        return len(self._errands) + len(self._cleanups)

    def perform(self, facts: Facts, run: RunTask, report: Report) -> None:
        key = (facts.arn, run.task)
        if key not in self._errands:
            errand = self._errands[key] = Errand()
            errand.task = asyncio.get_running_loop().create_task(self._run(facts, run, report, errand))
            errand.task.add_done_callback(self._ended)

    def cancel(self, facts: Facts, cancel: CancelTask) -> None:
        """Stop the call if it can be stopped, and the job if one was submitted."""
        errand = self._errands.get((facts.arn, cancel.task))
        if errand is not None:
            errand.cancelled = True
            if errand.submitting:
                return
            if errand.task is not None:
                errand.task.cancel()
        if cancel.submitted is not None:
            self._cancel_job(self._call(facts, cancel), cancel.submitted.value)

    async def close(self, grace: float) -> None:
        calls = [errand.task for errand in self._errands.values() if errand.calling and errand.task is not None]
        if calls and grace > 0:
            await asyncio.wait(calls, timeout=grace)
        tasks = [errand.task for errand in self._errands.values() if errand.task is not None]
        for task in [*tasks, *self._cleanups]:
            task.cancel()
        await asyncio.gather(*tasks, *self._cleanups, return_exceptions=True)

    async def _run(self, facts: Facts, run: RunTask, report: Report, errand: Errand) -> None:
        try:
            event = await self._answer(facts, run, report, errand)
        finally:
            del self._errands[facts.arn, run.task]
        if event is not None and not errand.cancelled:
            report(event)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._cleanups.discard(task)
        self._rested()

    async def _answer(
        self, facts: Facts, run: RunTask, report: Report, errand: Errand
    ) -> TaskSucceeded | TaskSubmitted | TaskFailed | None:
        """The last news about the task."""
        stage: Stage = "run"
        try:
            integration = self._known(run.node.resource)
            call = self._call(facts, run)
            pattern = run.node.resource.pattern
            if run.phase == "submitted" and run.submitted is not None:
                answer = run.submitted
            else:
                stage = "run" if pattern == "request" else "submit"
                answer = await self._submit(integration, call, errand, pattern != "request")
            if pattern == "request":
                return self._succeeded(run, answer)
            submitted = TaskSubmitted(self._clock.now(), run.task, within_limit(run, answer))
            if pattern == "token":
                return submitted
            stage = "run"
            return self._succeeded(run, await self._watch(integration, call, submitted, report, errand))
        except StatesError as problem:
            return TaskFailed(self._clock.now(), run.task, Failure(problem.error, problem.cause), stage)
        except Exception as bug:
            # The edge of the process: an integration that breaks fails its task, loudly, and nothing else.
            log.exception("%s failed in state %s of %s", run.node.resource.arn, run.node.name, facts.arn)
            cause = f"treadle failed to perform {run.node.resource.arn}: {type(bug).__name__}: {bug}"
            return TaskFailed(self._clock.now(), run.task, Failure("States.Runtime", cause), stage)

    async def _submit(self, integration: Integration, call: Call, errand: Errand, job: bool) -> Json:
        async with self._slots:
            errand.calling, errand.submitting = True, job
            try:
                return await integration.call(call)
            finally:
                errand.calling = errand.submitting = False

    async def _watch(
        self, integration: Integration, call: Call, submitted: TaskSubmitted, report: Report, errand: Errand
    ) -> Json:
        if integration.job is None:
            raise StatesError("States.Runtime", f"treadle cannot wait for {call.resource.arn}")
        if errand.cancelled:
            self._cancel_job(call, submitted.output.value)
            return None
        report(submitted)
        return await integration.job.watch(call, submitted.output.value)

    def _known(self, resource: Resource) -> Integration:
        integration = self._find(resource)
        if integration is None:
            raise StatesError("States.Runtime", f"treadle has no integration for {resource.arn}")
        return integration

    def _call(self, facts: Facts, run: RunTask | CancelTask) -> Call:
        _, _, _, region, account, _ = facts.arn.split(":", 5)
        return Call(
            world=self._world,
            caller=Caller(account, region),
            resource=run.node.resource,
            arguments=run.arguments.value,
            execution_arn=facts.arn,
            state=run.node.name,
            token=run.token if isinstance(run, RunTask) else None,
            role=run.credentials["RoleArn"] if run.credentials else facts.role_arn,
            task_id=f"{facts.arn}:{run.task}",
            timeout=run.timeout if isinstance(run, RunTask) else None,
        )

    def _succeeded(self, run: RunTask, answer: Json) -> TaskSucceeded:
        return TaskSucceeded(self._clock.now(), run.task, within_limit(run, answer))

    def _cancel_job(self, call: Call, submitted: Json) -> None:
        integration = self._find(call.resource)
        if integration is not None and integration.job is not None:
            cleanup = asyncio.get_running_loop().create_task(self._give_up_job(integration.job.cancel, call, submitted))
            self._cleanups.add(cleanup)
            cleanup.add_done_callback(self._ended)

    async def _give_up_job(self, cancel: Callable[[Call, Json], Awaitable[None]], call: Call, submitted: Json) -> None:
        try:
            await cancel(call, submitted)
        except Exception as problem:
            # AWS cancels on a best-effort basis too; nobody waits for this any more.
            log.warning("could not cancel %s of %s: %s", call.resource.arn, call.execution_arn, problem)


def within_limit(run: RunTask, answer: Json) -> Payload:
    """Raises StatesError when the answer is larger than AWS lets a payload be."""
    payload = answer if isinstance(answer, Payload) else Payload(answer)
    if payload.size() > PAYLOAD_LIMIT:
        resource = run.node.resource
        raise too_large(resource.resource_type if resource.kind == "task" else resource.arn)
    return payload
