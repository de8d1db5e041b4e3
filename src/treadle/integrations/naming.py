"""How the AWS SDK for Java names things: Step Functions shows its names, so error names and parameters follow them.

The rules are those of the SDK's code generator (`DefaultNamingStrategy`, `CodegenNamingUtils`): version 2 for
`aws-sdk:*`, version 1 for most of the optimized integrations.
"""

from __future__ import annotations

import re

_BOUNDARIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[^A-Za-z0-9]+"), " "),
    (re.compile(r"([^a-z]{2,})v([0-9]+)"), r"\1 v\2 "),
    (re.compile(r"([^A-Z]{2,})V([0-9]+)"), r"\1 V\2 "),
    (re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])"), " "),
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),
    (re.compile(r"([0-9])([a-zA-Z])"), r"\1 \2"),
)


def pascal(name: str) -> str:
    """`DBInstanceNotFound` -> `DbInstanceNotFound`: words found by case and digits, each capitalised."""
    for pattern, replacement in _BOUNDARIES:
        name = pattern.sub(replacement, name)
    return "".join(word[:1].upper() + word[1:].lower() for word in name.split())


def client_class(service_id: str) -> str:
    """The client's name without `Client`: "CloudWatch Logs" -> `CloudWatchLogs`, "SFN" -> `Sfn`."""
    name = pascal(service_id)
    for leading in ("Amazon", "Aws"):
        name = name.removeprefix(leading) or name
    return name.removesuffix("Service") or name


def segment(service_id: str) -> str:
    """The service's name in a resource ARN: `aws-sdk:SEGMENT:action`."""
    return client_class(service_id).lower()


def exception_class(shape: str) -> str:
    """`NoSuchKey` -> `NoSuchKeyException`, `DBInstanceNotFoundFault` -> `DbInstanceNotFoundException`."""
    if shape.endswith("Fault"):
        return pascal(shape.removesuffix("Fault")) + "Exception"
    name = pascal(shape)
    return name if name.endswith("Exception") else name + "Exception"


def uncapitalize(name: str) -> str:
    """A member's accessor: leading capitals made small, save one that begins a word (`SSEKMSKeyId`: `ssekmsKeyId`)."""
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:end].lower() + name[end:]


# Java keywords and methods of every Java object: an accessor of that name gets "Value" added.
_JAVA = """
    abstract assert boolean break byte case catch char class const continue default do double else enum extends
    false final finally float for goto if implements import instanceof int interface long native new null package
    private protected public return short static strictfp super switch synchronized this throw throws transient
    true try void volatile while
    clone equals finalize getClass hashCode notify notifyAll toString wait
"""
_TAKEN = frozenset(_JAVA.split())


def member(name: str) -> str:
    """What Step Functions calls a member of an API: its accessor, capitalised.

    `executionArn` -> `ExecutionArn`, `SSEKMSKeyId` -> `SsekmsKeyId`, `Equals` -> `EqualsValue`.
    """
    if name == "NULL":
        return "Nul"  # the SDK renames this member of DynamoDB's AttributeValue
    accessor = uncapitalize(name)
    if accessor in _TAKEN:
        accessor += "Value"
    return capitalize(accessor)


def capitalize(name: str) -> str:
    return name[:1].upper() + name[1:]


def action(operation: str) -> str:
    """What Step Functions calls an operation: `PutItem` -> `putItem`, `DBAction` -> `dbAction`."""
    return uncapitalize(operation)
