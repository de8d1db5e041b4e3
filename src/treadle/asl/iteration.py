"""What Maps of both kinds evaluate: their items, their selector, and whole numbers with their `Path` twins."""

from __future__ import annotations

from collections.abc import Callable

from treadle.asl.errors import RUNTIME, QueryError
from treadle.asl.machine import Absent, Map, State
from treadle.asl.plan import Seconds
from treadle.asl.scope import Scope
from treadle.asl.template import Expression, compile_template, is_jsonata, path_value, typed
from treadle.values import Json, StatesError, dumps


def rooted(evaluate: Expression) -> Callable[[Scope, Json], Json]:
    """A stage whose expression sees the stage's value as `$`."""

    def stage(scope: Scope, value: Json) -> Json:
        scope.root = value
        return evaluate(scope)

    return stage


def item_selector(state: Map) -> Callable[[Scope, Json], Json] | None:
    if isinstance(state.item_selector, Absent):
        return None
    return rooted(compile_template(state.item_selector, state.language, "ItemSelector").evaluate)


def items(state: Map) -> Callable[[Scope, Json], Json]:
    """The array a Map iterates over; a distributed one takes an object as well."""
    objects = state.mode == "DISTRIBUTED"
    if state.language == "JSONata":
        return jsonata_items(state.items, objects)
    path = state.items_path
    find = path_value(path)

    def located(scope: Scope, value: Json) -> Json:
        scope.root = value
        found = find(scope)
        if not isinstance(found, list) and not (objects and isinstance(found, dict)):
            # AWS names a path into the context object without its second dollar sign: recorded, TestState.
            raise StatesError(RUNTIME, f'Reference path "{path.replace("$$", "$", 1)}" must point to array.')
        return found

    return located


def jsonata_items(source: Json | Absent, objects: bool) -> Callable[[Scope, Json], Json]:
    if isinstance(source, Absent):

        def whole(scope: Scope, value: Json) -> Json:
            if not isinstance(value, list) and not (objects and isinstance(value, dict)):
                raise QueryError(f"Map state input must be an array but was: {dumps(value)}")
            return value

        return whole
    if is_jsonata(source):
        evaluate = typed(source, "Items", "array", *(("object",) if objects else ()))
    else:
        evaluate = compile_template(source, "JSONata", "Items").evaluate
    return lambda scope, value: evaluate(scope)


def integer(state: State, value: int | str | None, path: str | None, field: str) -> Seconds:
    """TimeoutSeconds, HeartbeatSeconds, MaxConcurrency: a literal, a JSONata expression, or the `Path` twin."""
    if path is not None:
        find = path_value(path)
        return lambda scope: whole_number(find(scope), f"{field}Path", str(path))
    if isinstance(value, str):
        evaluate = typed(value, field, "number")

        def computed(scope: Scope) -> int | None:
            result = evaluate(scope)
            if not isinstance(result, int):
                raise QueryError(f"The {field} field cannot be parsed as a long value: {dumps(result)}", field)
            if result < 0:
                raise QueryError(f"The {field} field references a negative value: {result}", field)
            return result

        return computed
    return lambda scope: value


def whole_number(value: Json, field: str, path: str) -> int:
    number = any_number(value, field, path)
    if number < 0:
        raise StatesError(RUNTIME, f"{field.removesuffix('Path')} cannot be negative.")
    return number


def any_number(value: Json, field: str, path: str) -> int:
    """An integer of either sign."""
    if isinstance(value, bool) or not isinstance(value, int):
        shown = value if isinstance(value, str) else dumps(value)
        raise StatesError(RUNTIME, f'The {field} field refers to value "{shown}" which is not a valid integer: {path}')
    return value
