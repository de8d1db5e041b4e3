"""The eighteen `States.*` functions: one row each.

Source: developer guide, "Intrinsics for JSONPath states in Step Functions". Array arguments may have 256 KiB there;
no payload or variable is larger, so nothing needs to measure them again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, NoReturn, Protocol

from treadle.asl.intrinsics.javarandom import JavaRandom
from treadle.asl.jsonpath import java_text
from treadle.values import Json, dumps, loads

MAX_TEXT = 10_000  # characters: Base64Encode, Base64Decode, Hash
MAX_RANGE = 1_000  # items of ArrayRange
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class Refusal(Exception):
    """A function does not accept its arguments. `str()` is the reason."""


class Luck(Protocol):
    """Where randomness comes from."""

    def random(self) -> float: ...

    def getrandbits(self, bits: int, /) -> int: ...


class Function(NamedTuple):
    """`apply` takes the evaluated arguments, `least` to `most` of them (None: any number), after a Luck if `lucky`."""

    apply: Callable[..., Json]
    least: int
    most: int | None
    lucky: bool = False


# -- arguments
def _refuse(what: str, value: Json) -> NoReturn:
    raise Refusal(f"{what}, but was: {dumps(value)}")


def _array(value: Json) -> list[Json]:
    return value if isinstance(value, list) else _refuse("Expected an array", value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else _refuse("Expected a string", value)


def _short_text(value: Json) -> str:
    if len(_text(value)) > MAX_TEXT:
        raise Refusal(f"Expected a string of at most {MAX_TEXT} characters, but it has {len(value)}")
    return str(value)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else _refuse("Expected an object", value)


def _integer(value: Json) -> int:
    """Numbers that are no integers are rounded as Java's Math.round does: halves towards positive infinity."""
    if isinstance(value, float):
        whole = math.floor(value)
        return whole + 1 if value - whole >= 0.5 else whole
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    _refuse("Expected a number", value)


def _small(value: Json) -> int:
    number = value if value.__class__ is int else _integer(value)
    if not -2147483648 <= number <= 2147483647:
        _refuse("Expected a number from -2147483648 to 2147483647", value)
    return int(number)


def same_key(value: Json) -> Hashable:
    """Equal for deeply equal values only. As in Java, 1, 1.0 and true are three different values."""
    if isinstance(value, list):
        return ("array", *map(same_key, value))
    if isinstance(value, dict):
        return ("object", frozenset((name, same_key(member)) for name, member in value.items()))
    if isinstance(value, float):
        return ("float", float(value))
    return (type(value).__name__, value)


# -- arrays
def array_partition(items: Json, size: Json) -> Json:
    array, step = _array(items), _integer(size)
    if step < 1:
        _refuse("Expected a positive chunk size", size)
    return [array[at : at + step] for at in range(0, len(array), step)]


def array_contains(items: Json, wanted: Json) -> Json:
    key = same_key(wanted)
    return any(same_key(item) == key for item in _array(items))


def array_range(first: Json, last: Json, step: Json) -> Json:
    start, end, stride = _integer(first), _integer(last), _integer(step)
    if stride == 0:
        _refuse("Expected a step other than zero", step)
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if len(numbers) > MAX_RANGE:
        raise Refusal(f"Expected a range of at most {MAX_RANGE} items, but it has {len(numbers)}")
    return list(numbers)


def array_get_item(items: Json, index: Json) -> Json:
    array, at = _array(items), _integer(index)
    if not 0 <= at < len(array):
        raise Refusal(f"Index {at} is out of bounds for an array of length {len(array)}")
    return array[at]


def array_unique(items: Json) -> Json:
    """The first of each kind, in order."""
    kinds: dict[Hashable, Json] = {}
    for item in _array(items):
        kinds.setdefault(same_key(item), item)
    return list(kinds.values())


# -- text and data
def base64_encode(text: Json) -> Json:
    return base64.b64encode(_short_text(text).encode("utf-8", "surrogatepass")).decode("ascii")


def base64_decode(text: Json) -> Json:
    """MIME decoding: characters outside the alphabet are skipped, the padding may be missing."""
    source = _short_text(text).rstrip("=")
    try:
        # b64decode skips what is not in the alphabet, but counts it as no part of a group either.
        padding = -sum(each.isascii() and (each.isalnum() or each in "+/") for each in source) % 4
        data = base64.b64decode(source.encode("ascii", "ignore") + b"=" * padding)
    except (binascii.Error, ValueError):
        raise Refusal("Expected a Base64 encoded string") from None
    return data.decode("utf-8", "replace")


