"""JSONata for Step Functions: expressions compiled once into closures, evaluated synchronously within bounds.

The language is that of the reference implementation 2.0.6, which AWS documents, with AWS's additions ($partition,
$range, $hash, $random, $uuid, $parse) and without $eval. Evaluation has no clock and no randomness of its own: both are
in the `World` it is given.

    compile("$states.input.n < 1000").evaluate({"states": {"input": {"n": 1}}}, World(at=0.0, luck=Random(1)))
"""

from __future__ import annotations

from collections.abc import Mapping

from treadle.asl.jsonata.analysis import References, references
from treadle.asl.jsonata.compiler import Program
from treadle.asl.jsonata.errors import Failure, JsonataError
from treadle.asl.jsonata.functions_number import require_finite
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


class Expression:
    """A compiled expression: immutable, shareable, evaluated any number of times."""

    __slots__ = ("_closure", "_untidy", "references", "source")

    def __init__(self, source: str) -> None:
        tree = shape(parse(source))
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
                return tidy(result)
        except RecursionError:
            raise Failure("U1001") from None
        return FUNCTION if isinstance(result, Function) else result


def compile(source: str) -> Expression:
    """The expression of a source text. Raises JsonataError for what is not JSONata."""
    try:
        return Expression(source)
    except RecursionError:
        raise Failure("U1001") from None
