"""What a distributed Map evaluates before its run begins: limits, reader, batches, writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from treadle.asl import plan
from treadle.asl.errors import RUNTIME, QueryError
from treadle.asl.iteration import any_number, integer, item_selector, items, rooted
from treadle.asl.machine import Absent, Map
from treadle.asl.plan import Seconds
from treadle.asl.resource import parse_resource
from treadle.asl.scope import Scope
from treadle.asl.template import compile_template, is_jsonata, path_value, typed
from treadle.values import Json, StatesError, dumps

# Fields of ReaderConfig that are taken as they are written.
_LITERAL = ("InputType", "Transformation", "ManifestType", "CSVDelimiter", "CSVHeaderLocation")

# The field, and what it becomes at the state's effective input; None leaves it out.
Part = tuple[str, Callable[[Scope, Json], Json]]


def compile_distribution(state: Map) -> plan.Distributed:
    parts = [*_reader(state), *_batcher(state), *_writer(state)]

    def order(scope: Scope, value: Json) -> dict[str, Json]:
        made = {name: make(scope, value) for name, make in parts}
        return {name: part for name, part in made.items() if part is not None}

    return plan.Distributed(
        label=state.label,
        kind=state.execution_type,
        items=items(state) if isinstance(state.item_reader, Absent) else None,
        limit=integer(state, state.max_concurrency, state.max_concurrency_path, "MaxConcurrency"),
        tolerance=_tolerance(state),
        order=order,
        select=item_selector(state),
    )


def _arguments(state: Map, given: Mapping[str, Json], field: str) -> Callable[[Scope, Json], Json]:
    template = given.get("Parameters" if state.language == "JSONPath" else "Arguments", {})
    name = field if state.language == "JSONPath" else f"{field}/Arguments"
    return rooted(compile_template(template, state.language, name).evaluate)


def _service(given: Mapping[str, Json]) -> str | None:
    """`s3:getObject` of a reader's or writer's Resource."""
    resource = parse_resource(given.get("Resource", ""))
    return None if resource is None else f"{resource.service}:{resource.resource}"


# -- ItemReader
def _reader(state: Map) -> list[Part]:
    if isinstance(state.item_reader, Absent):
        return []
    given = state.item_reader
    config = given.get("ReaderConfig", {})
    arguments, service = _arguments(state, given, "ItemReader"), _service(given)
    literal = {name: config[name] for name in _LITERAL if name in config}
    computed = {
        name: compile_template(config[name], state.language, f"ItemReader/ReaderConfig/{name}").evaluate
        for name in ("CSVHeaders", "ItemsPointer")
        if name in config
    }
    most = _whole(state, config, "MaxItems")

    def reader(scope: Scope, value: Json) -> Json:
        scope.root = value
        options = literal | {name: make(scope) for name, make in computed.items()}
        limit = most(scope)
        if limit is not None:
            options["MaxItems"] = limit
        return {"resource": service, "arguments": arguments(scope, value), "config": options}

    return [("reader", reader)]


def _whole(state: Map, config: Mapping[str, Json], field: str) -> Seconds:
    """A whole number of any sign: what is negative fails the map run, not the state (recorded: MaxItemsPath)."""
    path = config.get(f"{field}Path")
    if path is None:
        return integer(state, config.get(field), None, field)
    find = path_value(path)
    return lambda scope: any_number(find(scope), f"{field}Path", path)


# -- ItemBatcher
def _batcher(state: Map) -> list[Part]:
    if isinstance(state.item_batcher, Absent):
        return []
    given = state.item_batcher
    count, size = (_whole(state, given, name) for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"))
    shared = None
    if "BatchInput" in given:
        shared = rooted(compile_template(given["BatchInput"], state.language, "ItemBatcher/BatchInput").evaluate)

    def batch(scope: Scope, value: Json) -> Json:
        scope.root = value
        limits = {"MaxItemsPerBatch": count(scope), "MaxInputBytesPerBatch": size(scope)}
        made = {name: limit for name, limit in limits.items() if limit is not None}
        return made if shared is None else made | {"BatchInput": shared(scope, value)}

    return [("batch", batch)]


# -- ResultWriter
def _writer(state: Map) -> list[Part]:
    if isinstance(state.result_writer, Absent):
        return []
    given = state.result_writer
    arguments, service = _arguments(state, given, "ResultWriter"), _service(given)
    config = given.get("WriterConfig", {})

    def writer(scope: Scope, value: Json) -> Json:
        place = {} if service is None else {"resource": service, "arguments": arguments(scope, value)}
        return place | {"config": config}

    return [("writer", writer)]


# -- tolerated failures
def _tolerance(state: Map) -> Callable[[Scope], tuple[int, float]]:
    count = integer(state, state.tolerated_count, state.tolerated_count_path, "ToleratedFailureCount")
    percentage = _percentage(state)
    return lambda scope: (count(scope) or 0, percentage(scope))


def _percentage(state: Map) -> Callable[[Scope], float]:
    given, path, field = state.tolerated_percentage, state.tolerated_percentage_path, "ToleratedFailurePercentage"
    if path is not None:
        find = path_value(path)
        return lambda scope: _proportion(find(scope), field, path)
    if is_jsonata(given):
        evaluate = typed(str(given), field, "number")

        def computed(scope: Scope) -> float:
            value = evaluate(scope)
            if not 0 <= value <= 100:
                raise QueryError(f"The {field} field must be between 0 and 100: {dumps(value)}", field)
            return float(value)

        return computed
    literal = 0.0 if given is None else float(given)
    return lambda scope: literal


def _proportion(value: Json, field: str, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = value if isinstance(value, str) else dumps(value)
        raise StatesError(
            RUNTIME, f'The {field}Path field refers to value "{shown}" which is not a valid float: {path}'
        )
    if not 0 <= value <= 100:
        raise StatesError(RUNTIME, f"{field} must be between 0 and 100.")
    return float(value)
