"""JSONata for Step Functions: expressions compiled once into closures, evaluated synchronously within bounds.

The language is that of the reference implementation 2.0.6, which AWS documents, with AWS's additions ($partition,
$range, $hash, $random, $uuid, $parse) and without $eval. Evaluation has no clock and no randomness of its own: both are
in the `World` it is given.

    compile("$states.input.n < 1000").evaluate({"states": {"input": {"n": 1}}}, World(at=0.0, luck=Random(1)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from weakref import WeakValueDictionary

from treadle.asl.jsonata.analysis import References, references
from treadle.asl.jsonata.compiler import Program
from treadle.asl.jsonata.errors import Failure, JsonataError
from treadle.asl.jsonata.functions_number import require_finite
from treadle.asl.jsonata.parser import parse
from treadle.asl.jsonata.run import Budget, Luck, Root, Run, World
from treadle.asl.jsonata.shape import shape
from treadle.asl.jsonata.values import (
    FUNCTION,
    MANY,
    NESTING,
    UNDEFINED,
    Function,
    Outer,
    Overflow,
    Value,
    measure,
    tidy,
)

__all__ = [
    "FUNCTION",
    "UNDEFINED",
    "Budget",
    "Expression",
    "JsonataError",
    "Luck",
    "References",
    "World",
    "compile",
]


class Expression:
    """A compiled expression: immutable, shareable, evaluated any number of times."""

    __slots__ = ("__weakref__", "_builds", "_closure", "_untidy", "references", "source")

    def __init__(self, source: str, newer: bool = False) -> None:
        tree = shape(parse(source, newer))
        program = Program(tree)
        self.source = source
        self.references: References = references(tree)
        self._closure = program.closure
        self._untidy = program.untidy
        # What has none of these only finds values that were there before.
        self._builds = any(sign in source for sign in "{[(")

    def evaluate(self, variables: Mapping[str, Value], world: World, input: Value = UNDEFINED) -> Value:
        """The value of the expression: JSON, UNDEFINED for nothing, or FUNCTION. Raises JsonataError.

        `variables` are the names that can be used with `$`, such as `states`; `input` is what `$` and `$$` refer to,
        which Step Functions leaves out. Neither is modified.
        """
        run = Run(variables, world, input)
        try:
            result = self._closure(Outer((input,)) if isinstance(input, list) else input, Root(run))
            if self._builds and (result.__class__ is dict or isinstance(result, list)):
                measure(result, MANY, NESTING)
            if self._untidy or run.untidy:
                if run.untidy:
                    require_finite(result)
                result = tidy(result)
        except RecursionError:
            raise Failure("U1001") from None
        except Overflow as overflow:
            raise Failure("U1001 memory" if overflow.what == "memory" else "U1001") from None
        return FUNCTION if isinstance(result, Function) else result


# A definition's expressions are asked for when it is checked, when its variables are listed and when it is compiled.
# One that somebody keeps is not made again; nothing is kept here.
_known: Final[WeakValueDictionary[str, Expression]] = WeakValueDictionary()


def compile(source: str, *, newer: bool = False) -> Expression:
    """The expression of a source text. Raises JsonataError for what is not JSONata.

    With `newer`, `a ?? b` and `a ?: b` of JSONata 2.1 are understood, which Step Functions (2.0.6) refuses.
    """
    known = None if newer else _known.get(source)
    if known is not None:
        return known
    try:
        expression = Expression(source, newer)
    except RecursionError:
        raise Failure("U1001") from None
    if not newer:
        _known[source] = expression
    return expression
