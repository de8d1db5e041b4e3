"""Paging: opaque tokens that name where the next page begins, belong to one listing, and expire after 24 hours."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from treadle.api.errors import INVALID_TOKEN
from treadle.values import Instant

T = TypeVar("T")
LIFE = 24 * 3600.0  # seconds (API reference, nextToken)
DEFAULT, MOST = 100, 1000


class Place(msgspec.Struct, frozen=True, array_like=True):
    """What a token says: which listing, where to go on, and when it was given."""

    listing: str
    position: str
    at: Instant


_decoder = msgspec.json.Decoder(Place)


def size(params: dict[str, object]) -> int:
    """How many entries a page has: `maxResults`, where 0 and absence mean 100."""
    wanted = params.get("maxResults")
    return wanted if isinstance(wanted, int) and wanted else DEFAULT


def token(listing: str, position: str, now: Instant) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(Place(listing, position, now))).decode()


def position(text: str | None, listing: str, now: Instant) -> str | None:
    """Where the listing goes on, None at its beginning. Raises InvalidToken for a foreign, forged or old token."""
    if text is None:
        return None
    try:
        place = _decoder.decode(base64.urlsafe_b64decode(text.encode()))
    except (msgspec.DecodeError, binascii.Error, UnicodeError):
        raise INVALID_TOKEN() from None
    if place.listing != listing or not now - LIFE <= place.at <= now + LIFE:
        raise INVALID_TOKEN()
    return place.position


def page(
    entries: Sequence[tuple[str, T]], params: dict[str, object], listing: str, now: Instant
) -> tuple[list[T], str | None]:
    """One page of `entries` (position, entry), which are in the order of the answer; and the token of the next page.

    A page begins at its token's position, or where that entry would be had it not been deleted meanwhile: positions
    sort in the order of the answer.
    """
    text = params.get("nextToken")
    start = position(text if isinstance(text, str) else None, listing, now)
    if start is not None:
        entries = [entry for entry in entries if entry[0] >= start]
    count = size(params)
    following = token(listing, entries[count][0], now) if len(entries) > count else None
    return [entry for _, entry in entries[:count]], following
