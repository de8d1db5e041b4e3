"""Activity tasks and the workers who wait for them. Every task is handed out once, to who has waited longest."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from treadle.engine.execution import TaskId

Offer: TypeAlias = tuple[str, TaskId]  # execution ARN, task


class Activities:
    """In memory only: a restart rebuilds it from the executions that wait."""

    def __init__(self) -> None:
        self._offers: dict[str, dict[Offer, None]] = {}
        self._pollers: dict[str, deque[asyncio.Future[Offer | None]]] = {}

    def offer(self, activity: str, arn: str, task: TaskId) -> None:
        pollers = self._pollers.get(activity)
        while pollers:
            poller = pollers.popleft()
            if not poller.done():
                poller.set_result((arn, task))
                return
        self._offers.setdefault(activity, {})[arn, task] = None

    def withdraw(self, activity: str, arn: str, task: TaskId) -> None:
        """Nobody needs it any more. Harmless when a worker has it already."""
        offers = self._offers.get(activity)
        if offers is not None:
            offers.pop((arn, task), None)

    def waiting(self, activity: str) -> int:
        """How many tasks wait for a worker."""
        return len(self._offers.get(activity, ()))

    async def take(self, activity: str, seconds: float) -> Offer | None:
        """The oldest task, waiting for one if need be; None when there was none in time."""
        offers = self._offers.get(activity)
        if offers:
            offer = next(iter(offers))
            del offers[offer]
            return offer
        if seconds <= 0:
            return None
        loop = asyncio.get_running_loop()
        poller: asyncio.Future[Offer | None] = loop.create_future()
        self._pollers.setdefault(activity, deque()).append(poller)
        timer = loop.call_later(seconds, _give_up, poller)
        try:
            return await poller
        except asyncio.CancelledError:
            # Gone in the very moment it was served: the task goes to somebody else.
            if poller.done() and not poller.cancelled() and (served := poller.result()) is not None:
                self.offer(activity, *served)
            raise
        finally:
            timer.cancel()
            self._tidy(activity, poller)

    def _tidy(self, activity: str, poller: asyncio.Future[Offer | None]) -> None:
        pollers = self._pollers.get(activity)
        if pollers is not None:
            if poller in pollers:
                pollers.remove(poller)
            if not pollers:
                del self._pollers[activity]


def _give_up(poller: asyncio.Future[Offer | None]) -> None:
    if not poller.done():
        poller.set_result(None)
