"""asl.fields -> JSON schema (draft 7, the one that editors know best).

Every object of the language has a definition per world. A world is the query language of a state and that of its
machine: states inside a Map or a Parallel go by the machine, whatever the state around them has chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from treadle.asl import fields
from treadle.asl.fields import Field, Table, Tables
from treadle.asl.machine import Language
from treadle.asl.resource import OPTIMIZED, READERS, WRITERS
from treadle.tools.schema.wording import describe, describe_type

Schema: TypeAlias = dict[str, Any]


class World(NamedTuple):
    name: str
    language: Language  # of the state
    default: Language  # of the machine


JSONPATH = World("JSONPath", "JSONPath", "JSONPath")
JSONATA = World("JSONata", "JSONata", "JSONata")
MIXED = World("JSONataState", "JSONata", "JSONPath")  # a JSONata state in a JSONPath machine
WORLDS = (JSONPATH, JSONATA, MIXED)

EXPRESSION: Schema = {"type": "string", "pattern": r"^\{%[\s\S]*%\}$"}
PATH: Schema = {"type": "string", "pattern": r"^\$"}
PATH_OR_CALL: Schema = {"type": "string", "pattern": r"^(\$|States\.)"}
_SUFFIX = {"request": "", "sync": ".sync", "sync:2": ".sync:2", "token": ".waitForTaskToken"}

# Owner, as wording.describe calls it -> its tables.
OBJECTS: Mapping[str, Tables] = {
    "machine": fields.MACHINE,
    "branch": fields.BRANCH,
    "processor": fields.PROCESSOR,
    "processor_config": fields.PROCESSOR_CONFIG,
    "retrier": fields.RETRIER,
    "catcher": fields.CATCHER,
    "item_reader": fields.ITEM_READER,
    "reader_config": fields.READER_CONFIG,
    "item_batcher": fields.ITEM_BATCHER,
    "result_writer": fields.RESULT_WRITER,
    "writer_config": fields.WRITER_CONFIG,
    **fields.STATES,
}


def schema() -> Schema:
    """The whole schema: a definition is valid by it when its structure is. Targets and expressions it cannot check."""
    definitions: Schema = {"test": _test(nested=True)}
    for world in WORLDS:
        for owner, tables in OBJECTS.items():
            if owner != "machine" or world is not MIXED:
                definitions[f"{owner}.{world.name}"] = _object(owner, tables[world.language], world)
        definitions[f"rule.{world.name}"] = _rule(world)
        definitions[f"state.{world.name}"] = _typed_state(world)
    definitions["states.JSONPath"] = _states(
        _when("QueryLanguage", "JSONata", _ref("state", MIXED), _ref("state", JSONPATH))
    )
    definitions["states.JSONata"] = _states(_ref("state", JSONATA))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Amazon States Language",
        "description": "A workflow of AWS Step Functions.",
        **_when("QueryLanguage", "JSONata", _ref("machine", JSONATA), _ref("machine", JSONPATH)),
        "definitions": definitions,
    }


def _ref(owner: str, world: World) -> Schema:
    return {"$ref": f"#/definitions/{owner}.{world.name}"}


def _when(member: str, value: str, then: Schema, otherwise: Schema | None = None) -> Schema:
    condition = {"properties": {member: {"const": value}}, "required": [member]}
    return {"if": condition, "then": then} | ({} if otherwise is None else {"else": otherwise})


def _states(state: Schema) -> Schema:
    names = {"minLength": 1, "maxLength": fields.MAX_NAME}
    return {"type": "object", "minProperties": 1, "propertyNames": names, "additionalProperties": state}


def _typed_state(world: World) -> Schema:
    """A state, told by its Type."""
    known = {"Type": {"enum": list(fields.STATE_TYPES), "description": describe("Type")}}
    each = [_when("Type", name, _ref(name, world)) for name in fields.STATE_TYPES]
    return {"type": "object", "required": ["Type"], "properties": known, "allOf": each}


def _object(owner: str, table: Table, world: World) -> Schema:
    """One object of the language: its fields and what they demand of each other."""
    is_state = owner in fields.STATES
    made: Schema = {"type": "object", "additionalProperties": False}
    if is_state:
        made["description"] = describe_type(owner)
    made["properties"] = {name: _described(name, owner, _value(field, world)) for name, field in table.fields.items()}
    if is_state:
        made["properties"]["Type"] = {"const": owner}
        if world.default == "JSONata":
            made["properties"]["QueryLanguage"]["enum"] = ["JSONata"]
    if table.required:
        made["required"] = list(table.required)
    rules = [_one_of(group) for group in table.one_of]
    rules += [_at_most_one(group) for group in table.exclusive]
    if is_state and "Next" in table.fields:
        rules.append({"oneOf": [{"required": ["Next"]}, {"required": ["End"], "properties": {"End": {"const": True}}}]})
    if rules:
        made["allOf"] = rules
    return made


def _one_of(group: tuple[str, ...]) -> Schema:
    return {"oneOf": [{"required": [name]} for name in group]}


def _at_most_one(group: tuple[str, ...]) -> Schema:
    return {"not": {"required": list(group)}}


def _described(field: str, owner: str, value: Schema) -> Schema:
    text = describe(field, owner)
    if text is None:
        return value
    # Beside a $ref, draft 7 reads nothing.
    return {"description": text, "allOf": [value]} if "$ref" in value else {"description": text, **value}


def _value(field: Field, world: World) -> Schema:
    value = _KINDS[field.kind](field, world)
    if field.evaluated and world.language == "JSONata":
        return {"anyOf": [value, EXPRESSION]}
    return value


def _number(type: str) -> Callable[[Field, World], Schema]:
    def made(field: Field, world: World) -> Schema:
        low = {} if field.low is None else {"minimum": field.low}
        return {"type": type} | low | ({} if field.high is None else {"maximum": field.high})

    return made


def _plain(value: Schema) -> Callable[[Field, World], Schema]:
    return lambda field, world: dict(value)


def _inner(owner: str) -> Callable[[Field, World], Schema]:
    return lambda field, world: _ref(owner, world)


def _list_of(owner: str, least: int = 0) -> Callable[[Field, World], Schema]:
    return lambda field, world: {"type": "array", "items": _ref(owner, world)} | ({"minItems": least} if least else {})


def _inner_states(field: Field, world: World) -> Schema:
    return {"$ref": f"#/definitions/states.{world.default}"}


def _resource(field: Field, world: World) -> Schema:
    """Any ARN; those that are known by name are what an editor proposes."""
    return {"type": "string", "anyOf": [{"enum": sorted(_integrations())}, {"pattern": "^(arn:|\\$\\{)"}]}


def _integrations() -> Iterator[str]:
    for service, actions in OPTIMIZED.items():
        for action, patterns in actions.items():
            for pattern in patterns:
                yield f"arn:aws:states:::{service}:{action}{_SUFFIX[pattern]}"


def _storage(known: frozenset[str]) -> Callable[[Field, World], Schema]:
    return _plain({"type": "string", "enum": sorted(f"arn:aws:states:::{name}" for name in known)})


def _credentials(field: Field, world: World) -> Schema:
    own: Schema = {"type": "object", "required": ["RoleArn"]}
    if world.language == "JSONata":
        return {"anyOf": [own, EXPRESSION]}
    return {"type": "object", "anyOf": [{"required": ["RoleArn"]}, {"required": ["RoleArn.$"]}]}


def _items(field: Field, world: World) -> Schema:
    return {"anyOf": [{"type": ["array", "object"]}, EXPRESSION]}


_KINDS: Mapping[str, Callable[[Field, World], Schema]] = {
    "json": _plain({}),
    "string": _plain({"type": "string"}),
    "boolean": _plain({"type": "boolean"}),
    "integer": _number("integer"),
    "number": _number("number"),
    "one_of": lambda field, world: {"enum": list(field.values)},
    "timestamp": _plain({"type": "string", "format": "date-time"}),
    "strings": _plain({"type": "array", "items": {"type": "string"}}),
    "errors": _plain({"type": "array", "items": {"type": "string"}, "minItems": 1}),
    "label": _plain({"type": "string", "minLength": 1, "maxLength": fields.MAX_LABEL}),
    "path": _plain(PATH),
    "nullable_path": _plain({"anyOf": [PATH, {"type": "null"}]}),
    "path_or_intrinsic": _plain(PATH_OR_CALL),
    "reference": _plain({"anyOf": [PATH, {"type": "null"}]}),
    "template": _plain({}),
    "assign": _plain({"type": "object"}),
    "condition": _plain({"anyOf": [{"type": "boolean"}, EXPRESSION]}),
    "items": _items,
    "credentials": _credentials,
    "states": _inner_states,
    "processor": _inner("processor"),
    "branches": _list_of("branch", 1),
    "retriers": _list_of("retrier"),
    "catchers": _list_of("catcher"),
    "rules": _list_of("rule", 1),
    "resource": _resource,
    "reader_resource": _storage(READERS),
    "writer_resource": _storage(WRITERS),
    "processor_config": _inner("processor_config"),
    "item_reader": _inner("item_reader"),
    "reader_config": _inner("reader_config"),
    "item_batcher": _inner("item_batcher"),
    "result_writer": _inner("result_writer"),
    "writer_config": _inner("writer_config"),
}


# -- Choice
def _rule(world: World) -> Schema:
    table = fields.RULE[world.language]
    if world.language == "JSONata":
        return _object("rule", table, world)
    test = _test(nested=False)
    own = {
        name: _described(name, "rule", _value(field, world))
        for name, field in table.fields.items()
        if name not in ("Condition",)
    }
    test["properties"] |= own
    test["required"] = ["Next"]
    return test


def _test(nested: bool) -> Schema:
    """A comparison of a JSONPath rule, or And, Or, Not of such; the innermost ones name no Next."""
    again = {"$ref": "#/definitions/test"}
    many = {"type": "array", "items": again, "minItems": 1}
    own: Schema = {"Comment": {"type": "string"}, "Variable": PATH, "And": many, "Or": many, "Not": again}
    properties = {name: _described(name, "rule", value) for name, value in own.items()}
    for name, kind in fields.OPERATORS.items():
        properties[name] = {"description": _operator(name), **_KINDS[kind](Field(name, kind), JSONPATH)}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "dependencies": {name: ["Variable"] for name in fields.OPERATORS},
        "oneOf": [{"required": [name]} for name in (*fields.OPERATORS, "And", "Or", "Not")],
    }


def _operator(name: str) -> str:
    """StringLessThanEqualsPath -> "The string is less than or equal to what this path names."."""
    if name.startswith("Is"):
        what = {"IsPresent": "is there", "IsNull": "is null"}.get(name) or f"is a {name[2:].lower()}"
        return f"Whether the value {what}."
    if name == "StringMatches":
        return "The string matches this pattern, in which * stands for any characters."
    other = "what this path names" if name.endswith("Path") else "this"
    kind, relation = next((p, name.removesuffix("Path")[len(p) :]) for p in _PREFIXES if name.startswith(p))
    words = {
        "Equals": "equals",
        "LessThan": "is less than",
        "GreaterThan": "is greater than",
        "LessThanEquals": "is less than or equal to",
        "GreaterThanEquals": "is greater than or equal to",
    }[relation]
    return f"The {_PREFIXES[kind]} {words} {other}."


_PREFIXES = {"String": "string", "Numeric": "number", "Timestamp": "time", "Boolean": "boolean"}
