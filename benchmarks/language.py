"""How fast the language is, without any server: text -> machine -> plan, and what a running state evaluates.

    python benchmarks/language.py [NAME ...] [--rounds 5] [--json]

Every row is the median of several rounds, with the fastest and the slowest beside it. The collector of garbage is set
as the server sets it.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from treadle.asl import jsonata
from treadle.asl.compile import compile
from treadle.asl.parse import diagnose, parse
from treadle.asl.plan import Plan
from treadle.asl.references import variable_references
from treadle.engine.execution import Facts
from treadle.engine.step import start
from treadle.values import Payload, dumps, loads

MIB = 1_048_576
Work = Callable[[], object]


def large_definition(language: str, size: int = MIB - 4096) -> str:
    """A chain of Task, Pass and Choice states of about `size` bytes, every expression a different one."""
    states: dict[str, Any] = {}
    length, number = 60, 0
    while length < size:
        state, name = (_jsonata_state if language == "JSONata" else _jsonpath_state)(number), f"State{number}"
        state["Next" if state["Type"] != "Choice" else "Default"] = f"State{number + 1}"
        states[name] = state
        length += len(json.dumps(state)) + len(name) + 6
        number += 1
    states[f"State{number}"] = {"Type": "Succeed"}
    return json.dumps({"QueryLanguage": language, "StartAt": "State0", "States": states})


def _jsonpath_state(number: int) -> dict[str, Any]:
    onward = f"State{number + 1}"
    match number % 3:
        case 0:
            return {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {
                    "FunctionName": f"function-{number}",
                    "Payload": {"id.$": f"$.orders[{number}].id", "at.$": "$$.State.EnteredTime"},
                },
                "ResultSelector": {"total.$": f"States.MathAdd($.Payload.total, {number})"},
                "ResultPath": f"$.results.step{number}",
                "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 3, "BackoffRate": 2}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": onward}],
            }
        case 1:
            return {"Type": "Pass", "Parameters": {"text.$": f"States.Format('order {{}} of {number}', $.name)"}}
        case _:
            rule = {
                "And": [{"Variable": f"$.n{number}", "IsPresent": True}, {"Variable": "$.n", "NumericLessThan": number}]
            }
            return {"Type": "Choice", "Choices": [{**rule, "Next": onward}]}


def _jsonata_state(number: int) -> dict[str, Any]:
    onward = f"State{number + 1}"
    match number % 3:
        case 0:
            return {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {
                    "FunctionName": f"function-{number}",
                    "Payload": {
                        "id": f"{{% $states.input.orders[{number}].id %}}",
                        "total": f"{{% $sum($states.input.items.(price * quantity)) + {number} %}}",
                    },
                },
                "Assign": {f"total{number}": "{% $states.result.Payload.total %}"},
                "Output": f"{{% $merge([$states.input, {{'step{number}': $states.result.Payload}}]) %}}",
                "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": onward}],
            }
        case 1:
            return {"Type": "Pass", "Output": f"{{% $states.input ~> |items[n > {number}]|{{'big': true}}| %}}"}
        case _:
            condition = f"{{% $exists($states.input.n{number}) and $states.input.n < {number} %}}"
            return {"Type": "Choice", "Choices": [{"Condition": condition, "Next": onward}]}


def document(size: int = 256 * 1024) -> Any:
    """A document of about `size` bytes of JSON: many orders with items."""
    orders = []
    length = 0
    while length < size:
        number = len(orders)
        order = {
            "id": f"order-{number}",
            "customer": {"name": f"Customer {number % 97}", "vip": number % 7 == 0},
            "items": [{"sku": f"s{each}", "price": each * 1.25, "quantity": each % 5} for each in range(number % 6)],
        }
        orders.append(order)
        length += len(dumps(order)) + 1
    return {"meta": {"count": len(orders)}, "orders": orders}


def plan_of(definition: dict[str, Any]) -> Plan:
    return compile(parse(json.dumps(definition)))


def facts(input: Any) -> Facts:
    head = "arn:aws:states:us-east-1:000000000000"
    text = dumps(input)
    return Facts(f"{head}:execution:m:e", "e", f"{head}:stateMachine:m", "m", "arn:r", 1.7e9, 7, Payload(text=text))


def run(definition: dict[str, Any], input: Any) -> Work:
    """Start an execution that runs to its end in one step."""
    plan, given = plan_of(definition), facts(input)
    assert start(plan, given, 1.7e9).execution.status == "SUCCEEDED"
    return lambda: start(plan, given, 1.7e9)


def one(state: dict[str, Any], **machine: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {**state, "End": True}}, **machine}


def passing(**fields: Any) -> dict[str, Any]:
    return one({"Type": "Pass", **fields})


def evaluation(source: str, input: Any) -> Work:
    expression, world = jsonata.compile(source), jsonata.World(1.7e9, random.Random(1))
    variables = {"states": {"input": input}}
    expression.evaluate(variables, world)
    return lambda: expression.evaluate(variables, world)


def _workloads() -> dict[str, Callable[[], tuple[Work, int]]]:
    """Name -> what to do, and how many times in a round."""
    jsonpath_text, jsonata_text = large_definition("JSONPath"), large_definition("JSONata")
    large = document()
    large_text = dumps(large)
    items = {"items": [{"id": n, "price": n * 0.5, "quantity": n % 7, "tags": ["a", "b"]} for n in range(10_000)]}
    transform = "$states.input.items[quantity > 2].{'id': id, 'total': price * quantity, 'label': 'item ' & id}"
    aggregate = "$sum($map($states.input.items, function($item) { $item.price * $item.quantity }))"
    rule = {"And": [{"Variable": "$.n", "NumericGreaterThan": 3}, {"Variable": "$.s", "StringMatches": "a*c"}]}
    choice = {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "B"}, {**rule, "Next": "B"}],
            },
            "B": {"Type": "Succeed"},
        },
    }
    names = "ABCDE"
    five = {
        "StartAt": "A",
        "States": {
            name: {"Type": "Pass", "Parameters": {"n.$": "$.n", "by": name}, "ResultPath": f"$.{name}"}
            | ({"Next": names[index + 1]} if index < 4 else {"End": True})
            for index, name in enumerate(names)
        },
    }
    small = {"n": 5, "s": "abc"}
    return {
        "validate 1 MB, JSONPath": lambda: (lambda: diagnose(jsonpath_text), 1),
        "validate 1 MB, JSONata": lambda: (lambda: diagnose(jsonata_text), 1),
        "create 1 MB, JSONPath": lambda: (lambda: create(jsonpath_text), 1),
        "create 1 MB, JSONata": lambda: (lambda: create(jsonata_text), 1),
        "decode 256 KB of JSON": lambda: (lambda: loads(large_text), 20),
        "encode 256 KB of JSON": lambda: (lambda: dumps(large), 20),
        "state with a path, 256 KB": lambda: (run(passing(InputPath="$.orders[500].items"), large), 20),
        "state with a filter, 256 KB": lambda: (
            run(passing(InputPath="$.orders[?(@.customer.vip == true)].id"), large),
            5,
        ),
        "state with a scan, 256 KB": lambda: (run(passing(InputPath="$..price"), large), 5),
        "JSONata transform, 10,000 items": lambda: (evaluation(transform, items), 1),
        "JSONata aggregate, 10,000 items": lambda: (evaluation(aggregate, items), 1),
        "JSONata, a member": lambda: (evaluation("$states.input.n", small), 2000),
        "Choice with four rules": lambda: (run(choice, small), 500),
        "intrinsic States.Format": lambda: (
            run(passing(Parameters={"a.$": "States.Format('{} {}', $.n, $.s)"}), small),
            500,
        ),
        "Pass": lambda: (run(passing(), small), 1000),
        "five Pass states with templates": lambda: (run(five, small), 300),
    }


def create(text: str) -> Plan:
    """What CreateStateMachine and the first execution do with a definition."""
    machine = parse(text)
    variable_references(machine)
    return compile(machine)


def measure(work: Work, times: int, rounds: int) -> list[float]:
    """Seconds of one piece of work, one figure for each round."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times)
    return sorted(found)


def shown(seconds: float) -> str:
    for unit, factor in (("s ", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:8.2f} {unit}"
    raise AssertionError("unreachable")


def report(workloads: dict[str, Callable[[], tuple[Work, int]]], what: str | None) -> None:
    """Measure what the command line asks for and print it."""
    options = argparse.ArgumentParser(description=what)
    options.add_argument("names", nargs="*", help="only rows whose name contains one of these")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    figures: dict[str, float] = {}
    if not given.json:
        print(f"{'':34} {'median':>11} {'fastest':>11} {'slowest':>11}")
    for name, prepare in workloads.items():
        if given.names and not any(wanted in name for wanted in given.names):
            continue
        work, times = prepare()
        work()
        found = measure(work, times, given.rounds)
        figures[name] = statistics.median(found)
        if not given.json:
            print(f"{name:34} {shown(figures[name])} {shown(found[0])} {shown(found[-1])}")
    if given.json:
        print(json.dumps({name: round(seconds, 9) for name, seconds in figures.items()}, indent=1))


if __name__ == "__main__":
    report(_workloads(), __doc__)
