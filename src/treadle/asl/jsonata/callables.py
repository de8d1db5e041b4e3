"""The function values of JSONata: built-in functions, lambdas, partial applications, compositions."""

from __future__ import annotations

from collections.abc import Sequence as Items
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.run import CALL, Closure, Frame, Implementation, Run
from treadle.asl.jsonata.signature import Signature
from treadle.asl.jsonata.values import UNDEFINED, Function, Undefined, Value

_SCALARS: Final = frozenset({bool, int, float, type(None), Undefined})


class Native(Function):
    """A built-in function. With `impure` its implementation takes the run as first argument."""

    __slots__ = ("implementation", "impure", "name", "signature")

    def __init__(self, name: str, implementation: Implementation, signature: str, arity: int, impure: bool) -> None:
        self.name = name
        self.implementation = implementation
        self.signature = Signature(signature)
        self.arity = arity
        self.impure = impure

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        try:
            checked = self.signature.validate(arguments, context)
            run.read(checked)
            result = self.implementation(run, *checked) if self.impure else self.implementation(*checked)
            if result.__class__ not in _SCALARS:
                run.made(result)
            return result
        except Failure as failure:
            failure.blame(self.name)
            raise


class TailCall:
    """A call that a lambda's body leaves to whoever called the lambda."""

    __slots__ = ("arguments", "context", "function", "name", "position")

    def __init__(self, function: Function, arguments: list[Value], context: Value, position: int, name: str | None):
        self.function = function
        self.arguments = arguments
        self.context = context
        self.position = position
        self.name = name


class Lambda(Function):
    """A function of the expression, with the context and the variables of where it was defined."""

    __slots__ = ("body", "context", "cost", "frame", "parameters", "signature")

    def __init__(
        self,
        parameters: list[str],
        body: Closure,
        cost: int,
        signature: Signature | None,
        context: Value,
        frame: Frame,
    ) -> None:
        self.arity = len(parameters)
        self.parameters = parameters
        self.body = body
        self.cost = cost
        self.signature = signature
        self.context = context
        self.frame = frame

    def bind(self, arguments: Items[Value], context: Value) -> Frame:
        """The frame of a call."""
        if self.signature is not None:
            arguments = self.signature.validate(arguments, context)
        names = dict(zip(self.parameters, arguments, strict=False))
        if len(names) < self.arity:
            for parameter in self.parameters:
                names.setdefault(parameter, UNDEFINED)
        return Frame(names, self.frame)

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        current: Lambda = self
        run.steps -= CALL
        run.depth -= self.cost
        if run.depth < 0 or run.steps < 0:
            raise Failure("U1001" if run.depth < 0 else "U1001 time")
        result = self.body(self.context, self.bind(arguments, context))
        while result.__class__ is TailCall:
            function = result.function
            if function.__class__ is not Lambda:
                result = _invoke(result, run)
                break
            run.steps -= CALL
            run.depth += current.cost - function.cost
            if run.depth < 0 or run.steps < 0:
                raise Failure("U1001" if run.depth < 0 else "U1001 time")
            current = function
            result = current.body(current.context, _bind(current, result))
        run.depth += current.cost
        return result


def _bind(function: Lambda, tail: TailCall) -> Frame:
    try:
        return function.bind(tail.arguments, tail.context)
    except Failure as failure:
        failure.locate(tail.position, tail.name)
        raise


def _invoke(tail: TailCall, run: Run) -> Value:
    try:
        return tail.function.call(tail.arguments, tail.context, run)
    except Failure as failure:
        failure.locate(tail.position, tail.name)
        raise


class Partial(Function):
    """A function some of whose arguments are given; `holes` are the positions of the others."""

    __slots__ = ("arguments", "function", "holes")

    def __init__(self, function: Function, arguments: list[Value], holes: list[int]) -> None:
        if isinstance(function, Lambda):
            arguments = arguments[: function.arity]
        # Parameters that were not mentioned at all are given, as nothing.
        self.arguments = arguments
        self.holes = [hole for hole in holes if hole < len(arguments)]
        self.function = function
        self.arity = len(self.holes)

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        given = list(self.arguments)
        for index, hole in enumerate(self.holes):
            given[hole] = arguments[index] if index < len(arguments) else UNDEFINED
        return self.function.call(given, context, run)


class Composition(Function):
    """`first ~> second` of two functions."""

    __slots__ = ("first", "second")

    def __init__(self, first: Function, second: Function) -> None:
        self.first = first
        self.second = second
        self.arity = 1

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        return self.second.call([self.first.call(arguments[:1], context, run)], context, run)


class Applied(Function):
    """A function made by another part of the engine: a matcher's `next`, a transform."""

    __slots__ = ("implementation", "signature")

    def __init__(self, implementation: Implementation, arity: int, signature: Signature | None = None) -> None:
        self.implementation = implementation
        self.arity = arity
        self.signature = signature

    def call(self, arguments: Items[Value], context: Value, run: Run) -> Value:
        if self.signature is not None:
            arguments = self.signature.validate(arguments, context)
        return self.implementation(run, *arguments[: self.arity])


TRANSFORM: Final = Signature("<(oa):o>")
