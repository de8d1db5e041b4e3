"""Task tokens are signed data: no table, valid across restarts, worthless when forged.

A token names its execution and task; the signature's key is the execution's own seed, which never leaves it.
AWS: at most 2,048 characters (botocore: stepfunctions, shape TaskToken).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest

from treadle.engine.execution import Facts, TaskId

_SIGNATURE = 48


def mint(facts: Facts, task: TaskId) -> str:
    body = f"{facts.arn}\n{task}".encode()
    return urlsafe_b64encode(_sign(facts, body) + body).decode()


def parse(token: str) -> tuple[str, TaskId, bytes] | None:
    """(execution ARN, task, signature) of a well-formed token, otherwise None. `verify` tells whether it is ours."""
    try:
        raw = urlsafe_b64decode(token)
        arn, _, task = raw[_SIGNATURE:].decode().partition("\n")
        return arn, int(task), raw[:_SIGNATURE]
    except ValueError:
        return None


def verify(facts: Facts, task: TaskId, signature: bytes) -> bool:
    return compare_digest(signature, _sign(facts, f"{facts.arn}\n{task}".encode()))


def _sign(facts: Facts, body: bytes) -> bytes:
    key = facts.seed.to_bytes(16, "big", signed=False)
    return blake2b(body, key=key, digest_size=_SIGNATURE).digest()
