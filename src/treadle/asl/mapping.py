"""What a Map hands to its iterations, and within which limits: items, selector, batches, concurrency, tolerance.

`distribute` makes one stage of it all, which changes nothing and tells a trace every value under AWS's name: TestState
shows them while the iterations themselves are mocked.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from treadle.asl.errors import RUNTIME, QueryError
from treadle.asl.iteration import integer, item_selector, items, rooted
from treadle.asl.machine import Absent, Map
from treadle.asl.plan import Seconds, Stage
from treadle.asl.scope import Scope
from treadle.asl.template import compile_template, is_jsonata, path_value, typed
from treadle.values import Json, StatesError, dumps, loads

Make: TypeAlias = Callable[[Scope, Json], Json]
READER_FAILED = "States.ItemReaderFailed"
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


class Items(Struct, frozen=True):
    """The values to iterate over; `keys` are the member names when they come from an object."""

    values: list[Json]
    keys: tuple[str, ...] = ()


def distribute(state: Map, data: str | None = None) -> Stage:
    """The stage of a Map. `data` is what its ItemReader reads; without it the items of such a Map are unknown."""
    find = _finder(state, data)
    select, batch = item_selector(state), _batcher(state)
    limits: tuple[tuple[str, Callable[[Scope], float | None]], ...] = (
        (
            "maxConcurrency",
            _or_zero(integer(state, state.max_concurrency, state.max_concurrency_path, "MaxConcurrency")),
        ),
        (
            "toleratedFailureCount",
            integer(state, state.tolerated_count, state.tolerated_count_path, "ToleratedFailureCount"),
        ),
        ("toleratedFailurePercentage", _percentage(state)),
    )

    def prepare(scope: Scope, value: Json) -> Json:
        found = find(scope, value)
        if found is not None:
            _tell(scope, "items", len(found.values))
            inputs = found.values
            if select is not None:
                inputs = _select(scope, value, found, select)
                _tell(scope, "afterItemSelector", inputs)
            if batch is not None:
                _tell(scope, "afterItemBatcher", batch(scope, value, inputs))
        for name, limit in limits:
            number = limit(scope)
            if number is not None:
                _tell(scope, name, number)
        return value

    return ("mapping", prepare)


def _tell(scope: Scope, name: str, value: Json) -> None:
    if scope.trace is not None:
        scope.trace(name, value)


def _or_zero(limit: Seconds) -> Seconds:
    """AWS shows 0 for a concurrency that is not limited."""
    return lambda scope: limit(scope) or 0


# -- items
def _finder(state: Map, data: str | None) -> Callable[[Scope, Json], Items | None]:
    if isinstance(state.item_reader, Absent):
        locate = items(state)

        def located(scope: Scope, value: Json) -> Items:
            found = locate(scope, value)
            if state.language == "JSONPath":
                _tell(scope, "afterItemsPath", found)
            return _gathered(found)

        return located
    reader = state.item_reader
    location = reader.get("Parameters" if state.language == "JSONPath" else "Arguments", {})
    where = rooted(compile_template(location, state.language, "ItemReader").evaluate)
    read = None if data is None else _reader(state, reader.get("ReaderConfig", {}), data)

    def fetched(scope: Scope, value: Json) -> Items | None:
        where(scope, value)
        return None if read is None else read(scope, value)

    return fetched


def _gathered(found: Json) -> Items:
    if isinstance(found, dict):
        return Items([{"Key": key, "Value": value} for key, value in found.items()], tuple(found))
    return Items(found)


def _reader(state: Map, config: Mapping[str, Json], data: str) -> Make:
    """What an ItemReader makes of the text of its source (guide: "ItemReader (Map)")."""
    kind = config.get("InputType", "JSON")
    most = integer(state, config.get("MaxItems"), config.get("MaxItemsPath"), "MaxItems")
    pointer = config.get("ItemsPointer")
    point = None if pointer is None else compile_template(pointer, state.language, "ItemsPointer").evaluate
    headers = compile_template(config.get("CSVHeaders", []), state.language, "CSVHeaders").evaluate

    def read(scope: Scope, value: Json) -> Items:
        scope.root = value
        if kind == "CSV":
            found: Json = _rows(data, config, headers(scope))
        elif kind == "JSONL":
            found = [_json(line) for line in data.splitlines() if line.strip()]
        else:
            # A listing of objects, an inventory and Parquet are given as the JSON array they amount to.
            found = _json(data)
        if point is not None:
            found = _pointed(found, point(scope))
            _tell(scope, "afterItemsPointer", found)
        if not isinstance(found, list | dict):
            raise StatesError(READER_FAILED, "Attempting to map over non-iterable node.")
        gathered = _gathered(found)
        limit = most(scope)
        return Items(gathered.values[:limit], gathered.keys[:limit]) if limit else gathered

    return read


def _json(text: str) -> Json:
    try:
        return loads(text)
    except ValueError as problem:
        raise StatesError(READER_FAILED, f"Unable to parse the data of the ItemReader as JSON: {problem}") from None


def _rows(data: str, config: Mapping[str, Json], headers: Json) -> list[Json]:
    delimiter = _DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    rows = [row for row in csv.reader(data.splitlines(), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") != "GIVEN":
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    return [dict(zip(headers, row, strict=False)) for row in rows]


def _pointed(document: Json, pointer: Json) -> Json:
    """The value at a JSON pointer (RFC 6901)."""
    found = document
    for step in str(pointer).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (LookupError, TypeError, ValueError):
            raise StatesError(READER_FAILED, f"The ItemsPointer '{pointer}' leads nowhere in the data.") from None
    return found


# -- what becomes of them
def _select(scope: Scope, value: Json, found: Items, select: Make) -> list[Json]:
    """What ItemSelector makes of each item, with the item in the context object."""
    outer, inputs = scope.context, []
    for index, item in enumerate(found.values):
        key = {"Key": found.keys[index]} if found.keys else {}
        surroundings = outer | {"Map": {"Item": {"Index": index, "Value": item} | key}}
        scope.renew(lambda surroundings=surroundings: surroundings)  # type: ignore[misc]
        inputs.append(select(scope, value))
    scope.renew(lambda: outer)
    scope.root = value
    return inputs


def _batcher(state: Map) -> Callable[[Scope, Json, list[Json]], list[Json]] | None:
    """How ItemBatcher puts items together: so many, or so many bytes, to a batch."""
    if isinstance(state.item_batcher, Absent):
        return None
    given = state.item_batcher
    fields = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
    count, size = (integer(state, given.get(name), given.get(f"{name}Path"), name) for name in fields)
    shared = None
    if "BatchInput" in given:
        shared = rooted(compile_template(given["BatchInput"], state.language, "BatchInput").evaluate)

    def batch(scope: Scope, value: Json, inputs: list[Json]) -> list[Json]:
        scope.root = value
        head = {} if shared is None else {"BatchInput": shared(scope, value)}
        scope.root = value
        return _batches(head, inputs, count(scope), size(scope))

    return batch


def _batches(head: dict[str, Json], inputs: list[Json], count: int | None, size: int | None) -> list[Json]:
    batches: list[list[Json]] = []
    length = 0
    empty = len(dumps(head | {"Items": []}).encode())
    for item in inputs:
        own = len(dumps(item).encode()) + 1
        full = not batches or (count and len(batches[-1]) >= count) or (size and length + own > size)
        if full:
            batches.append([])
            length = empty - 1
        batches[-1].append(item)
        length += own
    return [head | {"Items": batch} for batch in batches]


# -- limits
def _percentage(state: Map) -> Callable[[Scope], float | None]:
    """ToleratedFailurePercentage in any of its forms, between 0 and 100."""
    given, path, field = state.tolerated_percentage, state.tolerated_percentage_path, "ToleratedFailurePercentage"
    if path is not None:
        find = path_value(path)

        def located(scope: Scope) -> float:
            value = find(scope)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
                shown = value if isinstance(value, str) else dumps(value)
                raise StatesError(
                    RUNTIME, f'The {field}Path field refers to value "{shown}" which is not a valid float: {path}'
                )
            return float(value)

        return located
    if is_jsonata(given):
        evaluate = typed(str(given), field, "number")

        def computed(scope: Scope) -> float:
            value = evaluate(scope)
            if not 0 <= value <= 100:
                raise QueryError(f"The {field} field must be between 0 and 100: {dumps(value)}", field)
            return float(value)

        return computed
    literal = None if given is None else float(given)
    return lambda scope: literal
