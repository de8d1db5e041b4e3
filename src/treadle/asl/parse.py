"""Text of a definition -> Machine, every rule of the language checked on the way: the one door into this house.

The tables of fields.py say what may stand where; this file reads objects by them and builds the model. validate.py
then looks at the machine as a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from msgspec import Struct, structs

from treadle.asl import fields, kinds, resource
from treadle.asl.expressions import is_jsonata
from treadle.asl.fields import Field, Table
from treadle.asl.findings import DefinitionError, MachineKind, Place, Survey, TaskCheck
from treadle.asl.jsontext import Malformed, load_strictly
from treadle.asl.kinds import Reader
from treadle.asl.machine import (
    Catcher,
    Choice,
    Diagnostic,
    Fail,
    Flow,
    Language,
    Machine,
    Map,
    Parallel,
    Pass,
    Retrier,
    Rule,
    State,
    Succeed,
    Task,
    Wait,
)
from treadle.asl.references import states
from treadle.asl.validate import check_machine, check_state
from treadle.values import Json

_CLASSES: Final[Mapping[str, Callable[..., State]]] = MappingProxyType(
    {
        "Task": Task,
        "Wait": Wait,
        "Pass": Pass,
        "Succeed": Succeed,
        "Fail": Fail,
        "Choice": Choice,
        "Parallel": Parallel,
        "Map": Map,
    }
)
_DEEPEST = 200  # objects and arrays within each other: ours, so that no definition can exhaust the stack
_MAX_BYTES = 1_048_576
_UNKNOWN = (
    "The resource provided {} is not recognized. The value is not a valid resource ARN, or the resource is not"
    " available in this region."
)
# What AWS answers when an Express machine asks for a pattern it lacks; the second one really has the blank.
_EXPRESS_LACKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sync": "Express state machine does not support '.sync' service integration",
        "sync:2": "Express state machine does not support '.sync' service integration",
        "token": "Express state machine does not support '.waitForTaskToken' service integration ",
    }
)


def parse(text: str, *, kind: MachineKind = "STANDARD", tasks: TaskCheck | None = None) -> Machine:
    """The machine a definition describes. Raises DefinitionError with all findings.

    `tasks` is asked about every Task whose resource is well formed: is this SDK action known, does it have these
    parameters, can we do it?
    """
    machine, survey = _survey(text, kind, tasks)
    if machine is None or survey.errors or survey.limits:
        raise DefinitionError((*survey.errors, *survey.limits))
    return machine


def diagnose(
    text: str,
    *,
    kind: MachineKind = "STANDARD",
    severity: Literal["ERROR", "WARNING"] = "ERROR",
    tasks: TaskCheck | None = None,
) -> tuple[Diagnostic, ...]:
    """All findings of at least this severity, as ValidateStateMachineDefinition lists them.

    Which warnings AWS gives is not documented: ours say what AWS takes and treadle cannot do.
    """
    survey = _survey(text, kind, tasks)[1]
    return (*survey.errors, *(survey.limits if severity == "WARNING" else ()))


def examine(
    text: str, *, kind: MachineKind = "STANDARD", tasks: TaskCheck | None = None
) -> tuple[Machine | None, tuple[Diagnostic, ...]]:
    """All findings, and the machine when it could be built: transitions may lead nowhere in it, as the findings say."""
    machine, survey = _survey(text, kind, tasks)
    return machine, (*survey.errors, *survey.limits)


def parse_state(
    text: str, *, name: str = "StateName", kind: MachineKind = "STANDARD", tasks: TaskCheck | None = None
) -> State:
    """A state that stands alone, as TestState takes it: where it leads is not asked. Raises DefinitionError."""
    survey = Survey(tasks=tasks)
    value = _load(text, survey)
    at = Place(survey, kind=kind)
    state = None if survey.errors else _read_state(name, value, at)
    if state is not None:
        check_state(state, at.state(name, state.language))
    if state is None or survey.errors or survey.limits:
        raise DefinitionError((*survey.errors, *survey.limits))
    return state


def find_state(machine: Machine, name: str) -> State | None:
    """The state `name`, however deep: names are unique in the whole machine."""
    return next((state for state in states(machine.flow) if state.name == name), None)


def _survey(text: str, kind: MachineKind, tasks: TaskCheck | None) -> tuple[Machine | None, Survey]:
    survey = Survey(tasks=tasks)
    value = _load(text, survey)
    if survey.errors:
        return None, survey
    if isinstance(value, dict) and value.get("QueryLanguage") == "JSONata":
        survey.default = "JSONata"
    at = Place(survey, kind=kind, language=survey.default)
    machine = _read_machine(value, at)
    if machine is not None and not survey.errors:
        check_machine(machine, at)
    return machine, survey


def _load(text: str, survey: Survey) -> Json:
    """The JSON value of a definition; what keeps it from being one is reported."""
    problem, location = None, None
    if len(text) > _MAX_BYTES or len(text.encode(errors="surrogatepass")) > _MAX_BYTES:
        problem = f"The definition is larger than {_MAX_BYTES} bytes"
    else:
        try:
            value = load_strictly(text)
        except Malformed as malformed:
            problem, location = malformed.message, malformed.location
        else:
            if not _is_deeper(value, _DEEPEST):
                return value
            problem = f"The definition is nested too deeply: more than {_DEEPEST} levels"
    survey.errors.append(Diagnostic("INVALID_JSON_DESCRIPTION", problem, location))
    return None


def _is_deeper(value: Json, levels: int) -> bool:
    """Whether `value` holds objects or arrays more than `levels` deep."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            member
            for holder in level
            if isinstance(holder, dict | list)
            for member in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(member, dict | list)
        ]
        if not level:
            return False
    return True


