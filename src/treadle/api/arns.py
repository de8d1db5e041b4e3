"""ARNs of Step Functions, and names: what is well formed, and what AWS says when it is not."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.api.errors import INVALID_ARN_PREFIX, INVALID_NAME, INVALID_RESOURCE_TYPE, INVALID_ROLE_ARN

Noun: TypeAlias = Literal["stateMachine", "execution", "express", "mapRun", "activity"]

# Not in names: white space, brackets, wildcards, these specials, control characters (API: StartExecution, name).
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d+:role/.+", re.DOTALL)


class Arn(Struct, frozen=True):
    """A Step Functions ARN, taken apart. `parts` follow the noun: name, then version or alias or execution, then id.

    `label` is the distributed Map's in `stateMachine:NAME/LABEL`, `execution:NAME/LABEL:ID` and `mapRun:NAME/LABEL:ID`.
    """

    text: str
    head: str  # "arn:aws:states:us-east-1:000000000000"
    noun: str
    parts: tuple[str, ...]
    label: str | None = None

    @property
    def name(self) -> str:
        """Of the state machine or the activity."""
        return self.parts[0]

    @property
    def qualifier(self) -> str | None:
        """A version's number or an alias's name."""
        return self.parts[1] if len(self.parts) > 1 else None

    @property
    def machine(self) -> str:
        """The unqualified ARN of the state machine this is, or belongs to."""
        return f"{self.head}:stateMachine:{self.name}"


def read(text: str, *nouns: Noun) -> Arn:
    """Take an ARN apart. Raises InvalidArn unless it names one of `nouns`."""
    fields = text.split(":")
    if len(fields) < 7 or fields[0] != "arn" or fields[2] != "states" or not fields[6]:
        raise INVALID_ARN_PREFIX(arn=text)
    noun, first = fields[5], fields[6]
    if noun not in nouns:
        raise INVALID_RESOURCE_TYPE(type=noun.lower())
    name, slash, label = first.partition("/")
    return Arn(text, ":".join(fields[:5]), noun, (name, *fields[7:]), label if slash else None)


def check_name(name: str) -> None:
    """Raises InvalidName for characters that AWS forbids in names of machines, executions and activities."""
    if _FORBIDDEN.search(name) is not None:
        raise INVALID_NAME(name=name)


def check_role(arn: str) -> None:
    if _ROLE.fullmatch(arn) is None:
        raise INVALID_ROLE_ARN(arn=arn)
