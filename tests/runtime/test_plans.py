"""Plans: one compilation per definition, and large ones are compiled beside the event loop."""

from __future__ import annotations

import json
import threading

from treadle.runtime.plans import LARGE, Plans, apart
from treadle.runtime.records import Revision


def revision(id: str, comment: str = "") -> Revision:
    definition = {"Comment": comment, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    return Revision(
        id=id,
        machine_arn="arn:aws:states:us-east-1:000000000000:stateMachine:m",
        name="m",
        definition=json.dumps(definition),
        role_arn="arn:aws:iam::000000000000:role/r",
        kind="STANDARD",
        updated_at=0.0,
    )


async def test_only_large_texts_leave_the_event_loop() -> None:
    here = threading.get_ident()
    assert await apart(LARGE - 1, threading.get_ident) == here
    assert await apart(LARGE, threading.get_ident) != here


async def test_a_prepared_plan_is_the_one_that_runs() -> None:
    plans, large = Plans(), revision("1", "x" * LARGE)
    await plans.prepare(large)
    first = plans(large)
    await plans.prepare(large)
    assert plans(revision("2", "x" * LARGE)) is first is plans(large)


async def test_small_plans_are_compiled_when_asked_for() -> None:
    plans, small = Plans(), revision("1")
    await plans.prepare(small)
    assert plans(small) is plans(small)
