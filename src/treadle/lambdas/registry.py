"""The durable memory of Lambda: everything in RAM for reading, every change committed to SQLite before it shows.

One thread writes (`synchronous=FULL`); one asyncio lock makes "read, decide, commit, show" a single step.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from treadle.aws import Caller
from treadle.lambdas.records import Config, EventSource, Function, FunctionKey, LayerVersion, Pending

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE function (account TEXT, region TEXT, name TEXT, body BLOB, PRIMARY KEY (account, region, name));
CREATE TABLE version (account TEXT, region TEXT, name TEXT, version TEXT, body BLOB,
                      PRIMARY KEY (account, region, name, version));
CREATE TABLE layer (account TEXT, region TEXT, name TEXT, version INTEGER, body BLOB,
                    PRIMARY KEY (account, region, name, version));
CREATE TABLE pending (id TEXT PRIMARY KEY, body BLOB);
"""
# Added later; harmless where it is there already.
_ADDED = "CREATE TABLE IF NOT EXISTS event_source (id TEXT PRIMARY KEY, body BLOB)"

Statement = tuple[str, tuple[object, ...]]
_encode = msgspec.json.Encoder().encode


class Registry:
    """Functions, layers and accepted events of all accounts and regions."""

    def __init__(self, path: Path) -> None:
        # A write holds this lock from its first read to its commit; readers never wait.
        self.writing = asyncio.Lock()
        self._path = path
        self._thread = ThreadPoolExecutor(1, "lambda-registry")
        self._functions: dict[FunctionKey, Function] = {}
        self._layers: dict[FunctionKey, dict[int, LayerVersion]] = {}
        self._pending: dict[str, Pending] = {}
        self._sources: dict[str, EventSource] = {}
        self._database: sqlite3.Connection | None = None

    async def open(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load)

    async def close(self) -> None:
        database = self._database
        if database is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, database.close)
        self._thread.shutdown()

    # Reading

    def function(self, caller: Caller, name: str) -> Function | None:
        return self._functions.get((caller.account, caller.region, name))

    def functions(self, caller: Caller) -> list[Function]:
        """The functions of this account and region, by name."""
        home = (caller.account, caller.region)
        return sorted((f for key, f in self._functions.items() if key[:2] == home), key=lambda f: f.name)

    def any_function(self) -> bool:
        return bool(self._functions)

    def layer(self, caller: Caller, name: str) -> dict[int, LayerVersion]:
        return self._layers.get((caller.account, caller.region, name), {})

    def layers(self, caller: Caller) -> dict[str, dict[int, LayerVersion]]:
        home = (caller.account, caller.region)
        return {key[2]: versions for key, versions in sorted(self._layers.items()) if key[:2] == home}

    def pending(self) -> list[Pending]:
        return list(self._pending.values())

    def event_source(self, id: str) -> EventSource | None:
        return self._sources.get(id)

    def event_sources(self) -> list[EventSource]:
        return list(self._sources.values())

    def uses(self, sha256: str) -> bool:
        """Is this package still the code of some version or layer?"""
        return any(code == sha256 for code in self._packages())

    def _packages(self) -> Iterator[str]:
        for function in self._functions.values():
            for config in (function.latest, *function.versions.values()):
                if config.code:
                    yield config.code.sha256
        for versions in self._layers.values():
            # A deleted layer version goes on serving the functions that name it.
            yield from (version.code.sha256 for version in versions.values())

    # Writing: each returns after the commit

    async def put(self, caller: Caller, function: Function, published: Config | None = None) -> None:
        """Store a function and, when given, one version that was just published."""
        key = (caller.account, caller.region, function.name)
        alone = msgspec.structs.replace(function, versions={})
        statements: list[Statement] = [("REPLACE INTO function VALUES (?, ?, ?, ?)", (*key, _encode(alone)))]
        if published is not None:
            row = (*key, published.version, _encode(published))
            statements.append(("REPLACE INTO version VALUES (?, ?, ?, ?, ?)", row))
        await self._commit(statements)
        self._functions[key] = function

    async def drop(self, caller: Caller, name: str) -> None:
        key = (caller.account, caller.region, name)
        where = "WHERE account = ? AND region = ? AND name = ?"
        await self._commit([(f"DELETE FROM function {where}", key), (f"DELETE FROM version {where}", key)])
        self._functions.pop(key, None)

    async def drop_version(self, caller: Caller, function: Function, version: str) -> None:
        """Store `function`, which no longer has that version, and remove the version's row."""
        key = (caller.account, caller.region, function.name)
        where = "WHERE account = ? AND region = ? AND name = ? AND version = ?"
        alone = msgspec.structs.replace(function, versions={})
        await self._commit(
            [
                ("REPLACE INTO function VALUES (?, ?, ?, ?)", (*key, _encode(alone))),
                (f"DELETE FROM version {where}", (*key, version)),
            ]
        )
        self._functions[key] = function

    async def put_layer(self, caller: Caller, layer: LayerVersion) -> None:
        key = (caller.account, caller.region, layer.name)
        row = (*key, layer.version, _encode(layer))
        await self._commit([("REPLACE INTO layer VALUES (?, ?, ?, ?, ?)", row)])
        self._layers[key] = {**self._layers.get(key, {}), layer.version: layer}

    async def put_pending(self, event: Pending) -> None:
        await self._commit([("REPLACE INTO pending VALUES (?, ?)", (event.id, _encode(event)))])
        self._pending[event.id] = event

    async def drop_pending(self, event: Pending) -> None:
        await self._commit([("DELETE FROM pending WHERE id = ?", (event.id,))])
        self._pending.pop(event.id, None)

    async def put_event_source(self, source: EventSource) -> None:
        await self._commit([("REPLACE INTO event_source VALUES (?, ?)", (source.id, _encode(source)))])
        self._sources[source.id] = source

    async def drop_event_source(self, source: EventSource) -> None:
        await self._commit([("DELETE FROM event_source WHERE id = ?", (source.id,))])
        self._sources.pop(source.id, None)

    async def _commit(self, statements: list[Statement]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._execute, statements)

    # On the registry's own thread

    def _execute(self, statements: list[Statement]) -> None:
        assert self._database is not None, "the registry is not open"
        with self._database:
            for text, values in statements:
                self._database.execute(text, values)

    def _load(self) -> None:
        database = sqlite3.connect(self._path, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        (schema,) = database.execute("PRAGMA user_version").fetchone()
        if schema > _SCHEMA_VERSION:
            raise RuntimeError(f"{self._path} was written by a newer treadle (schema {schema}); refusing to touch it")
        if schema == 0:
            database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        database.execute(_ADDED)
        self._database = database
        decode_config = msgspec.json.Decoder(Config).decode
        versions: dict[FunctionKey, dict[str, Config]] = {}
        for *key, version, body in database.execute("SELECT * FROM version"):
            versions.setdefault(_key(key), {})[version] = decode_config(body)
        self._load_functions(database, versions)
        decode_layer: Callable[[bytes], LayerVersion] = msgspec.json.Decoder(LayerVersion).decode
        for *key, number, body in database.execute("SELECT * FROM layer ORDER BY version"):
            self._layers.setdefault(_key(key), {})[number] = decode_layer(body)
        decode_pending = msgspec.json.Decoder(Pending).decode
        for identity, body in database.execute("SELECT * FROM pending"):
            self._pending[identity] = decode_pending(body)
        decode_source = msgspec.json.Decoder(EventSource).decode
        for identity, body in database.execute("SELECT * FROM event_source"):
            self._sources[identity] = decode_source(body)

    def _load_functions(self, database: sqlite3.Connection, versions: dict[FunctionKey, dict[str, Config]]) -> None:
        decode = msgspec.json.Decoder(Function).decode
        for *raw, body in database.execute("SELECT * FROM function"):
            key = _key(raw)
            ordered = dict(sorted(versions.get(key, {}).items(), key=lambda pair: int(pair[0])))
            self._functions[key] = msgspec.structs.replace(decode(body), versions=ordered)


def _key(columns: list[str]) -> FunctionKey:
    account, region, name = columns
    return account, region, name
