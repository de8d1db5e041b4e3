"""What a role is allowed in a Terraform project, and how that compares with what its workflow needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct, structs

from treadle.tools.policy.needs import Need
from treadle.tools.source import Node, read_hcl, read_json

_MACHINE = "resource.aws_sfn_state_machine."
_ACTION = re.compile(r'"([a-z0-9-]+:[A-Za-z*]+)"')
_ROLE = re.compile(r"aws_iam_role\.([\w-]+)")


class Grant(Struct, frozen=True):
    """One action that a role is allowed. `resources` are as written; None where they are no plain texts."""

    action: str
    resources: tuple[str, ...] | None
    file: str
    line: int


class Role(Struct, frozen=True):
    """The role of a state machine. `unread` are policies that cannot be looked into: managed ones, expressions; `named`
    are then the actions that stand anywhere in the project, which they may allow. `settings` is the machine's block."""

    machine: str
    name: str
    settings: Node
    grants: tuple[Grant, ...] = ()
    unread: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()

    def has(self, block: str) -> bool:
        """Whether the machine's code has such a block."""
        return self.settings.get(block) is not None or self.settings.get(f"dynamic.{block}") is not None


class Comparison(Struct, frozen=True):
    """`missing`: needed and not allowed. `superfluous`: allowed and not needed. `broad`: allowed on everything, needed
    on something."""

    missing: tuple[tuple[str, Need], ...]
    perhaps: tuple[tuple[str, Need], ...]  # allowed by what could not be read, most likely
    superfluous: tuple[Grant, ...]
    broad: tuple[tuple[Grant, Need], ...]


def roles(folder: Path) -> list[Role]:
    """The roles of all state machines in a project: in the folder, below it, and in the local modules it uses."""
    found: list[Role] = []
    folders = _folders(folder)
    text = "".join(file.read_text(encoding="utf-8-sig") for each in folders for file in each.glob("*.tf"))
    named = frozenset(_ACTION.findall(text))
    for each in folders:
        files = {file: file.read_text(encoding="utf-8-sig") for file in sorted(each.glob("*.tf"))}
        blocks = [
            (member.key, member.node, file, text)
            for file, text in files.items()
            for member in (read_hcl(text).root or Node("object", 0, 0)).members
        ]
        found += [_role(key, node, blocks) for key, node, _, _ in blocks if key.startswith(_MACHINE)]
    return [structs.replace(role, named=named) if role.unread else role for role in found]


def _folders(folder: Path) -> list[Path]:
    """The folder, those below it, and local modules, each once."""
    pending = [folder, *(each.parent for each in sorted(folder.rglob("*.tf")) if ".terraform" not in each.parts)]
    seen: dict[Path, None] = {}
    while pending:
        here = pending.pop(0).resolve()
        if here in seen or not here.is_dir():
            continue
        seen[here] = None
        for file in sorted(here.glob("*.tf")):
            root = read_hcl(file.read_text(encoding="utf-8-sig")).root
            for member in root.members if root is not None else ():
                source = member.node.get("source") if member.key.startswith("module.") else None
                if source is not None and str(source.value).startswith("."):
                    pending.append(here / str(source.value))
    return list(seen)


_Block = tuple[str, Node, Path, str]


def _role(key: str, machine: Node, blocks: list[_Block]) -> Role:
    given = _words(machine.get("role_arn"))
    match = _ROLE.search(given)
    name = key.removeprefix("resource.")
    if match is None:
        return Role(name, given, machine, (), (f"role_arn = {given.removeprefix('${').removesuffix('}')}",))
    role = match[1]
    grants: list[Grant] = []
    unread: list[str] = []
    for policy, where, text in _policies(role, blocks, unread):
        grants += _document(policy, where, text, blocks, unread)
    return Role(name, f"aws_iam_role.{role}", machine, tuple(grants), tuple(dict.fromkeys(unread)))


def _policies(role: str, blocks: list[_Block], unread: list[str]) -> Iterator[tuple[Node, Path, str]]:
    """The policy documents that are attached to a role."""
    mentions = re.compile(rf"aws_iam_role\.{re.escape(role)}\b")
    for key, node, file, text in blocks:
        if key == f"resource.aws_iam_role.{role}":
            for member in node.members:
                inline = member.node.get("policy") if member.key == "inline_policy" else None
                if inline is not None:
                    yield inline, file, text
                if member.key == "managed_policy_arns":
                    unread.append(_words(member.node))
        elif key.startswith("resource.aws_iam_role_policy.") and mentions.search(_words(node.get("role"))):
            policy = node.get("policy")
            if policy is not None:
                yield policy, file, text
        elif key.startswith("resource.aws_iam_role_policy_attachment.") and mentions.search(_words(node.get("role"))):
            yield from _attached(_words(node.get("policy_arn")), blocks, unread)


