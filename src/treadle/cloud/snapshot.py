"""The whole state of moto as one pickle, and back. Cloud process only.

All backends go into one pickle because they refer to each other. What pickle cannot do is taught here: backends are
restored into moto's own registries, locks are made anew, keys and certificates travel as DER, S3 bodies stay in blobs.
"""

from __future__ import annotations

import _thread
import copyreg
import importlib
import io
import os
import pickle
import platform
import threading
import types
import weakref
import zlib
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import msgspec

from treadle.cloud.buffers import Body
from treadle.cloud.frames import Delivery
from treadle.cloud.journal import sync_directory
from treadle.cloud.tape import REAL_DATE, REAL_DATETIME, dump_key, load_key

FORMAT = 1


class Head(msgspec.Struct):
    """What stands before the pickle."""

    number: int
    moto: str
    python: str
    checksum: int
    blobs: list[str]
    deliveries: list[Delivery]
    format: int = FORMAT


class SnapshotError(Exception):
    """A snapshot that cannot be read: damaged, or written by an incompatible version."""


def save(path: Path, number: int, deliveries: list[Delivery]) -> None:
    """Write the state after record `number` to `path`, atomically."""
    state, blobs = freeze()
    # A snapshot lets the journal go, so it must be known that it can be read.
    pickle.loads(state)
    head = Head(number, _version(), platform.python_version(), zlib.crc32(state), sorted(blobs), deliveries)
    lead = msgspec.msgpack.encode(head)
    fresh = path.with_suffix(".tmp")
    with fresh.open("wb") as file:
        file.write(len(lead).to_bytes(4, "big") + lead)
        file.write(state)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    sync_directory(path.parent)


def head_of(path: Path) -> Head:
    with path.open("rb") as file:
        return msgspec.msgpack.decode(file.read(int.from_bytes(file.read(4), "big")), type=Head)


def load(path: Path) -> Head:
    """Put the state of `path` into moto's backends. They must be untouched."""
    data = path.read_bytes()
    size = int.from_bytes(data[:4], "big")
    head = msgspec.msgpack.decode(data[4 : 4 + size], type=Head)
    state = memoryview(data)[4 + size :]
    if head.format != FORMAT or zlib.crc32(state) != head.checksum:
        raise SnapshotError(f"{path} is damaged")
    try:
        thaw(state)
    except Exception as broken:
        raise SnapshotError(
            f"{path} was written with moto {head.moto} on Python {head.python} and cannot be read with moto "
            f"{_version()} on Python {platform.python_version()}: {type(broken).__name__}: {broken}"
        ) from broken
    return head


def freeze() -> tuple[bytes, set[str]]:
    """The pickle of every backend in use, and the names of the blobs it refers to."""
    from moto.core.base_backend import BackendDict

    state = []
    for registry in list(BackendDict._instances):
        extra = {name: value for name, value in vars(registry).items() if name not in _REGISTRY_FIELDS}
        regions = {account: dict(dict.items(backends)) for account, backends in dict.items(registry)}
        state.append((_module_of(registry), extra, regions))
    target = io.BytesIO()
    pickler = _Pickler(target)
    pickler.dump(state)
    return target.getvalue(), pickler.blobs


def thaw(state: bytes | memoryview) -> None:
    for module, extra, accounts in pickle.loads(state):
        registry = _registry(module)
        vars(registry).update(extra)
        for account, regions in accounts.items():
            backends = registry[account]
            for region, backend in regions.items():
                dict.__setitem__(backends, region, backend)


_REGISTRY_FIELDS = {"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"}


class _Pickler(pickle.Pickler):
    """Pickles moto's objects, and collects the blobs they refer to."""

    def __init__(self, target: io.BytesIO) -> None:
        super().__init__(target, protocol=5)
        self.blobs: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind is type:
            # The classes proper are hidden behind the tape's stand-ins.
            return _classes.get(value, NotImplemented)
        if kind is Body:
            if value.blob:
                self.blobs.add(value.blob)
            return NotImplemented
        if (make := _remade.get(kind)) is not None:
            return make, ()
        if kind is types.FunctionType and value.__qualname__ in _local:
            return _local_function, (value.__qualname__,)
        if kind is types.ModuleType:
            return importlib.import_module, (value.__name__,)
        if kind is weakref.WeakValueDictionary:
            return weakref.WeakValueDictionary, (dict(value),)
        return _reduce_special(value, kind)


def _reduce_special(value: Any, kind: type) -> Any:
    from moto.core.base_backend import AccountSpecificBackend, BackendDict

    if issubclass(kind, (defaultdict, OrderedDict)) and kind not in (defaultdict, OrderedDict):
        # These are pickled as a call of their class, whose constructor moto has given arguments.
        slots = {"default_factory": value.default_factory} if issubclass(kind, defaultdict) else {}
        return copyreg.__newobj__, (kind,), (vars(value), slots), None, iter(value.items())  # type: ignore[attr-defined]
    if issubclass(kind, BackendDict):
        return _registry, (_module_of(value),)
    if issubclass(kind, AccountSpecificBackend):
        return _account, (value.backend.__module__.split(".")[1], value.account_id)
    if kind.__module__.startswith("cryptography.hazmat.bindings"):
        return _reduce_crypto(value)
    return NotImplemented


def _reduce_crypto(value: Any) -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if hasattr(value, "private_bytes"):
        return load_key, (dump_key(value),)
    if hasattr(value, "tbs_certificate_bytes"):
        return _load_certificate, (value.public_bytes(Encoding.DER),)
    if hasattr(value, "public_bytes"):
        return _load_public, (value.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),)
    return NotImplemented


def _load_public(data: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(data)


def _load_certificate(data: bytes) -> Any:
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(data)


def _local_function(name: str) -> Any:
    return _local[name]


def _dicts() -> Any:
    return defaultdict(dict)


def _real_class(name: str) -> type:
    return {"datetime": REAL_DATETIME, "date": REAL_DATE}[name]


def _registry(module: str) -> Any:
    from moto import backends

    return backends.get_backend(module)


def _account(module: str, account: str) -> Any:
    return _registry(module)[account]


def _module_of(registry: Any) -> str:
    """The name under which moto finds the registry; raises when it would find another."""
    module = str(registry.backend.__module__.split(".")[1])
    if _registry(module) is not registry:
        raise pickle.PicklingError(f"{registry.backend.__module__} has a registry that moto cannot name")
    return module


def _version() -> str:
    import moto

    return str(moto.__version__)


_classes: dict[Any, Any] = {REAL_DATETIME: (_real_class, ("datetime",)), REAL_DATE: (_real_class, ("date",))}
# Functions that moto defines inside another function, and what serves as well.
_local: dict[str, Any] = {
    "SimpleSystemManagerBackend.__init__.<locals>.<lambda>": _dicts,
    "LambdaStorage.__init__.<locals>.<lambda>": dict,
}
_remade: dict[type, Any] = {
    _thread.LockType: threading.Lock,
    _thread.RLock: threading.RLock,
    threading.Condition: threading.Condition,
    threading.Event: threading.Event,
}
