"""What every operation works with: the registry, the packages, the crew; and what many of them need."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from treadle.aws import AwsError, Caller
from treadle.lambdas.crew import Crew
from treadle.lambdas.invoke import Invoker
from treadle.lambdas.names import LATEST, Target, function_arn, target
from treadle.lambdas.packages import Packages
from treadle.lambdas.pollers import Pollers
from treadle.lambdas.records import Config, Function
from treadle.lambdas.registry import Registry
from treadle.values import Json

log = logging.getLogger("treadle.lambdas")
Item = TypeVar("Item")
# Reads an object of S3: (caller, bucket, key, version or None) -> content. Raises AwsError as S3 would.
FetchObject = Callable[[Caller, str, str, str | None], Awaitable[bytes]]
Parameters = dict[str, Json]


class Service(msgspec.Struct, frozen=True):
    """The parts of Lambda, put together once when the server starts."""

    registry: Registry
    packages: Packages
    crew: Crew
    invoker: Invoker
    pollers: Pollers
    fetch_object: FetchObject
    endpoint_url: str
    runtimes: list[str]  # every runtime the API knows
    cleaning: set[asyncio.Task[None]]

    def find(self, caller: Caller, parameters: Parameters) -> tuple[Target, Function]:
        """The function that FunctionName and Qualifier name. Raises ResourceNotFoundException."""
        wanted = target(caller, parameters["FunctionName"], parameters.get("Qualifier"))
        function = self.registry.function(wanted.caller, wanted.name)
        if function is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {wanted.arn}", 404)
        return wanted, function

    def version(self, wanted: Target, function: Function) -> Config:
        """The version that the qualifier names, through an alias if need be."""
        qualifier = wanted.qualifier or LATEST
        alias = function.aliases.get(qualifier)
        config = function.config(alias.version if alias else qualifier)
        if config is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {wanted.arn}", 404)
        return config

    def replace_workers(self, caller: Caller, name: str, before: Function, after: Function | None) -> None:
        """After a change: end workers of configurations that are no more, then forget packages nobody uses."""
        kept = (after.latest, *after.versions.values()) if after else ()
        gone = self.crew.retire(caller, name, keep=frozenset(config.revision for config in kept))
        hashes = {config.code.sha256 for config in (before.latest, *before.versions.values()) if config.code}
        hashes -= {config.code.sha256 for config in kept if config.code}
        task = asyncio.create_task(self._forget(gone, hashes))
        self.cleaning.add(task)
        task.add_done_callback(self.cleaning.discard)

    async def _forget(self, gone: asyncio.Future[None], hashes: set[str]) -> None:
        await gone
        for sha256 in hashes:
            # Under the lock: nobody may begin to use the package while it is removed.
            async with self.registry.writing:
                if not self.registry.uses(sha256):
                    await self.packages.drop(sha256)


def timestamp() -> str:
    """Now, in the form of Lambda's LastModified."""
    now = time.time_ns() // 1_000_000
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now / 1000)) + f".{now % 1000:03d}+0000"


def revision() -> str:
    return str(uuid.uuid4())


def expect_revision(given: str | None, current: str) -> None:
    if given is not None and given != current:
        message = (
            "The RevisionId provided does not match the latest RevisionId. "
            "Call the GetFunction/GetAlias API to retrieve the latest RevisionId"
        )
        raise AwsError("PreconditionFailedException", message, 412)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)


def conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409)


def page(items: Sequence[Item], key: Callable[[Item], str], parameters: Parameters) -> tuple[list[Item], str | None]:
    """One page of a list and the marker of the next: the key of the last item shown."""
    start = 0
    marker = parameters.get("Marker")
    if marker:
        start = next((number for number, item in enumerate(items, 1) if key(item) == marker), len(items))
    size = min(parameters.get("MaxItems") or 50, 50)
    shown = list(items[start : start + size])
    more = start + size < len(items)
    return shown, key(shown[-1]) if more and shown else None


def listing(name: str, rows: list[Json], marker: str | None) -> dict[str, Json]:
    return {name: rows, "NextMarker": marker} if marker else {name: rows}


def qualified(caller: Caller, name: str, qualifier: str | None) -> str:
    return function_arn(caller, name, qualifier)
