"""Readers of values: each checks one kind of value and gives back what the model keeps.

A reader reports what is wrong to its place and then returns the value all the same; nothing is built from a
definition with findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from treadle.asl import expressions
from treadle.asl.fields import MAX_LABEL, MAX_NAME, Field
from treadle.asl.findings import Place
from treadle.asl.timestamps import is_timestamp
from treadle.values import Json

Reader: TypeAlias = Callable[[Json, Field, Place], Json]

_FORBIDDEN_IN_LABEL = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')


def read_json(value: Json, field: Field, at: Place) -> Json:
    return value


def read_string(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, str):
        at.refuse("Expected value of type String")
    return value


def read_boolean(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, bool):
        at.refuse("Expected value of type Boolean")
    return value


def read_integer(value: Json, field: Field, at: Place) -> Json:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        at.refuse("Expected value of type Integer")
        return value
    _check_range(value, field, at)
    return int(value)


def read_number(value: Json, field: Field, at: Place) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        at.refuse("Expected value of type Number")
    else:
        _check_range(value, field, at)
    return value


def _check_range(value: float, field: Field, at: Place) -> None:
    if field.low is not None and value < field.low:
        at.refuse(f"Value must be greater than or equal to {field.low}")
    elif field.high is not None and value > field.high:
        at.refuse(f"Value must be less than or equal to {field.high}")


def read_one_of(value: Json, field: Field, at: Place) -> Json:
    if value not in field.values:
        at.refuse(f"The field '{field.name}' should have one of these values: [{', '.join(field.values)}]")
    return value


def read_timestamp(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, str):
        at.refuse("Expected value of type String")
    elif not is_timestamp(value):
        at.refuse("String does not match RFC3339 timestamp")
    return value


def read_strings(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, list):
        at.refuse("Expected value of type Array")
        return ()
    for index, each in enumerate(value):
        if not isinstance(each, str):
            at.item(index).refuse("Expected value of type String")
    return tuple(value)


def read_errors(value: Json, field: Field, at: Place) -> Json:
    """`ErrorEquals`: a list of names that is not empty; `States.ALL` stands alone."""
    if value == []:
        at.refuse("Value cannot be empty")
    names = read_strings(value, field, at)
    if "States.ALL" in names and len(names) > 1:
        at.refuse("States.ALL must appear alone in the ErrorEquals array")
    return names


def read_label(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, str):
        at.refuse("Expected value of type String")
    elif not value:
        at.refuse("Value cannot be empty")
    elif len(value) > MAX_LABEL:
        at.refuse(f"Label cannot be longer than {MAX_LABEL} characters")
    elif _FORBIDDEN_IN_LABEL.search(value):
        at.refuse("Label contains a character that is not allowed")
    return value


def read_path(value: Json, field: Field, at: Place) -> Json:
    if not isinstance(value, str):
        at.refuse("Expected value of type String")
    elif not expressions.is_path(value):
        at.refuse("Value is not a valid JSONPath")
    return value


def read_nullable_path(value: Json, field: Field, at: Place) -> Json:
    return None if value is None else read_path(value, field, at)


def read_path_or_intrinsic(value: Json, field: Field, at: Place) -> Json:
    if isinstance(value, str) and expressions.is_intrinsic(value):
        return value
    return read_path(value, field, at)


def read_reference(value: Json, field: Field, at: Place) -> Json:
    """`ResultPath`: where in the input the result goes, or null for nowhere."""
    if value is not None and not (isinstance(value, str) and expressions.is_reference(value)):
        at.refuse("Value is not a Reference Path")
    return value


def read_template(value: Json, field: Field, at: Place) -> Json:
    """A payload template: JSON in which `x.$` fields (JSONPath) or `{% %}` strings (JSONata) are evaluated."""
    if at.language == "JSONata":
        for text, location in _strings(value, at.location):
            check_jsonata(text, at, location)
        return value
    for holder, location in _objects(value, at.location):
        _check_payload(holder, at, location)
    return value


def read_assign(value: Json, field: Field, at: Place) -> Json:
    """`Assign`: an object from variable names to templates."""
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return value
    for key in value:
        name = key.removesuffix(".$") if at.language == "JSONPath" else key
        if name == "states" or len(name) > MAX_NAME or not _is_variable(name):
            at.refuse(f"The variable name '{name}' is not valid", location=f"{at.location}/{key}")
    return read_template(value, field, at)


def _is_variable(name: str) -> bool:
    """A Unicode identifier (UAX 31). Python's own rule also takes a leading underscore, as AWS does."""
    return name.isidentifier()


