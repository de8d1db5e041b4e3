"""Rules fire: the server's side of EventBridge. Knows what is due when, and invokes what moto cannot.

The cloud process keeps the truth (rules, targets, the last firing); this side keeps the time, and knows the other
rooms. Both halves are at-least-once: a firing is journaled together with its deliveries, and a delivery is repeated
after a crash until it was acknowledged. Its id is the same every time, so that whoever performs it can tell.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from treadle.aws import AwsError, Caller
from treadle.cloud.expressions import At, next_after, parse_expression
from treadle.cloud.frames import Delivery
from treadle.values import dumps, loads

log = logging.getLogger("treadle.cloud")

# Waits between the attempts of a delivery that failed for a reason that may pass, in seconds.
RETRY_SECONDS = (1.0, 5.0, 30.0)
# And then, for those whose policy allows more.
LONG_RETRY_SECONDS = 300.0


class Targets(Protocol):
    """What rules, schedules, topics and buckets reach outside of moto. Refusals are AwsErrors."""

    async def start_execution(self, caller: Caller, machine_arn: str, input_text: str, name: str) -> object:
        """Start the execution `name`; the same name comes again when a delivery is repeated."""

    async def invoke_function(self, caller: Caller, function_arn: str, payload: str) -> object:
        """Invoke asynchronously: done when the invocation is accepted."""

    async def run_function(self, caller: Caller, function_arn: str, payload: bytes) -> Any:
        """Invoke and wait: the answer has `payload` and `function_error` (None when it succeeded)."""

    async def ask(self, caller: Caller, service: str, operation: str, params: dict[str, Any]) -> Any:
        """Any operation of any service, also of those that are other rooms'."""


class Schedule(msgspec.Struct, frozen=True):
    """One enabled schedule of the cloud process: a rule or a schedule of EventBridge Scheduler."""

    kind: str
    account: str
    region: str
    group: str
    name: str
    expression: str
    zone: str
    since: float
    fired: float | None
    start: float | None
    end: float | None

    def due(self) -> float | None:
        """When it fires next; may be in the past, then one firing was missed."""
        expression = parse_expression(self.expression)
        since = self.since if self.start is None else self.start
        after = self.fired if self.fired is not None else since
        if isinstance(expression, At) and self.fired is None:
            # Even one that was already past when it was made.
            after = 0.0
        elif self.start is not None and self.fired is None:
            after = self.start - 1e-6
        moment = next_after(expression, after, since, self.zone)
        return None if moment is None or (self.end is not None and moment > self.end) else moment


class Listing(msgspec.Struct):
    """The answer of the cloud process to the question for schedules."""

    schedules: list[Schedule]
    listening: set[str]
    rhythm: float | None = None  # seconds between two looks at the alarms; None while there are none


# Seconds after the end of a period until its metrics have arrived and alarms are looked at.
LATE = 6.0

Look = Callable[[float], Awaitable[None]]
Fire = Callable[[Schedule, float, float], Awaitable[bool]]


