"""What the customer wrote, typed: one frozen class per state type, as AWS documents it.

The parser builds it after every check has passed; nobody below asks the raw JSON again. Fields that the
definition may leave out are ABSENT where `null` means something else, otherwise they hold AWS's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from treadle.asl.jsonata import Expression
from treadle.values import Json, Pointer

ABSENT = UNSET
Absent: TypeAlias = UnsetType
Language: TypeAlias = Literal["JSONPath", "JSONata"]


class Retrier(Struct, frozen=True):
    """One entry of `Retry`. `interval` and `max_delay` in seconds; `attempts` 0 means never."""

    errors: tuple[str, ...]
    interval: int = 1
    attempts: int = 3
    backoff: float = 2.0
    max_delay: int | None = None
    jitter: bool = False


class Catcher(Struct, frozen=True):
    """One entry of `Catch`. `result_path` None discards the error output (JSONPath only)."""

    errors: tuple[str, ...]
    next: str
    result_path: str | None = "$"
    assign: Json | Absent = ABSENT
    output: Json | Absent = ABSENT


class State(Struct, frozen=True, kw_only=True):
    """Fields common to all state types. `next` None means End (or a terminal type)."""

    name: str
    pointer: Pointer  # "/States/A", "/States/Fan/Branches/0/States/B"
    language: Language = "JSONPath"
    comment: str | None = None
    next: str | None = None
    input_path: str | None = "$"
    output_path: str | None = "$"
    assign: Json | Absent = ABSENT
    output: Json | Absent = ABSENT


class Pass(State, frozen=True, kw_only=True):
    result: Json | Absent = ABSENT
    parameters: Json | Absent = ABSENT
    result_path: str | None = "$"


class Succeed(State, frozen=True, kw_only=True):
    pass


class Fail(State, frozen=True, kw_only=True):
    """`error` and `cause` are literals, or JSONata strings when the language is JSONata."""

    error: str | None = None
    error_path: str | None = None
    cause: str | None = None
    cause_path: str | None = None


class Wait(State, frozen=True, kw_only=True):
    """Exactly one of the four is set. JSONata strings are allowed in `seconds` and `timestamp`."""

    seconds: int | str | None = None
    seconds_path: str | None = None
    timestamp: str | None = None
    timestamp_path: str | None = None


class Rule(Struct, frozen=True):
    """One entry of `Choices`. `condition` is the JSONata Condition (string or boolean) or, in JSONPath, the raw
    comparison object without Next, Assign, Output and Comment."""

    next: str
    condition: Json
    assign: Json | Absent = ABSENT
    output: Json | Absent = ABSENT


class Choice(State, frozen=True, kw_only=True):
    choices: tuple[Rule, ...]
    default: str | None = None


class Task(State, frozen=True, kw_only=True):
    """`timeout`, `heartbeat`: seconds, a JSONata string, or None (no limit)."""

    resource: str
    parameters: Json | Absent = ABSENT  # Parameters (JSONPath) or Arguments (JSONata)
    result_selector: Json | Absent = ABSENT
    result_path: str | None = "$"
    timeout: int | str | None = None
    timeout_path: str | None = None
    heartbeat: int | str | None = None
    heartbeat_path: str | None = None
    credentials: Json | Absent = ABSENT
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


class Flow(Struct, frozen=True):
    """One set of states with a start: the machine itself, a branch, or an item processor."""

    pointer: Pointer
    start: str
    states: Mapping[str, State]


class Parallel(State, frozen=True, kw_only=True):
    branches: tuple[Flow, ...]
    parameters: Json | Absent = ABSENT  # Parameters (JSONPath) or Arguments (JSONata)
    result_selector: Json | Absent = ABSENT
    result_path: str | None = "$"
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


class Map(State, frozen=True, kw_only=True):
    """Inline or distributed. The `*_path` twins are JSONPath's; JSONata strings may stand in the plain ones.

    `item_reader`, `item_batcher` and `result_writer` keep their JSON object: the distributed map reads them.
    """

    processor: Flow
    mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
    execution_type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    legacy: bool = False  # written with Iterator rather than ItemProcessor
    items: Json | Absent = ABSENT
    items_path: str = "$"
    item_selector: Json | Absent = ABSENT  # ItemSelector, or Parameters in its old form
    max_concurrency: int | str | None = None
    max_concurrency_path: str | None = None
    item_reader: Json | Absent = ABSENT
    item_batcher: Json | Absent = ABSENT
    result_writer: Json | Absent = ABSENT
    label: str | None = None
    tolerated_count: int | str | None = None
    tolerated_count_path: str | None = None
    tolerated_percentage: float | str | None = None
    tolerated_percentage_path: str | None = None
    result_selector: Json | Absent = ABSENT
    result_path: str | None = "$"
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


class Machine(Struct, frozen=True):
    """A whole definition. `timeout` in seconds for one execution, None without limit."""

    flow: Flow
    language: Language = "JSONPath"
    comment: str | None = None
    timeout: int | None = None
    version: str = "1.0"
    expressions: tuple[Expression, ...] = ()  # of JSONata, kept so that they need not be made again


class Diagnostic(Struct, frozen=True):
    """One finding of ValidateStateMachineDefinition: AWS's code, message and location."""

    code: str
    message: str
    location: Pointer | None = None
    severity: Literal["ERROR", "WARNING"] = "ERROR"
