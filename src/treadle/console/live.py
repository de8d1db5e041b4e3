"""What open pages are told at once: executions that started, went on or ended. A listener of the pump.

Nothing is computed while no page is open. A page that reads slowly gets fewer, larger messages, never a longer queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from typing import Any

from treadle.aws import Caller
from treadle.engine.execution import Execution
from treadle.engine.history import HistoryEvent
from treadle.engine.maprun import MapRun
from treadle.runtime.records import Revision

# Seconds for which news are gathered into one message.
GATHER = 0.1
# Seconds after which a silent connection gets a sign of life, so that proxies keep it.
QUIET = 15.0
# Spans of time slide at whole minutes, or at some of them.
MINUTE = 60.0
# More changed executions than that in one message are told as the machines they belong to.
MOST = 200


class Feed:
    """One open page: `watched` are the ARNs of executions whose every event matters to it."""

    def __init__(self, watched: Set[str]) -> None:
        self.watched = watched
        self.woken = asyncio.Event()
        self.closed = False
        self._runs: dict[str, dict[str, Any]] = {}
        self._machines: set[str] = set()
        self._progress: dict[str, dict[str, Any]] = {}
        self._groups: set[tuple[str, str, str]] = set()
        self._audited = False
        self._map_runs: set[str] = set()
        self._functions: set[str] = set()
        self._slid: set[int] = set()
        self._counted = False

    def functions(self, arn: str) -> None:
        if len(self._functions) <= MOST:
            self._functions.add(arn)
        self.woken.set()

    def slid(self, steps: Sequence[int]) -> None:
        self._slid.update(steps)

    def counted(self) -> None:
        self._counted = True
        self.woken.set()

    def map_run(self, arn: str) -> None:
        self._map_runs.add(arn)
        self.woken.set()

    def logs(self, account: str, region: str, group: str) -> None:
        if len(self._groups) <= MOST:
            self._groups.add((account, region, group))
        self.woken.set()

    def audited(self) -> None:
        self._audited = True
        self.woken.set()

    def run(self, change: dict[str, Any]) -> None:
        self._machines.add(change["stateMachineArn"])
        if len(self._runs) <= MOST or change["executionArn"] in self._runs:
            self._runs[change["executionArn"]] = change
        self.woken.set()

    def progress(self, arn: str, events: int, status: str) -> None:
        self._progress[arn] = {"executionArn": arn, "events": events, "status": status}
        self.woken.set()

    def close(self) -> None:
        self.closed = True
        self.woken.set()

    def take(self) -> list[tuple[str, Any]]:
        """The messages (name, data) that have gathered; afterwards there are none."""
        messages: list[tuple[str, Any]] = [("progress", list(self._progress.values()))] if self._progress else []
        if self._runs:
            runs = list(self._runs.values()) if len(self._runs) <= MOST else None
            messages.append(("runs", {"machines": sorted(self._machines), "executions": runs}))
        if self._groups:
            groups = [{"account": place[0], "region": place[1], "group": place[2]} for place in sorted(self._groups)]
            messages.append(("logs", groups if len(groups) <= MOST else None))
        if self._map_runs:
            messages.append(("mapRuns", sorted(self._map_runs)))
        if self._functions:
            messages.append(("functions", sorted(self._functions) if len(self._functions) <= MOST else None))
        if self._slid or self._counted:
            messages.append(("figures", {"slid": sorted(self._slid), "counted": self._counted}))
        if self._audited:
            messages.append(("audit", {}))
        self._runs, self._machines, self._progress, self._groups, self._audited = {}, set(), {}, set(), False
        self._map_runs, self._functions, self._slid, self._counted = set(), set(), set(), False
        self.woken.clear()
        return messages


class Hub:
    """All open pages."""

    def __init__(self) -> None:
        self.feeds: set[Feed] = set()

    def __call__(self, execution: Execution, revision: Revision, events: Sequence[HistoryEvent]) -> None:
        if not self.feeds or not events:
            return
        arn = execution.facts.arn
        # An execution starts (or is redriven) with the first event of a commit and ends with the last one.
        changed = events[0].type.startswith("Execution") or events[-1].type.startswith("Execution")
        change = _change(execution, revision) if changed else None
        for feed in self.feeds:
            if change is not None:
                feed.run(change)
            if arn in feed.watched:
                feed.progress(arn, execution.events, execution.status)

    def logs(self, caller: Caller, group: str) -> None:
        """A log group has new events."""
        for feed in self.feeds:
            feed.logs(caller.account, caller.region, group)

    def map_run(self, run: MapRun) -> None:
        """The counts of a map run have changed."""
        for feed in self.feeds:
            feed.map_run(run.arn)

    def measured(self, home: Caller, name: str, metric: str, value: float, at: float) -> None:
        """A listener of lambdas.metrics: a function was invoked, or not allowed to run."""
        if self.feeds and value and metric in ("Invocations", "Throttles"):
            arn = f"arn:aws:lambda:{home.region}:{home.account}:function:{name}"
            for feed in self.feeds:
                feed.functions(arn)

    def counted(self) -> None:
        """More executions are counted than an earlier answer said."""
        for feed in self.feeds:
            feed.counted()

    def audited(self) -> None:
        """The audit trail has new calls."""
        for feed in self.feeds:
            feed.audited()

    def join(self, watched: Set[str]) -> Feed:
        feed = Feed(watched)
        self.feeds.add(feed)
        return feed

    def leave(self, feed: Feed) -> None:
        self.feeds.discard(feed)

    def close(self) -> None:
        for feed in self.feeds:
            feed.close()


def _change(execution: Execution, revision: Revision) -> dict[str, Any]:
    facts = execution.facts
    change = {
        "executionArn": facts.arn,
        "stateMachineArn": facts.machine_arn,
        "name": facts.name,
        "status": execution.status,
        "startDate": round(facts.started_at, 3),
    }
    if execution.stopped_at is not None:
        change["stopDate"] = round(execution.stopped_at, 3)
    if revision.map_run_arn is not None:
        change["mapRunArn"] = revision.map_run_arn
    return change
