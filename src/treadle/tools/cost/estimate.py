"""The whole answer of `treadle cost`: usage, three bills, each state's part, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from treadle.asl.machine import Machine, Task
from treadle.asl.parse import parse
from treadle.asl.references import states
from treadle.asl.resource import parse_resource
from treadle.tools.cost.assumptions import Assumptions, Misfit, check_assumptions
from treadle.tools.cost.bill import Amounts, Bill, Plan, bills, express, of_function, price
from treadle.tools.cost.expect import expect, guesses, is_function
from treadle.tools.cost.measure import measure
from treadle.tools.cost.prices import Rates, Table
from treadle.tools.cost.usage import StateUse, Usage
from treadle.tools.history import Recorded


class Part(Struct, frozen=True):
    """One state, per execution of the machine. Dollars as a STANDARD workflow: transitions, and its function.
    `within` is the distributed Map whose children it belongs to."""

    state: StateUse
    workflow: float
    function: float
    within: str | None = None


class Estimate(Struct, frozen=True, kw_only=True):
    region: str
    date: str  # of the prices
    plan: Plan
    usage: Usage
    bills: tuple[Bill, ...]
    parts: tuple[Part, ...]
    assumed: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def best(self) -> Bill:
        """The cheapest way that is possible."""
        return min((each for each in self.bills if each.why is None), key=lambda each: each.month)


def estimate(
    text: str | None, runs: Sequence[Recorded], assumed: Assumptions, table: Table, region: str, plan: Plan
) -> Estimate:
    """Of a definition's text, or of real executions (then the definition may be unknown, or is theirs).

    Raises DefinitionError, Misfit, NoPrices.
    """
    rates = table.of(region)
    text = text or next((run.definition for run in runs if run.definition is not None), None)
    machine = None if text is None else parse(text)
    size = 0 if text is None else len(text.encode())
    if machine is not None:
        check_assumptions(assumed, machine)
    if runs:
        usage = measure(runs, machine, assumed, size)
    elif machine is not None:
        usage = expect(machine, assumed, size)
    else:
        raise Misfit("there is neither a definition nor an execution")
    return Estimate(
        region=region,
        date=table.regions[region].date,
        plan=plan,
        usage=usage,
        bills=bills(usage, machine, text, rates, plan),
        parts=tuple(_parts(usage, rates)),
        assumed=guesses(machine, assumed) if machine is not None and not runs else {},
        notes=(*_doubts(table, region), *_notes(usage, machine, runs)),
    )


def _parts(
    usage: Usage, rates: Rates, times: float = 1.0, within: str | None = None, kind: str = "STANDARD"
) -> list[Part]:
    parts = []
    for state in usage.states:
        function = state.function
        scaled = msgspec.structs.replace(
            state,
            entered=state.entered * times,
            retries=state.retries * times,
            function=function and msgspec.structs.replace(function, calls=function.calls * times),
        )
        workflow = scaled.transitions * rates.transition if kind == "STANDARD" else 0.0
        workflow += times * _express_children(usage, state.name, rates)
        parts.append(Part(scaled, workflow, price(of_function(scaled), rates)[1], within))
    for children in usage.children:
        if children.each is not None:
            parts += _parts(children.each, rates, times * children.executions, children.state, children.kind)
    return parts


def _express_children(usage: Usage, name: str, rates: Rates) -> float:
    """Dollars for the Express executions that a distributed Map starts: they have no price by state."""
    return sum(
        children.executions * price(Amounts(requests=1.0, gb_seconds=express(children.each).gb_seconds), rates)[0]
        for children in usage.children
        if children.state == name and children.kind == "EXPRESS" and children.each is not None
    )


def _doubts(table: Table, region: str) -> Iterator[str]:
    known = table.regions[region]
    if not known.checked:
        since = f"from memory of {known.date}, not compared with AWS's page"
        yield f"the prices of {region} are {since}: --prices takes yours"


def _notes(usage: Usage, machine: Machine | None, runs: Sequence[Recorded]) -> list[str]:
    """What the figures do not have in them."""
    notes = []
    for children in usage.children:
        if children.each is None:
            notes.append(f"the children of {children.state!r} are not in it: nothing is known of them")
        elif not children.each.runs and runs:
            notes.append(f"the children of {children.state!r} have no histories: what each uses is reckoned")
    others: set[str] = set()
    nested: list[str] = []
    for state in states(machine.flow) if machine is not None else ():
        resource = parse_resource(state.resource) if isinstance(state, Task) else None
        if resource is None or resource.kind == "activity" or is_function(resource):
            continue
        if resource.service in ("states", "aws-sdk:sfn"):
            nested.append(state.name)
        else:
            others.add(resource.service.removeprefix("aws-sdk:"))
    if nested:
        notes.append(f"what is started by {', '.join(map(repr, nested))} has a bill of its own")
    if others:
        notes.append(f"not in it: the bills of {', '.join(sorted(others))}")
    return notes


def to_json(made: Estimate) -> dict[str, Any]:
    """For machines: dollars are numbers, quantities are per execution."""
    return {
        "region": made.region,
        "currency": "USD",
        "pricesOf": made.date,
        "basis": {"executions": made.usage.runs} if made.usage.runs else {"assumptions": made.assumed},
        "runsPerMonth": made.plan.runs,
        "freeTier": made.plan.free,
        "seconds": round(made.usage.seconds, 3),
        "memory": made.usage.memory,
        "cheapest": made.best.way,
        "ways": [_way(each) for each in made.bills],
        "states": [_state(each) for each in made.parts],
        "notes": list(made.notes),
    }


def _way(each: Bill) -> dict[str, Any]:
    if each.why is not None:
        return {"way": each.way, "possible": False, "why": each.why}
    amounts = {
        "transitions": each.amounts.transitions,
        "requests": each.amounts.requests,
        "gbSeconds": each.amounts.gb_seconds,
        "functionRequests": each.amounts.function_requests,
        "functionGbSeconds": each.amounts.x86_gb_seconds + each.amounts.arm_gb_seconds,
    }
    made: dict[str, Any] = {"way": each.way, "possible": True, **{name: round(n, 6) for name, n in amounts.items()}}
    made |= {"workflow": each.workflow, "functions": each.functions, "run": each.run}
    made |= {"million": each.million, "month": each.month}
    if each.groups:
        made["expressChildren"] = [
            {
                "states": list(group.states),
                "perExecution": round(group.entries, 6),
                "transitionsSaved": round(group.saved, 6),
                "seconds": round(group.seconds, 3),
                "memory": group.memory,
            }
            for group in each.groups
        ]
    return made


def _state(part: Part) -> dict[str, Any]:
    state = part.state
    made: dict[str, Any] = {"name": state.name, "type": state.type, "entered": round(state.entered, 6)}
    made |= {"retries": round(state.retries, 6), "seconds": round(state.seconds, 3)}
    if part.within is not None:
        made["within"] = part.within
    if (function := state.function) is not None:
        made["function"] = {
            "name": function.name,
            "calls": round(function.calls, 6),
            "seconds": round(function.seconds, 4),
            "memory": function.memory,
            "architecture": function.architecture,
        }
    return made | {"workflow": part.workflow, "functions": part.function}
