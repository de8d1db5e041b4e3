"""Folders with real Lambda code: run by the same workers that a server uses, one set of them per test process."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from treadle.aws import AwsError, Caller, Request
from treadle.lambdas import Invocation, Lambda
from treadle.lambdas.folders import files, find_handler, pack
from treadle.testing.folders import Folder
from treadle.values import dumps

ROLE = "arn:aws:iam::000000000000:role/treadle"


class Workshop:
    """Lambda in a thread of its own, because tests are not asynchronous. Opened on first use, closed at exit."""

    def __init__(self) -> None:
        self._data = tempfile.TemporaryDirectory(prefix="treadle-test-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="treadle-lambda", daemon=True)
        self._thread.start()
        self._lambda: Lambda = self._await(self._open())
        self._callers: dict[str, Caller] = {}
        # Not `atexit`: that is after the executors of threads, which closing needs, have been shut down.
        threading._register_atexit(self.close)  # type: ignore[attr-defined]

    def invoke(self, name: str, folder: Folder, payload: bytes, options: dict[str, Any]) -> Invocation:
        """Raises AwsError as Lambda does; ValueError when there is no such code."""
        caller = self._home(name, folder)
        invocation: Invocation = self._await(self._lambda.invoke(caller, name, payload, **options))
        return invocation

    def close(self) -> None:
        if not self._loop.is_running():
            return
        self._await(self._lambda.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._data.cleanup()

    def _home(self, name: str, folder: Folder) -> Caller:
        """Where the function lives: an account for each binding, so that names need not be unique among tests."""
        key = f"{name} {folder} {_stamp(Path(folder.path))}"
        if key not in self._callers:
            caller = Caller(f"{len(self._callers) + 1:012d}")
            self._await(self._create(caller, name, folder))
            self._callers[key] = caller
        return self._callers[key]

    async def _open(self) -> Lambda:
        return await Lambda.open(Path(self._data.name), endpoint_url="http://127.0.0.1:4566", fetch_object=_no_object)

    async def _create(self, caller: Caller, name: str, folder: Folder) -> None:
        path = Path(folder.path)
        handler, runtime = find_handler(path, folder.handler)
        body = {
            "FunctionName": name,
            "Runtime": folder.runtime or runtime,
            "Handler": handler,
            "Role": ROLE,
            "Timeout": folder.timeout,
            "MemorySize": folder.memory,
            "Environment": {"Variables": dict(folder.environment)},
            "Code": {"ZipFile": pack(path)},
        }
        request = Request("POST", "/2015-03-31/functions", "", {}, dumps(body).encode(), "lambda", caller)
        answer = await self._lambda.handle(request)
        if answer.status >= 300:
            raise ValueError(f"function {name} cannot be made from {path}: {answer.body.decode()}")

    def _await(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@cache
def workshop() -> Workshop:
    return Workshop()


async def _no_object(caller: Caller, bucket: str, key: str, version: str | None) -> bytes:
    raise AwsError("NoSuchKey", "The test kit's functions come from folders.", 404)


def _stamp(path: Path) -> str:
    """Changes when the code does."""
    return str([(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files(path)])
