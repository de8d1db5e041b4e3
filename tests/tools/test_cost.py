"""What a workflow costs: reckoned by hand beside what comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest import approx

from treadle.testing import Fails, Machine, after, in_turn, payload
from treadle.tools.cost import (
    Estimate,
    Misfit,
    NoPrices,
    Plan,
    estimate,
    prices,
    prices_text,
    read_assumptions,
    read_prices,
    to_json,
)
from treadle.tools.cost.bill import Amounts, month
from treadle.tools.cost.chain import Endless, expected
from treadle.tools.cost.usage import chunks, hundreds
from treadle.tools.history import Recorded

TRANSITION, REQUEST, GB_SECOND = 25e-6, 1e-6, 0.06 / 3600
INVOCATION, LAMBDA_GB_SECOND = 2e-7, 0.0000166667


def call(then: str | None = "Done", name: str = "f", **fields: Any) -> dict[str, Any]:
    way = {"Next": then} if then else {"End": True}
    given = {"FunctionName": name, "Payload.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": given, **way, **fields}


def machine(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


POLL = machine(
    Submit={"Type": "Pass", "Next": "Pause"},
    Pause={"Type": "Wait", "Seconds": 30, "Next": "Look"},
    Look=call("Ready"),
    Ready={
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.s", "StringEquals": "done", "Next": "Done"},
            {"Variable": "$.s", "StringEquals": "bad", "Next": "Bad"},
        ],
        "Default": "Pause",
    },
    Done={"Type": "Succeed"},
    Bad={"Type": "Fail"},
)


def cost(definition: dict[str, Any], assumed: Any = None, *, runs: float = 100_000, free: bool = False) -> Estimate:
    return estimate(json.dumps(definition), [], read_assumptions(assumed), prices(), "us-east-1", Plan(runs, free))


def entered(made: Estimate) -> dict[str, float]:
    return {state.name: state.entered for state in made.usage.states}


# -- counting
def test_a_loop_that_goes_back_five_times() -> None:
    made = cost(POLL, {"loops": {"Ready": 5}, "functions": {"f": {"memory": 512, "duration": "400 ms"}}})
    assert entered(made) == approx({"Submit": 1, "Pause": 6, "Look": 6, "Ready": 6, "Done": 0.5, "Bad": 0.5})
    standard, express, _ = made.bills
    assert standard.amounts.transitions == approx(20)
    assert standard.workflow == approx(20 * TRANSITION)
    assert standard.functions == approx(6 * INVOCATION + 6 * 0.4 * 0.5 * LAMBDA_GB_SECOND)
    # 6 x (30 s + 0.4 s) = 182.4 s in a chunk of 64 MB.
    assert express.workflow == approx(REQUEST + 182.4 * 64 / 1024 * GB_SECOND)
    assert standard.million == approx(standard.run * 1e6)


def test_shares_of_branches_and_the_rest_alike() -> None:
    made = cost(POLL, {"branches": {"Ready": {"Done": 0.5}}})
    assert entered(made)["Look"] == approx(4 / 3)
    assert made.assumed["branches"] == {"Ready": {"Done": 0.5, "Bad": 0.25, "Pause": 0.25}}


def test_retries_and_failures_are_transitions() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
    flow = machine(Charge=call(Catch=catch, Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 4}]),
                   Done={"Type": "Succeed"}, Sorry={"Type": "Fail"})  # fmt: skip
    made = cost(flow, {"retries": {"Charge": 0.5}, "failures": {"Charge": {"Sorry": 0.1}}})
    assert entered(made) == approx({"Charge": 1, "Done": 0.9, "Sorry": 0.1})
    assert made.usage.transitions == approx(2.5)
    assert made.usage.states[0].function is not None and made.usage.states[0].function.calls == approx(1.5)
    assert made.usage.seconds == approx(0.2 + 0.5 * (0.2 + 4))


def test_items_of_an_inline_map_count_each_of_its_states() -> None:
    flow = machine(Each={"Type": "Map", "MaxConcurrency": 5, "End": True,
                         "ItemProcessor": machine(A=call("B"), B={"Type": "Pass", "End": True})})  # fmt: skip
    made = cost(flow, {"items": {"Each": 20}})
    assert made.usage.transitions == approx(1 + 20 * 2)
    assert made.usage.seconds == approx(4 * 0.2)  # four rounds of five
    assert made.usage.width == 5


def test_branches_of_a_parallel_take_as_long_as_the_longest() -> None:
    branches = [machine(A={"Type": "Wait", "Seconds": 3, "End": True}), machine(B=call(None))]
    made = cost(machine(Fan={"Type": "Parallel", "Branches": branches, "End": True}))
    assert (made.usage.transitions, made.usage.seconds, made.usage.width) == (3, 3, 2)


@pytest.mark.parametrize(("kind", "transitions", "requests"), [("STANDARD", 1 + 25 * 2, 0), ("EXPRESS", 1, 25)])
def test_a_distributed_map_starts_executions_of_their_own_kind(kind: str, transitions: float, requests: float) -> None:
    processor = machine(A=call("B"), B={"Type": "Pass", "End": True})
    processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    each = {"Type": "Map", "ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 4}, "End": True}
    made = cost(machine(Each=each), {"items": {"Each": 100}})
    amounts = made.bills[0].amounts
    assert (amounts.transitions, amounts.requests, amounts.function_requests) == approx((transitions, requests, 25))
    assert made.bills[1].why is not None and "Distributed Map" in made.bills[1].why
    assert sum(part.workflow + part.function for part in made.parts) == approx(made.bills[0].run)


# -- Express and the mix
def test_what_an_express_workflow_cannot_do() -> None:
    token = {**call(), "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
    assert ".waitForTaskToken" in str(cost(machine(A=token, Done={"Type": "Succeed"})).bills[1].why)
    long = machine(A={"Type": "Wait", "Seconds": 400, "End": True})
    assert cost(long).bills[1].why == "it takes 400 s, and an Express execution at most 300 s"


def test_what_stays_in_the_parent_and_what_does_not() -> None:
    token = {**call("Tell"), "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
    flow = machine(Read=call("Check"), Check=call("Score"), Score=call("Ask"), Ask=token, Tell=call("Note"),
                   Note=call("Done"), Done={"Type": "Succeed"})  # fmt: skip
    made = cost(flow)
    mixed = made.bills[2]
    assert [group.states for group in mixed.groups] == [("Read", "Check", "Score"), ("Tell", "Note", "Done")]
    # Two Tasks start the children, and Ask stays.
    assert (mixed.amounts.transitions, mixed.amounts.requests) == approx((3, 2))
    assert made.best.way == "MIXED" and mixed.run < made.bills[0].run


def test_a_part_that_goes_on_in_two_ways_needs_a_choice_after_it() -> None:
    token = {**call(None), "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
    rule = [{"Variable": "$.x", "BooleanEquals": True, "Next": "Ask"}]
    flow = machine(A=call("B"), B=call("C"), C=call("D"), D={"Type": "Choice", "Choices": rule, "Default": "Wait"},
                   Ask=token, Wait={"Type": "Wait", "Seconds": 900, "End": True})  # fmt: skip
    (group,) = cost(flow).bills[2].groups
    assert (group.states, group.saved) == (("A", "B", "C", "D"), approx(2))


def test_express_memory_comes_in_chunks_and_time_in_hundredths() -> None:
    assert [chunks(n << 20) for n in (0, 50, 64, 65)] == [64, 64, 64, 128]
    assert [hundreds(s) for s in (0, 0.1, 0.101, 2.0)] == [0.1, 0.1, 0.2, 2.0]


def test_a_large_payload_on_many_branches_takes_memory() -> None:
    flow = machine(Each={"Type": "Map", "MaxConcurrency": 10, "ItemProcessor": machine(A=call(None)), "End": True})
    small, large = (cost(flow, {"payload": size}).usage.memory for size in ("2 KB", "5 MB"))
    assert (small, large) == (64, 128)


# -- money
def test_the_free_tier_and_the_tiers_of_a_month() -> None:
    flow = machine(A=call(None))
    assert cost(flow, runs=4000, free=True).bills[0].month == 0
    million = cost(flow, runs=1_000_000).bills[0]
    assert million.month == approx(million.million)
    # 6,000 GB-hours: 1,000 at 0.06, 4,000 at 0.03, the rest at 0.01642.
    assert prices().of("us-east-1").gb_seconds(6000 * 3600) == approx(60 + 120 + 16.42)


@pytest.mark.parametrize(
    ("one", "runs", "free", "dollars"),
    [
        # Five transitions: (500,000 - 4,000) x 0.000025.
        (Amounts(transitions=5), 100_000, True, 12.40),
        # Express for 30 s with 64 MB: 1,875,000 GB-s are 520.83 GB-hours at 0.06, and a dollar for the requests.
        (Amounts(requests=1, gb_seconds=30 * 64 / 1024), 1_000_000, False, 1 + 31.25),
        # For 300 s: 5,208.33 GB-hours in three tiers.
        (Amounts(requests=1, gb_seconds=300 * 64 / 1024), 1_000_000, False, 1 + 60 + 120 + 208.3333 * 0.01642),
        # Express has no free tier.
        (Amounts(requests=1), 1_000_000, True, 1.0),
        # Lambda for 120 ms with 1,536 MB: 140,000 GB-s and 2,000,000 requests are beyond what is free.
        (Amounts(function_requests=1, x86_gb_seconds=0.12 * 1.5), 3_000_000, True, 140_000 * 0.0000166667 + 0.40),
        (Amounts(function_requests=1, arm_gb_seconds=0.12 * 1.5), 3_000_000, True, 140_000 * 0.0000133334 + 0.40),
    ],
)
def test_a_month_by_hand(one: Amounts, runs: float, free: bool, dollars: float) -> None:
    assert month(one, prices().of("us-east-1"), Plan(runs, free)) == approx(dollars, abs=0.005)


def test_a_distributed_map_by_hand() -> None:
    """10,000 items in batches of 100: the Map's own transition, and three of each child."""
    processor = machine(A=call("B"), B={"Type": "Pass", "Next": "C"}, C={"Type": "Pass", "End": True})
    processor["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    each = {"Type": "Map", "ItemProcessor": processor, "ItemBatcher": {"MaxItemsPerBatch": 100}, "End": True}
    assert cost(machine(Each=each), {"items": {"Each": 10_000}}).bills[0].workflow == approx(301 * 0.000025)


def test_an_express_run_by_hand() -> None:
    """130 ms are billed as 200 ms, 50 MB and a 20 MB payload as 128 MB."""
    flow = machine(Call={"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                         "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": True})  # fmt: skip
    express = cost(flow, {"durations": {"Call": "130 ms"}, "payload": "20 MB"}).bills[1]
    assert express.amounts.gb_seconds == approx(0.2 * 128 / 1024)
    assert express.run == approx(0.000001 + 0.025 * 0.06 / 3600)


def test_arm_is_cheaper() -> None:
    flow = machine(A=call(None))
    x86, arm = (
        cost(flow, {"functions": {"f": {"architecture": name, "duration": 10}}}).bills[0].functions
        for name in ("x86_64", "arm64")
    )
    assert arm < x86


def test_regions_and_tables() -> None:
    with pytest.raises(NoPrices, match="no prices for mars-1, only for ap-northeast-1"):
        prices().of("mars-1")
    with pytest.raises(NoPrices, match=r"mine.json is no price table"):
        read_prices("{}", "mine.json")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"function_gb_second": {"x86_64": 1}}, "function_gb_second lacks arm64"),
        ({"gb_hour_tiers": [[1000, 0.06]]}, "the last of gb_hour_tiers has no end"),
        ({"gb_hour_tiers": [[None, 0.06], [None, 0.03]]}, "each of gb_hour_tiers but the last"),
        ({"transition": -1}, "a price below 0"),
    ],
)
def test_a_table_that_nobody_can_reckon_with(change: dict[str, Any], why: str) -> None:
    table = json.loads(prices_text())
    table["rates"]["common"] |= change
    with pytest.raises(NoPrices, match=f"mine.json: 'common': {why}"):
        read_prices(json.dumps(table), "mine.json")


