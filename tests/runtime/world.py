"""Machines, a world that records its calls, and a service around them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import orjson

from treadle.asl.resource import Resource
from treadle.integrations.integration import Call, Integration, Job
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.records import Kind, Revision
from treadle.runtime.service import Service
from treadle.runtime.store import Store
from treadle.values import Json

HEAD = "arn:aws:states:us-east-1:000000000000"
PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine that starts at the first of its states; each goes to the one after it."""
    names = list(states)
    chained = {
        name: {**states[name]} | ({"End": True} if following is None else {"Next": following})
        for name, following in zip(names, [*names[1:], None], strict=True)
    }
    for state in chained.values():
        if state["Type"] in ("Succeed", "Fail", "Choice"):
            state.pop("Next", None), state.pop("End", None)
    return {"StartAt": names[0], "States": chained, **fields}


def task(action: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", **fields}


def wait(seconds: int) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds}


def revision(definition: dict[str, Any], name: str = "m", kind: Kind = "STANDARD", **fields: Any) -> Revision:
    text = json.dumps(definition)
    return Revision(
        id=sha256(f"{name} {kind} {text} {fields}".encode()).hexdigest(),
        machine_arn=f"{HEAD}:stateMachine:{name}",
        name=name,
        definition=text,
        role_arn="arn:aws:iam::000000000000:role/machine",
        kind=kind,
        **fields,
    )


class FakeWorld:
    """Integrations whose answers a test gives: `calls` has what was asked, `answers` what to do about an action."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.cancelled: list[Json] = []
        self.answers: dict[str, Callable[[Call], Awaitable[Json]]] = {}
        self.watches: dict[str, Callable[[Call, Json], Awaitable[Json]]] = {}
        self.after_crash: Any = "repeat"

    def find(self, resource: Resource) -> Integration | None:
        if resource.action not in self.answers:
            return None
        return Integration(
            name=f"{resource.service}:{resource.action}",
            patterns=frozenset(["request", "sync", "token"]),
            call=self._call,
            job=Job(self._watch, self._cancel) if resource.action in self.watches else None,
            after_crash=self.after_crash,
        )

    async def _call(self, call: Call) -> Json:
        self.calls.append(call)
        return await self.answers[call.resource.action](call)

    async def _watch(self, call: Call, submitted: Json) -> Json:
        return await self.watches[call.resource.action](call, submitted)

    async def _cancel(self, call: Call, submitted: Json) -> None:
        self.cancelled.append(submitted)


async def echo(call: Call) -> Json:
    return call.arguments


async def forever(*_: object) -> Json:
    await asyncio.get_running_loop().create_future()


def service(
    world: FakeWorld | None = None, store: Store | None = None, clock: VirtualClock | None = None, **options: Any
) -> Service:
    """A service in virtual time that jumps over every pause."""
    clock = clock or VirtualClock(autojump=True)
    world = world or FakeWorld()
    performer = IntegrationPerformer(world, world.find, clock, **options)  # type: ignore[arg-type]
    return Service(store or MemoryStore(), performer, clock)


def events(service: Service, arn: str) -> list[Json]:
    return orjson.loads(b"[" + service.history(arn, limit=1000).body + b"]")


def types(service: Service, arn: str) -> list[str]:
    return [event["type"] for event in events(service, arn)]


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Let the loop turn until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0)