def _read_object(value: Json, table: Table, at: Place) -> dict[str, Any]:
    """The members of an object by their attribute in the model, each read as the table says."""
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return {}
    kept: dict[str, Any] = {}
    for name, member in value.items():
        field = table.fields.get(name)
        if field is None:
            _refuse_field(name, table, at)
            continue
        result = _read_field(member, field, at.field(name, field.sees))
        if field.attribute is not None:
            kept[field.attribute] = result
    missing = [name for name in table.required if name not in value]
    if missing:
        at.refuse(f"These fields are required: [{', '.join(missing)}]")
    for group in table.exclusive:
        _check_group(group, value, at, exactly=False)
    for group in table.one_of:
        _check_group(group, value, at, exactly=True)
    return kept


def _read_field(value: Json, field: Field, at: Place) -> Json:
    if field.evaluated and at.language == "JSONata" and isinstance(value, str) and is_jsonata(value):
        kinds.check_jsonata(value, at, at.location)
        return value
    return _READERS[field.kind](value, field, at)


def _refuse_field(name: str, table: Table, at: Place) -> None:
    if name in table.foreign:
        other = "JSONata" if at.language == "JSONPath" else "JSONPath"
        message = (
            f"The QueryLanguage is set to '{at.language}', but field '{name}' is only supported for the '{other}'"
            " QueryLanguage"
        )
    else:
        message = f"Field '{name}' is not supported"
    at.refuse(message, location=f"{at.location}/{name}")


def _check_group(group: tuple[str, ...], value: Mapping[str, Json], at: Place, *, exactly: bool) -> None:
    """Of the fields in `group` one may stand (`exactly`: must stand)."""
    present = sum(name in value for name in group)
    if present > 1:
        at.refuse(f"Only one of these fields is allowed: [{', '.join(group)}]")
    elif exactly and not present:
        at.refuse(f"Exactly one of these fields is required: [{', '.join(group)}]")


