"""The audit trail as the console asks for it: by text, kind, errors and time, page by page."""

from __future__ import annotations

import msgspec
import orjson
from msgspec import Struct

from treadle.audit import Call, records
from treadle.audit.trail import Position
from treadle.aws import AwsError
from treadle.console.answers import Ledgers
from treadle.values import Json

MOST = 200


class Question(Struct, frozen=True):
    """`kind` is "", "write" or "read"; `text` is looked for in the whole record. Times in seconds since the epoch."""

    account: str
    region: str
    kind: str = ""
    failed: bool = False
    name: str = ""
    text: str = ""
    since: float = 0.0
    until: float | None = None
    limit: int = 50
    before: str | None = None


async def calls(ledgers: Ledgers, asked: Question) -> Json:
    """One page of records, and how far it looked."""
    found = await ledgers.trail.search(
        lambda call: _fits(call, asked),
        limit=min(max(asked.limit, 1), MOST),
        hints=(orjson.dumps(asked.account), orjson.dumps(asked.region)),
        after=_position(asked.before),
        since=asked.since,
    )
    return {
        "calls": [_entry(call) for call in found.calls],
        "next": None if found.next is None else msgspec.json.encode(found.next).decode(),
        "looked": found.looked,
        "backTo": found.back_to,
    }


def _entry(call: Call) -> Json:
    resources = [{"type": kind, "name": name} for kind, name in records.resources(call)]
    return {"at": call.at, "user": records.user_name(call), "resources": resources, "record": records.record(call)}


def _fits(call: Call, asked: Question) -> bool:
    return (
        (call.caller.account, call.caller.region) == (asked.account, asked.region)
        and (not asked.kind or call.reads == (asked.kind == "read"))
        and (not asked.failed or call.error is not None)
        and (not asked.name or asked.name == call.operation)
        and (asked.until is None or call.at < asked.until)
        and (not asked.text or asked.text.lower() in orjson.dumps(records.record(call)).decode().lower())
    )


def _position(text: str | None) -> Position | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Position)
    except msgspec.MsgspecError:
        raise AwsError("ValidationException", "before must be the next of an earlier answer") from None
