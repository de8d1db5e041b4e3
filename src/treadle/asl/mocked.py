"""A state whose work is done by somebody else: tasks as they are, Parallel and Map as tasks that are mocked.

A distributed Map is a task to its parent already; here the other forks become one too, so that one reply ends each.
"""

from __future__ import annotations

from treadle.asl import machine, plan
from treadle.asl.compile import assignments, common, compile_state, guards, input_stages, output_stages
from treadle.asl.mapping import distribute
from treadle.asl.plan import Stages
from treadle.asl.resource import Resource


def compile_mocked(state: machine.State, data: str | None = None) -> plan.AnyNode:
    """The node of one state without its children. `data` is what a Map's ItemReader reads."""
    match state:
        case machine.Parallel():
            return _task(state, input_stages(state, state.parameters))
        case machine.Map():
            return _task(state, (*input_stages(state), distribute(state, data)))
        case _:
            return compile_state(state)


def _task(state: machine.Parallel | machine.Map, arguments: Stages) -> plan.Task:
    return plan.Task(
        **common(state),
        arguments=arguments,
        output=output_stages(state, state.result_selector, state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
        **guards(state),
        resource=Resource("task", "", type(state).__name__.lower(), "run"),
        timeout=lambda scope: None,
        heartbeat=lambda scope: None,
    )
