"""The small API below /_treadle/api/: what the console needs and AWS's API lacks. docs/console.md describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec
import orjson
from msgspec import Struct

from treadle.audit import Trail
from treadle.aws import AwsError
from treadle.engine.execution import Status
from treadle.engine.maprun import MapRun
from treadle.figures import Series
from treadle.runtime.activity import Activity
from treadle.runtime.descents import Descent
from treadle.runtime.pages import HistoryPage
from treadle.runtime.records import ExecutionRecord, Order, Restart, Revision, Started
from treadle.runtime.restarts import Waiting
from treadle.runtime.store import Found, Page, Query, Search
from treadle.tools import catalogue
from treadle.values import Instant, Json

STATUSES: tuple[Status, ...] = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
# AWS's own limit on the events of an execution is 25,000.
MOST_EVENTS = 30_000
MOST_MACHINES = 200
MOST_RECENT = 100
MOST_ACTIONS = 200
# Characters of a payload in a brief history; the whole one is a request of its own.
BRIEF = 600
_PAYLOADS = {"input": "inputDetails", "output": "outputDetails", "parameters": None, "cause": None}


class Executions(Protocol):
    """The runtime as the console asks it (runtime.service.Service)."""

    def list(self, query: Query) -> Page: ...

    def count(self, machine_arn: str, status: Status = "RUNNING") -> int: ...

    def map_run(self, arn: str) -> MapRun | None: ...

    def history(
        self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward"
    ) -> HistoryPage: ...

    def describe(self, arn: str) -> ExecutionRecord: ...

    def revision_of(self, arn: str) -> Revision: ...

    def waiting(self, arn: str) -> Sequence[Waiting]: ...

    async def take(self, arn: str, task: int, worker: str) -> str: ...

    async def restart(self, restart: Restart, name: str | None = None) -> Started: ...

    async def descend(self, arn: str, origin: str) -> None: ...

    def descents(self, arn: str) -> tuple[Descent | None, Sequence[Descent]]: ...


class Functions(Protocol):
    """What functions did (lambdas.metrics.Metrics)."""

    @property
    def series(self) -> Series: ...

    @property
    def latest(self) -> Mapping[str, Any]: ...


class Ledgers(Struct, frozen=True):
    """What the server counts and notes down. `workers` are numbers by the ARN of a function."""

    now: Callable[[], Instant]
    activity: Activity
    search: Callable[[Search], Awaitable[Found]]
    functions: Functions
    workers: Callable[[], Mapping[str, int]]
    trail: Trail
    definition: Callable[[str], str | None]  # of a machine, by its ARN


class House(Struct, frozen=True):
    """What the console sees of the server."""

    version: str
    executions: Executions
    machines: Callable[[], Collection[str]]  # ARNs
    ledgers: Ledgers | None = None


class Runs(Struct):
    """The question of POST runs."""

    machines: list[str] = []
    recent: int = 20


class Definition(Struct):
    """The question of POST graph. `folded` are containers (JSON pointers) whose inside is left out."""

    definition: str
    folded: list[str] = []


class Rendering(Struct):
    """The question of POST render: the definition as SVG, as a Mermaid flowchart, as YAML, or as JSON put in order."""

    definition: str
    format: Literal["svg", "mermaid", "yaml", "json"]
    theme: Literal["light", "dark", "auto"] = "light"
    title: str = "State machine"


def session(house: House) -> Json:
    """Who serves, and in which accounts and regions there are machines."""
    places = sorted({tuple(arn.split(":")[3:5]) for arn in house.machines()})
    return {
        "version": house.version,
        "places": [{"region": region, "account": account} for region, account in places],
    }


def runs(house: House, question: Runs) -> Json:
    """Counts by status and the latest executions of each machine that exists."""
    known = house.machines()
    recent = min(max(question.recent, 0), MOST_RECENT)
    wanted = [arn for arn in question.machines[:MOST_MACHINES] if arn in known]
    return {"machines": {arn: _runs_of(house.executions, arn, recent) for arn in wanted}}


def _runs_of(executions: Executions, arn: str, recent: int) -> Json:
    found = executions.list(Query(machine_arn=arn, limit=recent)).records if recent else []
    return {
        "counts": {status: executions.count(arn, status) for status in STATUSES},
        "recent": [_run(record) for record in found],
    }


def _run(record: ExecutionRecord) -> Json:
    run = {
        "executionArn": record.arn,
        "name": record.name,
        "status": record.status,
        "startDate": round(record.started_at, 3),
    }
    if record.stopped_at is not None:
        run["stopDate"] = round(record.stopped_at, 3)
    return run


class Histories(Protocol):
    def history(
        self, arn: str, start: int | None = None, limit: int = 100, order: Order = "forward"
    ) -> HistoryPage: ...


def history(executions: Histories, query: Mapping[str, str]) -> Json:
    """The events after `after`, as GetExecutionHistory shows them; with `brief`, long payloads are cut."""
    page = executions.history(query.get("execution", ""), number(query, "after", 0), _limit(query))
    body = b"[" + page.body + b"]"
    events: Json = _brief(orjson.loads(body)) if query.get("brief") else orjson.Fragment(body)
    return {"events": events, "next": page.next}


def _limit(query: Mapping[str, str]) -> int:
    return min(max(number(query, "limit", MOST_EVENTS), 1), MOST_EVENTS)


def number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name)
    if text is None:
        return otherwise
    if not text.isdecimal():
        raise AwsError("ValidationException", f"{name} must be a number, not {text!r}")
    return int(text)


def _brief(events: list[Any]) -> list[Any]:
    """Payloads longer than BRIEF characters lose their ends, and say so the way AWS does: `truncated`."""
    for event in events:
        for details in event.values():
            if type(details) is dict:
                for name, note in _PAYLOADS.items():
                    text = details.get(name)
                    if type(text) is str and len(text) > BRIEF:
                        details[name] = text[:BRIEF]
                        details[note or f"{name}Details"] = {"truncated": True, "length": len(text)}
    return events


def actions(query: Mapping[str, str]) -> Json:
    """What a Task can do: what fits the words of `search`, or the one `resource` with its parameters."""
    if resource := query.get("resource"):
        return {"action": catalogue.describe(resource)}
    limit = min(number(query, "limit", MOST_ACTIONS), MOST_ACTIONS)
    return {"actions": msgspec.to_builtins(catalogue.search(query.get("search", ""), limit))}


def read(body: bytes, kind: type[Any]) -> Any:
    """The question in a request's body. Raises ValidationException."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as problem:
        raise AwsError("ValidationException", f"The request body does not fit: {problem}") from None
