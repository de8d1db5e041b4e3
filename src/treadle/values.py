"""The few words every room knows: JSON values, instants, and the error that belongs to the customer's machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec
import orjson

# A decoded JSON value. Never mutated once it exists, therefore freely shared.
Json: TypeAlias = Any
# Seconds since the epoch, in UTC. The engine only ever receives one inside an event.
Instant: TypeAlias = float
# A place in a definition as a JSON pointer, e.g. "/States/Fan/Branches/0".
Pointer: TypeAlias = str


class Value(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of persisted values: immutable, compared by content, tagged in JSON."""


class StatesError(Exception):
    """An error of the customer's machine, which Retry and Catch may see: never a bug of ours.

    `error` is the ASL error name (`States.Runtime`, `Lambda.ServiceException`, ...), `cause` the text AWS shows.
    """

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.error}: {self.cause}"


class Wide(float):
    """A double that Java prints with an exponent (AWS runs on Jackson): 1.0E7, 1.0E-4. Otherwise a plain float."""


def number(value: float) -> float:
    """The double `value` as it must be kept so that `dumps` prints it as AWS does."""
    size = abs(value)
    return value if 1e-3 <= size < 1e7 or size == 0 else Wide(value)


def java_double(value: float) -> str:
    """The text of `java.lang.Double.toString`: shortest digits, exponent form outside 1e-3 .. 1e7."""
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        return repr(float(value))
    mantissa, _, exponent = f"{float(value)!r}".partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    figures = (whole + fraction).lstrip("0")
    power -= len(whole + fraction) - len(figures)
    figures = figures.rstrip("0") or "0"
    return f"{sign}{figures[0]}.{figures[1:] or '0'}E{power}"


def _double(text: str) -> float | str:
    """`number(float(text))`, in one call: documents may hold thousands of them.

    What is beyond doubles becomes the text that Jackson writes for it, so that no infinity gets anywhere.
    """
    value = float(text)
    if 1e-3 <= value < 1e7:
        return value
    if value - value != 0:
        return "Infinity" if value > 0 else "-Infinity"
    return number(value)


_decoder = msgspec.json.Decoder(float_hook=_double)


def loads(text: str | bytes) -> Json:
    """Decode JSON text. Integers keep any size, doubles their Java form, objects their key order.

    Raises ValueError (msgspec.DecodeError) for anything that is not one JSON value.
    """
    return _decoder.decode(text)


def dumps(value: Json) -> str:
    """Encode as AWS shows JSON: compact, UTF-8 unescaped, integers of any size, doubles as Java prints them."""
    try:
        return orjson.dumps(value, default=_fragment).decode()
    except TypeError:
        # orjson refuses integers beyond 64 bits and more than 254 levels; msgspec writes them.
        return msgspec.json.encode(value, enc_hook=_raw).decode()


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Wide):
        return orjson.Fragment(java_double(value).encode())
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _raw(value: object) -> msgspec.Raw:
    if isinstance(value, Wide):
        return msgspec.Raw(java_double(value).encode())
    raise TypeError(f"not a JSON value: {type(value).__name__}")


# Characters of JSON text from which sharing pays.
LONG = 16_000


def weigh(value: Json) -> int:
    """About how many characters the text of `value` has. Parts that it holds many times are looked at once, so that
    this is quick where encoding would fill the memory: a template may name a long document thousands of times."""
    return _weigh(value, {})


def _weigh(value: Json, known: dict[int, int]) -> int:
    if type(value) is str:
        return len(value)
    if type(value) is dict:
        members: Iterable[Json] = value.values()
    elif type(value) is list:
        members = value
    else:
        return 1
    weight = known.get(id(value))
    if weight is None:
        weight = known[id(value)] = sum([_weigh(member, known) for member in members], len(value))
    return weight


class Payload:
    """A JSON value together with its text, so that each payload is encoded (or decoded) once and then shared.

    Built from whichever side is at hand; the other is made when somebody asks. `text` is what history shows and
    what size limits count: the execution's own input keeps the spacing its caller used.
    """

    __slots__ = ("_members", "_parts", "_text", "_value")

    def __init__(self, value: Json = msgspec.UNSET, text: str | None = None) -> None:
        self._value = value
        self._text = text
        self._members: dict[int, str] | None = None
        self._parts: list[str] | None = None

    def derive(self, value: Json) -> Payload:
        """The payload of a value made from this one: itself when nothing changed, and long members that they share
        are encoded once (a state that adds one member to a long document copies text instead of encoding it)."""
        if value is self._value:
            return self
        made = Payload(value)
        if type(value) is dict and self._text is not None and len(self._text) > LONG:
            made._share(self._members or {})
        return made

    def _share(self, known: dict[int, str]) -> None:
        """Build the text member by member. The texts are kept by identity: the value keeps its members alive."""
        members: dict[int, str] = {}
        parts: list[str] = []
        short = ["{"]
        for name, member in self._value.items():
            text = known.get(id(member)) or dumps(member)
            short.append(f"{dumps(name)}:" if len(short) == 1 and not parts else f",{dumps(name)}:")
            if len(text) > LONG:
                members[id(member)] = text
                parts += ["".join(short), text]
                short = []
            else:
                short.append(text)
        parts.append("".join(short) + "}")
        self._members, self._parts = members, parts
        self._text = "".join(parts)

    def parts(self) -> Sequence[str]:
        """Texts that joined make `text`; payloads derived from one another have the long ones in common."""
        return self._parts or (self.text,)

    @property
    def value(self) -> Json:
        if self._value is msgspec.UNSET:
            self._value = loads(self._text or "null")
        return self._value

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = dumps(self._value)
        return self._text

    def size(self) -> int:
        """Bytes of the text in UTF-8, which is how AWS counts."""
        text = self.text
        return len(text) if text.isascii() else len(text.encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Payload({self.text[:80]})"


EMPTY = Payload({}, "{}")
