"""What passes between the API and the runtime: plain values, no behaviour."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from treadle.engine.execution import Kind, Status
from treadle.values import Instant, Json


class Restart(Struct, frozen=True, kw_only=True):
    """Where an execution began that took up another one's past: not part of AWS's API.

    `input` is the JSON text of the state's input; the execution's own input stays that of `execution`, for the context.
    """

    execution: str  # ARN of the one that was restarted
    state: str
    input: str
    event: int | None = None  # the Entered event of the visit it was restarted from
    variables: str = "{}"  # JSON text of an object


class Revision(Struct, frozen=True, kw_only=True):
    """A state machine as it stood when an execution started: running executions keep it after an update.

    `id` identifies the content (definition and everything else here that an execution needs), so that the store
    keeps one copy for all executions of a revision.
    """

    id: str
    machine_arn: str  # unqualified
    name: str
    definition: str
    role_arn: str
    kind: Kind = "STANDARD"
    logging: Json = None  # loggingConfiguration as given, None when there is none
    tracing: bool = False
    encryption: Json = None
    version_arn: str | None = None  # set when started through a version or an alias
    alias_arn: str | None = None
    map_run_arn: str | None = None  # set for children of a distributed Map
    revision_id: str | None = None
    updated_at: Instant = 0.0
    variable_references: Json = None
    label: str | None = None
    test_case: str | None = None  # of the mock configuration, when the execution was started with one
    restart: Restart | None = None  # of one execution alone: its `id` is unique then


class Started(Struct, frozen=True):
    arn: str
    at: Instant


class ExecutionRecord(Struct, frozen=True, kw_only=True):
    """One row of ListExecutions, or the whole of DescribeExecution (then `input` and `output` are filled)."""

    arn: str
    machine_arn: str
    name: str
    status: Status
    started_at: Instant
    revision: str  # Revision.id
    kind: Kind = "STANDARD"
    stopped_at: Instant | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    map_run_arn: str | None = None
    trace_header: str | None = None
    pending_redrive: bool = False  # a child that did not succeed and waits to be run again: AWS shows it as the status
    redrives: int = 0
    redriven_at: Instant | None = None
    events: int = 0
    items: int | None = None  # of a child of a map run


class SyncResult(Struct, frozen=True, kw_only=True):
    """StartSyncExecution's answer. `billed_ms` in steps of 100, `billed_mb` in steps of 64."""

    record: ExecutionRecord
    billed_ms: int
    billed_mb: int


Order = Literal["forward", "reverse"]
