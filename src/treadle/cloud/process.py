"""The built-in cloud as the server sees it: `Cloud` starts the cloud process when it is needed, and talks to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import msgspec

from treadle.aws import AwsError, Caller, Request, Response
from treadle.cloud.call import call
from treadle.cloud.execute_api import RestApis
from treadle.cloud.frames import (
    INTERNAL,
    Ack,
    Answer,
    Call,
    Delivery,
    Fire,
    FromCloud,
    Leave,
    Question,
    Ready,
    Splitter,
    ToCloud,
    Told,
    decode_from_cloud,
    encode,
)
from treadle.cloud.logs import LogEvent, LogWriter
from treadle.cloud.refusals import refuse
from treadle.cloud.schedules import LATE, Deliveries, Listing, Schedule, Targets, Timetable

log = logging.getLogger("treadle.cloud")

# Settings of moto. Hash order must not differ between runs: sets are part of the state that the journal rebuilds.
_SETTINGS = {
    "PYTHONHASHSEED": "0",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
    "MOTO_ACM_VALIDATION_WAIT": "0",
    "MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR": "false",
    "AWS_ACCESS_KEY_ID": "treadle",
    "AWS_SECRET_ACCESS_KEY": "treadle",
    "AWS_EC2_METADATA_DISABLED": "true",
    "TZ": "UTC",
}
_UNWANTED = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "MOTO_ACCOUNT_ID")


# How long a cloud process that could not start is left alone.
RESTART_SECONDS = 5.0
# How long an operation that a stack needs may take.
QUESTION_SECONDS = 60.0


# Composite alarms of composite alarms are followed so deep in one look.
ALARM_ROUNDS = 5


class CloudGoneError(ConnectionError):
    """The cloud process ended before it answered."""


class Child(asyncio.Protocol):
    """One run of the cloud process: frames out, frames in, and a future for every call under way."""

    def __init__(
        self, directory: Path, sync: bool, receive: Callable[[Delivery], None], asked: Callable[[Child, Question], None]
    ) -> None:
        self._receive, self._asked = receive, asked
        self._splitter = Splitter()
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._count = 0
        self._transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        ours, theirs = socket.socketpair()
        self.socket = ours
        command = [sys.executable, "-m", "treadle.cloud.child", str(theirs.fileno()), str(directory), str(int(sync))]
        with theirs:
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    @classmethod
    async def start(
        cls, directory: Path, sync: bool, receive: Callable[[Delivery], None], asked: Callable[[Child, Question], None]
    ) -> Child:
        """Returns when the state is restored. Raises CloudGoneError when that fails; the reason is on stderr."""
        child = cls(directory, sync, receive, asked)
        await asyncio.get_running_loop().create_connection(lambda: child, sock=child.socket)
        await child.ready
        return child

    async def ask(self, make: Callable[[int], Call | Fire]) -> Answer:
        """Send the frame made with a fresh id and wait for its answer."""
        if self.gone.is_set():
            raise CloudGoneError("the cloud process has ended")
        self._count += 1
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[self._count] = answer
        self.send(make(self._count))
        return await answer

    def send(self, frame: ToCloud) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(frame))

    async def leave(self) -> None:
        """Ask the process to finish, and wait until it has; after half a minute it is killed."""
        self.send(Leave())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.gone.wait(), 30)
        if self._transport is not None:
            self._transport.close()
        if self.process.poll() is None:
            self.process.terminate()
        await asyncio.to_thread(self.process.wait)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's, so nothing can be asserted here.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for frame in self._splitter.feed(data):
            self._take(decode_from_cloud(frame))

    def _take(self, message: FromCloud) -> None:
        match message:
            case Answer():
                answer = self._answers.pop(message.id)
                if not answer.done():
                    answer.set_result(message)
            case Ready():
                self.ready.set_result(message)
            case Delivery():
                self._receive(message)
            case Question():
                self._asked(self, message)

    def connection_lost(self, reason: Exception | None) -> None:
        self.gone.set()
        error = CloudGoneError("the cloud process has ended")
        waiting: list[asyncio.Future[Any]] = [*self._answers.values(), self.ready]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
        self._answers.clear()


class Cloud:
    """Every AWS service but Step Functions and Lambda. Open it, hand it requests, close it.

    What was created is in `<data_dir>/cloud` before a call is answered; without a directory it lasts until `close`.
    """

    def __init__(
        self, directory: Path, temporary: bool, targets: Targets | None, clock: Callable[[], float], host: str
    ) -> None:
        self._host = host
        self._directory = directory
        self._temporary = temporary
        self._clock = clock
        self._child: Child | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self._rest_until = 0.0
        self._deliveries = Deliveries(targets, self.call, lambda id: self._tell(Ack(id)), clock)
        self._timetable = Timetable(clock, self._fire, self._look)
        self._logs = LogWriter(self.call)
        self._targets = targets
        self._questions: set[asyncio.Task[None]] = set()
        self._apis = None if targets is None else RestApis(self._describe_api, targets, self.handle)
        self._early: list[Delivery] = []
        self._warm_up: asyncio.Task[None] | None = None

    @classmethod
    def open(
        cls,
        data_dir: str | Path | None = None,
        targets: Targets | None = None,
        clock: Callable[[], float] = time.time,
        host: str = "localhost:4566",
    ) -> Cloud:
        """Costs nothing: the cloud process is started by the first request (or by `start`).

        `targets` performs what rules, schedules and topics invoke. `host` is the server's own address; URLs in answers
        to `call` (of queues) are made with it.
        """
        if data_dir is None:
            return cls(Path(tempfile.mkdtemp(prefix="treadle-cloud-")), True, targets, clock, host)
        return cls(Path(data_dir) / "cloud", False, targets, clock, host)

    @property
    def in_use(self) -> bool:
        """Whether anybody has asked for anything yet (otherwise there is no process, no rule, no log group)."""
        return self._child is not None or self._warm_up is not None

    def listens(self, caller: Caller) -> bool:
        """Whether a rule may want the caller's own events. While a state is being restored, perhaps."""
        if self._warm_up is not None and not self._warm_up.done():
            return True
        return f"{caller.account}/{caller.region}" in self._timetable.listening

    def start(self) -> None:
        """Start the cloud process in the background if there is a state to restore: its schedules must fire."""
        if self._child is None and any(self._directory.glob("*-*")):
            self._warm_up = asyncio.create_task(self._warm())

    async def handle(self, request: Request) -> Response:
        """Answer one request. Never raises for what a service refuses: that is a response."""
        if request.service == "execute-api" and self._apis is not None:
            return await self._apis.handle(request)
        answer = await self._ask(request.service, request.headers, lambda number: _call(number, request, self._clock()))
        if _changes_schedules(request):
            await self._learn(await self._running())
        return Response(answer.status, answer.body, answer.headers)

    async def call(self, caller: Caller, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Any botocore operation against the built-in cloud, in-process. Raises AwsError for what it refuses."""
        return await call(self.handle, caller, service, operation, params, self._host)

    async def read_stream(self, question: Mapping[str, Any]) -> Any:
        """Records of a stream of DynamoDB or Kinesis; see `streams.read_stream`."""
        answer = await (await self._running()).ask(_question("/stream", msgspec.json.encode(question)))
        return msgspec.json.decode(answer.body)

    async def find_api(self, api_id: str) -> str | None:
        """The URL of a REST API of this cloud, to which stage and path are added; None when there is none."""
        if not self.in_use or await self._describe_api(api_id) is None:
            return None
        return f"http://{self._host}/_aws/execute-api/{api_id}"

    @property
    def log_listeners(self) -> list[Callable[[Caller, str], object]]:
        """Called with (caller, group) when log events were written to a group."""
        return self._logs.listeners

    async def put_log_events(self, caller: Caller, group: str, stream: str, events: Sequence[LogEvent]) -> None:
        """Write (milliseconds, text) events in the background; group and stream are created as needed."""
        self._logs.add(caller, group, stream, events)

    async def publish(self, caller: Caller, entries: Sequence[Mapping[str, Any]]) -> None:
        """PutEvents of AWS's own events (`aws.states`), any number. Costs next to nothing while no rule listens."""
        if not self.in_use:
            return  # nothing was ever asked of the cloud, so there is no rule
        try:
            await self._running()
            if not self.listens(caller):
                return
            for spot in range(0, len(entries), 10):
                await self.call(caller, "events", "PutEvents", {"Entries": list(entries[spot : spot + 10])})
        except (AwsError, CloudGoneError) as refusal:
            log.warning("events of AWS's own cannot be published: %s", refusal)

    async def fire_due(self) -> int:
        """Fire every schedule that is due by the clock; how many fired so far. It happens by itself, too."""
        await self._timetable.fire_due()
        return self._timetable.fired

    async def settle(self) -> None:
        """Wait until log events are written and deliveries under way are done. For tests."""
        await self._logs.flush()
        await self._deliveries.settle()

    async def close(self) -> None:
        """Finish the cloud process; a later start is then quick."""
        await self._timetable.close()
        await self._deliveries.close()
        await self._logs.flush()
        if self._warm_up is not None:
            await asyncio.wait([self._warm_up])
        self._closed = True
        async with self._starting:
            child, self._child = self._child, None
        if child is not None:
            await child.leave()
        if self._temporary:
            await asyncio.to_thread(shutil.rmtree, self._directory, True)

    async def _ask(self, service: str, headers: Any, make: Callable[[int], Call | Fire]) -> Answer:
        try:
            return await (await self._running()).ask(make)
        except CloudGoneError as gone:
            # Whether the call was performed is not known. SDKs try again after a 503.
            status, answer, body = refuse(service, headers, 503, "ServiceUnavailable", str(gone), str(uuid.uuid4()))
            return Answer(0, status, answer, body)

    async def _running(self) -> Child:
        """The cloud process, started if there is none."""
        child = self._child
        if child is not None and not child.gone.is_set():
            return child
        async with self._starting:
            if self._closed:
                raise CloudGoneError("the built-in cloud is closed")
            if self._child is None or self._child.gone.is_set():
                await self._start()
            assert self._child is not None
            return self._child

    async def _start(self) -> None:
        """Start the cloud process. One that failed to start is not started again for some seconds."""
        if self._child is not None:
            log.error("the cloud process ended with code %s; starting it again", self._child.process.poll())
        if self._clock() < self._rest_until:
            raise CloudGoneError(f"the cloud process cannot restore {self._directory}; the log says why")
        try:
            self._child = await Child.start(self._directory, not self._temporary, self._receive, self._asked)
            await self._learn(self._child)
            # Only now is there someone to acknowledge them to.
            for delivery in self._early:
                self._deliveries.take(delivery)
            self._early.clear()
        except CloudGoneError:
            self._rest_until = self._clock() + RESTART_SECONDS
            raise CloudGoneError(f"the cloud process cannot restore {self._directory}; the log says why") from None

    async def _warm(self) -> None:
        # The failure is in the log; the next request will tell its caller.
        with contextlib.suppress(CloudGoneError):
            await self._running()

    async def _learn(self, child: Child) -> None:
        """Ask the cloud process which schedules there are now."""
        answer = await child.ask(_question("/schedules"))
        self._timetable.learn(msgspec.json.decode(answer.body, type=Listing))

    async def _describe_api(self, api_id: str) -> Any:
        """What a REST API consists of; None when there is none."""
        answer = await (await self._running()).ask(_question(f"/restapis/{api_id}"))
        return msgspec.json.decode(answer.body)

    async def _fire(self, schedule: Schedule, due: float, now: float) -> bool:
        place = (schedule.account, schedule.region, schedule.kind, schedule.group, schedule.name)
        answer = await self._ask("events", {}, lambda number: Fire(number, *place, due, now))
        return answer.status == 200

    async def _look(self, now: float) -> None:
        """Let every alarm change that would now; composite alarms follow those they are made of."""
        seen = now - LATE
        # A cloud process that has ended is started again by somebody else's call; alarms are looked at later.
        with contextlib.suppress(CloudGoneError):
            for _ in range(ALARM_ROUNDS):
                answer = await (await self._running()).ask(_question(f"/alarms/{seen}"))
                changes = msgspec.json.decode(answer.body, type=list[tuple[str, str, str]])
                for account, region, name in changes:
                    make = partial(_fire_alarm, account, region, name, seen, now)
                    await (await self._running()).ask(make)
                if not changes:
                    return

    def _receive(self, delivery: Delivery) -> None:
        if self._starting.locked():
            self._early.append(delivery)
        else:
            self._deliveries.take(delivery)

    def _asked(self, child: Child, question: Question) -> None:
        task = asyncio.create_task(self._tell_answer(child, question))
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)

    async def _tell_answer(self, child: Child, question: Question) -> None:
        """Perform an operation of another room for a call that the cloud process is performing."""
        caller = Caller(question.account, question.region)
        try:
            if self._targets is None:
                raise AwsError("ServiceUnavailable", f"nobody performs {question.service}:{question.operation} here")
            params = msgspec.msgpack.decode(question.params)
            async with asyncio.timeout(QUESTION_SECONDS):
                result = await self._targets.ask(caller, question.service, question.operation, params)
            body = msgspec.msgpack.encode({"result": result}, enc_hook=str)
        except AwsError as refusal:
            body = msgspec.msgpack.encode({"error": refusal.code, "message": refusal.message})
        except TimeoutError:
            body = msgspec.msgpack.encode({"error": "Timeout", "message": f"{question.operation} took too long"})
        except Exception as bug:  # The cloud process waits for an answer, whatever happens here.
            log.exception("%s %s failed", question.service, question.operation)
            body = msgspec.msgpack.encode({"error": "InternalFailure", "message": f"{type(bug).__name__}: {bug}"})
        child.send(Told(body))

    def _tell(self, frame: ToCloud) -> None:
        if self._child is not None:
            self._child.send(frame)


