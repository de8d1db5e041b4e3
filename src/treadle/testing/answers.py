"""What the world may answer to a task: values that say it, and the one function that works out which applies.

Any JSON value is an answer by itself: the task's result. The others say more: `Fails`, `after`, `in_turn`, ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from treadle.asl.findings import DefinitionError
from treadle.asl.resource import Resource
from treadle.testing.spans import Span
from treadle.testing.spans import seconds as seconds_of
from treadle.values import Instant, Json

Stage: TypeAlias = Literal["schedule", "start", "submit", "run"]
# A JSON value, one of the classes below, or a function of the Call that returns one of these.
Answer: TypeAlias = Any
Index: TypeAlias = int | tuple[int, ...]


def hidden(info: Any) -> bool:
    """For `__tracebackhide__`: a test that fails is to be shown the test's own lines, a bug of ours all lines."""
    return bool(info.errisinstance((AssertionError, DefinitionError)))


class Fails(Exception):
    """The task fails with this error. May be given as an answer, or raised by a function that answers.

    `stage` tells when: "run" after it has begun, "submit" when a job or message is refused, "start", "schedule".
    """

    def __init__(self, error: str | None = None, cause: str | None = None, stage: Stage = "run") -> None:
        super().__init__(error, cause)
        self.error, self.cause, self.stage = error, cause, stage

    def __repr__(self) -> str:
        return f"Fails({self.error!r}, {self.cause!r})"

    __str__ = __repr__


class Call(Struct, frozen=True):
    """One task that was performed: what a function that answers receives, and what `run.calls` lists.

    `attempt` is 0 for the first try and counts the retries; `items` are the indexes of the enclosing Map iterations,
    outermost first.
    """

    state: str
    resource: Resource
    arguments: Json
    attempt: int
    items: tuple[int, ...]
    at: Instant
    token: str | None
    execution_arn: str
    credentials: Json = None

    @property
    def item(self) -> int | None:
        """Index of the nearest Map iteration."""
        return self.items[-1] if self.items else None

    def __repr__(self) -> str:
        where = "".join(f"[{index}]" for index in self.items)
        again = f", attempt {self.attempt}" if self.attempt else ""
        return f"<call of {self.state}{where}{again}: {self.arguments!r}>"


class Silence(Struct, frozen=True):
    """No answer. `by_hand`: test code gives it (`run.task(...)`), so that waiting for it is no mistake."""

    by_hand: bool = False


NEVER = Silence()
BY_HAND = Silence(by_hand=True)


class Payload(Struct, frozen=True):
    """What a Lambda function returned; for `lambda:invoke` the rest of Invoke's answer is put around it."""

    value: Json


class After(Struct, frozen=True):
    seconds: float
    answer: Answer


class Beats(Struct, frozen=True):
    """Heartbeats every so many seconds (or "50s"), `count` of them (None: until the answer), and then the answer."""

    every: Span
    count: int | None
    answer: Answer


class Submits(Struct, frozen=True):
    """The answer to the submission of a job or message (`.sync`, `.waitForTaskToken`), then that of the task."""

    output: Json
    answer: Answer


class Depends(Struct, frozen=True):
    """An answer that is worked out from the call."""

    make: Callable[[Call], Answer]


class InTurn(Struct, frozen=True, eq=False):
    answers: tuple[Answer, ...]


class ByAttempt(Struct, frozen=True):
    answers: tuple[Answer, ...]


class ByItem(Struct, frozen=True):
    answers: Mapping[Index, Answer]
    default: Answer | UnsetType


class Sometimes(Struct, frozen=True):
    chance: float
    answer: Answer
    otherwise: Answer


def payload(value: Json) -> Payload:
    """A function's return value as the answer of a `lambda:invoke` task (or of a task that names the function)."""
    return Payload(value)


def after(span: Span, answer: Answer) -> After:
    """The answer comes after so much modelled time: seconds, "10m", or a timedelta."""
    return After(seconds_of(span), answer)


def in_turn(*answers: Answer) -> InTurn:
    """The first call gets the first answer, and so on, over the whole run. More calls than answers are an error."""
    return InTurn(answers)


