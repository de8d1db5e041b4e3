"""The context object (`$$`, `$states.context`): derived from frames when somebody asks, never stored."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.asl.plan import AnyNode, Fork, Task
from treadle.asl.timestamps import format_timestamp
from treadle.engine.execution import Execution, Frame, FrameId
from treadle.values import Json, Payload


def describe(
    execution: Execution, frames: Mapping[FrameId, Frame], frame: Frame, node: AnyNode, token: str | None = None
) -> Json:
    """The context of `frame`, whose current state is `node`. Members and their order as recorded on AWS."""
    facts = execution.facts
    run: dict[str, Json] = {
        "Id": facts.arn,
        "Input": facts.input.value,
        "StartTime": format_timestamp(facts.started_at),
        "Name": facts.name,
        "RoleArn": facts.role_arn,
        "RedriveCount": execution.redrives,
    }
    if execution.redriven_at is not None:
        run["RedriveTime"] = format_timestamp(execution.redriven_at)
    state: dict[str, Json] = {"Name": frame.state, "EnteredTime": format_timestamp(frame.entered_at)}
    if isinstance(node, Task | Fork):
        state["RetryCount"] = sum(frame.attempts)
    context: dict[str, Json] = {
        "Execution": run,
        "StateMachine": {"Id": facts.machine_arn, "Name": facts.machine_name},
        "State": state,
    }
    item = _item(frames, frame)
    if item is not None:
        context["Map"] = {"Item": item}
    if token is not None:
        context["Task"] = {"Token": token}
    return context


def item(index: int, value: Payload, key: str | None) -> Json:
    """`Map.Item` for one item of a Map. Source tells that the items came from the state's input, not from S3."""
    member = {} if key is None else {"Key": key}
    return {"Index": index, "Value": value.value} | member


def _item(frames: Mapping[FrameId, Frame], frame: Frame) -> Json:
    """The item of the nearest enclosing Map iteration."""
    current: Frame | None = frame
    while current is not None:
        if current.item is not None:
            return item(current.index, current.item, current.key)
        current = None if current.parent is None else frames[current.parent]
    return None
