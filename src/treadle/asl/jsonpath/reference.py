"""Reference paths: members and indices only, so that they also say where to put a value."""

from __future__ import annotations

from treadle.asl.jsonpath.path import Path
from treadle.asl.jsonpath.steps import Index, Member, PathError
from treadle.values import Json, StatesError, dumps


class ReferencePath(Path):
    """A path to one place: `$`, `$.a.b`, `$.list[0].x`. `keys` are its member names and indices."""

    __slots__ = ("keys",)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.keys: tuple[str | int, ...] = ()
        for step in self.steps:
            if not isinstance(step, Member | Index) or (isinstance(step, Index) and step.index < 0):
                raise PathError(f"Value is not a Reference Path: {text}")
            self.keys = (*self.keys, step.name if isinstance(step, Member) else step.index)

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
