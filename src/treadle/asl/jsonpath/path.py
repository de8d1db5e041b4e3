"""A compiled JSONPath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from treadle.asl.jsonpath.calls import CallError
from treadle.asl.jsonpath.evaluate import (
    Absent,
    Misfit,
    check_calls,
    compile_steps,
    plain_keys,
    turn_scan_into_argument,
)
from treadle.asl.jsonpath.parse import parse, split
from treadle.asl.jsonpath.steps import PathError, Steps, is_definite
from treadle.values import Json


class PathMissing(Exception):
    """A path leads nowhere. `reason` is Jayway's text, `root` the document it was followed in.

    `str()` is what AWS shows for most fields: `Invalid path '$.a' : No results for path: $['a']`.
    """

    def __init__(self, text: str, reason: str, root: Json) -> None:
        super().__init__(text, reason)
        self.text = text
        self.reason = reason
        self.root = root

    def __str__(self) -> str:
        return f"Invalid path '{self.text}' : {self.reason}"


class Path:
    """A path as written, ready to be followed.

    `root` says where it starts: "$" (the data), "$$" (the context object) or the name of a variable; `find` is given
    that root's value. A `definite` path has one value or raises PathMissing; any other has a list of matches, which
    is empty when something on its way is missing.
    """

    __slots__ = ("definite", "find", "root", "steps", "text")

    find: Callable[[Json], Json]

    def __init__(self, text: str) -> None:
        self.text = text
        self.root, rest = split(text)
        self.steps: Steps = parse(rest)
        check_calls(self.steps)
        self.definite: bool = is_definite(turn_scan_into_argument(self.steps))
        self.find = _fast(self) or _careful(self)

    def __repr__(self) -> str:
        return f"Path({self.text!r})"


def compile(text: str) -> Path:
    """Raises PathError for text that is no path."""
    return Path(text)


def is_path(text: str) -> bool:
    try:
        Path(text)
    except PathError:
        return False
    return True


class Roots(Protocol):
    """What the roots of paths stand for: `$`, `$$` and the variables."""

    @property
    def root(self) -> Json: ...

    @property
    def context(self) -> Json: ...

    def variable(self, path: Path) -> Json: ...


def locate(path: Path) -> Callable[[Roots], Json]:
    """The value of a path as a function of what its root stands for; it raises PathMissing."""
    find = path.find
    if path.root == "$":
        return lambda roots: find(roots.root)
    if path.root == "$$":
        return lambda roots: find(roots.context)
    return lambda roots: find(roots.variable(path))


def _careful(path: Path) -> Callable[[Json], Json]:
    """Follow step by step, with Jayway's words for what goes wrong."""
    follow, text = compile_steps(path.steps), path.text

    def find(root: Json) -> Json:
        try:
            return follow(root, root)
        except (Absent, Misfit, CallError) as reason:
            raise PathMissing(text, str(reason), root) from None

    return find


def _fast(path: Path) -> Callable[[Json], Json] | None:
    """Member and index chains, which are nearly all paths in use, without any ceremony; None for other paths."""
    keys = plain_keys(path.steps)
    if keys is None:
        return None
    careful = _careful(path)
    if not keys:
        return lambda root: root
    if all(isinstance(key, str) for key in keys) and len(keys) <= 3:
        return _members(keys, careful)

    def find(root: Json) -> Json:
        value = root
        try:
            for key in keys:
                # An index into a string would find a character.
                if value.__class__ is str:
                    return careful(root)
                value = value[key]
        except (LookupError, TypeError):
            return careful(root)
        return value

    return find


def _members(keys: tuple[str | int, ...], careful: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """One to three members. A member of anything but an object raises, and the careful way says what is wrong."""
    if len(keys) == 1:
        (only,) = keys

        def one(root: Json) -> Json:
            try:
                return root[only]
            except (LookupError, TypeError):
                return careful(root)

        return one
    if len(keys) == 2:
        first, second = keys

        def two(root: Json) -> Json:
            try:
                return root[first][second]
            except (LookupError, TypeError):
                return careful(root)

        return two
    first, second, third = keys

    def three(root: Json) -> Json:
        try:
            return root[first][second][third]
        except (LookupError, TypeError):
            return careful(root)

    return three
