"""What the API remembers durably: state machines, versions, aliases, activities. Frozen; an update makes a new one."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from treadle.engine.execution import Kind
from treadle.values import Instant, Json

# What AWS answers when a configuration was not given.
NO_LOGGING: Json = {"level": "OFF", "includeExecutionData": False}
NO_TRACING: Json = {"enabled": False}
AWS_KEY: Json = {"type": "AWS_OWNED_KEY"}


class Content(Struct, frozen=True, kw_only=True):
    """What a revision consists of; an update that changes none of it makes no new revision."""

    definition: str
    role_arn: str
    logging: Json
    tracing: Json
    encryption: Json


class StateMachine(Struct, frozen=True, kw_only=True):
    """A state machine as it stands. `revision` None is AWS's INITIAL, which is never shown.

    `numbered` counts the versions ever published: numbers are never reused. `published` maps a revision (or "") to the
    newest version made of it, which makes publishing idempotent.
    """

    arn: str
    name: str
    kind: Kind
    content: Content
    created_at: Instant
    updated_at: Instant
    revision: str | None = None
    status: Literal["ACTIVE", "DELETING"] = "ACTIVE"
    numbered: int = 0
    published: dict[str, int] = {}
    born: tuple[bool, str | None] = (False, None)  # publish and versionDescription of CreateStateMachine
    variables: Json = None  # state -> names, as DescribeStateMachine shows them; None when there are none


class Version(Struct, frozen=True, kw_only=True):
    """A published revision: immutable. Holds the whole machine as it was."""

    arn: str
    number: int
    machine: StateMachine
    created_at: Instant
    description: str | None = None


class Route(Struct, frozen=True):
    version_arn: str
    weight: int


class Alias(Struct, frozen=True, kw_only=True):
    arn: str
    name: str
    machine_arn: str
    routes: tuple[Route, ...]
    created_at: Instant
    updated_at: Instant
    description: str | None = None


class Activity(Struct, frozen=True, kw_only=True):
    arn: str
    name: str
    created_at: Instant
    encryption: Json
