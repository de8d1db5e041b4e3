"""Makes a call of moto repeatable: one instant, one seed, and a tape of what cannot be drawn from a seed.

The state of the cloud process is a function of the calls it was sent. For that to hold, a call must see the same time
and the same random numbers whenever it is performed. `install` (before moto is imported) puts this module between moto
and the clock, the random sources and the key generators; `perform` sets them for one call. Outside a call everything is
as usual.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

REAL_DATETIME = datetime.datetime
REAL_DATE = datetime.date
_real_time = time.time
_real_urandom = os.urandom
_real_sleep = time.sleep
_real_gmtime = time.gmtime
_real_localtime = time.localtime
_real_strftime = time.strftime


class Seen(msgspec.Struct):
    """What happened during one call, besides its answer."""

    # Values that no seed repeats (private keys), in the order they were drawn.
    drawn: list[bytes] = []
    # Set when even a read has created something, so that it must be journaled.
    touched: bool = False
    # (id, target ARN, payload, source, account, region, policy) of invocations for other rooms.
    deliveries: list[tuple[str, str, str, str, str, str, Any]] = []
    # Seconds the caller is willing to wait for an answer with content (SQS long polling).
    patience: float = 0.0
    # With `patience`: whether performing the call again could find something now.
    worth_trying: Callable[[], bool] = bool


class Tape:
    """The one clock, dice and tape of this process."""

    def __init__(self) -> None:
        self.instant: float | None = None
        self.seen = Seen()
        # True while the journal is being replayed: nothing may leave the process.
        self.replaying = False
        self._dice = random.Random(0)
        self._given: list[bytes] | None = None
        self._number = 0
        self._reseed: list[Callable[[int], Any]] = [random.seed]

    def add_source(self, reseed: Callable[[int], Any]) -> None:
        """Register another generator to be seeded at the start of every call."""
        self._reseed.append(reseed)

    @contextlib.contextmanager
    def perform(self, instant: float, seed: bytes, given: list[bytes] | None = None) -> Iterator[Seen]:
        """Run the body as if now were `instant`, with dice cast from `seed`; `given` is the tape of a replay."""
        self._number = int.from_bytes(seed, "big")
        self._cast()
        self.instant, self._given, self.seen = instant, None if given is None else list(given), Seen()
        try:
            yield self.seen
        finally:
            self.instant = self._given = None

    def recast(self) -> None:
        """Go on with other dice, which follow from the seed too: whatever was performed `aside` has used these."""
        self._number += 1
        self._cast()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the call that is being performed, so that others can be; afterwards it goes on."""
        kept = self.instant, self._given, self.seen, self._number
        self.instant = self._given = None
        try:
            yield
        finally:
            self.instant, self._given, self.seen, self._number = kept

    def _cast(self) -> None:
        self._dice.seed(self._number)
        for reseed in self._reseed:
            reseed(self._number)

    def now(self) -> float:
        return _real_time() if self.instant is None else self.instant

    def draw(self, make: Callable[[], bytes]) -> bytes:
        """An unrepeatable value: made now, or the one recorded when the call was first performed."""
        if self.instant is None:
            return make()
        value = self._given.pop(0) if self._given else make()
        self.seen.drawn.append(value)
        return value

    def urandom(self, size: int) -> bytes:
        return _real_urandom(size) if self.instant is None else self._dice.randbytes(size)

    def sleep(self, seconds: float) -> None:
        """Within a call time passes without waiting."""
        if self.instant is None:
            _real_sleep(seconds)
        else:
            self.instant += seconds


TAPE = Tape()


class _Class(type):
    """Instances of the real class count as instances of its stand-in."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.__mro__[1])

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.__mro__[1])


class Datetime(REAL_DATETIME, metaclass=_Class):
    """`datetime.datetime` with the tape's clock. Makes real instances only, so they compare and pickle as usual."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return REAL_DATETIME.__new__(REAL_DATETIME if cls is Datetime else cls, *args, **kwargs)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return REAL_DATETIME.fromtimestamp(TAPE.now(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return REAL_DATETIME.fromtimestamp(TAPE.now(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Any:
        return REAL_DATETIME.fromtimestamp(TAPE.now())


class Date(REAL_DATE, metaclass=_Class):
    """`datetime.date` with the tape's clock."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return REAL_DATE.__new__(REAL_DATE if cls is Date else cls, *args, **kwargs)

    @classmethod
    def today(cls) -> Any:
        return REAL_DATE.fromtimestamp(TAPE.now())


def install() -> None:
    """Replace clock and random sources of this process. Call once, before moto is imported."""
    datetime.datetime = Datetime  # type: ignore[misc]
    datetime.date = Date  # type: ignore[misc]
    time.time = TAPE.now
    time.time_ns = lambda: int(TAPE.now() * 1_000_000_000)
    time.sleep = TAPE.sleep  # type: ignore[assignment]
    time.gmtime = lambda seconds=None: _real_gmtime(TAPE.now() if seconds is None else seconds)
    time.localtime = lambda seconds=None: _real_localtime(TAPE.now() if seconds is None else seconds)
    time.strftime = lambda form, moment=None: _real_strftime(form, time.gmtime() if moment is None else moment)
    os.urandom = TAPE.urandom
    # `secrets` and SystemRandom bound the function when `random` was imported.
    random._urandom = TAPE.urandom  # type: ignore[attr-defined]


def install_keys() -> None:
    """Record private keys on the tape: OpenSSL's generator cannot be seeded. Call once."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    _show_real_datetime()
    make_rsa, make_ec, make_ed = rsa.generate_private_key, ec.generate_private_key, ed25519.Ed25519PrivateKey.generate

    def draw_key(make: Callable[[], Any]) -> Any:
        return load_key(TAPE.draw(lambda: dump_key(make())))

    rsa.generate_private_key = lambda *args, **kwargs: draw_key(lambda: make_rsa(*args, **kwargs))
    ec.generate_private_key = lambda *args, **kwargs: draw_key(lambda: make_ec(*args, **kwargs))
    ed25519.Ed25519PrivateKey.generate = classmethod(lambda cls: draw_key(make_ed))  # type: ignore[assignment]


def _show_real_datetime() -> None:
    """cryptography remembers the class of dates when it first makes a certificate; it must see the real one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    datetime.datetime = REAL_DATETIME  # type: ignore[misc]
    key, name, moment = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), REAL_DATETIME(2000, 1, 1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, moment, moment)
    builder.sign(key, hashes.SHA256())
    datetime.datetime = Datetime  # type: ignore[misc]


def dump_key(key: Any) -> bytes:
    """A private key as PKCS#8 DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def load_key(data: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(data, None)
