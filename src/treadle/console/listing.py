"""Executions of a machine, searched by more than ListExecutions takes."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from treadle.aws import AwsError
from treadle.console.answers import STATUSES, Ledgers
from treadle.runtime.records import ExecutionRecord
from treadle.runtime.store import Search
from treadle.values import Json

MOST = 1000
# Executions that one question looks at; into whose payloads it looks.
ROWS, TEXTS = 20_000, 2_000


class Question(Struct, frozen=True):
    """See runtime.store.Search. Times in seconds since the epoch."""

    machine: str
    statuses: tuple[str, ...] = ()
    redriven: bool | None = None
    prefix: str = ""
    since: float | None = None
    until: float | None = None
    error: str = ""
    text: str = ""
    limit: int = 50
    before: int | None = None


async def executions(ledgers: Ledgers, asked: Question) -> Json:
    """One page, and how far it looked."""
    unknown = [status for status in asked.statuses if status not in STATUSES]
    if unknown:
        raise AwsError("ValidationException", f"There is no such status: {unknown[0]}")
    found = await ledgers.search(
        Search(
            machine_arn=asked.machine,
            statuses=tuple(status for status in STATUSES if status in asked.statuses),
            redriven=asked.redriven,
            prefix=asked.prefix,
            since=asked.since,
            until=asked.until,
            error=asked.error,
            text=asked.text,
            limit=min(max(asked.limit, 1), MOST),
            before=asked.before,
            most=TEXTS if asked.text else ROWS,
        )
    )
    return {
        "executions": [_entry(record) for record in found.records],
        "next": found.next,
        "looked": found.looked,
        "backTo": found.back_to,
    }


def _entry(record: ExecutionRecord) -> Json:
    """As ListExecutions shows it, and the error."""
    entry: dict[str, Any] = {
        "executionArn": record.arn,
        "stateMachineArn": record.machine_arn,
        "name": record.name,
        "status": record.status,
        "startDate": round(record.started_at, 3),
        "stopDate": None if record.stopped_at is None else round(record.stopped_at, 3),
        "redriveCount": record.redrives,
        "stateMachineVersionArn": record.version_arn,
        "stateMachineAliasArn": record.alias_arn,
        "error": record.error,
    }
    return {name: value for name, value in entry.items() if value is not None}
