"""Closures of calls, function definitions, blocks, conditions and constructors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from treadle.asl.jsonata.callables import TRANSFORM, Applied, Composition, Lambda, Native, Partial, TailCall
from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.nodes import Node
from treadle.asl.jsonata.paths import Finish
from treadle.asl.jsonata.run import Closure, Frame, Run
from treadle.asl.jsonata.signature import Signature
from treadle.asl.jsonata.values import UNDEFINED, Function, Sequence, Value, boolean


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands, what it calls, and the variable that may have been meant if the `$` is missing."""

    position: int
    name: str | None
    forgotten: Closure | None


def _not_a_function(function: Value, place: Place, context: Value, frame: Frame, codes: tuple[str, str]) -> Failure:
    forgotten = place.forgotten
    if function is UNDEFINED and forgotten is not None and boolean_or_function(forgotten(context, frame)):
        return Failure(codes[0], place.position, token=place.name)
    return Failure(codes[1], place.position, token=place.name)


def boolean_or_function(value: Value) -> bool:
    return isinstance(value, Function) or boolean(value)


def call(callee: Closure, arguments: list[Closure], place: Place, finish: Finish) -> Closure:
    def evaluate(context: Value, frame: Frame) -> Value:
        function = callee(context, frame)
        values = [argument(context, frame) for argument in arguments]
        if not isinstance(function, Function):
            raise _not_a_function(function, place, context, frame, ("T1005", "T1006"))
        try:
            result = function.call(values, context, frame.run)
        except Failure as failure:
            failure.locate(place.position, place.name)
            raise
        return finish(result) if result.__class__ is Sequence else result

    return evaluate


def apply_call(callee: Closure, arguments: list[Closure], place: Place, finish: Finish) -> Closure:
    """`subject ~> $f(more)`: the subject, which is evaluated first, becomes the first argument."""
    subject, *more = arguments

    def evaluate(context: Value, frame: Frame) -> Value:
        value = subject(context, frame)
        return call(callee, [lambda context, frame: value, *more], place, finish)(context, frame)

    return evaluate


def builtin_call(name: str, native: Native, arguments: list[Closure], place: Place, finish: Finish) -> Closure:
    """The call of a built-in function, unless a variable from outside has its name."""
    other = call(lambda context, frame: frame.run.variables.get(name), arguments, place, finish)
    only = arguments[0] if len(arguments) == 1 else None

    def evaluate(context: Value, frame: Frame) -> Value:
        run = frame.run
        if name in run.variables:
            return other(context, frame)
        values = [only(context, frame)] if only else [argument(context, frame) for argument in arguments]
        try:
            result = native.call(values, context, run)
        except Failure as failure:
            failure.locate(place.position, place.name)
            raise
        return finish(result) if result.__class__ is Sequence else result

    return evaluate


def tail_call(callee: Closure, arguments: list[Closure], place: Place) -> Closure:
    """The last call of a lambda's body, carried out by the caller's loop."""

    def evaluate(context: Value, frame: Frame) -> TailCall:
        function = callee(context, frame)
        values = [argument(context, frame) for argument in arguments]
        if not isinstance(function, Function):
            raise _not_a_function(function, place, context, frame, ("T1005", "T1006"))
        return TailCall(function, values, context, place.position, place.name)

    return evaluate


def apply(subject: Closure, callee: Closure, position: int, finish: Finish) -> Closure:
    """`subject ~> function`; two functions make a third one."""

    def evaluate(context: Value, frame: Frame) -> Value:
        value, function = subject(context, frame), callee(context, frame)
        if not isinstance(function, Function):
            raise Failure("T2006", position, value=function)
        if isinstance(value, Function):
            return Composition(value, function)
        try:
            result = function.call([value], None, frame.run)
        except Failure as failure:
            failure.locate(position, getattr(function, "name", None))
            raise
        return finish(result) if result.__class__ is Sequence else result

    return evaluate


