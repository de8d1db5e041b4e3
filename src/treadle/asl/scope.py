"""What an expression may see, and what luck is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from treadle.asl.jsonpath import Path, PathMissing
from treadle.values import Instant, Json, StatesError

_MASK = (1 << 64) - 1


class Luck:
    """Deterministic randomness (splitmix64): the same seed gives the same numbers, and it costs nothing to make."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def getrandbits(self, bits: int) -> int:
        """A uniform integer of `bits` bits."""
        value = 0
        for _ in range((bits + 63) // 64):
            value = value << 64 | self._next()
        return value & ((1 << bits) - 1)

    def random(self) -> float:
        """A uniform double in [0, 1)."""
        return (self._next() >> 11) / (1 << 53)

    def _next(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)


class Trace(Protocol):
    """Receives the value after each named stage of a state: TestState's inspection data is such a trace.

    It may also put another context object in the place of the derived one.
    """

    def __call__(self, stage: str, value: Json) -> None: ...

    def context(self, derived: Json) -> Json: ...


class Scope:
    """The surroundings of one evaluation: alive while one state is entered or left.

    `input` is the state's raw input, `root` what `$` means at the moment, `result` and `error` are there after the
    work. `context` makes the context object when somebody asks for it. `at` and `luck` are the only time and chance.
    """

    __slots__ = (
        "_bindings", "_context", "_luck", "_seed", "at", "error", "has_result", "input", "make_context",
        "multiplies", "result", "root", "trace", "variables",
    )  # fmt: skip

    def __init__(
        self,
        input: Json,
        variables: Mapping[str, Json],
        make_context: Callable[[], Json],
        at: Instant,
        seed: int,
        trace: Trace | None = None,
        multiplies: bool = False,
    ) -> None:
        self.input = input
        self.root = input
        self.variables = variables
        self.make_context = make_context
        self.at = at
        self.trace = trace
        self.multiplies = multiplies
        self._seed = seed
        self._luck: Luck | None = None
        self.result: Json = None
        self.has_result = False
        self.error: Json = None
        self._context: Json = None
        self._bindings: dict[str, Json] | None = None

    @property
    def context(self) -> Json:
        if self._context is None:
            self._context = self.make_context()
        return self._context

    @property
    def luck(self) -> Luck:
        """One generator per evaluation: most expressions never ask for it."""
        if self._luck is None:
            self._luck = Luck(self._seed)
        return self._luck

    def renew(self, make_context: Callable[[], Json]) -> None:
        """Look at another context object from now on (an item of a Map)."""
        self.make_context = make_context
        self._context = self._bindings = None

    def finish(self, result: Json) -> None:
        """The work is done: expressions may now see its result."""
        self.root = self.result = result
        self.has_result = True
        self._bindings = None

    def fail(self, error: Json) -> None:
        """The work failed: expressions of a Catcher see the error output."""
        self.root = self.error = error
        self._bindings = None

    def resolve(self, path: Path) -> Json:
        """The value of a JSONPath whose root is `$`, `$$` or `$name`.

        Raises StatesError(States.Runtime) in AWS's words when a definite path leads nowhere.
        """
        root = path.root
        if root == "$":
            value = self.root
        elif root == "$$":
            value = self.context
        else:
            value = self.variable(path)
        try:
            return path.find(value)
        except PathMissing as missing:
            raise StatesError("States.Runtime", str(missing)) from None

    def variable(self, path: Path) -> Json:
        """The workflow variable that `path` starts from."""
        try:
            return self.variables[path.root]
        except KeyError:
            cause = f"The variable '{path.root}' referenced by '{path.text}' is not defined."
            raise StatesError("States.Runtime", cause) from None

    def bindings(self, with_context: bool) -> dict[str, Json]:
        """The variables of a JSONata expression: `states` and the workflow's own."""
        if self._bindings is None:
            states: dict[str, Json] = {"input": self.input}
            if self.has_result:
                states["result"] = self.result
            if self.error is not None:
                states["errorOutput"] = self.error
            self._bindings = {**self.variables, "states": states}
        if with_context:
            self._bindings["states"].setdefault("context", self.context)
        return self._bindings
