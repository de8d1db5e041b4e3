"""Machine -> plan. The only file that knows both query languages; after it nobody asks which one a state uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from treadle.asl import choice, machine, plan
from treadle.asl.distributed import compile_distribution
from treadle.asl.errors import RUNTIME
from treadle.asl.iteration import integer, item_selector, items, rooted
from treadle.asl.jsonpath import compile_reference
from treadle.asl.machine import ABSENT, Absent, Language
from treadle.asl.plan import Assign, Stage, Stages
from treadle.asl.resource import MAP_RUN, parse_resource
from treadle.asl.scope import Scope
from treadle.asl.template import (
    Expression,
    compile_template,
    is_jsonata,
    jsonpath_value,
    path_value,
    typed,
)
from treadle.asl.waiting import moment
from treadle.values import Json, StatesError, dumps


def compile(source: machine.Machine) -> plan.Plan:
    """The plan of a machine that the parser has accepted."""
    flows = {("" if flow is source.flow else flow.pointer): compile_flow(flow) for flow in flows_of(source.flow)}
    tasks = [node for flow in flows.values() for node in flow.nodes.values() if isinstance(node, plan.Task)]
    activities = frozenset(task.resource.arn for task in tasks if task.resource.kind == "activity")
    return plan.Plan(source, flows, source.timeout, activities)


def flows_of(flow: machine.Flow) -> Iterator[machine.Flow]:
    """`flow` and the flows inside its Parallels and inline Maps; a distributed Map's processor runs elsewhere."""
    yield flow
    for state in flow.states.values():
        if isinstance(state, machine.Parallel):
            for branch in state.branches:
                yield from flows_of(branch)
        elif isinstance(state, machine.Map) and state.mode == "INLINE":
            yield from flows_of(state.processor)


def compile_flow(flow: machine.Flow) -> plan.Flow:
    return plan.Flow(flow.start, {name: compile_state(state) for name, state in flow.states.items()})


def compile_state(state: machine.State) -> plan.AnyNode:
    match state:
        case machine.Pass():
            return compile_pass(state)
        case machine.Succeed():
            return plan.Pass(**common(state), arguments=input_stages(state), output=output_stages(state))
        case machine.Fail():
            return compile_fail(state)
        case machine.Wait():
            return plan.Wait(
                **common(state),
                arguments=input_stages(state),
                output=output_stages(state),
                assign=assignments(state.assign, state.language, "Assign"),
                until=moment(state),
            )
        case machine.Choice():
            return compile_choice(state)
        case machine.Task():
            return compile_task(state)
        case machine.Parallel():
            return compile_parallel(state)
        case machine.Map():
            return compile_distributed(state) if state.mode == "DISTRIBUTED" else compile_map(state)
    raise TypeError(f"unknown state {state!r}")


# So many copies of a payload may be written before they are found to be too large.
FEW = 32


def common(state: machine.State) -> dict[str, Json]:
    kind = type(state).__name__
    return {
        "name": state.name,
        "type": kind,
        "pointer": state.pointer,
        "entered": f"{kind}StateEntered",
        "exited": f"{kind}StateExited",
        "next": state.next,
        "multiplies": multiplies(state),
    }


def multiplies(state: machine.State) -> bool:
    """Whether what the state makes may hold the same data very often: an expression may, many paths may."""
    if state.language == "JSONata":
        return True
    templates = [getattr(state, name, ABSENT) for name in ("parameters", "result_selector", "item_selector", "assign")]
    return sum(dumps(each).count("$") for each in templates if each is not ABSENT) > FEW


# -- stages
def input_stages(state: machine.State, parameters: Json | Absent = ABSENT) -> Stages:
    """From the raw input to the effective one."""
    stages: list[Stage] = []
    if state.language == "JSONata":
        if not isinstance(parameters, Absent):
            make = compile_template(parameters, "JSONata", "Arguments").evaluate
            stages.append(("afterArguments", lambda scope, value: make(scope)))
        return tuple(stages)
    if state.input_path != "$":
        stages.append(("afterInputPath", input_path(state.input_path)))
    if not isinstance(parameters, Absent):
        stages.append(("afterParameters", rooted(compile_template(parameters, "JSONPath", "Parameters").evaluate)))
    return tuple(stages)