def _read_machine(value: Json, at: Place) -> Machine | None:
    kept = _read_object(value, fields.MACHINE[at.language], at)
    if at.survey.errors:
        return None
    flow = Flow(at.pointer, kept.pop("start"), kept.pop("states"))
    return Machine(flow, at.language, expressions=tuple(at.survey.expressions), **kept)


def _read_flow(value: Json, tables: Mapping[Language, Table], at: Place) -> Flow | None:
    before = len(at.survey.errors)
    kept = _read_object(value, tables[at.language], at)
    return Flow(at.pointer, kept["start"], kept["states"]) if len(at.survey.errors) == before else None


def _read_states(value: Json, field: Field, at: Place) -> Json:
    """The states of one flow by name; those with findings are left out."""
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return {}
    if not value:
        at.refuse("Value cannot be empty")
    around = Place(at.survey, at.location.removesuffix("/States"), at.pointer, at.kind, at.language)
    states: dict[str, State] = {}
    for name, member in value.items():
        state = _read_state(name, member, around)
        if state is not None:
            states[name] = state
    return MappingProxyType(states)


def _read_state(name: str, value: Json, around: Place) -> State | None:
    """The state `name` of the flow at `around`, or None when it has findings."""
    default = around.survey.default
    at = around.state(name, default)
    before = len(at.survey.errors)
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return None
    if not 0 < len(name) <= fields.MAX_NAME:
        at.refuse(f"State name must be between 1 and {fields.MAX_NAME} characters long")
    kind = value.get("Type")
    if "Type" not in value:
        at.refuse("These fields are required: [Type]")
    elif kind not in fields.STATE_TYPES:
        types = ", ".join(fields.STATE_TYPES)
        at.field("Type").refuse(f"The field 'Type' should have one of these values: [{types}]")
    else:
        at.language = _language(value, default, at)
        kept = _read_object(value, fields.STATES[kind][at.language], at)
        _check_ending(value, fields.STATES[kind][at.language], at)
        _finish(kept, value, at)
        if len(at.survey.errors) == before:
            return _CLASSES[kind](name=name, pointer=at.pointer, language=at.language, **kept)
    return None