def partial(callee: Closure, given: list[Closure | None], place: Place) -> Closure:
    """`$f(?, 1)`; None stands for a `?`."""
    holes = [index for index, argument in enumerate(given) if argument is None]

    def evaluate(context: Value, frame: Frame) -> Value:
        values = [UNDEFINED if argument is None else argument(context, frame) for argument in given]
        function = callee(context, frame)
        if not isinstance(function, Function):
            raise _not_a_function(function, place, context, frame, ("T1007", "T1008"))
        return Partial(function, values, holes)

    return evaluate


def definition(parameters: list[str], body: Closure, cost: int, signature: Signature | None) -> Closure:
    return lambda context, frame: Lambda(parameters, body, cost, signature, context, frame)


def block(closures: list[Closure], scoped: bool) -> Closure:
    """`(a; b; c)`; with `scoped` it assigns variables, which are its own."""
    if not closures:
        return lambda context, frame: UNDEFINED
    if len(closures) == 1 and not scoped:
        return closures[0]
    *before, last = closures

    def evaluate(context: Value, frame: Frame) -> Value:
        if scoped:
            frame = Frame({}, frame)
        for closure in before:
            closure(context, frame)
        return last(context, frame)

    return evaluate


def condition(test: Closure, then: Closure, otherwise: Closure) -> Closure:
    def evaluate(context: Value, frame: Frame) -> Value:
        answer = test(context, frame)
        if answer is True or (answer is not False and boolean(answer)):
            return then(context, frame)
        return otherwise(context, frame)

    return evaluate


def array(items: list[tuple[Closure, bool]]) -> Closure:
    """`[a, b]`: arrays among the values are merged in, unless the item is an array constructor itself."""

    def evaluate(context: Value, frame: Frame) -> list[Any]:
        result: list[Any] = []
        frame.run.memory -= 64
        for closure, nested in items:
            value = closure(context, frame)
            if value is UNDEFINED:
                continue
            if isinstance(value, list) and not nested:
                frame.run.allot(len(result) + len(value))
                result.extend(value)
            else:
                result.append(value)
        return result

    return evaluate


def literal_object(pairs: list[tuple[str, Closure]], general: Callable[[Value, Frame], dict[str, Value]]) -> Closure:
    """An object constructor with literal keys, for a context that is no array."""

    def evaluate(context: Value, frame: Frame) -> dict[str, Value]:
        if isinstance(context, list):
            return general(context, frame)
        frame.run.memory -= 200
        result: dict[str, Value] = {}
        for key, closure in pairs:
            value = closure(context, frame)
            if value is not UNDEFINED:
                result[key] = value
        return result

    return evaluate


def transform(parts: list[Closure], clone: Closure, node: Node) -> Closure:
    """`|pattern|update, delete|`: a function from an object to its changed copy."""
    pattern, update = parts[0], parts[1]
    delete = parts[2] if len(parts) > 2 else None

    def evaluate(context: Value, frame: Frame) -> Function:
        def change(run: Run, subject: Value) -> Value:
            if subject is UNDEFINED:
                return UNDEFINED
            copy = clone(context, frame)
            if not isinstance(copy, Function):
                raise Failure("T2013", node.position)
            result = copy.call([subject], None, run)
            matches = pattern(result, frame)
            if matches is UNDEFINED:
                return result
            for match in matches if isinstance(matches, list) else [matches]:
                run.spend(1)
                _update(match, update(match, frame), node.parts[1].position)
                if delete is not None:
                    _delete(match, delete(match, frame), node.parts[2].position)
            return result

        return Applied(change, 1, TRANSFORM)

    return evaluate


def _update(match: Value, members: Value, position: int) -> None:
    if members is UNDEFINED:
        return
    if members.__class__ is not dict:
        raise Failure("T2011", position, value=members)
    if match.__class__ is dict:
        match.update(members)


def _delete(match: Value, keys: Value, position: int) -> None:
    if keys is UNDEFINED:
        return
    names = keys if isinstance(keys, list) else [keys]
    if not all(name.__class__ is str for name in names):
        raise Failure("T2012", position, value=keys)
    if match.__class__ is dict:
        for name in names:
            match.pop(name, None)