def input_path(path: str | None) -> Callable[[Scope, Json], Json]:
    """InputPath; what it selects is what later paths of this state call `$`."""
    find = None if path is None else path_value(path)

    def stage(scope: Scope, value: Json) -> Json:
        scope.root = {} if find is None else find(scope)
        return scope.root

    return stage


def output_stages(
    state: machine.State,
    selector: Json | Absent = ABSENT,
    result_path: str | None = "$",
    field: str = "Output",
    output: Json | Absent = ABSENT,
) -> Stages:
    """From the result of the work to the state's output. `output` overrides the state's own (a Choice rule's)."""
    if state.language == "JSONata":
        template = state.output if isinstance(output, Absent) else output
        if isinstance(template, Absent):
            return ()
        make = compile_template(template, "JSONata", field).evaluate
        return (("output", lambda scope, value: make(scope)),)
    stages: list[Stage] = []
    if not isinstance(selector, Absent):
        stages.append(
            ("afterResultSelector", rooted(compile_template(selector, "JSONPath", "ResultSelector").evaluate))
        )
    if result_path != "$":
        stages.append(("afterResultPath", result_path_stage(result_path)))
    if state.output_path != "$":
        find = None if state.output_path is None else path_value(state.output_path)
        stages.append(("output", (lambda scope, value: {}) if find is None else rooted(find)))
    return tuple(stages)


def result_path_stage(path: str | None) -> Callable[[Scope, Json], Json]:
    """ResultPath combines the result with the state's raw input; null discards the result."""
    if path is None:
        return lambda scope, value: scope.input
    reference = compile_reference(path)
    return lambda scope, value: reference.put(scope.input, value)


def assignments(assign: Json | Absent, language: Language, field: str) -> Assign:
    return None if isinstance(assign, Absent) else compile_template(assign, language, field).evaluate


