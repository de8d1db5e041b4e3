"""The nouns of the engine. Everything here is a frozen value; nothing here acts."""

from __future__ import annotations

from typing import Literal, TypeAlias

from treadle.values import EMPTY, Instant, Json, Payload, Pointer, Value

FrameId: TypeAlias = int
TaskId: TypeAlias = int
EventId: TypeAlias = int
Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]


class Failure(Value, frozen=True):
    """Why a state, a branch or an execution failed. None where the customer's Fail state named nothing."""

    error: str | None = None
    cause: str | None = None
    alias: str | None = None  # a second name that ErrorEquals may use; never shown


# What a frame waits for. Exactly one of these: this union is the whole state machine.
class Ready(Value, frozen=True):
    """Runnable now: enter `frame.state`, or run it `again` (a retry does not enter twice)."""

    again: bool = False


class Sleeping(Value, frozen=True):
    """A Wait state, or the backoff before a retry."""

    until: Instant
    then: Literal["leave", "retry"]


class Working(Value, frozen=True):
    """A task is out in the world. `started` and `submitted` tell what a restart may repeat."""

    task: TaskId
    arguments: Payload
    phase: Literal["scheduled", "started", "submitted"] = "scheduled"
    timeout: float | None = None  # seconds, counted from the start of the task
    heartbeat: float | None = None  # seconds
    timeout_at: Instant | None = None
    heartbeat_at: Instant | None = None
    token: str | None = None
    credentials: Json = None
    submitted: Payload | None = None  # what the service answered to the submission (.sync, token)
    redrives: int = 0  # how often a map run was taken up again


class Joining(Value, frozen=True):
    """A Parallel or Map waits for its children. It holds nothing that counts, so it is stored once, not per child.

    A Parallel's children share `input`; a Map has one of `items` per child. `limit` is the most children at a time.
    """

    total: int
    input: Payload | None = None
    items: tuple[Payload, ...] = ()
    keys: tuple[str, ...] = ()  # the member names when a Map iterates over an object
    limit: int | None = None


class Finished(Value, frozen=True):
    output: Payload


class Ended(Value, frozen=True):
    """Failed or aborted. Keeps its place in the tree, and what it waited for, for a redrive."""

    failure: Failure
    resume: Ready | Joining | Working = Ready()


Pending: TypeAlias = Ready | Sleeping | Working | Joining | Finished | Ended


class Frame(Value, frozen=True):
    """One thread of control through one flow: the execution itself, a branch, or an iteration."""

    id: FrameId
    flow: Pointer  # "" for the machine itself, "/States/Fan/Branches/0", "/States/Each/ItemProcessor"
    state: str
    input: Payload
    pending: Pending = Ready()
    parent: FrameId | None = None
    index: int = 0  # which branch, which item
    item: Payload | None = None  # the item itself, before ItemSelector
    key: str | None = None
    variables: dict[str, Json] = {}  # this scope only; lookups climb the parents
    attempts: tuple[int, ...] = ()  # one per retrier of the current state
    entered_at: Instant = 0.0
    entered: EventId = 0  # event id of the current state's Entered event
    last: EventId = 0  # this frame's latest event: previousEventId of the next one


class Facts(Value, frozen=True):
    """What never changes during an execution. `seed` makes its luck and signs its task tokens."""

    arn: str
    name: str
    machine_arn: str
    machine_name: str
    role_arn: str
    started_at: Instant
    seed: int
    input: Payload = EMPTY
    kind: Kind = "STANDARD"
    test_case: str | None = None  # of the mock configuration: whose answers some of its tasks get


class Entry(Value, frozen=True):
    """Where an execution begins when it is not at StartAt: a state of the top level, what it gets and what it sees."""

    state: str
    input: Payload
    variables: dict[str, Json] = {}


class Execution(Value, frozen=True):
    facts: Facts
    frames: dict[FrameId, Frame]  # frame 0 is the machine itself
    status: Status = "RUNNING"
    serial: int = 0  # source of frame and task ids; never reused
    events: EventId = 0  # id of the last history event
    deadline: Instant | None = None  # the machine's TimeoutSeconds
    redrives: int = 0
    redriven_at: Instant | None = None
    stopped_at: Instant | None = None
    output: Payload | None = None
    failure: Failure | None = None
