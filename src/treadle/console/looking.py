"""What the console asks about one execution: the data flow of a step, expressions on it, who waits, restarts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
from msgspec import Struct, to_builtins

from treadle.aws import AwsError
from treadle.console import answers, comparing, flow, playground
from treadle.console.express import Stored
from treadle.console.past import Pasts, variables_before, visit_of
from treadle.runtime.descents import Descent
from treadle.runtime.records import Restart
from treadle.values import Json, dumps

# Who took an activity's task, when somebody answers it in the console.
WORKER = "treadle console"
# Events that are looked through in one go.
LOOKED = 500


class Take(Struct):
    """The question of POST take."""

    execution: str
    task: int


class Restarting(Struct):
    """The question of POST restart. Without `variables` those that the visit `event` saw; texts are JSON."""

    execution: str
    state: str
    input: str
    event: int | None = None
    variables: str | None = None
    name: str | None = None


class Descending(Struct):
    """The question of POST descend: `execution` was started like `origin`."""

    execution: str
    origin: str


async def ask(
    executions: answers.Executions,
    pasts: Pasts,
    method: str,
    question: str,
    query: Mapping[str, str],
    body: Callable[[], Awaitable[bytes]],
) -> Json:
    """The answer, or None when this is none of its questions. Raises AwsError."""
    match method, question:
        case "GET", "flow":
            past = await pasts.read(query.get("execution", ""))
            attempt = answers.number(query, "attempt", -1)
            event = answers.number(query, "event", 0)
            return await asyncio.to_thread(flow.flow, past, event, None if attempt < 0 else attempt)
        case "POST", "evaluate":
            asked = answers.read(await body(), playground.Question)
            past = await pasts.read(asked.execution)
            return await asyncio.to_thread(playground.evaluate, past, asked)
        case "POST", "compare":
            both = answers.read(await body(), comparing.Question)
            left, right = await pasts.read(both.left), await pasts.read(both.right)
            return await asyncio.to_thread(comparing.compare, left, right)
        case "GET", "visit":
            past = await pasts.read(query.get("execution", ""))
            return comparing.data(visit_of(past, answers.number(query, "event", 0)))
        case "GET", "find":
            return {"events": await find(pasts.stored, query.get("execution", ""), query.get("text", ""))}
        case "GET", "waiting":
            found = executions.waiting(query.get("execution", ""))
            return {"tasks": [to_builtins(each) for each in found]}
        case "POST", "take":
            taken = answers.read(await body(), Take)
            return {"taskToken": await executions.take(taken.execution, taken.task, WORKER)}
        case "GET", "origin":
            return origin(executions, query.get("execution", ""))
        case "POST", "descend":
            told = answers.read(await body(), Descending)
            await executions.descend(told.execution, told.origin)
            return {}
        case "POST", "restart":
            return await restart(executions, pasts, answers.read(await body(), Restarting))
    return None


async def find(stored: Stored, arn: str, text: str) -> list[int]:
    """Ids of the events with a detail that contains the text, whatever its case; payloads are looked through whole."""
    found: list[int] = []
    after: int | None = 0
    while after is not None and text:
        page = stored.history(arn, after, LOOKED)
        found += await asyncio.to_thread(_containing, page.body, text.lower())
        after = page.next
    return found


def _containing(body: bytes, text: str) -> list[int]:
    events = orjson.loads(b"[" + body + b"]")
    details = [(event["id"], value) for event in events for value in event.values() if type(value) is dict]
    return [id for id, members in details if any(text in word.lower() for word in _words(members))]


def _words(members: Mapping[str, object]) -> Iterator[str]:
    """Texts of details; assigned variables have theirs one deeper."""
    for name, value in members.items():
        if type(value) is str:
            yield value
        elif type(value) is dict and name == "assignedVariables":
            yield from _words(value)


def origin(executions: answers.Executions, arn: str) -> Json:
    """Where an execution came from, and what came out of it, the newest first. Raises AwsError."""
    restarted = executions.revision_of(arn).restart
    before, after = executions.descents(arn)
    return {
        "restart": None if restarted is None else to_builtins(restarted),
        "like": before.origin if before is not None and before.how == "like" else None,
        "later": sorted(_later(executions, after), key=lambda each: each["startDate"], reverse=True),
    }


def _later(executions: answers.Executions, descents: Iterable[Descent]) -> Iterator[dict[str, Any]]:
    for descent in descents:
        # It may have been forgotten since.
        with contextlib.suppress(AwsError):
            record = executions.describe(descent.arn)
            told = {"executionArn": record.arn, "name": record.name, "status": record.status, "how": descent.how}
            yield told | {"startDate": round(record.started_at, 3)}


async def restart(executions: answers.Executions, pasts: Pasts, asked: Restarting) -> Json:
    """Start an execution in the middle. Raises AwsError."""
    variables = asked.variables
    if variables is None and asked.event is not None:
        past = await pasts.read(asked.execution)
        variables = dumps(variables_before(past, visit_of(past, asked.event)))
    wanted = Restart(
        execution=asked.execution, state=asked.state, input=asked.input, event=asked.event, variables=variables or "{}"
    )
    started = await executions.restart(wanted, asked.name)
    return {"executionArn": started.arn, "startDate": round(started.at, 3)}
