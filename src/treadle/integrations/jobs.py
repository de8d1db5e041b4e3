"""Jobs: `.sync` integrations that start something, look at it until it is over, and stop it when nobody waits any more.

The kinds of job are rows of `job_table`. AWS waits for EventBridge events and polls besides; here it is polling alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from treadle.aws import AwsError
from treadle.integrations.aws_sdk import perform
from treadle.integrations.integration import Call, Job
from treadle.integrations.models import operation
from treadle.integrations.shapes import Faults, from_response, to_request
from treadle.integrations.wording import UNREACHABLE, Wording
from treadle.values import Json, StatesError, dumps

# Seconds between two looks at a job: the first one, how they grow, the longest.
FIRST, GROWTH, LONGEST = 0.5, 1.5, 20.0

# A service that breaks (HTTP 5xx) at every look is believed to be broken after so many of them, some 10 minutes.
PATIENCE = 40
# A refusal to stop a job that passes is met with another attempt, so many in all.
STOPS = 5

# Refusals that say nothing about the job: the next look may well be answered. botocore's list of throttling codes.
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_BROKEN = frozenset({500, 502, 503, 504})  # not 501: what a cloud does not implement stays so

log = logging.getLogger(__name__)

# (the submission's result, the task's arguments) -> a parameter.
Pick = Callable[[Json, Json], Json]


class Ask(Struct, frozen=True):
    """An operation (by botocore's name) and where its parameters come from, in Step Functions' names."""

    operation: str
    params: dict[str, Pick]


class Watched(Struct, frozen=True):
    """How a submitted job is followed.

    `found` is the path from the description to the job ("Tasks.0"), `state` the one from the job to its state. The job
    is over when that is one of `done` (`good` among them succeed, if `sound` agrees). `shown` names the member under
    which the job stands in the output; without it the output is the job itself. `gone` accepts a job that is not found
    any more as finished: the way of deletions.
    """

    describe: Ask
    state: str
    good: frozenset[str]
    bad: frozenset[str]
    found: str = ""
    shown: str | None = None
    kept: tuple[str, ...] = ()  # members of the submission's result that the output repeats
    stop: Ask | None = None
    sound: Callable[[Json], bool] = lambda job: True
    gone: bool = False


def follow(service: str, wording: Wording, watched: Watched) -> Job:
    """The Job of a row."""

    async def watch(call: Call, submitted: Json) -> Json:
        failed = 0
        for pause in pauses():
            try:
                job = await _look(call, service, watched, submitted)
            except AwsError as error:
                failed += 1
                if not _passes(error, failed):
                    raise wording.failure(operation(service, watched.describe.operation).api, error) from None
                if failed == 1:
                    log.warning("cannot look at %s of %s: %s", call.resource.arn, call.execution_arn, error)
            else:
                failed, state = 0, None if job is None else _at(job, watched.state)
                if job is None or state in watched.good or state in watched.bad:
                    return _outcome(watched, submitted, job, state)
            await call.world.sleep(pause)
        raise AssertionError("pauses never end")

    async def cancel(call: Call, submitted: Json) -> None:
        if watched.stop is None:
            return
        for attempt, pause in enumerate(pauses(), 1):
            try:
                await _ask(call, service, watched.stop, submitted)
                return
            except AwsError as error:
                if attempt == STOPS or not _passes(error, attempt):
                    raise
            await call.world.sleep(pause)

    return Job(watch, cancel)


def _passes(error: AwsError, times: int) -> bool:
    """Whether a refusal, the `times`th in a row, is no reason to give a job up: too many requests, nobody reached."""
    if error.code == UNREACHABLE or error.code in _THROTTLED:
        return True
    return error.status in _BROKEN and times < PATIENCE


def pauses() -> Iterator[float]:
    """Seconds to wait between looks at a job, without end."""
    pause = FIRST
    while True:
        yield pause
        pause = min(pause * GROWTH, LONGEST)


def _outcome(watched: Watched, submitted: Json, job: Json, state: str | None) -> Json:
    """The task's output. Raises StatesError with the job as cause when it failed."""
    shown = job if watched.shown is None or job is None else {watched.shown: job}
    output = {name: submitted[name] for name in watched.kept if name in submitted} | (shown or {})
    if job is not None and (state not in watched.good or not watched.sound(job)):
        raise StatesError("States.TaskFailed", dumps(output))
    return output


async def _look(call: Call, service: str, watched: Watched, submitted: Json) -> Json:
    """The job as the service describes it now; None when it is gone and may be. Raises AwsError."""
    try:
        answer = await _ask(call, service, watched.describe, submitted)
    except AwsError as error:
        if watched.gone and error.code in ("ResourceNotFoundException", "ResourceNotFound"):
            return None
        raise
    job = _at(answer, watched.found)
    if job is None:
        raise AwsError("ResourceNotFoundException", f"{watched.describe.operation} does not know the job any more")
    return job


async def _ask(call: Call, service: str, ask: Ask, submitted: Json) -> Json:
    target = operation(service, ask.operation)
    faults = Faults()
    given = {name: pick(submitted, call.arguments) for name, pick in ask.params.items()}
    params: dict[str, Any] = to_request(target.input, given, faults)
    if faults or faults.missing:
        lacking = ", ".join([*faults, *faults.missing])
        raise AwsError("ValidationException", f"treadle cannot call {service} {ask.operation}: {lacking}")
    return from_response(target.output, await perform(call, target, params), "optimized")


def _at(value: Json, path: str) -> Json:
    """The member at a dotted path ("Tasks.0"), None when it is not there."""
    for step in filter(None, path.split(".")):
        if isinstance(value, list):
            value = value[int(step)] if len(value) > int(step) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def submitted(path: str) -> Pick:
    """The member at `path` of what the submission answered."""
    return lambda answer, arguments: _at(answer, path)


def submitted_list(path: str) -> Pick:
    return lambda answer, arguments: [_at(answer, path)]


def given(path: str) -> Pick:
    """The member at `path` of the task's arguments."""
    return lambda answer, arguments: _at(arguments, path)


def constant(value: Json) -> Pick:
    return lambda answer, arguments: value
