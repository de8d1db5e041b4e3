"""JSONata for Step Functions: expressions compiled once into closures, evaluated synchronously within bounds.

The language is that of the reference implementation 2.0.6, which AWS documents, with AWS's additions ($partition,
$range, $hash, $random, $uuid, $parse) and without $eval. Evaluation has no clock and no randomness of its own: both are
in the `World` it is given.

    compile("$states.input.n < 1000").evaluate({"states": {"input": {"n": 1}}}, World(at=0.0, luck=Random(1)))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from treadle.asl.jsonata.analysis import References, references
from treadle.asl.jsonata.compiler import Program
from treadle.asl.jsonata.errors import Failure, JsonataError
from treadle.asl.jsonata.functions_number import require_finite, require_shallow
from treadle.asl.jsonata.parser import parse
from treadle.asl.jsonata.run import Budget, Luck, Root, Run, World
from treadle.asl.jsonata.shape import shape
from treadle.asl.jsonata.values import FUNCTION, UNDEFINED, Function, Outer, Value, tidy

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


# How many levels a result may have. Encoders of JSON give up at 254.
NESTING: Final = 200


class Expression:
    """A compiled expression: immutable, shareable, evaluated any number of times."""

    __slots__ = ("_closure", "_untidy", "references", "source")

    def __init__(self, source: str, newer: bool = False) -> None:
        tree = shape(parse(source, newer))
        program = Program(tree)
        self.source = source
        self.references: References = references(tree)
        self._closure = program.closure
        self._untidy = program.untidy

    def evaluate(self, variables: Mapping[str, Value], world: World, input: Value = UNDEFINED) -> Value:
        """The value of the expression: JSON, UNDEFINED for nothing, or FUNCTION. Raises JsonataError.

        `variables` are the names that can be used with `$`, such as `states`; `input` is what `$` and `$$` refer to,
        which Step Functions leaves out. Neither is modified.
        """
        run = Run(variables, world, input)
        try:
            result = self._closure(Outer((input,)) if isinstance(input, list) else input, Root(run))
            if self._untidy or run.untidy:
                if run.untidy:
                    require_finite(result)
                result = tidy(result)
            # To nest values deeply takes repetition; a few steps cannot.
            if (result.__class__ is dict or isinstance(result, list)) and world.budget.steps - run.steps > 100:
                require_shallow(result, NESTING)
        except RecursionError:
            raise Failure("U1001") from None
        return FUNCTION if isinstance(result, Function) else result


def compile(source: str, *, newer: bool = False) -> Expression:
    """The expression of a source text. Raises JsonataError for what is not JSONata.

    With `newer`, `a ?? b` and `a ?: b` of JSONata 2.1 are understood, which Step Functions (2.0.6) refuses.
    """
    try:
        return Expression(source, newer)
    except RecursionError:
        raise Failure("U1001") from None
