"""Rules about the infrastructure code around a definition: logging, tracing, placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from treadle.tools.lint.rule import Severity
from treadle.tools.source import Deployment, Document, Node

_BLOCKS: Final = {
    "terraform": ("logging_configuration", "level", "tracing_configuration", "enabled"),
    "cloudformation": ("LoggingConfiguration", "Level", "TracingConfiguration", "Enabled"),
    "sam": ("Logging", "Level", "Tracing", "Enabled"),
    "serverless": ("loggingConfig", "level", "tracingConfig", "enabled"),
}
# Name and key of a log group, whether logs hold data, the machine's own key.
_KEYS: Final = {
    "terraform": ("name", "kms_key_id", "include_execution_data", "encryption_configuration", "kms_key_id"),
    "cloudformation": ("LogGroupName", "KmsKeyId", "IncludeExecutionData", "EncryptionConfiguration", "KmsKeyId"),
}
# Filled in by CloudFormation itself, without DefinitionSubstitutions.
_PSEUDO: Final = re.compile(r"\$\{AWS::")

# Who is trusted too widely without a condition: the service for its own role, an account for a role in Credentials.
_TRUSTED: Final = {
    "TR508": (
        re.compile(r"\bstates\.[\w.${}:-]*amazonaws\.com|\bstates\.\$\{"),
        "Step Functions may use this role for the machines of any account: ask for aws:SourceArn",
    ),
    "TR509": (
        re.compile(r":root\"|\bAWS\"?\s*[=:]\s*\[?\s*\"(?:\*|\d{12})\""),
        "All of an account may take on this role: name the machine's role, or ask for its ARN in sts:ExternalId",
    ),
}
# What may narrow a trust policy, or make it of parts that stand elsewhere.
_CONDITION: Final = re.compile(r"condition|\bdynamic\b|_policy_documents|Fn::|!\w", re.IGNORECASE)


class Remark(Struct, frozen=True):
    """What is said about a place in the file with the infrastructure code."""

    rule: str
    message: str
    start: int
    end: int
    severity: Severity | None = None


def remarks(deployment: Deployment, key: tuple[int, int]) -> Iterator[Remark]:
    """What is wrong with a state machine's settings. `key` is where its name stands."""
    logging, level, tracing, enabled = _BLOCKS[deployment.tool]
    settings = deployment.settings
    if settings.get(f"dynamic.{logging}") is None:
        given = settings.get(logging)
        off = given is not None and str(_value(given.get(level), "OFF")).upper() == "OFF" and given.kind == "object"
        if deployment.tool == "serverless" and given is None:
            off = False
        if given is None or off:
            express = deployment.type == "EXPRESS"
            message = (
                "An Express workflow without logging leaves no history at all"
                if express
                else "Logging is off: AWS Security Hub (StepFunctions.1) wants it on"
            )
            yield Remark("TR503", message, *key, "warning" if express else None)
    given = settings.get(tracing)
    if settings.get(f"dynamic.{tracing}") is None and (
        given is None or (given.kind == "object" and _value(given.get(enabled), False) is False)
    ):
        yield Remark("TR504", "Tracing with X-Ray is off", *key)
    if deployment.log_group is not None:
        yield from _logs(deployment, deployment.log_group, settings.get(logging), key)
    if settings.get("tags") is None and settings.get("Tags") is None:
        yield Remark("TR506", "Without tags nobody can tell whose costs these are", *key)


def trust(deployment: Deployment, text: str) -> Iterator[Remark]:
    """Roles that more may take on than was meant. `text` is that of the file."""
    own = (deployment.trust,) if deployment.trust is not None else ()
    for node, rule in (*((each, "TR508") for each in own), *((each, "TR509") for each in deployment.lent)):
        policy = text[node.start : node.end]
        asked, message = _TRUSTED[rule]
        if asked.search(policy) and not _CONDITION.search(policy):
            yield Remark(rule, message, node.start, node.start + len(policy.partition("\n")[0]))


def _logs(deployment: Deployment, group: Node, logging: Node | None, key: tuple[int, int]) -> Iterator[Remark]:
    """What is wrong with the log group."""
    name, group_key, data, encryption, own_key = _KEYS[
        "terraform" if deployment.tool == "terraform" else "cloudformation"
    ]
    named = group.get(name)
    if named is not None and named.kind == "string" and not str(named.value).startswith(("/aws/vendedlogs/", "${")):
        message = "Call the log group /aws/vendedlogs/...: else each one needs room in a policy of 5,120 characters"
        yield Remark("TR505", message, named.start, named.end)
    encrypted = deployment.settings.get(encryption)
    has_data = logging is not None and _value(logging.get(data), False) in (True, "true")
    if has_data and encrypted is not None and encrypted.get(own_key) is not None and group.get(group_key) is None:
        message = "The data of executions is encrypted with a key of your own, and stands in a log group without it"
        yield Remark("TR507", message, *key)


def _value(node: Node | None, otherwise: object) -> object:
    """The value of a setting. A placeholder is something, whatever it will be."""
    return otherwise if node is None else node.value if node.kind not in ("placeholder", "call") else "given"


def placeholders(document: Document, deployment: Deployment) -> Iterator[Remark]:
    """Placeholders of a definition that nobody fills in: a plan that fails, or a text `${x}` in production."""
    given = deployment.substitutions
    if given is None:
        return
    seen: set[str] = set()
    for _, node in document.walk():
        if node.kind not in ("string", "placeholder") or "${" not in str(node.value):
            continue
        for match in re.finditer(r"(?<!\$)\$\{([A-Za-z_][\w-]*)\}", str(node.value)):
            name = match[1]
            if name not in given and name not in seen:
                seen.add(name)
                how = "the call of templatefile" if deployment.tool == "terraform" else "DefinitionSubstitutions"
                yield Remark("TR112", f"{how} of {deployment.name} does not give ${{{name}}}", node.start, node.end)
