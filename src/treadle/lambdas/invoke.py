"""Invoking functions: synchronously, as an event with retries, or only to see whether one could."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
import orjson

from treadle.aws import AwsError, Caller
from treadle.lambdas.crew import Crew
from treadle.lambdas.invocation import Invocation
from treadle.lambdas.names import LATEST, Target, function_arn, layer, target
from treadle.lambdas.records import Config, Function, Pending
from treadle.lambdas.registry import Registry
from treadle.lambdas.runtime_api import Turn
from treadle.lambdas.runtimes import refusal
from treadle.lambdas.workers import Call, Outcome
from treadle.values import Json

log = logging.getLogger("treadle.lambdas")

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_PAYLOAD = 6_291_456
MAX_EVENT = 1_048_576
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRY_DELAYS = (60.0, 120.0)
MAX_EVENT_AGE = 21_600.0
_THROTTLED_DELAY = (1.0, 300.0)  # first and longest pause of a throttled event, in seconds

Kind = Literal["RequestResponse", "Event", "DryRun"]
# Sends a destination record or dead letter: (caller, ARN of queue, topic or bus, body).
Deliver = Callable[[Caller, str, bytes], Awaitable[None]]


class Invoker:
    """Finds the version a request means, minds concurrency, hands it to the crew, retries events."""

    def __init__(
        self,
        registry: Registry,
        crew: Crew,
        *,
        deliver: Deliver | None,
        retry_delays: tuple[float, ...],
    ) -> None:
        self._registry = registry
        self._crew = crew
        self._deliver = deliver
        self._retry_delays = retry_delays
        self._running: Counter[tuple[Caller, str]] = Counter()
        self._events: set[asyncio.Task[None]] = set()

    async def invoke(
        self,
        caller: Caller,
        function: str,
        payload: bytes = b"",
        *,
        qualifier: str | None = None,
        kind: Kind = "RequestResponse",
        log_tail: bool = False,
        client_context: str | None = None,
    ) -> Invocation:
        """Invoke by name or ARN. `client_context` is base64 of JSON, as in the API.

        Raises AwsError for what Lambda refuses; a failure of the function itself is an answer with `function_error`.
        If the waiting task is cancelled the function runs on, as at AWS.
        """
        wanted = target(caller, function, qualifier)
        found = self._find(wanted)
        request_id = str(uuid.uuid4())
        payload = _checked(payload or b"{}", MAX_EVENT if kind == "Event" else MAX_PAYLOAD, kind)
        context = _context(client_context)
        if kind == "DryRun":
            self._version(wanted, found)
            return Invocation(204, b"", None, wanted.qualifier or LATEST, None, request_id)
        if kind == "Event":
            self._version(wanted, found)
            await self._accept(wanted, payload, context, request_id)
            return Invocation(202, b"", None, wanted.qualifier or LATEST, None, request_id)
        config, outcome = await self._run(wanted, payload, request_id, context, tail=log_tail)
        tail = base64.b64encode(outcome.log).decode() if outcome.log is not None else None
        return Invocation(200, outcome.payload, outcome.error, config.version, tail, request_id)

    async def resume(self) -> None:
        """Take up the events that were accepted before the last shutdown."""
        for event in self._registry.pending():
            self._follow(event)

    async def close(self) -> None:
        """Leave unfinished events to the next start."""
        for task in self._events:
            task.cancel()
        await asyncio.gather(*self._events, return_exceptions=True)

    def _find(self, wanted: Target) -> Function:
        function = self._registry.function(wanted.caller, wanted.name)
        if function is None:
            raise _not_found(wanted)
        return function

    def _version(self, wanted: Target, function: Function) -> Config:
        """The version to run: a number, $LATEST, or what the alias points to (by weight)."""
        qualifier = wanted.qualifier or LATEST
        alias = function.aliases.get(qualifier)
        if alias is not None:
            qualifier = alias.version
            share = random.random()
            for version, weight in alias.weights.items():
                share -= weight
                if share < 0:
                    qualifier = version
                    break
        config = function.config(qualifier)
        if config is None:
            raise _not_found(wanted)
        reason = refusal(config)
        if reason is not None:
            message = f"Function {wanted.name} cannot be invoked here: {reason}"
            raise AwsError("InvalidParameterValueException", message)
        return config

    async def _run(
        self, wanted: Target, payload: bytes, request_id: str, context: str | None, *, tail: bool = False
    ) -> tuple[Config, Outcome]:
        function = self._find(wanted)
        config = self._version(wanted, function)
        home = (wanted.caller, wanted.name)
        if function.reserved is not None and self._running[home] >= function.reserved:
            self._crew.metrics.throttled(*home, time.time())
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, {"Reason": reason})
        trace = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"
        call = Call(Turn(request_id, payload, 0, wanted.arn, trace, context), tail=tail)
        self._running[home] += 1
        self._crew.metrics.running(*home, time.time(), self._running[home])
        call.outcome.add_done_callback(lambda _: self._leave(home))
        key = (wanted.caller, wanted.name, config.version, config.revision)
        self._crew.submit(key, config, self._layers(config), call)
        # A caller that gives up does not end the request.
        return config, await asyncio.shield(call.outcome)

    def _leave(self, home: tuple[Caller, str]) -> None:
        self._running[home] -= 1
        if not self._running[home]:
            del self._running[home]

    def _layers(self, config: Config) -> list[str]:
        hashes = []
        for arn in config.layers:
            name = layer(Caller(), arn)
            found = self._registry.layer(name.caller, name.name).get(name.version or 0)
            if found is None:
                raise AwsError("ResourceNotFoundException", f"Layer version {arn} does not exist.", 404)
            hashes.append(found.code.sha256)
        return hashes

    # Events

    async def _accept(self, wanted: Target, payload: bytes, context: str | None, request_id: str) -> None:
        home, now = wanted.caller, time.time()
        event = Pending(
            request_id, home.account, home.region, wanted.name, wanted.qualifier, payload, now, now, 0, context
        )
        await self._registry.put_pending(event)
        self._follow(event)

    def _follow(self, event: Pending) -> None:
        task = asyncio.create_task(self._see_through(event))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def _see_through(self, event: Pending) -> None:
        """Run an accepted event until it succeeds, its attempts are used up, or it is too old."""
        wanted = Target(Caller(event.account, event.region), event.name, event.qualifier)
        pause = _THROTTLED_DELAY[0]
        while True:
            await asyncio.sleep(max(0.0, event.due - time.time()))
            settings = self._settings(wanted)
            if time.time() - event.accepted > settings.get("MaximumEventAgeInSeconds", MAX_EVENT_AGE):
                return await self._give_up(wanted, event, "EventAgeExceeded", None)
            try:
                config, outcome = await self._run(wanted, event.payload, event.id, event.client_context)
            except AwsError as error:
                if error.code == "TooManyRequestsException":
                    event = msgspec.structs.replace(event, due=time.time() + pause)
                    pause = min(pause * 2, _THROTTLED_DELAY[1])
                    continue
                # The function is gone or cannot run: no later attempt would do better.
                log.error("event %s for %s dropped: %s", event.id, wanted.arn, error)
                return await self._registry.drop_pending(event)
            event = msgspec.structs.replace(event, attempt=event.attempt + 1)
            if outcome.error is None:
                return await self._conclude(wanted, event, "Success", (config, outcome))
            if event.attempt > settings.get("MaximumRetryAttempts", 2):
                return await self._give_up(wanted, event, "RetriesExhausted", (config, outcome))
            delay = self._retry_delays[min(event.attempt, len(self._retry_delays)) - 1]
            event = msgspec.structs.replace(event, due=time.time() + delay)
            await self._registry.put_pending(event)

    def _settings(self, wanted: Target) -> Json:
        function = self._registry.function(wanted.caller, wanted.name)
        return function.event_settings.get(wanted.qualifier or LATEST, {}) if function else {}

    async def _give_up(
        self, wanted: Target, event: Pending, condition: str, last: tuple[Config, Outcome] | None
    ) -> None:
        function = self._registry.function(wanted.caller, wanted.name)
        dead_letter = function.latest.echoed.get("DeadLetterConfig", {}).get("TargetArn") if function else None
        if dead_letter:
            await self._send(wanted.caller, dead_letter, event.payload)
        await self._conclude(wanted, event, condition, last)

    async def _conclude(
        self, wanted: Target, event: Pending, condition: str, last: tuple[Config, Outcome] | None
    ) -> None:
        """Tell the destination, then forget the event."""
        side = "OnSuccess" if condition == "Success" else "OnFailure"
        aim = self._settings(wanted).get("DestinationConfig", {}).get(side, {}).get("Destination")
        if aim:
            await self._send(wanted.caller, aim, orjson.dumps(_record(wanted, event, condition, last)))
        await self._registry.drop_pending(event)

    async def _send(self, caller: Caller, arn: str, body: bytes) -> None:
        try:
            if ":lambda:" in arn:
                await self.invoke(caller, arn, body, kind="Event")
            elif self._deliver is not None:
                await self._deliver(caller, arn, body)
            else:
                log.error("nothing here can send to %s: the record is lost: %s", arn, body.decode("utf-8", "replace"))
        except Exception:
            # Another service refused; Lambda, too, only counts such failures (DestinationDeliveryFailures).
            log.exception("could not send to %s", arn)


def _record(wanted: Target, event: Pending, condition: str, last: tuple[Config, Outcome] | None) -> Json:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    now = time.time()
    record: dict[str, Json] = {
        "version": "1.0",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z",
        "requestContext": {
            "requestId": event.id,
            "functionArn": function_arn(wanted.caller, wanted.name, wanted.qualifier or LATEST),
            "condition": condition,
            "approximateInvokeCount": event.attempt,
        },
        "requestPayload": orjson.loads(event.payload),
    }
    if last is not None:
        config, outcome = last
        context: dict[str, Json] = {"statusCode": 200, "executedVersion": config.version}
        if outcome.error:
            context["functionError"] = outcome.error
        record["responseContext"] = context
        record["responsePayload"] = orjson.loads(outcome.payload or b"null")
    return record


def _not_found(wanted: Target) -> AwsError:
    arn = function_arn(wanted.caller, wanted.name, wanted.qualifier or LATEST)
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)


def _checked(payload: bytes, limit: int, kind: str) -> bytes:
    if len(payload) > limit:
        operation = "InvokeAsync" if kind == "Event" else "InvokeFunction"
        message = f"Request must be smaller than {limit} bytes for the {operation} operation"
        raise AwsError("RequestTooLargeException", message, 413)
    try:
        msgspec.json.decode(payload, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise AwsError("InvalidRequestContentException", message) from error
    return payload


def _context(text: str | None) -> str | None:
    """The client context as the runtime gets it: JSON on one line."""
    if text is None:
        return None
    try:
        return orjson.dumps(orjson.loads(base64.b64decode(text, validate=True))).decode()
    except ValueError as error:
        message = "Could not parse request body into json: Client context must be a valid Base64-encoded JSON object."
        raise AwsError("InvalidRequestContentException", message) from error
