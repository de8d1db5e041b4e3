"""Tasks: scheduled here, performed by the world, and what its news does to the frame that waits."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from treadle.asl.errors import HEARTBEAT, RUNTIME, TIMEOUT
from treadle.asl.plan import Task, run
from treadle.asl.resource import Resource
from treadle.engine import distributed, failure, state, tokens
from treadle.engine.commands import CancelTask, RunTask
from treadle.engine.execution import EventId, Failure, Frame, Working
from treadle.engine.turn import WHOLE, Turn, payload_of
from treadle.values import Instant, Payload, StatesError

Stage = Literal["schedule", "start", "submit", "run", "timeout"]

# Resource kind -> stage -> history event type: functions called by their ARN and activities have their own names.
FAILED: dict[str, dict[Stage, str]] = {
    "task": {
        "schedule": "TaskFailed",
        "start": "TaskStartFailed",
        "submit": "TaskSubmitFailed",
        "run": "TaskFailed",
        "timeout": "TaskTimedOut",
    },
    "lambda": {
        "schedule": "LambdaFunctionScheduleFailed",
        "start": "LambdaFunctionStartFailed",
        "submit": "LambdaFunctionFailed",
        "run": "LambdaFunctionFailed",
        "timeout": "LambdaFunctionTimedOut",
    },
    "activity": {
        "schedule": "ActivityScheduleFailed",
        "start": "ActivityScheduleFailed",
        "submit": "ActivityFailed",
        "run": "ActivityFailed",
        "timeout": "ActivityTimedOut",
    },
    "map": dict.fromkeys(("schedule", "start", "submit", "run", "timeout"), "MapRunFailed"),
}
PREFIX = {"task": "Task", "lambda": "LambdaFunction", "activity": "Activity", "map": "MapRun"}


def schedule(turn: Turn, frame: Frame, node: Task, before: EventId) -> None:
    """Evaluate what the task needs and ask the world to run it."""
    if node.map is not None:
        return distributed.schedule(turn, frame, node, node.map, before)
    if node.resource.kind == "activity" and node.resource.arn in turn.absent:
        why = Failure(RUNTIME, f"The activity {node.resource.arn} does not exist.")
        return failure.fail(turn, frame, why, fatal=True)
    id = turn.next_id()
    # AWS shows a token to `.sync` as well: a job may be ended early by it.
    token = None if node.resource.pattern == "request" else tokens.mint(turn.execution.facts, id)
    scope = turn.scope(frame, node, token)
    try:
        arguments = payload_of(frame, scope, run(node.arguments, scope, scope.input))
        timeout, heartbeat = node.timeout(scope), node.heartbeat(scope)
        credentials = None if node.credentials is None else node.credentials(scope)
    except StatesError as problem:
        return state.stumble(turn, frame, before, problem)
    working = Working(id, arguments, timeout=timeout, heartbeat=heartbeat, token=token, credentials=credentials)
    frame = turn.log(f"{PREFIX[node.resource.kind]}Scheduled", frame, scheduled(turn, node.resource, working))
    turn.wait(frame, working)
    turn.commands.append(command(working, node, frame))


def scheduled(turn: Turn, resource: Resource, working: Working) -> dict[str, object]:
    """Details of the Scheduled event."""
    if resource.kind == "task":
        region = turn.execution.facts.arn.split(":", 4)[3]
        details: dict[str, object] = {**named(resource), "region": region, "parameters": working.arguments}
    else:
        details = {"resource": resource.arn, "input": working.arguments, "inputDetails": WHOLE}
    if working.timeout is not None:
        details["timeoutInSeconds"] = working.timeout
    if working.heartbeat is not None and resource.kind != "lambda":
        details["heartbeatInSeconds"] = working.heartbeat
    if working.credentials is not None and resource.kind != "activity":
        details["taskCredentials"] = {"roleArn": working.credentials["RoleArn"]}
    return details


def named(resource: Resource) -> dict[str, object]:
    """The resource in details of Task* events; Lambda* and Activity* events do not repeat it."""
    if resource.kind != "task":
        return {}
    return {"resourceType": resource.resource_type, "resource": resource.resource}


def command(working: Working, node: Task, frame: Frame) -> RunTask:
    return RunTask(
        working.task,
        node,
        working.arguments,
        working.phase,
        working.token,
        working.credentials,
        working.submitted,
        working.timeout,
        sum(frame.attempts),
        working.redrives,
    )


def started(turn: Turn, frame: Frame, working: Working, worker: str | None) -> None:
    """The clocks of the task begin to run."""
    if working.phase != "scheduled":
        return
    node = task_of(turn, frame)
    kind = node.resource.kind
    details: dict[str, object] | None = named(node.resource) or None
    if kind == "activity":
        details = {} if worker is None else {"workerName": worker}
    elif kind == "map":
        details = distributed.started(turn, node, working)
    frame = turn.log(f"{PREFIX[kind]}Started", frame, details)
    running = replace(
        working,
        phase="started",
        timeout_at=after(turn.at, working.timeout),
        heartbeat_at=after(turn.at, working.heartbeat),
    )
    turn.wait(frame, running)


def submitted(turn: Turn, frame: Frame, working: Working, output: Payload) -> None:
    if working.phase == "submitted":
        return
    details = {**named(task_of(turn, frame).resource), "output": output, "outputDetails": WHOLE}
    frame = turn.log("TaskSubmitted", frame, details)
    turn.wait(frame, replace(working, phase="submitted", submitted=output))


def succeeded(turn: Turn, frame: Frame, output: Payload) -> None:
    node = task_of(turn, frame)
    if node.map is not None:
        frame = distributed.succeeded(turn, frame)
    else:
        details = {**named(node.resource), "output": output, "outputDetails": WHOLE}
        frame = turn.log(f"{PREFIX[node.resource.kind]}Succeeded", frame, details)
    scope = turn.scope(frame, node)
    try:
        exit, assigned = state.conclude(frame, scope, output.value, node.output, node.assign)
    except StatesError as problem:
        return state.stumble(turn, frame, frame.last, problem)
    # Untouched results keep their text, as AWS does.
    exit = output if exit.value is output.value else exit
    state.depart(turn, frame, node, node.next, exit, assigned)


def failed(turn: Turn, frame: Frame, why: Failure, stage: Stage) -> None:
    resource = task_of(turn, frame).resource
    details = named(resource)
    if why.cause is not None:
        details["cause"] = why.cause
    if why.error is not None:
        details["error"] = why.error
    frame = turn.log(FAILED[resource.kind][stage], frame, details)
    failure.fail(turn, frame, why, fatal=why.error == RUNTIME)


def timed_out(turn: Turn, frame: Frame, late: bool) -> None:
    """The task's time (`late`) or its heartbeat's is over: stop it. AWS shows States.Timeout for both."""
    cancel(turn, frame)
    failed(turn, frame, Failure(TIMEOUT, None, None if late else HEARTBEAT), "timeout")


def cancel(turn: Turn, frame: Frame) -> None:
    """Nobody will wait for this frame's task any more. Said once: a late task may fail its flow as well."""
    working = frame.pending
    if isinstance(working, Working) and working.task not in turn.cancelled:
        turn.cancelled.add(working.task)
        node = task_of(turn, frame)
        turn.commands.append(CancelTask(working.task, node, working.arguments, working.credentials, working.submitted))


def task_of(turn: Turn, frame: Frame) -> Task:
    node = turn.node(frame)
    if not isinstance(node, Task):
        raise AssertionError(f"frame {frame.id} waits for a task in state {frame.state}, which is none")
    return node


def after(at: Instant, seconds: float | None) -> Instant | None:
    return None if seconds is None else at + seconds
