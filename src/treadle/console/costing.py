"""POST cost: what a definition, or executions of this server, would cost on AWS (docs/cost.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from treadle.asl.findings import DefinitionError
from treadle.aws import AwsError
from treadle.console.answers import MOST_EVENTS, House
from treadle.runtime.store import Query
from treadle.tools.cost import REGION, Misfit, NoPrices, Plan, estimate, prices, read_assumptions, to_json
from treadle.tools.history import Counts, NoHistory, Recorded, read_exports
from treadle.values import Json

MOST_EXECUTIONS = 50
# Children of a map run whose histories are read; the others are taken to be like these.
MOST_CHILDREN = 100


class Question(Struct):
    """`executions` are ARNs; without any the `definition` is reckoned with `assume`, whose members docs/cost.md has."""

    definition: str | None = None
    executions: list[str] = []
    assume: dict[str, Any] = {}
    region: str | None = None
    runs: float = 100_000
    free_tier: bool = False


async def cost(house: House, question: Question) -> Json:
    """Raises AwsError."""
    if len(question.executions) > MOST_EXECUTIONS:
        raise AwsError("ValidationException", f"At most {MOST_EXECUTIONS} executions can be measured at once.")
    if not question.runs > 0:
        raise AwsError("ValidationException", "runs must be more than 0.")
    ran = [_recorded(house, arn) for arn in question.executions]
    # A long history takes its time, which is not the server's.
    return await asyncio.to_thread(_estimated, question, ran)


def _estimated(question: Question, ran: list[Recorded]) -> Json:
    region = question.region or next((run.arn.split(":")[3] for run in ran), REGION)
    if question.region is None and region not in prices().regions:
        region = REGION
    try:
        assumed = read_assumptions(question.assume)
        plan = Plan(question.runs, question.free_tier)
        return to_json(estimate(question.definition, ran, assumed, prices(), region, plan)) | {
            "regions": {name: each.name for name, each in prices().regions.items()}
        }
    except (Misfit, NoPrices, DefinitionError) as problem:
        raise AwsError("ValidationException", str(problem)) from None


def _recorded(house: House, arn: str) -> Recorded:
    body = house.executions.history(arn, 0, MOST_EVENTS).body
    try:
        read = replace(read_exports([(arn, b"[" + body + b"]")]), arn=arn)
    except NoHistory as problem:
        raise AwsError("ValidationException", str(problem)) from None
    runs, children = [], []
    for run in _map_runs(read):
        found = house.executions.list(Query(map_run_arn=run, limit=MOST_CHILDREN))
        # Express children leave no history: what each uses is reckoned.
        with_history = [child.arn for child in found.records if child.kind == "STANDARD"]
        children += [replace(_recorded(house, child), map_run=run) for child in with_history]
        known = house.executions.map_run(run)
        if known is not None:
            runs.append(Counts(run, known.items.total, known.children.total))
    return replace(read, map_runs=tuple(runs), children=tuple(children))


def _map_runs(read: Recorded) -> Iterator[str]:
    for event in read.events:
        if event.type == "MapRunStarted" and event.details:
            yield str(event.details["mapRunArn"])