# -- the types
def compile_pass(state: machine.Pass) -> plan.Pass:
    stages = input_stages(state, state.parameters)
    if not isinstance(state.result, Absent):
        result = state.result
        stages += (("result", lambda scope, value: result),)
    return plan.Pass(
        **common(state),
        arguments=stages,
        output=output_stages(state, result_path=state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
    )


def compile_fail(state: machine.Fail) -> plan.Fail:
    error = fail_text(state, state.error, state.error_path, "Error")
    cause = fail_text(state, state.cause, state.cause_path, "Cause")
    return plan.Fail(**common(state), failure=lambda scope: (error(scope), cause(scope)))


def fail_text(state: machine.Fail, text: str | None, path: str | None, field: str) -> Callable[[Scope], str | None]:
    if path is not None:
        find = jsonpath_value(path, f"{field}Path")

        def located(scope: Scope) -> str | None:
            value = find(scope)
            if not isinstance(value, str):
                subject = f"The JSONPath '{path}' specified for the field '{field}Path'"
                raise StatesError(RUNTIME, f"{subject} must resolve to a string, but was: {dumps(value)}")
            return value

        return located
    if state.language == "JSONata" and is_jsonata(text):
        return typed(str(text), field, "string")
    return lambda scope: text


def compile_choice(state: machine.Choice) -> plan.Choice:
    rules = []
    for index, rule in enumerate(state.choices):
        where = f"Choices[{index}]"
        rules.append(
            plan.Rule(
                condition(state.language, rule.condition, f"{where}/Condition"),
                rule.next,
                output_stages(state, field=f"{where}/Output", output=rule.output),
                assignments(rule.assign, state.language, f"{where}/Assign"),
            )
        )
    if state.default is not None:
        # The state's own Output and Assign belong to the default path.
        own = assignments(state.assign, state.language, "Assign")
        rules.append(plan.Rule(lambda scope: True, state.default, output_stages(state), own))
    return plan.Choice(**common(state), arguments=input_stages(state), rules=tuple(rules))


def condition(language: Language, source: Json, field: str) -> Callable[[Scope], bool]:
    if language == "JSONPath":
        return choice.compile(source)
    if is_jsonata(source):
        return typed(source, field, "boolean")
    return lambda scope: bool(source)


def compile_task(state: machine.Task) -> plan.Task:
    resource = parse_resource(state.resource)
    if resource is None:
        raise ValueError(f"the parser let an unknown resource pass: {state.resource}")
    return plan.Task(
        **common(state),
        arguments=input_stages(state, state.parameters),
        output=output_stages(state, state.result_selector, state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
        **guards(state),
        resource=resource,
        timeout=integer(state, state.timeout, state.timeout_path, "TimeoutSeconds"),
        heartbeat=integer(state, state.heartbeat, state.heartbeat_path, "HeartbeatSeconds"),
        credentials=credentials(state),
    )


def credentials(state: machine.Task) -> Expression | None:
    if isinstance(state.credentials, Absent):
        return None
    given = compile_template(state.credentials, state.language, "Credentials").evaluate
    error = "States.QueryEvaluationError" if state.language == "JSONata" else "States.Runtime"

    def evaluate(scope: Scope) -> Json:
        found = given(scope)
        role = found.get("RoleArn") if isinstance(found, dict) else None
        if not isinstance(role, str):
            # In our words: AWS has not been seen to answer to this.
            raise StatesError(error, "The field 'Credentials' must give an object whose 'RoleArn' is a string")
        return {"RoleArn": role}

    return evaluate


def compile_parallel(state: machine.Parallel) -> plan.Fork:
    return plan.Fork(
        **common(state),
        arguments=input_stages(state, state.parameters),
        output=output_stages(state, state.result_selector, state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
        **guards(state),
        flows=tuple(branch.pointer for branch in state.branches),
    )


def compile_map(state: machine.Map) -> plan.Fork:
    return plan.Fork(
        **common(state),
        arguments=input_stages(state),
        output=output_stages(state, state.result_selector, state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
        **guards(state),
        flows=(state.processor.pointer,),
        items=items(state),
        select=item_selector(state),
        limit=integer(state, state.max_concurrency, state.max_concurrency_path, "MaxConcurrency"),
    )


def compile_distributed(state: machine.Map) -> plan.Task:
    """To its parent a distributed Map is a task: the map run is performed outside, and its news comes back."""
    return plan.Task(
        **common(state),
        arguments=input_stages(state),
        output=output_stages(state, state.result_selector, state.result_path),
        assign=assignments(state.assign, state.language, "Assign"),
        **guards(state),
        resource=MAP_RUN,
        timeout=lambda scope: None,
        heartbeat=lambda scope: None,
        map=compile_distribution(state),
    )


# -- retry and catch
def guards(state: machine.Task | machine.Parallel | machine.Map) -> dict[str, Json]:
    return {"retry": state.retry, "catch": tuple(catcher(state, c, i) for i, c in enumerate(state.catch))}


def catcher(state: machine.State, source: machine.Catcher, index: int) -> plan.Catch:
    """A catcher's output: ResultPath into the raw input (JSONPath), or its Output template."""
    where = f"Catch[{index}]"
    output: Stages = ()
    if state.language == "JSONata":
        if not isinstance(source.output, Absent):
            make = compile_template(source.output, "JSONata", f"{where}/Output").evaluate
            output = (("output", lambda scope, value: make(scope)),)
    elif source.result_path != "$":
        output = (("afterResultPath", result_path_stage(source.result_path)),)
    return plan.Catch(source.errors, source.next, output, assignments(source.assign, state.language, f"{where}/Assign"))