def by_attempt(*answers: Answer) -> ByAttempt:
    """The first try gets the first answer, the first retry the second; entered again, the state begins anew."""
    return ByAttempt(answers)


def by_item(answers: Mapping[Index, Answer], default: Answer = UNSET) -> ByItem:
    """An answer per item of the enclosing Map, by index (nested Maps: the nearest, or a tuple of all indexes)."""
    return ByItem(answers, default)


def sometimes(chance: float, answer: Answer, otherwise: Answer) -> Sometimes:
    """`answer` with this probability: drawn from the run's seed, so the same seed draws the same."""
    return Sometimes(chance, answer, otherwise)


def submits(output: Json, answer: Answer = BY_HAND) -> Submits:
    return Submits(output, answer)


class Reply(Struct, frozen=True):
    """What an answer comes to for one call: an outcome so many seconds after the start, and news on the way."""

    outcome: Json | Fails | Silence | Payload
    seconds: float | None = None  # None: nobody said how long it takes
    submitted: Json = UNSET
    every: float | None = None
    beats: int | None = None


class Exhausted(Exception):
    """The mock has no answer left, in words."""


class Memory:
    """What answers remember during one run: how far each `in_turn` has come, and luck."""

    def __init__(self, seed: int) -> None:
        self.luck = Random(seed)
        self._turns: dict[int, int] = {}

    def turn(self, answer: InTurn) -> int:
        turn = self._turns.get(id(answer), 0)
        self._turns[id(answer)] = turn + 1
        return turn


def settle(answer: Answer, call: Call, memory: Memory, perform: Callable[[Any], Answer]) -> Reply:
    """Work out what `answer` means for `call`. `perform` calls a function found on the way. Raises Exhausted."""
    match answer:
        case After(seconds, inner):
            reply = settle(inner, call, memory, perform)
            return _with(reply, seconds=(reply.seconds or 0.0) + seconds)
        case Beats(every, count, inner):
            return _with(settle(inner, call, memory, perform), every=seconds_of(every), beats=count)
        case Submits(output, inner):
            return _with(settle(inner, call, memory, perform), submitted=output)
        case Sometimes(chance, inner, otherwise):
            return settle(inner if memory.luck.random() < chance else otherwise, call, memory, perform)
        case InTurn() | ByAttempt() | ByItem():
            return settle(_choose(answer, call, memory), call, memory, perform)
        case Depends(make):
            return settle(make(call), call, memory, perform)
        case Payload() | Silence() | Fails():
            return Reply(answer)
        case type() if issubclass(answer, Exception):
            return Reply(Fails(answer.__name__))
        case _ if callable(answer):
            try:
                made = perform(answer)
            except Fails as failure:
                return Reply(failure)
            return settle(made, call, memory, perform)
        case Exception():
            return Reply(Fails(type(answer).__name__, str(answer)))
        case _:
            return Reply(answer)


def _choose(answer: InTurn | ByAttempt | ByItem, call: Call, memory: Memory) -> Answer:
    match answer:
        case InTurn(answers):
            turn = memory.turn(answer)
            if turn >= len(answers):
                raise Exhausted(f"it has {len(answers)} answers in turn, and this is call number {turn + 1}")
            return answers[turn]
        case ByAttempt(answers):
            if call.attempt >= len(answers):
                raise Exhausted(f"it has answers for {len(answers)} attempts, and this is number {call.attempt + 1}")
            return answers[call.attempt]
        case ByItem(answers, default):
            for key in (call.items, call.item):
                if key in answers and key is not None:
                    return answers[key]
            if default is not UNSET:
                return default
            if not call.items:
                raise Exhausted("it has answers by item, but the state is in no Map")
            raise Exhausted(f"it has no answer for item {call.item} (only for {', '.join(map(str, answers))})")


def _with(reply: Reply, **changes: Any) -> Reply:
    fields = {name: getattr(reply, name) for name in Reply.__struct_fields__}
    return Reply(**(fields | changes))
