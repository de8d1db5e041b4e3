"""Which execution came out of which: restarted in its middle, or started by hand with its input. Not part of AWS's API.

Kept beside the executions, one document for each that came out of another one, under its ARN.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from treadle.runtime.store import Store

How: TypeAlias = Literal["restart", "like"]
KIND = "descent"


class Descent(Struct, frozen=True):
    """`arn` came out of `origin`."""

    arn: str
    origin: str
    how: How


async def note(store: Store, descent: Descent) -> None:
    await store.put(KIND, descent.arn, msgspec.json.encode(descent))


def around(store: Store, arn: str) -> tuple[Descent | None, list[Descent]]:
    """What an execution came out of, and what came out of it."""
    known = {key: msgspec.json.decode(value, type=Descent) for key, value in store.documents(KIND).items()}
    return known.get(arn), [each for each in known.values() if each.origin == arn]
