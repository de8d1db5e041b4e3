"""A world that records its calls, and a service around it."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson

from states import PASS, machine
from treadle.asl.resource import Resource
from treadle.integrations.integration import Call, Integration, Job
from treadle.runtime.clock import VirtualClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.records import Kind, Revision
from treadle.runtime.service import Service
from treadle.runtime.store import Store
from treadle.testing import Fails
from treadle.testing.answers import Answer, Memory, Silence, settle
from treadle.values import Json, StatesError

HEAD = "arn:aws:states:us-east-1:000000000000"
ONE = machine({"A": PASS})


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
    """Integrations that answer as the test kit's mocks do, by action: `world.answers["publish"] = Fails("Busy")`.

    What must wait for something of the test is a coroutine function instead. `calls` has what was asked. `watches`
    answer for the jobs that `answers` submit; their functions get the submission, too.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.cancelled: list[Json] = []
        self.answers: dict[str, Answer] = {}
        self.watches: dict[str, Answer] = {}
        self.after_crash: Any = "repeat"
        self._memory = Memory(seed=0)

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
        return await self._answered(self.answers[call.resource.action], call)

    async def _watch(self, call: Call, submitted: Json) -> Json:
        return await self._answered(self.watches[call.resource.action], call, submitted)

    async def _cancel(self, call: Call, submitted: Json) -> None:
        self.cancelled.append(submitted)

    async def _answered(self, answer: Answer, call: Call, *submitted: Json) -> Json:
        if inspect.iscoroutinefunction(answer):
            return await answer(call, *submitted)
        reply = settle(answer, call, self._memory, lambda made: made(call, *submitted))  # type: ignore[arg-type]
        assert reply.seconds is None, "here time is the service's: write a coroutine function"
        match reply.outcome:
            case Silence():
                return await asyncio.get_running_loop().create_future()
            case Fails(error=error, cause=cause):
                raise StatesError(str(error), cause)
            case value:
                return value


def echo(call: Call) -> Json:
    return call.arguments


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
