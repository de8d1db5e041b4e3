"""The whole server, put together: store, runtime, Lambda, the built-in cloud, the API, one port."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

import treadle
from treadle.api.app import App
from treadle.api.call import Desk
from treadle.api.context import Office
from treadle.api.delivery import Deliveries
from treadle.api.guard import Guard
from treadle.api.health import Pages
from treadle.api.host import bind, host
from treadle.api.host import run as run_loop
from treadle.api.machines import finish_deletions
from treadle.api.metrics import Metrics, function_metrics
from treadle.api.registry import Registry
from treadle.api.tracing import MOST
from treadle.api.witness import Witness, identify
from treadle.api.world import Logs, Sources, Targets, World, deliver, fetch_object
from treadle.audit import Trail
from treadle.cloud import Cloud
from treadle.console import Console
from treadle.console.answers import House, Ledgers
from treadle.integrations.catalog import check_task, find
from treadle.integrations.places import HERE, Calls
from treadle.lambdas import Lambda
from treadle.runtime.activity import Activity
from treadle.runtime.clock import SystemClock
from treadle.runtime.memory import MemoryStore
from treadle.runtime.mocked import MockedPerformer
from treadle.runtime.mocks import NONE, Mocks
from treadle.runtime.performer import IntegrationPerformer
from treadle.runtime.service import Service
from treadle.runtime.store import Store

log = logging.getLogger("treadle")


class Server(Struct, frozen=True):
    """The parts of a running server, for whoever embeds it."""

    app: App
    desk: Desk
    service: Service
    cloud: Cloud
    lambdas: Lambda
    console: Console


def run(
    address: str,
    port: int,
    data: Path,
    *,
    store: str | None = None,
    mocks: Mocks = NONE,
    calls: Calls = HERE,
    enforce_iam: bool = False,
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called with the endpoint's URL once requests are answered."""
    run_loop(serve(address, port, data, store=store, mocks=mocks, calls=calls, enforce_iam=enforce_iam, ready=ready))


async def serve(
    address: str,
    port: int,
    data: Path,
    *,
    store: str | None = None,
    mocks: Mocks = NONE,
    calls: Calls = HERE,
    enforce_iam: bool = False,
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serve until a signal comes or the task is cancelled. Raises PortTaken before anything else is touched."""
    listening = bind(address, port)
    endpoint = f"http://{_visible(address)}:{listening.getsockname()[1]}"
    try:
        async with assemble(data, endpoint, store=store, mocks=mocks, calls=calls, enforce_iam=enforce_iam) as server:
            await host(server.app, listening, partial(ready or _say, endpoint), server.console.close)
    finally:
        listening.close()


@asynccontextmanager
async def assemble(
    data: Path,
    endpoint: str,
    *,
    store: str | None = None,
    mocks: Mocks = NONE,
    calls: Calls = HERE,
    enforce_iam: bool = False,
) -> AsyncIterator[Server]:
    """All parts, opened in the order in which they need each other and closed in the opposite one.

    `store` is None for SQLite in the data directory, or "memory". `mocks` has the test cases that StartExecution takes.
    `calls` tells where the calls of tasks go; with `enforce_iam` tasks may do what their roles' policies allow.
    """
    async with AsyncExitStack() as stack:
        targets = Targets()
        cloud = Cloud.open(data, targets, host=endpoint.partition("//")[2])
        stack.push_async_callback(cloud.close)
        trail = Trail(data / "audit", identify(cloud))
        stack.push_async_callback(trail.close)
        logs, world, clock = Logs(cloud), World(cloud, calls), SystemClock()
        stack.callback(world.outside.close)
        world.guard = Guard(cloud) if enforce_iam else None
        metrics = Metrics(cloud)
        stack.push_async_callback(metrics.close)
        world.lambdas = lambdas = await Lambda.open(
            data / "lambda",
            endpoint_url=endpoint,
            fetch_object=partial(fetch_object, cloud),
            logs=logs,
            outside=Sources(cloud),
            deliver=lambda caller, arn, body: deliver(cloud, world.lambdas, caller, arn, body),
        )
        stack.push_async_callback(lambdas.close)
        lambdas.metrics.listeners.append(function_metrics(metrics))
        performer = MockedPerformer(mocks, IntegrationPerformer(world, find, clock), clock)
        service = Service(_store(data, store), performer, clock, world=world)
        world.wait_for = service.ended
        targets.world = world
        deliveries = Deliveries(cloud, metrics, partial(_first_events, service), partial(_trace_header, service))
        service.listeners.append(deliveries)
        stack.push_async_callback(deliveries.close)
        await service.open()
        # From here to the desk nothing may wait: tasks that go on after a restart call it on the next turn of the loop.
        office = Office(
            registry=Registry(service),
            executions=service,
            now=clock.now,
            luck=random.random,
            new_id=lambda: str(uuid.uuid4()),
            log_group_exists=logs.exists,
            verify_delivery=logs.verify,
            tasks=check_task,
            performer=lambda find: IntegrationPerformer(world, find, clock),
            mocks=mocks,
        )
        world.desk = desk = Desk(office)
        service.pump.exists = lambda activity: office.registry.activities.get(activity) is not None
        stack.push_async_callback(service.close)
        await finish_deletions(office)
        cloud.start()
        lambdas.begin()
        pages = Pages(lambda: _health(office, calls), {"lambda": lambdas})
        activity = Activity(service.store.ended, clock)
        stack.push_async_callback(activity.close)
        ledgers = Ledgers(
            now=clock.now,
            activity=activity,
            search=service.search,
            functions=lambdas.metrics,
            workers=lambdas.workers,
            trail=trail,
            definition=lambda arn: _definition(office, arn),
        )
        machines = office.registry.machines.all
        console = Console(House(treadle.__version__, service, machines.keys, ledgers))
        service.listeners.append(console.express)
        service.listeners.append(console.hub)
        service.map_run_listeners.append(console.hub.map_run)
        cloud.log_listeners.append(console.hub.logs)
        trail.listeners.append(console.hub.audited)
        lambdas.metrics.listeners.append(console.hub.measured)
        activity.listeners.append(console.hub.counted)
        yield Server(App(desk, lambdas, cloud, pages, console, Witness(trail)), desk, service, cloud, lambdas, console)


def _first_events(service: Service, arn: str) -> bytes:
    return service.history(arn, limit=MOST).body


def _trace_header(service: Service, arn: str) -> str | None:
    live = service.pump.resident(arn)
    return None if live is None else live.trace_header


def _store(data: Path, store: str | None) -> Store:
    match store:
        case None | "sqlite":
            # SQLite's module is only loaded where it is used.
            from treadle.runtime.embedded.sqlite import SqliteStore

            return SqliteStore(data)
        case "memory":
            return MemoryStore()
        case other:
            raise ValueError(f"unknown store: {other} (known: sqlite, memory)")


def _definition(office: Office, arn: str) -> str | None:
    machine = office.registry.machines.get(arn)
    return None if machine is None else machine.content.definition


def _health(office: Office, calls: Calls) -> dict[str, Any]:
    registry = office.registry
    return {
        "status": "ok",
        "version": treadle.__version__,
        "state_machines": len(registry.machines.all),
        "calls": calls.told(),
        "activities": len(registry.activities.all),
        "running_executions": sum(office.executions.count(arn) for arn in registry.machines.all),
    }


def _visible(address: str) -> str:
    """The address under which this machine reaches a server that listens on `address`."""
    if address in ("", "0.0.0.0", "::"):
        return "localhost"
    return f"[{address}]" if ":" in address else address


def _say(endpoint: str) -> None:
    log.info("treadle is ready at %s", endpoint)
