"""The functions that Step Functions adds to JSONata: $partition, $range, $hash, $random, $uuid, $parse.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import hashlib
import math
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.run import Run
from treadle.asl.jsonata.values import UNDEFINED, Sequence, Value
from treadle.values import loads

_ALGORITHMS: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
# java.util.Random: a linear congruential generator of 48 bits.
_MULTIPLIER: Final = 0x5DEECE66D
_MASK: Final = (1 << 48) - 1


def partition(run: Run, items: Value, size: Value) -> Value:
    """The array in chunks of `size` items, the last one perhaps shorter."""
    if items is UNDEFINED or size is UNDEFINED:
        return UNDEFINED
    step = math.floor(size)
    if step < 1:
        raise Failure("T0410", index=2, value=size)
    run.allot(len(items) // step + 1, 8 * step + 80)
    return [items[at : at + step] for at in range(0, len(items), step)]


def number_range(run: Run, first: Value, last: Value, delta: Value) -> Value:
    """From `first` in steps of `delta`, up to and with `last`. A sequence: AWS returns a single number as such."""
    if first is UNDEFINED or last is UNDEFINED or delta is UNDEFINED:
        return UNDEFINED
    start, end, step = math.floor(first), math.floor(last), math.floor(delta)
    if step == 0:
        raise Failure("T0410", index=3, value=delta)
    numbers = range(start, end + (1 if step > 0 else -1), step)
    run.allot(max(0, (end - start) // step + 1), 40)
    return Sequence(numbers)


def hash_text(text: Value, algorithm: Value) -> Value:
    """The digest of the UTF-8 text in lower-case hexadecimal digits."""
    if text is UNDEFINED or algorithm is UNDEFINED:
        return UNDEFINED
    name = _ALGORITHMS.get(algorithm)
    if name is None:
        raise Failure("T0410", index=2, value=algorithm)
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def random(run: Run, seed: Value = UNDEFINED) -> Value:
    """A number in [0, 1); with a seed always the same one: new java.util.Random(seed).nextDouble()."""
    if seed is UNDEFINED:
        return run.world.luck.random()
    state = (math.floor(seed) ^ _MULTIPLIER) & _MASK
    state = (state * _MULTIPLIER + 0xB) & _MASK
    high = state >> 22
    state = (state * _MULTIPLIER + 0xB) & _MASK
    return ((high << 27) + (state >> 21)) / (1 << 53)


def uuid(run: Run) -> str:
    """A random UUID, version 4."""
    bits = run.world.luck.getrandbits(128)
    bits = bits & ~(0xF000 << 64) | (4 << 76)
    bits = bits & ~(0xC000 << 48) | (0x8000 << 48)
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def parse(text: Value) -> Value:
    """The value of a JSON text."""
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return loads(text)
    except (ValueError, RecursionError):
        raise Failure("D3141", message=f"Invalid JSON: {text[:200]}") from None