def test_prices_that_were_not_compared_say_so() -> None:
    def notes(region: str) -> list[str]:
        made = estimate(json.dumps(machine(A=call(None))), [], read_assumptions({}), prices(), region, Plan())
        shown: list[str] = to_json(made)["notes"]
        return shown

    assert notes("us-east-1") == []
    assert notes("eu-west-1") == [
        "the prices of eu-west-1 are from memory of 2025-06-01, not compared with AWS's page: --prices takes yours"
    ]


def test_a_table_of_ones_own_for_another_region() -> None:
    table = json.loads(prices_text())
    table["regions"]["eu-north-1"] = {"name": "Europe (Stockholm)", "date": "2026-01-01", "rates": "north"}
    table["rates"]["north"] = table["rates"]["common"] | {"transition": 0.00003}
    mine = read_prices(json.dumps(table), "mine.json")
    made = estimate(json.dumps(machine(A=call(None))), [], read_assumptions({}), mine, "eu-north-1", Plan())
    assert made.bills[0].workflow == approx(0.00003) and made.notes == ()


# -- executions
def recorded(run: Any) -> Recorded:
    return Recorded(events=tuple(run.history), definition=run.machine.text, arn=run.execution.facts.arn)


def test_executions_are_measured() -> None:
    flow = machine(Charge=call(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 2}]), Done={"Type": "Succeed"})
    busy = in_turn(after(1, Fails("Busy")), after(0.5, payload({})))
    runs = [Machine(flow).run({}, mocks={"Charge": mock}) for mock in (busy, after(0.5, payload({})))]
    made = estimate(None, [recorded(run) for run in runs], read_assumptions({}), prices(), "us-east-1", Plan())
    charge, done = made.usage.states
    assert (charge.entered, charge.retries, done.entered) == (1, 0.5, 1)
    assert charge.function is not None and charge.function.name == "f"
    assert (charge.function.calls, charge.function.seconds) == (1.5, approx((1 + 0.5 + 0.5) / 3))
    assert made.bills[0].amounts.transitions == 2.5
    # 3.5 s and 0.5 s
    assert made.usage.billed == approx(2.0) and made.usage.runs == 2
    assert made.bills[2].groups[0].states == ("Charge", "Done")


