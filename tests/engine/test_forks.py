"""Parallel and inline Map: children, joins, failures, and how their histories hang together."""

from states import PASS, both, each, machine, task
from treadle.testing import Fails, Machine, in_turn

from .runs import by_hand, chain


def test_iterations_one_at_a_time_chain_like_aws() -> None:
    done = Machine(machine({"M": each({"P": PASS}, MaxConcurrency=1)})).run([1, 2])
    assert chain(done) == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "MapStateEntered"),
        (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"),
        (5, 4, "PassStateEntered"),
        (6, 5, "PassStateExited"),
        (7, 6, "MapIterationSucceeded"),
        (8, 6, "MapIterationStarted"),
        (9, 8, "PassStateEntered"),
        (10, 9, "PassStateExited"),
        (11, 10, "MapIterationSucceeded"),
        (12, 11, "MapStateSucceeded"),
        (13, 11, "MapStateExited"),
        (14, 13, "ExecutionSucceeded"),
    ]


def test_results_keep_the_order_of_the_items_whoever_finishes_first() -> None:
    begun = by_hand(machine({"M": each({"T": task()})}), [1, 2, 3])
    assert sorted(begun.open) == [4, 5, 6]
    for id, reply in ((6, "c"), (4, "a"), (5, "b")):
        begun.open[id].succeed(reply)
    assert begun.output == ["a", "b", "c"]


def test_concurrency_is_never_more_than_allowed() -> None:
    begun = by_hand(machine({"M": each({"T": task()}, MaxConcurrency=2)}), [1, 2, 3, 4, 5])
    assert len(begun.open) == 2
    begun.tasks()[0].succeed(1)
    assert len(begun.open) == 2
    assert begun.types.count("MapIterationStarted") == 3


def test_branches_run_at_the_same_time() -> None:
    begun = by_hand(machine({"F": both({"A": task()}, {"B": task()}, {"C": task()})}))
    assert [task.call.state for task in begun.tasks()] == ["A", "B", "C"]


def test_an_empty_map_succeeds_at_once() -> None:
    done = Machine(machine({"M": each({"P": PASS})})).run([])
    assert (done.status, done.output) == ("SUCCEEDED", [])


def test_item_selector_sees_the_item_and_the_states_input() -> None:
    selector = {"item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "all.$": "$.list"}
    done = Machine(machine({"M": each({"P": PASS}, ItemsPath="$.list", ItemSelector=selector)})).run({"list": ["a"]})
    assert done.output == [{"item": "a", "index": 0, "all": ["a"]}]


def test_a_failing_iteration_fails_the_map_and_aborts_its_siblings() -> None:
    begun = by_hand(machine({"M": each({"T": task()})}), [1, 2])
    begun.open[3].fail("Boom", "why")
    assert begun.types[-5:] == [
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert begun.history[-1].details == {"error": "Boom", "cause": "why"}
    assert not begun.open


def test_a_map_is_retried_as_a_whole() -> None:
    retry = [{"ErrorEquals": ["Boom"], "MaxAttempts": 1}]
    done = Machine(machine({"M": each({"T": task()}, Retry=retry)})).run(
        [1], mocks={"T": in_turn(Fails("Boom"), "fine")}
    )
    assert done.output == ["fine"]
    assert done.types.count("MapStateStarted") == 2
    assert "MapStateFailed" not in done.types


def test_branches_share_the_input_and_answer_in_their_order() -> None:
    done = Machine(machine({"F": both({"A": PASS | {"Result": 1}}, {"B": PASS})})).run({"in": 0})
    assert done.output == [1, {"in": 0}]


def test_a_branch_reports_its_own_error() -> None:
    done = Machine(machine({"F": both({"A": {"Type": "Fail", "Error": "Own"}}, {"B": task()})})).run()
    assert done.history[-1].details == {"error": "Own"}


def test_inner_scopes_read_outer_variables_and_keep_their_own() -> None:
    inner = {"B": PASS | {"Assign": {"mine.$": "$outer"}, "Parameters": {"seen.$": "$outer"}}}
    states = {"A": {"Type": "Pass", "Assign": {"outer": 5}, "Next": "F"}, "F": both(inner)}
    done = Machine(machine(states)).run()
    assert done.output == [{"seen": 5}]
    assert done.execution.frames[0].variables == {}


def test_a_runtime_error_in_a_branch_passes_every_catch() -> None:
    broken = {"A": PASS | {"InputPath": "$.missing"}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    done = Machine(machine({"F": both(broken, Catch=catch), "C": {"Type": "Succeed"}})).run()
    assert done.status == "FAILED"
    assert done.execution.failure is not None
    assert done.execution.failure.error == "States.Runtime"
