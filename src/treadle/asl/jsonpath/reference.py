"""Reference paths: members and indices only, so that they also say where to put a value."""

from __future__ import annotations

from treadle.asl.jsonpath.evaluate import plain_keys
from treadle.asl.jsonpath.path import Path
from treadle.asl.jsonpath.steps import PathError
from treadle.values import Json, StatesError, dumps


class ReferencePath(Path):
    """A path to one place: `$`, `$.a.b`, `$.list[0].x`. `keys` are its member names and indices."""

    __slots__ = ("keys",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        keys = plain_keys(self.steps)
        if keys is None or any(isinstance(key, int) and key < 0 for key in keys):
            raise PathError(f"Value is not a Reference Path: {text}")
        self.keys = keys

    def put(self, document: Json, value: Json) -> Json:
        """`document` with `value` at this place. Only the spine is copied; missing objects are made.

        Raises StatesError(States.ResultPathMatchFailure) where the path does not fit the document: a member of
        something that is no object, an index outside its array.
        """
        try:
            return _put(document, self.keys, 0, value)
        except LookupError:
            raise StatesError(
                "States.ResultPathMatchFailure", f"Unable to apply ReferencePath {self.text} to input {dumps(document)}"
            ) from None


def _put(document: Json, keys: tuple[str | int, ...], at: int, value: Json) -> Json:
    if at == len(keys):
        return value
    key = keys[at]
    if isinstance(key, str):
        if not isinstance(document, dict):
            raise LookupError(key)
        return {**document, key: _put(document.get(key, {}), keys, at + 1, value)}
    if not isinstance(document, list):
        raise LookupError(key)
    return [*document[:key], _put(document[key], keys, at + 1, value), *document[key + 1 :]]


def compile_reference(text: str) -> ReferencePath:
    """Raises PathError for text that is no path, or a path that may lead to several places."""
    return ReferencePath(text)


def is_reference(text: str) -> bool:
    """Whether `text` is a path of members and indices only."""
    try:
        ReferencePath(text)
    except PathError:
        return False
    return True
