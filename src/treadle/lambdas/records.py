"""What Lambda remembers: functions, versions, aliases, policies, layers. Frozen; an update makes a new one."""

from __future__ import annotations

import msgspec

from treadle.lambdas.names import LATEST
from treadle.values import Json


class Code(msgspec.Struct, frozen=True):
    """A deployment package: its SHA-256 in hex (also its file name) and its size in bytes."""

    sha256: str
    size: int


class Config(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Code and configuration of one version of a function ($LATEST included).

    `timeout` in seconds, `memory` and `storage` in MB. `echoed` holds the members that only come back as they were
    given (VpcConfig, DeadLetterConfig, KMSKeyArn, ...), by their AWS name.
    """

    version: str = LATEST
    role: str
    runtime: str | None = None
    handler: str | None = None
    code: Code | None = None
    image: str | None = None
    description: str = ""
    timeout: int = 3
    memory: int = 128
    storage: int = 512
    environment: dict[str, str] | None = None
    layers: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ("x86_64",)
    tracing: str = "PassThrough"
    snap_start: str = "None"
    logging: dict[str, str] = {}
    echoed: dict[str, Json] = {}
    modified: str
    revision: str


class Alias(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name for a version; `weights` sends a share (0..1) of the calls to other versions."""

    name: str
    version: str
    description: str = ""
    weights: dict[str, float] = {}
    revision: str = ""


class Policy(msgspec.Struct, frozen=True):
    """A resource policy: its statements in the order they were added."""

    revision: str
    statements: tuple[Json, ...] = ()


class Function(msgspec.Struct, frozen=True, omit_defaults=True):
    """One function with all that hangs on it. `versions` are stored apart (a row each).

    Policies, event settings and provisioned concurrency are keyed by qualifier ("" for the unqualified function).
    """

    name: str
    latest: Config
    versions: dict[str, Config] = {}
    published: int = 0  # the last version number handed out
    published_revision: str = ""  # revision of $LATEST when that version was made
    aliases: dict[str, Alias] = {}
    policies: dict[str, Policy] = {}
    event_settings: dict[str, Json] = {}
    provisioned: dict[str, Json] = {}
    runtime_management: dict[str, Json] = {}
    tags: dict[str, str] = {}
    reserved: int | None = None
    recursion: str = "Terminate"

    def config(self, version: str) -> Config | None:
        return self.latest if version == LATEST else self.versions.get(version)


class LayerVersion(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    version: int
    code: Code
    created: str
    description: str = ""
    license: str | None = None
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    policy: Policy | None = None
    deleted: bool = False  # kept as a row, so that its number is never handed out again


class Pending(msgspec.Struct, frozen=True, omit_defaults=True):
    """An accepted asynchronous event, until it succeeded or was given up. `due` and `accepted` in epoch seconds."""

    id: str
    account: str
    region: str
    name: str
    qualifier: str | None
    payload: bytes
    accepted: float
    due: float
    attempt: int = 0
    client_context: str | None = None


class EventSource(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event source mapping: a queue or stream (`arn`) that feeds `function` (ARN, qualified when it was named so).

    `settings` by their AWS names, defaults included. `positions`: of a shard the last sequence number handed over.
    """

    id: str
    account: str
    region: str
    arn: str
    function: str
    enabled: bool
    settings: dict[str, Json]
    modified: float
    positions: dict[str, str] = {}
    tags: dict[str, str] = {}

    def moved(self, shard: str, number: str) -> EventSource:
        return msgspec.structs.replace(self, positions=self.positions | {shard: number})


FunctionKey = tuple[str, str, str]  # account, region, name
