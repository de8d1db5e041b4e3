"""Whatever a client sends, it is answered or refused in AWS's way: never with a bug of ours."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treadle.api.model import load
from treadle.aws import AwsError

from .office import HEAD, PASS, ROLE, World

MODEL = load()
ARN = f"{HEAD}:stateMachine:m"
TEXTS = st.sampled_from(
    [
        ARN, f"{ARN}:1", f"{ARN}:live", f"{ARN}/label", f"{ARN}:1:2", f"{HEAD}:execution:m:e", f"{HEAD}:express:m:e:i",
        f"{HEAD}:activity:a", f"{HEAD}:mapRun:m/label:id", f"{HEAD}:stateMachine:", "arn:aws:states:::", "a:b:c:d:e:f",
        ROLE, PASS, "m", "live", "1", "{}", "[]", "", "{", "\ud800", "\x00", "🙂",
    ]
)  # fmt: skip
JUNK = st.none() | st.booleans() | st.integers(-5, 5000) | st.floats() | TEXTS | st.text(max_size=5)


def values(name: str) -> st.SearchStrategy[Any]:
    """Mostly of the shape `name`, sometimes anything."""
    shape = MODEL.shapes[name]
    match shape.type:
        case "structure":
            members = {member: values(target) for member, target in shape.members.items()}
            fit: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=members)
        case "list":
            assert shape.member is not None
            fit = st.lists(values(shape.member), max_size=3)
        case "boolean":
            fit = st.booleans()
        case "integer" | "long":
            fit = st.integers(-1, 2000)
        case "float":
            fit = st.floats(-1, 101)
        case _:
            fit = st.sampled_from(shape.enum) if shape.enum else TEXTS
    return st.one_of(fit, fit, fit, fit, fit, fit, JUNK)


CALLS = st.sampled_from(sorted(MODEL.operations)).flatmap(
    lambda operation: st.tuples(st.just(operation), values(MODEL.operations[operation]))
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CALLS, max_size=12))
def test_any_sequence_of_calls_is_answered_or_refused(calls: list[tuple[str, Any]]) -> None:
    async def send() -> None:
        world = World()
        await world.machine(publish=True)
        for operation, params in calls:
            try:
                orjson.dumps(await world.desk.call(world.caller, operation, params))
            except AwsError as refusal:
                assert refusal.status == 400 and refusal.message

    asyncio.run(send())
