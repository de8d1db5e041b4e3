"""The durable memory of the API: everything is kept in dictionaries by ARN and written through to documents."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from typing import Generic, Protocol, TypeVar

import msgspec

from treadle.api.records import Activity, Alias, StateMachine, Version
from treadle.runtime.records import Revision

T = TypeVar("T")


class Documents(Protocol):
    """Small durable collections: kind -> key -> bytes. A write is durable when it returns."""

    def documents(self, kind: str) -> Mapping[str, bytes]: ...

    async def put(self, kind: str, key: str, value: bytes) -> None: ...

    async def delete(self, kind: str, key: str) -> None: ...


class Shelf(Generic[T]):
    """One kind of record by ARN. The memory changes at once, so that a racing request sees it; then the disk."""

    def __init__(self, documents: Documents, kind: str, record: type[T]) -> None:
        self._documents, self._kind = documents, kind
        decoder = msgspec.json.Decoder(record)
        self.all: dict[str, T] = {key: decoder.decode(value) for key, value in documents.documents(kind).items()}
        self.get = self.all.get

    def put(self, arn: str, record: T) -> Awaitable[None]:
        """In memory when this returns, on disk when it has been awaited."""
        self.all[arn] = record
        return self._documents.put(self._kind, arn, msgspec.json.encode(record))

    def delete(self, arn: str) -> Awaitable[None]:
        """The same for a record that goes, or was never there."""
        self.all.pop(arn, None)
        return self._documents.delete(self._kind, arn)

    def under(self, prefix: str) -> list[tuple[str, T]]:
        """(ARN, record) of all whose ARN begins so, by ARN."""
        return sorted((item for item in self.all.items() if item[0].startswith(prefix)), key=lambda item: item[0])


class Registry:
    """State machines, versions, aliases, activities and tags, each by ARN."""

    def __init__(self, documents: Documents) -> None:
        self.machines = Shelf(documents, "states.machine", StateMachine)
        self.versions = Shelf(documents, "states.version", Version)
        self.aliases = Shelf(documents, "states.alias", Alias)
        self.activities = Shelf(documents, "states.activity", Activity)
        self.tags: Shelf[dict[str, str]] = Shelf(documents, "states.tags", dict[str, str])
        # The revision to run for an ARN, as long as the record it was made of is in force.
        self._revisions: dict[str, tuple[StateMachine, Revision]] = {}

    def versions_of(self, machine_arn: str) -> list[Version]:
        """The versions of a machine, the newest first."""
        found = [version for _, version in self.versions.under(f"{machine_arn}:")]
        return sorted(found, key=lambda version: -version.number)

    def aliases_of(self, machine_arn: str) -> list[Alias]:
        """The aliases of a machine, the oldest first."""
        found = [alias for _, alias in self.aliases.under(f"{machine_arn}:")]
        return sorted(found, key=lambda alias: (alias.created_at, alias.name))

    def revision(self, machine: StateMachine, version: str | None = None, alias: str | None = None) -> Revision:
        """What an execution of `machine` keeps, started plainly or through a version and an alias (ARNs)."""
        key = alias + version if alias and version else version or machine.arn
        known = self._revisions.get(key)
        if known is not None and known[0] is machine:
            return known[1]
        revision = _revision(machine, version, alias)
        self._revisions[key] = (machine, revision)
        return revision

    def forget(self, machine_arn: str) -> None:
        """Drop what was derived from a machine that is gone."""
        for key in [key for key in self._revisions if key == machine_arn or key.startswith(f"{machine_arn}:")]:
            del self._revisions[key]


def _revision(machine: StateMachine, version: str | None, alias: str | None) -> Revision:
    content = machine.content
    plain = Revision(
        id="",
        machine_arn=machine.arn,
        name=machine.name,
        definition=content.definition,
        role_arn=content.role_arn,
        kind=machine.kind,
        logging=content.logging,
        tracing=bool(content.tracing.get("enabled")),
        encryption=content.encryption,
        version_arn=version,
        alias_arn=alias,
        revision_id=machine.revision,
        updated_at=machine.updated_at,
        variable_references=machine.variables,
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(plain), digest_size=16).hexdigest()
    return msgspec.structs.replace(plain, id=digest)