def _attached(arn: str, blocks: list[_Block], unread: list[str]) -> Iterator[tuple[Node, Path, str]]:
    match = re.search(r"aws_iam_policy\.([\w-]+)", arn)
    for key, node, file, text in blocks:
        policy = node.get("policy") if match and key == f"resource.aws_iam_policy.{match[1]}" else None
        if policy is not None:
            yield policy, file, text
            return
    unread.append(arn)


def _document(policy: Node, file: Path, text: str, blocks: list[_Block], unread: list[str]) -> Iterator[Grant]:
    words = _words(policy)
    match = re.search(r"data\.aws_iam_policy_document\.([\w-]+)", words)
    if match is not None:
        for key, node, where, inside in blocks:
            if key == f"data.aws_iam_policy_document.{match[1]}":
                for member in node.members:
                    if member.key in ("statement", "dynamic.statement"):
                        body = member.node.get("content") or member.node
                        yield from _statement(body, ("actions", "resources", "effect"), where, inside, unread)
        return
    inner = policy.items[0] if policy.kind == "call" and policy.value == "jsonencode" and policy.items else policy
    if inner.kind == "string" and inner.block:
        inner = read_json(text, inner.start, inner.end).root or inner
    statements = inner.get("Statement")
    if statements is None:
        unread.append(words[:80])
        return
    for each in statements.items or (statements,):
        yield from _statement(each, ("Action", "Resource", "Effect"), file, text, unread)


def _statement(body: Node, names: tuple[str, str, str], file: Path, text: str, unread: list[str]) -> Iterator[Grant]:
    actions, resources, effect = (body.get(name) for name in names)
    if effect is not None and effect.value == "Deny":
        return
    if actions is None or actions.kind in ("placeholder", "call"):
        unread.append(f"actions of a statement: {_words(actions)[:60]}")
        return
    on = _texts(resources)
    for node in actions.items or (actions,):
        if isinstance(node.value, str) and "${" not in node.value:
            yield Grant(node.value, on, str(file), text.count("\n", 0, node.start) + 1)
        else:
            unread.append(f"an action of a statement: {_words(node)[:60]}")


def _texts(node: Node | None) -> tuple[str, ...] | None:
    if node is None or node.kind in ("placeholder", "call"):
        return None
    values = [each.value for each in node.items] if node.kind == "array" else [node.value]
    return tuple(str(each) for each in values)


def _words(node: Node | None) -> str:
    return "" if node is None else str(node.plain())


def compare(needed: Iterable[Need], role: Role) -> Comparison:
    """By actions; by resources as far as both sides are plain texts."""
    needed = tuple(needed)
    wanted = {action: need for need in needed for action in need.actions}
    lacking = [
        (action, need)
        for need in needed
        for action in need.actions
        if not any(_covers(grant, action, need) for grant in role.grants)
    ]
    perhaps = tuple(each for each in lacking if any(_matches(name, each[0]) for name in role.named))
    missing = tuple(each for each in lacking if each not in perhaps)
    superfluous = tuple(grant for grant in role.grants if not any(_matches(grant.action, action) for action in wanted))
    broad = tuple(
        (grant, next(need for action, need in wanted.items() if _matches(grant.action, action)))
        for grant in role.grants
        if grant.resources == ("*",)
        and grant not in superfluous
        and all(
            need.resources != ("*",) and not need.open
            for need in needed
            if any(_matches(grant.action, action) for action in need.actions)
        )
    )
    return Comparison(missing, perhaps, superfluous, broad)


def _matches(pattern: str, action: str) -> bool:
    return fnmatchcase(action.lower(), pattern.lower())


def _covers(grant: Grant, action: str, need: Need) -> bool:
    if not _matches(grant.action, action):
        return False
    if grant.resources is None or any("${" in each for each in (*grant.resources, *need.resources)):
        return True  # nobody can tell before the plan
    return any(_within(each, grant.resources) for each in need.resources)


def _within(resource: str, allowed: tuple[str, ...]) -> bool:
    return any(fnmatchcase(resource, each) or fnmatchcase(each, resource) for each in allowed)
