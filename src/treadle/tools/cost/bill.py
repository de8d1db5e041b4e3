"""Usage times prices: an execution as STANDARD, as EXPRESS, and as STANDARD with parts moved to EXPRESS children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.asl.findings import DefinitionError
from treadle.asl.machine import Machine
from treadle.asl.parse import parse
from treadle.tools.cost.mix import Group, groups
from treadle.tools.cost.prices import Rates
from treadle.tools.cost.usage import StateUse, Usage

Way: TypeAlias = Literal["STANDARD", "EXPRESS", "MIXED"]
# Seconds that an Express execution may take.
EXPRESS_LIMIT = 300


class Amounts(Struct, frozen=True):
    """What is counted, of one execution or of many. GB-seconds of functions by architecture."""

    transitions: float = 0.0
    requests: float = 0.0
    gb_seconds: float = 0.0
    function_requests: float = 0.0
    x86_gb_seconds: float = 0.0
    arm_gb_seconds: float = 0.0

    def plus(self, other: Amounts, times: float = 1.0) -> Amounts:
        return Amounts(*(getattr(self, n) + times * getattr(other, n) for n in self.__struct_fields__))


class Bill(Struct, frozen=True, kw_only=True):
    """In US dollars. `workflow` and `functions` are the parts of `run`, one execution at the price of the first tier;
    `month` is the price of a month's runs, with tiers, and with what is free if that was asked for. Where AWS does not
    offer this way, `why` says so and there are no prices worth reading."""

    way: Way
    amounts: Amounts
    workflow: float
    functions: float
    month: float
    why: str | None = None
    groups: tuple[Group, ...] = ()

    @property
    def run(self) -> float:
        return self.workflow + self.functions

    @property
    def million(self) -> float:
        return self.run * 1e6


class Plan(Struct, frozen=True):
    """How many executions there are a month, and whether what AWS gives for nothing is taken off."""

    runs: float = 100_000
    free: bool = False


def bills(usage: Usage, machine: Machine | None, text: str | None, rates: Rates, plan: Plan) -> tuple[Bill, ...]:
    """The three ways; without a definition there is nothing to mix."""
    standard = standard_amounts(usage)
    made = [
        bill("STANDARD", standard, rates, plan),
        bill("EXPRESS", express(usage), rates, plan, not_express(usage, text)),
    ]
    if machine is None:
        return tuple(made)
    found = worthwhile(groups(machine, usage, EXPRESS_LIMIT), rates)
    mixed = standard
    for group in found:
        mixed = mixed.plus(Amounts(transitions=-group.saved, requests=group.entries, gb_seconds=group.gb_seconds))
    why = None if found else "no part of it would be cheaper as an Express child"
    return (*made, bill("MIXED", mixed, rates, plan, why, found))


def bill(
    way: Way, amounts: Amounts, rates: Rates, plan: Plan, why: str | None = None, groups: Sequence[Group] = ()
) -> Bill:
    workflow, functions = price(amounts, rates)
    return Bill(
        way=way,
        amounts=amounts,
        workflow=workflow,
        functions=functions,
        month=month(amounts, rates, plan),
        why=why,
        groups=tuple(groups),
    )


def standard_amounts(usage: Usage) -> Amounts:
    """Every step and every retry is a transition; what a distributed Map starts is billed by its own type."""
    made = functions(usage).plus(Amounts(transitions=usage.transitions))
    for children in usage.children:
        if children.each is not None:
            each = standard_amounts(children.each) if children.kind == "STANDARD" else express(children.each)
            made = made.plus(each, children.executions)
    return made


def express(usage: Usage) -> Amounts:
    """One request, and the time it takes in steps of 100 ms with its memory in chunks of 64 MB."""
    return functions(usage).plus(Amounts(requests=1.0, gb_seconds=usage.billed * usage.memory / 1024))


def functions(usage: Usage) -> Amounts:
    made = Amounts()
    for state in usage.states:
        made = made.plus(of_function(state))
    return made


def of_function(state: StateUse) -> Amounts:
    if state.function is None:
        return Amounts()
    spent = state.function.gb_seconds
    arm = state.function.architecture == "arm64"
    return Amounts(
        function_requests=state.function.calls,
        x86_gb_seconds=0.0 if arm else spent,
        arm_gb_seconds=spent if arm else 0.0,
    )


def price(amounts: Amounts, rates: Rates) -> tuple[float, float]:
    """Dollars for the workflow and for its functions, at the first tier."""
    workflow = amounts.transitions * rates.transition + amounts.requests * rates.request
    workflow += amounts.gb_seconds * rates.gb_second
    each = rates.function_gb_second
    lambdas = amounts.function_requests * rates.function_request
    return workflow, lambdas + amounts.x86_gb_seconds * each["x86_64"] + amounts.arm_gb_seconds * each["arm64"]


def month(amounts: Amounts, rates: Rates, plan: Plan) -> float:
    """Dollars for so many executions in one month."""
    total = Amounts().plus(amounts, plan.runs)
    transitions, calls, seconds = total.transitions, total.function_requests, 0.0
    shares = ((total.x86_gb_seconds, "x86_64"), (total.arm_gb_seconds, "arm64"))
    seconds = sum(spent for spent, _ in shares)
    charged = 1.0
    if plan.free:
        transitions = max(0.0, transitions - rates.free.transitions)
        calls = max(0.0, calls - rates.free.function_requests)
        charged = max(0.0, seconds - rates.free.function_gb_seconds) / seconds if seconds else 0.0
    lambdas = sum(spent * charged * rates.function_gb_second[name] for spent, name in shares)
    express = total.requests * rates.request + rates.gb_seconds(total.gb_seconds)
    return transitions * rates.transition + express + calls * rates.function_request + lambdas


def not_express(usage: Usage, text: str | None) -> str | None:
    """Why an EXPRESS machine cannot do this."""
    if text is not None:
        try:
            parse(text, kind="EXPRESS")
        except DefinitionError as refused:
            first = refused.diagnostics[0]
            return f"{first.message} at {first.location}"
    if usage.seconds > EXPRESS_LIMIT:
        return f"it takes {usage.seconds:,.0f} s, and an Express execution at most {EXPRESS_LIMIT} s"
    return None


def worthwhile(found: Sequence[Group], rates: Rates) -> list[Group]:
    return [
        group
        for group in found
        if group.saved * rates.transition > group.entries * rates.request + group.gb_seconds * rates.gb_second
    ]