def test_measured_and_reckoned_agree() -> None:
    """A machine whose way is certain costs the same either way."""
    each = {"Type": "Map", "ItemProcessor": machine(A=call("B"), B={"Type": "Pass", "End": True}), "Next": "Wait"}
    flow = machine(Each=each, Wait={"Type": "Wait", "Seconds": 7, "End": True})
    run = Machine(flow).run([1, 2, 3], mocks={"A": after(0.2, payload({}))})
    measured = estimate(None, [recorded(run)], read_assumptions({}), prices(), "us-east-1", Plan())
    reckoned = cost(flow, {"items": {"Each": 3}})
    assert [b.run for b in measured.bills] == approx([b.run for b in reckoned.bills])


# -- what does not fit
@pytest.mark.parametrize(
    ("assumed", "why"),
    [
        ({"loops": {"Redy": 3}}, "loops names 'Redy', which is no state \\(did you mean 'Ready'"),
        ({"items": {"Look": 3}}, "items names 'Look', which is a Task and no Map"),
        ({"branches": {"Ready": {"Look": 0.5}}}, "does not lead to 'Look', but to 'Done', 'Bad', 'Pause'"),
        ({"branches": {"Ready": {"Done": 0.8, "Bad": 0.4}}}, "add up to 1.2"),
        ({"branches": {"Ready": {"Pause": 1}}}, "no execution gets out of the loop around"),
        ({"branches": {"Ready": {"Done": 0.5}}, "loops": {"Ready": 1}}, "both branches and loops"),
        ({"durations": {"Look": "soon"}}, "'soon' is no length of time"),
        ({"speed": 3}, "unknown field"),
    ],
)
def test_assumptions_that_do_not_fit(assumed: Any, why: str) -> None:
    with pytest.raises(Misfit, match=why):
        cost(POLL, assumed)


def test_visits_of_a_chain_with_two_loops() -> None:
    ways = {"a": {"b": 1.0}, "b": {"a": 0.5, "c": 0.5}, "c": {"b": 0.2, "d": 0.8}, "d": {}}
    assert expected("a", ways) == approx({"a": 2.25, "b": 2.25 + 0.25, "c": 1.25, "d": 1.0})
    with pytest.raises(Endless):
        expected("a", {"a": {"b": 1.0}, "b": {"a": 1.0}})


def test_the_answer_for_machines() -> None:
    made = to_json(cost(POLL, {"loops": {"Ready": 5}}))
    assert json.loads(json.dumps(made)) == made
    assert made["ways"][0]["transitions"] == 20 and made["states"][2]["function"]["name"] == "f"
    assert made["cheapest"] == "EXPRESS"