class Timetable:
    """Which schedules there are, and the one task that waits for the next to be due."""

    def __init__(self, clock: Callable[[], float], fire: Fire, look: Look) -> None:
        self._clock = clock
        self._fire, self._look = fire, look
        self._rhythm: float | None = None
        self._looked = 0.0
        self._schedules: list[Schedule] = []
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._firing = asyncio.Lock()
        self.fired = 0
        # "account/region" where some rule has an event pattern.
        self.listening: set[str] = set()

    def learn(self, listing: Listing) -> None:
        """Replace what is known; the waiting task looks again."""
        self._schedules, self.listening, self._rhythm = listing.schedules, listing.listening, listing.rhythm
        self._looked = 0.0  # what is new is looked at soon
        self._changed.set()
        if (self._schedules or self._rhythm) and self._task is None:
            self._task = asyncio.create_task(self._run())

    def next_due(self) -> float | None:
        dues = [*(one.due() for one in self._schedules), self._next_look()]
        return min((moment for moment in dues if moment is not None), default=None)

    def _next_look(self) -> float | None:
        """When the next period of the alarms has ended and its metrics have come."""
        if self._rhythm is None:
            return None
        return ((self._looked - LATE) // self._rhythm + 1) * self._rhythm + LATE

    async def fire_due(self) -> None:
        """Fire everything that is due now, each once however often it was missed; look at the alarms."""
        async with self._firing:
            now = self._clock()
            look = self._next_look()
            if look is not None and look <= now:
                self._looked = now
                await self._look(now)
            schedules = self._schedules
            for spot, schedule in enumerate(schedules):
                due = schedule.due()
                if due is not None and due <= now:
                    schedules[spot] = msgspec.structs.replace(schedule, fired=now)
                    self.fired += await self._fire(schedule, due, now)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            due = self.next_due()
            # At most a minute: the clock of the machine may be set.
            wait = 60.0 if due is None else min(60.0, max(0.0, due - self._clock()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            await self.fire_due()


class Deliveries:
    """Performs deliveries, each in a task of its own, and acknowledges them."""

    def __init__(
        self,
        targets: Targets | None,
        call: Callable[[Caller, str, str, Mapping[str, Any]], Awaitable[Any]],
        acknowledge: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._targets = targets
        self._call = call
        self._acknowledge = acknowledge
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def take(self, delivery: Delivery) -> None:
        """Perform `delivery`, unless that is already under way (the cloud process repeats it when it restarts)."""
        if delivery.id not in self._tasks:
            task = self._tasks[delivery.id] = asyncio.create_task(self._deliver(delivery))
            task.add_done_callback(lambda _: self._tasks.pop(delivery.id, None))

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop: what is under way is not acknowledged, and comes again after the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, delivery: Delivery) -> None:
        began, retries, pauses = self._clock(), delivery.policy.retries if delivery.policy else 3, _pauses()
        while True:
            try:
                await self._perform(delivery)
                break
            except (AwsError, OSError) as refusal:
                final = isinstance(refusal, AwsError) and refusal.status < 500
                pause = next(pauses)
                late = delivery.policy is not None and self._clock() + pause - began > delivery.policy.age
                if final or late or retries <= 0:
                    log.warning("%s cannot deliver to %s: %s", delivery.source, delivery.target, refusal)
                    await self._bury(delivery, refusal)
                    break
                retries -= 1
                await asyncio.sleep(pause)
            except Exception:  # A bug of the target's room: shown, and not repeated for ever.
                log.exception("%s failed to deliver to %s", delivery.source, delivery.target)
                break
        self._acknowledge(delivery.id)

    async def _bury(self, delivery: Delivery, refusal: Exception) -> None:
        """Send what could not be delivered to the dead-letter queue, where there is one."""
        policy = delivery.policy
        if policy is None or not policy.dead:
            return
        place = policy.dead.split(":")
        home = Caller(place[4], place[3])
        code = refusal.code if isinstance(refusal, AwsError) else type(refusal).__name__
        told = {
            "RULE_ARN": policy.owner,
            "TARGET_ARN": delivery.target,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": str(refusal),
        }
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
        try:
            url = (await self._call(home, "sqs", "GetQueueUrl", {"QueueName": place[5]}))["QueueUrl"]
            params = {"QueueUrl": url, "MessageBody": delivery.payload, "MessageAttributes": attributes}
            await self._call(home, "sqs", "SendMessage", params)
        except (AwsError, ConnectionError) as problem:
            log.error("the dead-letter queue %s takes nothing: %s", policy.dead, problem)

    async def _perform(self, delivery: Delivery) -> None:
        caller = Caller(delivery.account, delivery.region)
        target = delivery.target
        if target.startswith(("http://", "https://")):
            await asyncio.to_thread(_post, target, delivery.payload)
        elif ":scheduler:::aws-sdk:" in target:
            await self._universal(caller, target, delivery)
        elif self._targets is None:
            log.warning("nothing performs invocations of %s here", target)
        elif target.split(":")[2] == "states":
            await self._targets.start_execution(caller, target, delivery.payload, delivery.id[:80])
        else:
            await self._targets.invoke_function(caller, target, delivery.payload)

    async def _universal(self, caller: Caller, target: str, delivery: Delivery) -> None:
        """`arn:aws:scheduler:::aws-sdk:sqs:sendMessage`: any operation, its parameters in the payload."""
        service, operation = target.split(":")[-2:]
        params = loads(delivery.payload)
        if self._targets is not None and service in ("sfn", "states") and operation == "startExecution":
            text = params.get("Input", params.get("input", "{}"))
            machine = params.get("StateMachineArn", params.get("stateMachineArn"))
            name = params.get("Name", params.get("name", delivery.id[:80]))
            await self._targets.start_execution(caller, machine, text, name)
        elif self._targets is not None and service == "lambda" and operation == "invoke":
            payload = params.get("Payload", "{}")
            text = payload if isinstance(payload, str) else dumps(payload)
            await self._targets.invoke_function(caller, params["FunctionName"], text)
        else:
            await self._call(caller, service, operation[:1].upper() + operation[1:], params)


def _pauses() -> Iterator[float]:
    yield from RETRY_SECONDS
    while True:
        yield LONG_RETRY_SECONDS


def _post(url: str, payload: str) -> None:
    import urllib.request

    headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    request = urllib.request.Request(url, payload.encode(), headers)
    with urllib.request.urlopen(request, timeout=15):
        pass
