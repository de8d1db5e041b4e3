"""TR5xx: secrets and credentials."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from treadle.tools.lint.rule import Hit, Subject

_SECRET_NAME: Final = re.compile(
    r"(?:^|[_\-.]|(?<=[a-z]))(?:pass(?:word|wd|phrase)|secret(?:[_-]?(?:access)?[_-]?key)?|api[_-]?key"
    r"|access[_-]?key|private[_-]?key|auth(?:orization)?[_-]?token|client[_-]?secret|bearer)$",
    re.IGNORECASE,
)
_SECRET_VALUE: Final = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abprs]-[A-Za-z0-9-]{20,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
# Published by AWS as examples.
_EXAMPLES: Final = frozenset({"AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE"})


def secrets(subject: Subject) -> Iterator[Hit]:
    """TR501."""
    for pointer, node in subject.document.walk():
        if node.kind != "string" or not isinstance(node.value, str):
            continue
        found = _SECRET_VALUE.search(node.value)
        name = pointer.rpartition("/")[2]
        if found is not None and found[0] not in _EXAMPLES:
            yield Hit(pointer, "This is a credential: whoever may read the definition or a history has it")
        elif _SECRET_NAME.search(name) and _is_literal(node.value) and "/States/" in pointer:
            message = (
                f"{name} stands here in the open, and in every history: keep it in Secrets Manager or a connection"
            )
            yield Hit(pointer, message)


def _is_literal(value: str) -> bool:
    """Whether a text may be a secret: not a reference, not a path, not an expression, not a word of prose."""
    return (
        len(value) >= 8
        and not value.startswith(("{%", "$", "arn:", "{{resolve:", "States.", "http://", "https://"))
        and "${" not in value
        and re.search(r"\s", value) is None
    )


def http_credentials(subject: Subject) -> Iterator[Hit]:
    """TR502."""
    for _, task, resource in subject.tasks():
        if (resource.service, resource.action) not in (("http", "invoke"), ("apigateway", "invoke")):
            continue
        given = task.parameters if isinstance(task.parameters, dict) else {}
        headers = given.get("Headers")
        for name, value in headers.items() if isinstance(headers, dict) else ():
            literal = value if isinstance(value, str) else value[0] if isinstance(value, list) and value else ""
            if name.lower() in ("authorization", "x-api-key") and isinstance(literal, str):
                if literal.startswith(("{%", "$")) or "${" in literal or not literal:
                    continue
                field = "Arguments" if task.language == "JSONata" else "Parameters"
                message = f"{name} belongs into the EventBridge connection, which keeps it secret"
                yield Hit(f"{task.pointer}/{field}/Headers/{name}", message)
