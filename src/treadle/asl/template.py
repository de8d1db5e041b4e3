"""Payload templates of both languages, compiled into functions of a Scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from treadle.asl import intrinsics, jsonata
from treadle.asl.errors import RUNTIME, QueryError
from treadle.asl.jsonpath import Path, PathMissing
from treadle.asl.jsonpath import compile as compile_path
from treadle.asl.machine import Language
from treadle.asl.scope import Scope
from treadle.values import Json, StatesError, dumps

Expression: TypeAlias = Callable[[Scope], Json]


class Template(NamedTuple):
    """A compiled template: a constant, or a function of the scope."""

    evaluate: Expression
    constant: bool
    value: Json = None


def constant(value: Json) -> Template:
    return Template(lambda scope: value, True, value)


def compile_template(value: Json, language: Language, field: str) -> Template:
    """`field` is where the template stands ("Parameters", "Output"), as AWS names it in messages."""
    return jsonata_template(value, field) if language == "JSONata" else payload_template(value)


# -- JSONPath
def payload_template(value: Json) -> Template:
    """A payload template: members whose name ends in `.$` hold a path or an intrinsic call."""
    if isinstance(value, dict):
        return object_template(value)
    if isinstance(value, list):
        parts = [payload_template(item) for item in value]
        if all(part.constant for part in parts):
            return constant(value)
        makers = [part.evaluate for part in parts]
        return Template(lambda scope: [make(scope) for make in makers], False)
    return constant(value)


def object_template(value: dict[str, Json]) -> Template:
    literal = {name: payload_template(member) for name, member in value.items() if not name.endswith(".$")}
    dynamic = {name[:-2]: jsonpath_value(text, name) for name, text in value.items() if name.endswith(".$")}
    if not dynamic and all(part.constant for part in literal.values()):
        return constant(value)
    # AWS keeps literal members in their order and appends computed ones in the order of a java.util.HashMap
    # (recorded: test_map_state_item_selector_singleton).
    makers = [(name, part.evaluate) for name, part in literal.items()]
    makers += [(name, dynamic[name]) for name in java_order(dynamic)]
    if len(makers) == 1:
        ((name, make),) = makers
        return Template(lambda scope: {name: make(scope)}, False)
    return Template(lambda scope: {name: make(scope) for name, make in makers}, False)


def java_order(names: Iterable[str]) -> list[str]:
    """`names` in the iteration order of a java.util.HashMap that holds them (insertion order within a bucket)."""
    members = list(names)
    capacity = 16
    while len(members) > capacity * 0.75:
        capacity *= 2
    return sorted(members, key=lambda name: _java_bucket(name, capacity))


def _java_bucket(name: str, capacity: int) -> int:
    code = 0
    data = name.encode("utf-16-be", "surrogatepass")
    for high, low in zip(data[::2], data[1::2], strict=True):
        code = (31 * code + (high << 8 | low)) & 0xFFFFFFFF
    return (code ^ (code >> 16)) & (capacity - 1)


def jsonpath_value(text: str, field: str) -> Expression:
    """A path or an intrinsic call, as a template member, ErrorPath or CausePath holds it."""
    if not text.startswith("$"):
        return intrinsics.compile(text)
    path = compile_path(text)
    root = path.root

    def evaluate(scope: Scope) -> Json:
        value = scope.root if root == "$" else scope.context if root == "$$" else scope.variable(path)
        try:
            return path.find(value)
        except PathMissing:
            subject = f"The JSONPath '{text}' specified for the field '{field}'"
            raise StatesError(RUNTIME, f"{subject} could not be found in the input '{dumps(value)}'") from None

    return evaluate


def path_value(text: str) -> Expression:
    """A path field (InputPath, OutputPath, ItemsPath, SecondsPath, ...) as a function of the scope's root."""
    path: Path = compile_path(text)
    return lambda scope: scope.resolve(path)


# -- JSONata
def is_jsonata(value: Json) -> bool:
    """Whether a string is an expression: exactly `{%` at its start and `%}` at its end."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def jsonata_template(value: Json, field: str) -> Template:
    """A JSONata template: every string `{% ... %}` at any depth is an expression."""
    if is_jsonata(value):
        return Template(jsonata_value(value, field), False)
    if isinstance(value, dict):
        members = {name: jsonata_template(member, f"{field}/{name}") for name, member in value.items()}
        if all(part.constant for part in members.values()):
            return constant(value)
        makers = [(name, part.evaluate) for name, part in members.items()]
        return Template(lambda scope: {name: make(scope) for name, make in makers}, False)
    if isinstance(value, list):
        parts = [jsonata_template(item, f"{field}[{index}]") for index, item in enumerate(value)]
        if all(part.constant for part in parts):
            return constant(value)
        makes = [part.evaluate for part in parts]
        return Template(lambda scope: [make(scope) for make in makes], False)
    return constant(value)


def jsonata_value(text: str, field: str) -> Expression:
    """One expression; undefined results, thrown errors and functions become QueryErrors in AWS's words."""
    source = text[2:-2].strip()
    expression = jsonata.compile(source)
    wants_context = any(path[:1] in ((), ("context",)) for path in expression.references.states)
    subject = f"The JSONata expression '{source}' specified for the field '{field}'"

    def evaluate(scope: Scope) -> Json:
        try:
            value = expression.evaluate(scope.bindings(wants_context), jsonata.World(scope.at, scope.luck))
        except jsonata.JsonataError as problem:
            raise QueryError(f"{subject} threw an error during evaluation{thrown(problem)}", field) from None
        if value is jsonata.UNDEFINED:
            raise QueryError(f"{subject} returned nothing (undefined).", field)
        if value is jsonata.FUNCTION:
            raise QueryError(f"{subject} returned an unsupported result type.", field)
        return value

    return evaluate


def thrown(problem: jsonata.JsonataError) -> str:
    """AWS prints coded messages as ". CODE: text", others as ": text"."""
    return f". {problem.code}: {problem.message}" if problem.code else f": {problem.message}"


JSON_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    list: "array",
    dict: "object",
}


def json_type(value: Json) -> str:
    return JSON_TYPES.get(type(value), "number")


def typed(text: str, field: str, *expected: str) -> Expression:
    """A JSONata expression whose result must be of one of the `expected` JSON types."""
    evaluate = jsonata_value(text, field)

    def checked(scope: Scope) -> Json:
        value = evaluate(scope)
        if json_type(value) not in expected:
            found = f"'{json_type(value)}' for value: {dumps(value)}"
            raise QueryError(
                f"The JSONata expression '{text[2:-2].strip()}' specified for the field '{field}'"
                f" returned an unexpected result type. Expected '{expected[0]}', but was {found}",
                field,
            )
        return value

    return checked