def _call(number: int, request: Request, at: float) -> Call:
    caller: Caller = request.caller
    return Call(
        number,
        request.service,
        caller.account,
        caller.region,
        request.method,
        request.path,
        request.query,
        dict(request.headers),
        request.body,
        at,
    )


def _fire_alarm(account: str, region: str, name: str, seen: float, now: float, number: int) -> Fire:
    return Fire(number, account, region, "alarm", "", name, seen, now)


def _question(path: str, body: bytes = b"") -> Callable[[int], Call]:
    """One of the server's own questions to the cloud process."""
    return lambda number: Call(number, INTERNAL, "", "", "GET", path, "", {}, body, 0.0)


def _changes_schedules(request: Request) -> bool:
    """Whether the request may have made, changed or removed a rule or a schedule."""
    if request.service == "monitoring":
        told = f"{request.path} {request.headers.get('x-amz-target')} {request.body[:400]!r}"
        return any(name in told for name in ("PutMetricAlarm", "PutCompositeAlarm", "DeleteAlarms"))
    if request.service not in ("events", "scheduler", "cloudformation") or request.method in ("GET", "HEAD"):
        return False
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    return operation != "PutEvents" and not operation.startswith(("List", "Describe"))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    # The child must find this very package, installed or not.
    paths = [str(Path(__file__).parents[2]), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | _SETTINGS | {"PYTHONPATH": os.pathsep.join(paths)}