def _language(value: Mapping[str, Json], default: Language, at: Place) -> Language:
    language = value.get("QueryLanguage", default)
    if language == "JSONPath" and default == "JSONata":
        at.refuse("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    return "JSONata" if language == "JSONata" else "JSONPath" if language == "JSONPath" else default


def _check_ending(value: Mapping[str, Json], table: Table, at: Place) -> None:
    """A state that is not terminal by its type names the next one or says End."""
    if "Next" in table.fields:
        given = {name: True for name in ("Next", "End") if value.get(name) not in (None, False)}
        _check_group(("Next", "End"), given, at, exactly=True)


def _finish(kept: dict[str, Any], value: Mapping[str, Json], at: Place) -> None:
    """What concerns two fields of a state at once, and what the model keeps in another form."""
    if "resource" in kept:
        _ask(kept, value, at)
    timeout, heartbeat = kept.get("timeout"), kept.get("heartbeat")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        at.refuse("'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
    processor = kept.get("processor")
    if isinstance(processor, _Processor):
        kept |= {
            "processor": processor.flow,
            "mode": processor.mode,
            "execution_type": processor.execution_type,
            "legacy": "Iterator" in value,
        }
        if processor.mode == "INLINE":
            for name in fields.DISTRIBUTED_ONLY:
                if name in value:
                    message = f"Field '{name}' is only supported in 'DISTRIBUTED' mode"
                    at.refuse(message, location=f"{at.location}/{name}")


def _ask(kept: Mapping[str, Json], value: Mapping[str, Json], at: Place) -> None:
    """What those who know the services say of a Task, once the language has nothing against its resource."""
    parsed = resource.parse_resource(kept["resource"]) if isinstance(kept["resource"], str) else None
    if at.survey.tasks is None or parsed is None or not resource.exists(parsed):
        return
    field = "Arguments" if at.language == "JSONata" else "Parameters"
    for found in at.survey.tasks(parsed, field, value.get(field)):
        placed = structs.replace(found, location=f"{at.location}{found.location or ''}")
        (at.survey.errors if found.severity == "ERROR" else at.survey.limits).append(placed)


class _Processor(Struct, frozen=True):
    """What `ItemProcessor` (or `Iterator`) says."""

    flow: Flow | None
    mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
    execution_type: MachineKind = "STANDARD"


def _read_processor(value: Json, field: Field, at: Place) -> Json:
    config = value.get("ProcessorConfig", {}) if isinstance(value, dict) else {}
    mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
    execution_type: MachineKind = "STANDARD"
    if isinstance(config, dict):
        mode = "DISTRIBUTED" if config.get("Mode") == "DISTRIBUTED" else "INLINE"
        execution_type = "EXPRESS" if config.get("ExecutionType") == "EXPRESS" else "STANDARD"
        if mode == "DISTRIBUTED" and "ExecutionType" not in config:
            at.field("ProcessorConfig").refuse("These fields are required: [ExecutionType]")
        if mode == "DISTRIBUTED" and at.kind == "EXPRESS":
            at.field("ProcessorConfig").field("Mode").refuse("Express state machine does not support Distributed Map")
    kind = at.kind if mode == "INLINE" else execution_type
    flow = _read_flow(value, fields.PROCESSOR, at.flow(field.name, kind))
    return _Processor(flow, mode, execution_type)


def _read_branches(value: Json, field: Field, at: Place) -> Json:
    branches = _items(value, at)
    if value == []:
        at.refuse("Value cannot be empty")
    return tuple(
        _read_flow(each, fields.BRANCH, place.flow(f"Branches/{index}", at.kind)) for index, each, place in branches
    )


def _items(value: Json, at: Place) -> list[tuple[int, Json, Place]]:
    """The elements of an array with their numbers and places."""
    if not isinstance(value, list):
        at.refuse("Expected value of type Array")
        return []
    return [(index, each, at.item(index)) for index, each in enumerate(value)]


def _read_retriers(value: Json, field: Field, at: Place) -> Json:
    retriers = []
    for _, each, place in _items(value, at):
        kept = _read_object(each, fields.RETRIER[at.language], place)
        if "errors" in kept:
            kept["jitter"] = kept.get("jitter") == "FULL"
            retriers.append(Retrier(**kept))
    _check_last(tuple(retrier.errors for retrier in retriers), at)
    return tuple(retriers)


def _read_catchers(value: Json, field: Field, at: Place) -> Json:
    catchers = []
    for _, each, place in _items(value, at):
        kept = _read_object(each, fields.CATCHER[at.language], place)
        if "errors" in kept and "next" in kept:
            catchers.append(Catcher(**kept))
    _check_last(tuple(catcher.errors for catcher in catchers), at)
    return tuple(catchers)


def _check_last(errors: tuple[tuple[str, ...], ...], at: Place) -> None:
    for index, names in enumerate(errors[:-1]):
        if "States.ALL" in names:
            at.item(index).refuse(f"States.ALL must appear in the last element of '{at.location.rpartition('/')[2]}'")


def _read_rules(value: Json, field: Field, at: Place) -> Json:
    if value == []:
        at.refuse("Value cannot be empty")
    rules = []
    for _, each, place in _items(value, at):
        rule = _read_rule(each, place)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _read_rule(value: Json, at: Place) -> Rule | None:
    table = fields.RULE[at.language]
    before = len(at.survey.errors)
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return None
    if at.language == "JSONata":
        kept = _read_object(value, table, at)
    else:
        test = {
            name: member for name, member in value.items() if name not in table.fields and name not in table.foreign
        }
        kept = _read_object({name: member for name, member in value.items() if name not in test}, table, at)
        if "Condition" not in value:
            _check_test(test, at)
        kept["condition"] = test
    return Rule(**kept) if len(at.survey.errors) == before else None


def _check_test(test: Json, at: Place) -> None:
    """The comparison of a JSONPath rule, with And, Or and Not to any depth."""
    tests = [(test, at)]
    while tests:
        test, at = tests.pop()
        if not isinstance(test, dict):
            at.refuse("Expected value of type Object")
            continue
        names = [name for name in test if name not in ("Comment", "Variable")]
        unknown = [name for name in names if name not in fields.OPERATORS and name not in ("And", "Or", "Not")]
        for name in unknown:
            at.refuse(f"Field '{name}' is not supported", location=f"{at.location}/{name}")
        if unknown:
            continue
        if len(names) != 1:
            at.refuse(
                "Exactly one comparison operator is required"
                if not names
                else f"Only one of these fields is allowed: [{', '.join(names)}]"
            )
            continue
        operand, place = test[names[0]], at.field(names[0])
        match names[0]:
            case "Not":
                tests.append((operand, place))
            case "And" | "Or":
                if operand == []:
                    place.refuse("Value cannot be empty")
                tests.extend((each, inside) for _, each, inside in reversed(_items(operand, place)))
            case name:
                _check_comparison(test, name, at)


def _check_comparison(test: Mapping[str, Json], operator: str, at: Place) -> None:
    if "Variable" not in test:
        at.refuse("These fields are required: [Variable]")
    else:
        kinds.read_path(test["Variable"], _PATH, at.field("Variable"))
    kind = fields.OPERATORS[operator]
    kinds.SIMPLE[kind](test[operator], _PATH, at.field(operator))


_PATH = Field("Variable", "path")


def _read_resource(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, str):
        at.refuse("Expected value of type String")
        return value
    parsed = resource.parse_resource(value)
    if parsed is None or not resource.exists(parsed):
        at.refuse(_UNKNOWN.format(value))
    elif at.kind == "EXPRESS" and parsed.kind == "activity":
        at.refuse("Express state machine does not support Activity ARN")
    elif at.kind == "EXPRESS" and parsed.pattern in _EXPRESS_LACKS:
        at.refuse(_EXPRESS_LACKS[parsed.pattern])
    return value


def _storage(known: frozenset[str]) -> Reader:
    """The reader of a distributed Map's own resources."""

    def read(value: Json, field: Field, at: Place) -> Json:
        parsed = resource.parse_resource(value) if isinstance(value, str) else None
        if parsed is None or f"{parsed.service}:{parsed.resource}" not in known:
            at.refuse(_UNKNOWN.format(value))
        return value

    return read


def _object(tables: Mapping[Language, Table]) -> Reader:
    """The reader of an object that is checked by a table and kept as it is."""

    def read(value: Json, field: Field, at: Place) -> Json:
        _read_object(value, tables[at.language], at)
        return value

    return read


def _read_reader_config(value: Json, field: Field, at: Place) -> Json:
    """`ReaderConfig`; headers that are said to be given have to be there."""
    kept = _object(fields.READER_CONFIG)(value, field, at)
    if isinstance(kept, dict) and kept.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in kept:
        at.refuse("These fields are required: [CSVHeaders]")
    return kept


_READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        **kinds.SIMPLE,
        "states": _read_states,
        "processor": _read_processor,
        "branches": _read_branches,
        "retriers": _read_retriers,
        "catchers": _read_catchers,
        "rules": _read_rules,
        "resource": _read_resource,
        "reader_resource": _storage(resource.READERS),
        "writer_resource": _storage(resource.WRITERS),
        "processor_config": _object(fields.PROCESSOR_CONFIG),
        "item_reader": _object(fields.ITEM_READER),
        "reader_config": _read_reader_config,
        "item_batcher": _object(fields.ITEM_BATCHER),
        "result_writer": _object(fields.RESULT_WRITER),
        "writer_config": _object(fields.WRITER_CONFIG),
    }
)
