"""Nested executions: `states:startExecution` runs another machine of the test, on the same clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from treadle.aws import AwsError, Caller
from treadle.engine.events import TaskStarted, TaskSubmitted
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call as Errand
from treadle.testing.answers import Call, Fails, hidden
from treadle.testing.handlers import request_id
from treadle.testing.world import Casting, World, completed
from treadle.values import Json, Payload, StatesError, loads

if TYPE_CHECKING:
    from treadle.testing.run import HandTask, Run

__tracebackhide__ = hidden


def begins(run: Run, task: HandTask) -> bool:
    """Start the machine that the task names, if the test has it."""
    command, call, resource = task.command, task.call, task.call.resource
    if (resource.service, resource.action) != ("states", "startExecution"):
        return False
    given = call.arguments.get("StateMachineArn") if isinstance(call.arguments, dict) else None
    name = str(given).rpartition(":stateMachine:")[2].partition(":")[0]
    if name not in run.world.cast.machines:
        return False
    desk = Desk(run, call)
    integration = find(resource)
    assert integration is not None
    run.deliver(TaskStarted(run.now, command.task))
    try:
        answer = completed(integration.call(desk.errand)) | _metadata(call)
    except StatesError as problem:
        return run.conclude(task, Fails(problem.error, problem.cause, "submit"))
    if resource.pattern == "request":
        return run.conclude(task, answer)
    run.deliver(TaskSubmitted(run.now, command.task, Payload(answer)))
    if resource.pattern == "token":
        task.started = True
        return True
    if integration.job is not None and desk.child is not None:
        desk.child.when_ended.append(partial(report, run, task, desk, integration.job.watch, answer))
        if desk.child.status != "RUNNING":
            report(run, task, desk, integration.job.watch, answer)
    return True


def report(run: Run, task: HandTask, desk: Desk, watch: Any, answer: Json) -> None:
    """The child has ended: so does the task."""
    try:
        outcome = completed(watch(desk.errand, answer))
    except StatesError as problem:
        outcome = Fails(problem.error, problem.cause)
    run.stage.plan(run.now, partial(run.conclude, task, outcome))


class Desk:
    """The `World` of the integration: the two operations that it asks for."""

    def __init__(self, run: Run, call: Call) -> None:
        self._run = run
        self.child: Run | None = None
        _, _, _, region, account, _ = call.execution_arn.split(":", 5)
        id = f"{call.state}/{call.items}/{call.attempt}/{len(run.children)}"
        self.errand = Errand(
            world=self,
            caller=Caller(account, region),
            resource=call.resource,
            arguments=call.arguments,
            execution_arn=call.execution_arn,
            state=call.state,
            token=call.token,
            task_id=id,
        )

    async def execute(self, caller: Caller, operation: str, params: dict[str, Any], role: str | None = None) -> Any:
        return self._start(params) if operation == "StartExecution" else self._describe()

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        from treadle.testing.run import Run

        name = params["stateMachineArn"].rpartition(":stateMachine:")[2].partition(":")[0]
        machine = self._run.world.cast.machines[name]
        try:
            input = loads(params.get("input", "{}"))
        except ValueError:
            raise AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input") from None
        seed = self._run.stage.luck.getrandbits(64)
        facts = machine.facts(self._run.now, seed, input, params["name"])
        if any(child.execution.facts.arn == facts.arn for child in self._run.children):
            raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{facts.arn}'")
        around = self._run.world.cast
        people = Casting({}, around.functions, around.activities, around.machines, {}, around.check)
        world = World(people.joined(machine.cast), seed)
        self.child = Run(machine, machine.plan, facts, self._run.stage, world, watch=self._run.watch)
        self._run.children.append(self.child)
        self.child.begin()
        return {"executionArn": facts.arn, "startDate": _date(self._run.now)}

    def _describe(self) -> dict[str, Any]:
        child = self.child
        assert child is not None
        facts = child.execution.facts
        told: dict[str, Any] = {
            "executionArn": facts.arn,
            "stateMachineArn": facts.machine_arn,
            "name": facts.name,
            "status": child.status,
            "startDate": _date(facts.started_at),
            "input": facts.input.text,
            "inputDetails": {"included": True},
            "redriveCount": child.execution.redrives,
        }
        if child.execution.stopped_at is not None:
            told["stopDate"] = _date(child.execution.stopped_at)
        if child.execution.output is not None:
            told |= {"output": child.execution.output.text, "outputDetails": {"included": True}}
        for member in ("error", "cause"):
            if getattr(child, member) is not None:
                told[member] = getattr(child, member)
        return told

    async def find_api(self, api_id: str) -> str | None:
        return None  # no API is served here

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str] | None:
        return None

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        raise AwsError("NotMocked", f"the cluster {cluster} was called")

    async def ended(self, execution_arn: str) -> Any:
        return None

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        raise AwsError("NotMocked", f"{service} {operation} was called")

    async def invoke(
        self, caller: Caller, function: str, payload: bytes, role: str | None = None, **options: Any
    ) -> Any:
        raise AwsError("NotMocked", f"{function} was called")

    async def sleep(self, seconds: float) -> None:
        raise AwsError("NotMocked", "a job was waited for")


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _metadata(call: Call) -> dict[str, Json]:
    """The HTTP side of the answer, the same whenever the run is repeated."""
    id = request_id(call.execution_arn, call.state, call.items, call.attempt, call.at)
    return {"SdkHttpMetadata": {"HttpStatusCode": 200}, "SdkResponseMetadata": {"RequestId": id}}
