"""Needs as an IAM policy document, in JSON or as Terraform's data source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from treadle.tools.policy.needs import Need
from treadle.values import Json


def to_policy(needed: Iterable[Need]) -> Json:
    """The policy document. Sids are unique and say what for."""
    taken: set[str] = set()
    statements = []
    for need in needed:
        statement: Json = {
            "Sid": _sid(need, taken),
            "Effect": "Allow",
            "Action": sorted(need.actions),
            "Resource": list(need.resources) if len(need.resources) > 1 else need.resources[0],
        }
        if need.conditions:
            statement["Condition"] = {test: dict(values) for test, values in need.conditions.items()}
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _sid(need: Need, taken: set[str]) -> str:
    service = need.actions[0].partition(":")[0]
    words = re.sub(r"[^A-Za-z0-9]", " ", need.states[0] if need.states else "").split()
    base = "".join(word[:1].upper() + word[1:] for word in [*re.split("[^A-Za-z0-9]", service), *words])
    name = next(each for each in (base, *(f"{base}{n}" for n in range(2, 10_000))) if each not in taken)
    taken.add(name)
    return name


def to_hcl(needed: Iterable[Need], name: str = "workflow") -> str:
    """`data "aws_iam_policy_document"`. Placeholders of the definition stay, for you to replace."""
    lines = [f'data "aws_iam_policy_document" "{name}" {{']
    needed = tuple(needed)
    for index, (need, statement) in enumerate(zip(needed, to_policy(needed)["Statement"], strict=True)):
        lines += [""] if index else []
        if need.states:
            lines.append(f"  # {', '.join(need.states)}" + (f" ({need.open})" if need.open else ""))
        lines += ["  statement {", f"    sid = {json.dumps(statement['Sid'])}", "    actions = ["]
        lines += [f"      {json.dumps(action)}," for action in statement["Action"]]
        lines += ["    ]", f"    resources = [{', '.join(map(json.dumps, need.resources))}]"]
        for test, values in need.conditions.items():
            for variable, value in values.items():
                lines += ["", "    condition {", f"      test     = {json.dumps(test)}"]
                lines += [
                    f"      variable = {json.dumps(variable)}",
                    f"      values   = [{json.dumps(value)}]",
                    "    }",
                ]
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"