def read_condition(value: Json, field: Field, at: Place) -> Json:
    """The JSONata `Condition` of a Choice rule: an expression or a constant boolean."""
    if isinstance(value, str) and expressions.is_jsonata(value):
        check_jsonata(value, at, at.location)
    elif not isinstance(value, bool):
        at.refuse("Value must be a boolean or a JSONata expression")
    return value


def read_items(value: Json, field: Field, at: Place) -> Json:
    """The JSONata `Items` of a Map: an array, an object, or an expression for one."""
    if isinstance(value, str) and not expressions.is_jsonata(value):
        at.refuse("Value must be an array, an object or a JSONata expression")
        return value
    if not isinstance(value, list | dict | str):
        at.refuse("Value must be an array, an object or a JSONata expression")
    return read_template(value, field, at)


def read_credentials(value: Json, field: Field, at: Place) -> Json:
    """`Credentials`: a template with a `RoleArn`."""
    if at.language == "JSONata" and isinstance(value, str) and expressions.is_jsonata(value):
        return read_template(value, field, at)
    if not isinstance(value, dict):
        at.refuse("Expected value of type Object")
        return value
    if "RoleArn" not in value and not (at.language == "JSONPath" and "RoleArn.$" in value):
        at.refuse("The field 'RoleArn' is required but was missing")
    return read_template(value, field, at)


def check_jsonata(text: str, at: Place, location: str) -> None:
    """Report what is wrong with a string of a JSONata state, if it is meant to be an expression."""
    if expressions.is_jsonata(text):
        problem = expressions.jsonata_problem(text, at.sees, at.survey.expressions)
        if problem is not None:
            at.refuse(problem[1], problem[0], location)
    elif text.startswith("{%") or text.endswith("%}"):
        # Developer guide, transforming-data.html: opening or closing it improperly is a validation error.
        message = "A JSONata expression must start with '{%' and end with '%}', without space around them"
        at.refuse(message, "INVALID_JSONATA_EXPRESSION", location)


def _check_payload(holder: Mapping[str, Json], at: Place, location: str) -> None:
    for key, value in holder.items():
        if not key.endswith(".$"):
            continue
        if not isinstance(value, str) or not (expressions.is_path(value) or expressions.is_intrinsic(value)):
            at.refuse(
                f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call",
                location=location,
            )
        if key[:-2] in holder:
            at.refuse(f"The field '{key[:-2]}' is defined more than once", location=location)


def _strings(value: Json, location: str) -> Iterator[tuple[str, str]]:
    """All strings inside `value` in document order, with their places. Not recursive: depth costs nothing."""
    stack: list[tuple[Json, str]] = [(value, location)]
    while stack:
        value, location = stack.pop()
        if isinstance(value, str):
            yield value, location
        elif isinstance(value, dict):
            stack.extend((member, f"{location}/{key}") for key, member in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((value[index], f"{location}[{index}]") for index in range(len(value) - 1, -1, -1))


def _objects(value: Json, location: str) -> Iterator[tuple[Mapping[str, Json], str]]:
    """All objects inside `value` (itself included), outer before inner, in document order."""
    stack: list[tuple[Json, str]] = [(value, location)]
    while stack:
        value, location = stack.pop()
        if isinstance(value, dict):
            yield value, location
            stack.extend(
                (member, f"{location}/{key}")
                for key, member in reversed(value.items())
                if isinstance(member, dict | list)
            )
        elif isinstance(value, list):
            stack.extend(
                (value[index], f"{location}[{index}]")
                for index in range(len(value) - 1, -1, -1)
                if isinstance(value[index], dict | list)
            )


SIMPLE: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "json": read_json,
        "string": read_string,
        "boolean": read_boolean,
        "integer": read_integer,
        "number": read_number,
        "one_of": read_one_of,
        "timestamp": read_timestamp,
        "strings": read_strings,
        "errors": read_errors,
        "label": read_label,
        "path": read_path,
        "nullable_path": read_nullable_path,
        "path_or_intrinsic": read_path_or_intrinsic,
        "reference": read_reference,
        "template": read_template,
        "assign": read_assign,
        "condition": read_condition,
        "items": read_items,
        "credentials": read_credentials,
    }
)
