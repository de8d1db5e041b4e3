"""Which workflow variables each state names: DescribeStateMachine's `variableReferences`.

Also the list of all expressions in a state, for whoever wants to read them.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from treadle.asl import expressions
from treadle.asl.fields import OPERATORS
from treadle.asl.machine import Choice, Flow, Machine, Map, Parallel, State, Task
from treadle.values import Json

# Attributes of a JSONPath state that hold payload templates; those that hold a path end in `_path`.
_TEMPLATES = ("assign", "parameters", "result_selector", "item_selector", "credentials")


def variable_references(machine: Machine) -> dict[str, list[str]]:
    """State name -> names of the variables it refers to, sorted; states that name none are left out."""
    found: dict[str, list[str]] = {}
    for state in states(machine.flow):
        variables = sorted(references(state))
        if variables:
            found[state.name] = variables
    return found


def states(flow: Flow) -> Iterator[State]:
    """All states, outer before inner, in the order of the definition."""
    for state in flow.states.values():
        yield state
        for inside in inner(state):
            yield from states(inside)


def inner(state: State) -> tuple[Flow, ...]:
    """The flows inside a state."""
    match state:
        case Parallel():
            return state.branches
        case Map():
            return (state.processor,)
        case _:
            return ()


def references(state: State) -> set[str]:
    """The variables one state names, those of its inner states left out."""
    read = expressions.jsonata_variables if state.language == "JSONata" else expressions.jsonpath_variables
    return {name for text in texts(state) for name in read(text)}


def texts(state: State) -> Iterator[str]:
    """Every expression of a state: `{% %}` strings (JSONata), or paths and intrinsic calls (JSONPath)."""
    if state.language == "JSONata":
        yield from _evaluated(structs.asdict(state))
    else:
        yield from _paths(state)


def _evaluated(value: object) -> Iterator[str]:
    """The `{% %}` strings inside a value of the model. Inner flows are states of their own."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            if expressions.is_jsonata(value):
                yield value
        elif isinstance(value, dict):
            stack.extend(reversed(value.values()))
        elif isinstance(value, list | tuple):
            stack.extend(reversed(value))
        elif isinstance(value, Struct) and not isinstance(value, Flow):
            stack.append(structs.asdict(value))


def _paths(state: State) -> Iterator[str]:
    for name, value in structs.asdict(state).items():
        if name.endswith("_path") and name != "result_path" and isinstance(value, str):
            yield value
        elif name in _TEMPLATES:
            yield from _payload(value)
    if isinstance(state, Choice):
        for rule in state.choices:
            yield from _comparisons(rule.condition)
            yield from _payload(rule.assign)
    if isinstance(state, Task | Parallel | Map):
        for catcher in state.catch:
            yield from _payload(catcher.assign)
    if isinstance(state, Map):
        yield from _storage(state.item_reader, "Parameters", "ReaderConfig")
        yield from _storage(state.result_writer, "Parameters", "WriterConfig")
        yield from _storage({"ItemBatcher": state.item_batcher}, "", "ItemBatcher")
        yield from _storage(state.item_batcher, "BatchInput", "")


def _payload(template: object) -> Iterator[str]:
    """The values of a payload template's `.$` members."""
    stack = [template]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            for name, member in reversed(value.items()):
                if not name.endswith(".$"):
                    stack.append(member)
            yield from (member for name, member in value.items() if name.endswith(".$"))


def _comparisons(condition: Json) -> Iterator[str]:
    """The paths of a JSONPath rule, however nested."""
    stack = [condition]
    while stack:
        test = stack.pop()
        for name, operand in test.items():
            if name == "Variable" or OPERATORS.get(name) == "path":
                yield operand
            elif name == "Not":
                stack.append(operand)
            elif name in ("And", "Or"):
                stack.extend(operand)


def _storage(value: object, template: str, config: str) -> Iterator[str]:
    """The expressions of an ItemReader, ItemBatcher or ResultWriter: one template member, paths in its config."""
    if isinstance(value, dict):
        yield from _payload(value.get(template))
        options = value.get(config)
        if isinstance(options, dict):
            yield from (text for name, text in options.items() if name.endswith("Path"))