def digest(data: Json, algorithm: Json) -> Json:
    name = ALGORITHMS.get(_text(algorithm))
    if name is None:
        _refuse(f"Expected one of {', '.join(ALGORITHMS)}", algorithm)
    hasher = hashlib.new(name, _short_text(data).encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return hasher.hexdigest()


def json_merge(first: Json, second: Json, deep: Json) -> Json:
    if not isinstance(deep, bool):
        _refuse("Expected a boolean as third argument", deep)
    if deep:
        raise Refusal("Deep merging is not supported, the third argument has to be false")
    return {**_object(first), **_object(second)}


def string_to_json(text: Json) -> Json:
    """Blank text gives null (recorded on AWS)."""
    if not _text(text).strip():
        return None
    try:
        return loads(text)
    except ValueError as problem:
        raise Refusal(f"Expected JSON text: {problem}") from None


def string_split(text: Json, delimiters: Json) -> Json:
    """Cut at every character of `delimiters`; empty pieces are dropped."""
    marks, whole = _text(delimiters), _text(text)
    if len(marks) > 1:
        whole = whole.translate(dict.fromkeys(map(ord, marks), marks[0]))
    pieces = whole.split(marks[0]) if marks else [whole]
    return [piece for piece in pieces if piece]


# -- Format
Template = tuple[str, ...]


def split_template(raw: str, unescape: Callable[[str], str]) -> Template:
    r"""The pieces of a template around its `{}`. A backslash protects a character; `unescape` says what it becomes."""
    pieces, piece, at = [], "", 0
    while at < len(raw):
        if raw[at] == "\\" and at + 1 < len(raw):
            piece += unescape(raw[at + 1])
            at += 2
        elif raw.startswith("{}", at):
            pieces.append(piece)
            piece = ""
            at += 2
        else:
            piece += raw[at]
            at += 1
    return (*pieces, piece)


def _unescape_braces(character: str) -> str:
    return character if character in "{}" else "\\" + character


def format_text(template: Json, *values: Json) -> Json:
    """Fill the `{}` of a template that is only known now, or of one that was split before."""
    pieces = template if isinstance(template, tuple) else split_template(_text(template), _unescape_braces)
    if len(pieces) - 1 != len(values):
        raise Refusal(f"The template has {len(pieces) - 1} occurrences of {{}}, but there are {len(values)} arguments")
    text = pieces[0]
    for value, piece in zip(values, pieces[1:], strict=True):
        text += (value if value.__class__ is str else java_text(value)) + piece
    return text


# -- numbers and luck
def math_add(first: Json, second: Json) -> Json:
    return _small(first) + _small(second)


def math_random(luck: Luck, first: Json, end: Json, seed: Json = None) -> Json:
    """From `first` inclusive to `end` exclusive; with a seed the number java.util.Random gives."""
    low, high = _integer(first), _integer(end)
    if low >= high:
        raise Refusal(f"Expected a start number below the end number, but were: {low}, {high}")
    if seed is None:
        return low + int(luck.random() * (high - low))
    return low + JavaRandom(_integer(seed)).below(high - low)


def uuid(luck: Luck) -> Json:
    """Version 4."""
    bits = luck.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _array_of(*items: Any) -> Json:
    return list(items)


FUNCTIONS: dict[str, Function] = {
    "States.Array": Function(_array_of, 0, None),
    "States.ArrayPartition": Function(array_partition, 2, 2),
    "States.ArrayContains": Function(array_contains, 2, 2),
    "States.ArrayRange": Function(array_range, 3, 3),
    "States.ArrayGetItem": Function(array_get_item, 2, 2),
    "States.ArrayLength": Function(lambda items: len(_array(items)), 1, 1),
    "States.ArrayUnique": Function(array_unique, 1, 1),
    "States.Base64Encode": Function(base64_encode, 1, 1),
    "States.Base64Decode": Function(base64_decode, 1, 1),
    "States.Hash": Function(digest, 2, 2),
    "States.JsonMerge": Function(json_merge, 3, 3),
    "States.StringToJson": Function(string_to_json, 1, 1),
    "States.JsonToString": Function(dumps, 1, 1),
    "States.MathRandom": Function(math_random, 2, 3, lucky=True),
    "States.MathAdd": Function(math_add, 2, 2),
    "States.StringSplit": Function(string_split, 2, 2),
    "States.UUID": Function(uuid, 0, 0, lucky=True),
    "States.Format": Function(format_text, 1, None),
}
