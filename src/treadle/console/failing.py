"""GET failures: the children of a map run that did not succeed, by error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from treadle.console.answers import Executions
from treadle.engine.execution import Status
from treadle.runtime.records import ExecutionRecord
from treadle.runtime.store import Query
from treadle.values import Json

FAILED: tuple[Status, ...] = ("FAILED", "TIMED_OUT")
# Children that are read at most, and between two breaths of the server.
MOST, BREATH = 20_000, 100
# Children that are named of one error, and characters of a cause.
NAMED, CAUSE = 100, 2000


async def failures(executions: Executions, map_run: str) -> Json:
    """Groups, the largest first; `more` says that there are failures that nobody looked at."""
    groups: dict[str, dict[str, Any]] = {}
    looked, more = 0, False
    for child in _children(executions, map_run):
        if looked == MOST:
            more = True
            break
        looked += 1
        if looked % BREATH == 0:
            await asyncio.sleep(0)
        whole = executions.describe(child.arn)
        group = groups.setdefault(whole.error or whole.status, {"count": 0, "cause": None, "executions": []})
        group["count"] += 1
        if group["cause"] is None and whole.cause is not None:
            group["cause"] = whole.cause[:CAUSE]
        if len(group["executions"]) < NAMED:
            group["executions"].append({"executionArn": whole.arn, "name": whole.name})
    ordered = sorted(groups.items(), key=lambda item: -item[1]["count"])
    return {"looked": looked, "more": more, "groups": [{"error": error, **group} for error, group in ordered]}


def _children(executions: Executions, map_run: str) -> Iterator[ExecutionRecord]:
    """The failed children, the latest first."""
    for status in FAILED:
        before: int | None = None
        while True:
            page = executions.list(Query(map_run_arn=map_run, status=status, limit=1000, before=before))
            yield from page.records
            if page.next is None:
                break
            before = page.next
