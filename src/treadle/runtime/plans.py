"""Revision -> plan, compiled once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from treadle.asl.compile import compile
from treadle.asl.parse import parse
from treadle.asl.plan import Plan
from treadle.engine.execution import Kind
from treadle.runtime.records import Revision

# An express execution runs five minutes at most: developer guide, "Service quotas".
EXPRESS_LIMIT = 300

# Reading a definition of so many characters holds up everybody else for tens of milliseconds; 1 MB, for seconds.
LARGE = 50_000

T = TypeVar("T")


async def apart(size: int, work: Callable[[], T]) -> T:
    """What `work` answers; done beside the event loop when it is about a text of `size` characters that is large."""
    return work() if size < LARGE else await asyncio.to_thread(work)


class Plans:
    """Remembers as many plans as `limit`; the same definition is compiled once for all revisions that share it."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._by_revision: dict[str, Plan] = {}
        self._by_definition: dict[tuple[Kind, str], Plan] = {}

    def __call__(self, revision: Revision) -> Plan:
        plan = self._by_revision.get(revision.id)
        if plan is None:
            source = (revision.kind, revision.definition)
            plan = self._by_definition.get(source)
            if plan is None:
                plan = self._remember(self._by_definition, source, plan_of(revision))
            self._remember(self._by_revision, revision.id, plan)
        return plan

    async def prepare(self, revision: Revision) -> None:
        """Compile a large definition without holding up the event loop, before its plan is asked for."""
        if len(revision.definition) < LARGE or revision.id in self._by_revision:
            return
        source = (revision.kind, revision.definition)
        if source not in self._by_definition:
            plan = await asyncio.to_thread(plan_of, revision)
            self._remember(self._by_definition, source, plan)

    def _remember(self, cache: dict, key: object, plan: Plan) -> Plan:  # type: ignore[type-arg]
        cache[key] = plan
        if len(cache) > self._limit:
            del cache[next(iter(cache))]
        return plan


def plan_of(revision: Revision) -> Plan:
    plan = compile(parse(revision.definition, kind=revision.kind))
    if revision.kind == "STANDARD":
        return plan
    return replace(plan, timeout=min(plan.timeout or EXPRESS_LIMIT, EXPRESS_LIMIT))
