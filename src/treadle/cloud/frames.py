"""What the server and its cloud process say to each other: length-prefixed msgpack frames on one socket pair."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

# The service name of the server's own question: which schedules are there, and who listens?
INTERNAL = "treadle"

# Four bytes, big endian, before every frame.
PREFIX = 4


class Call(msgspec.Struct, array_like=True, tag="c", frozen=True):
    """One HTTP request for the cloud process. `id` comes back in the Answer."""

    id: int
    service: str
    account: str
    region: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float  # the server's time, which is the call's


class Fire(msgspec.Struct, array_like=True, tag="f", frozen=True):
    """A scheduled rule is due: record the firing of instant `at` and deliver to its targets. Answered like a Call.

    Or an alarm has to change, as it is seen at the instant `at`."""

    id: int
    account: str
    region: str
    kind: str  # "rule", "schedule" or "alarm"
    group: str  # event bus or schedule group
    name: str
    at: float  # when it was due
    until: float  # everything due up to here is settled by this firing


class Ack(msgspec.Struct, array_like=True, tag="a", frozen=True):
    """The delivery `id` has been performed; it need not be repeated after a crash."""

    id: str


class Leave(msgspec.Struct, array_like=True, tag="l", frozen=True):
    """Finish: take a last snapshot and exit."""


class Answer(msgspec.Struct, array_like=True, tag="r", frozen=True):
    """The response to the Call with the same id. By the time it is sent the call's effect is on disk."""

    id: int
    status: int
    headers: dict[str, str]
    body: bytes


class Ready(msgspec.Struct, array_like=True, tag="y", frozen=True):
    """The state is restored, calls are served. `replayed` journal entries took `seconds`."""

    replayed: int
    seconds: float


class Policy(msgspec.Struct, array_like=True, frozen=True):
    """What becomes of a delivery that fails: the RetryPolicy and DeadLetterConfig of a rule's target or a schedule."""

    owner: str  # ARN of the rule or schedule
    retries: int = 185
    age: float = 86_400.0  # seconds
    dead: str = ""  # ARN of the queue for what could not be delivered


class Delivery(msgspec.Struct, array_like=True, tag="d", frozen=True):
    """An invocation that other rooms must perform: at least once, acknowledged by its `id`.

    `id` is stable over crashes. `target` is an ARN, `payload` JSON text. `account` and `region` are the caller's.
    """

    id: str
    account: str
    region: str
    target: str
    payload: str
    source: str  # "events", "scheduler", "sns", "s3", ...
    policy: Policy | None = None


class Question(msgspec.Struct, array_like=True, tag="q", frozen=True):
    """Within a call, the cloud process wants an operation of another room's service; a Told follows before the answer.

    Until then the process performs reads only. `params` is MessagePack.
    """

    account: str
    region: str
    service: str
    operation: str
    params: bytes


class Told(msgspec.Struct, array_like=True, tag="t", frozen=True):
    """The answer to the Question: MessagePack of {"result": ...} or {"error": code, "message": ...}."""

    body: bytes


ToCloud: TypeAlias = Call | Fire | Ack | Leave | Told
FromCloud: TypeAlias = Answer | Ready | Delivery | Question

_encoder = msgspec.msgpack.Encoder()
decode_to_cloud: Any = msgspec.msgpack.Decoder(Call | Fire | Ack | Leave | Told).decode
decode_from_cloud: Any = msgspec.msgpack.Decoder(Answer | Ready | Delivery | Question).decode


def encode(frame: ToCloud | FromCloud) -> bytes:
    """The frame with its length prefix."""
    data = _encoder.encode(frame)
    return len(data).to_bytes(PREFIX, "big") + data


class Splitter:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames completed by `data`, without their prefixes."""
        self._buffer += data
        frames: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= PREFIX:
            size = int.from_bytes(self._buffer[start : start + PREFIX], "big")
            if len(self._buffer) - start - PREFIX < size:
                break
            with memoryview(self._buffer) as view:
                frames.append(bytes(view[start + PREFIX : start + PREFIX + size]))
            start += PREFIX + size
        if start == len(self._buffer):
            self._buffer = bytearray()
        else:
            del self._buffer[:start]
        return frames
