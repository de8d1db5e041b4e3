"""Execution -> the record that ListExecutions and DescribeExecution show."""

from __future__ import annotations

from msgspec.structs import replace

from treadle.engine.execution import Execution
from treadle.runtime.records import ExecutionRecord, Revision


def summarize(execution: Execution, revision: Revision, trace_header: str | None) -> ExecutionRecord:
    """One row of a list: without input, output, error and cause."""
    facts = execution.facts
    return ExecutionRecord(
        arn=facts.arn,
        machine_arn=facts.machine_arn,
        name=facts.name,
        status=execution.status,
        started_at=facts.started_at,
        revision=revision.id,
        kind=facts.kind,
        stopped_at=execution.stopped_at,
        version_arn=revision.version_arn,
        alias_arn=revision.alias_arn,
        map_run_arn=revision.map_run_arn,
        trace_header=trace_header,
        redrives=execution.redrives,
        redriven_at=execution.redriven_at,
        events=execution.events,
    )


def describe(execution: Execution, revision: Revision, trace_header: str | None) -> ExecutionRecord:
    """The whole record."""
    failure = execution.failure
    return replace(
        summarize(execution, revision, trace_header),
        input=execution.facts.input.text,
        output=None if execution.output is None else execution.output.text,
        error=None if failure is None else failure.error,
        cause=None if failure is None else failure.cause,
    )
