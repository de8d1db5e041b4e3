"""The definitions in a file: a file of its own, or one inside Terraform, CloudFormation, SAM, CDK or Serverless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from treadle.tools.source.hcl import read_hcl
from treadle.tools.source.jsonsource import read_json
from treadle.tools.source.nodes import Document, Member, Node, shift

Tool: TypeAlias = Literal["terraform", "cloudformation", "sam", "serverless"]
MachineType: TypeAlias = Literal["STANDARD", "EXPRESS"]
_CLOUDFORMATION = "AWS::StepFunctions::StateMachine"
_SAM = "AWS::Serverless::StateMachine"
_TERRAFORM = "resource.aws_sfn_state_machine."
# A key under which these tools keep definitions, before a file is read at all.
_SIGNS = (_TERRAFORM.split(".")[1], _CLOUDFORMATION, _SAM, "stateMachines")

_CREDENTIALS = re.compile(
    r'\bCredentials"?\s*[=:]\s*\{\s*"?RoleArn"?\s*[=:]\s*"?(?:\$\{)?\s*(aws_iam_role\.[\w-]+(?:\[\w+\])?\.arn)'
)


class Deployment(Struct, frozen=True):
    """How infrastructure code makes a state machine: its block (`settings`) and the `file` its definition is in.

    `type` is None where the code leaves it open (a variable). `file` is as written; `${path.module}` is left out.
    `substitutions` are the names that are filled in. `log_group` is the block of the group it logs to, `trust` the
    trust policy of its role, `lent` those of the roles in its Tasks' Credentials, where these stand in the same file.
    """

    tool: Tool
    name: str
    settings: Node
    type: MachineType | None = "STANDARD"
    file: str | None = None
    substitutions: frozenset[str] | None = None
    log_group: Node | None = None
    trust: Node | None = None
    lent: tuple[Node, ...] = ()


class Found(Struct, frozen=True):
    """A definition and the infrastructure code around it; either may be missing."""

    document: Document | None
    deployment: Deployment | None = None


def read(text: str, name: str = "machine.asl.json") -> Document:
    """A definition in a file of its own, read by what the file's name ends in."""
    if name.lower().endswith((".yaml", ".yml")):
        # Most definitions are JSON, and YAML takes 20 ms to import.
        from treadle.tools.source.yamlsource import read_yaml

        return read_yaml(text)
    return read_json(text)


def is_definition(document: Document) -> bool:
    """Whether this looks like a definition rather than any other JSON or YAML."""
    root = document.root
    states = None if root is None else root.get("States")
    return states is not None and states.kind == "object" and (root is not None and root.get("StartAt") is not None)


def find(text: str, name: str) -> tuple[Found, ...]:
    """All definitions and all state machines in a file. Nothing in a file that is about something else."""
    lower = name.lower()
    if lower.endswith(".tf"):
        return tuple(_terraform(read_hcl(text))) if _SIGNS[0] in text else ()
    own = re.search(r"\.asl\.(json|ya?ml)$|\.asl$", lower) is not None
    if own:
        return (Found(read(text, lower)),)
    if '"States"' not in text and "States:" not in text and not any(sign in text for sign in _SIGNS):
        return ()
    document = read(text, lower)
    if is_definition(document):
        return (Found(document),)
    return tuple(_templates(document))


# -- Terraform
def _terraform(file: Document) -> Iterator[Found]:
    for member in file.root.members if file.root is not None else ():
        if not member.key.startswith(_TERRAFORM):
            continue
        name, block = member.key.removeprefix("resource."), member.node
        type, definition = block.get("type"), block.get("definition")
        path, names = _template_file(definition)
        document = None if path is not None else _in_terraform(file, definition, name)
        logging = block.get("logging_configuration")
        target = logging.get("log_destination") if logging is not None else None
        group = _referred(file.root, target, "aws_cloudwatch_log_group", "resource.")
        trust = _trust(file.root, block.get("role_arn"))
        lent = tuple(_lent(file, definition))
        yield Found(document, Deployment("terraform", name, block, _type(type), path, names, group, trust, lent))


def _referred(root: Node | None, node: Node | None, kind: str, prefix: str) -> Node | None:
    """The block of this file that an expression like `"${KIND.NAME.arn}:*"` or `KIND.NAME[0].json` refers to."""
    named = re.search(rf"\b({kind}\.[\w-]+)(?:\[\w+\])?\.(?:arn|json)\b", str(node.value)) if node is not None else None
    return root.get(prefix + named[1]) if root is not None and named is not None else None


def _trust(root: Node | None, role: Node | None) -> Node | None:
    """The trust policy of a role: what is written there, or the policy document it refers to."""
    block = _referred(root, role, "aws_iam_role", "resource.")
    policy = block.get("assume_role_policy") if block is not None else None
    return _referred(root, policy, "aws_iam_policy_document", "data.") or policy


def _lent(file: Document, definition: Node | None) -> Iterator[Node]:
    """The trust policies of the roles that `Credentials = { RoleArn = aws_iam_role.NAME.arn }` names."""
    text = file.text[definition.start : definition.end] if definition is not None else ""
    for role in dict.fromkeys(_CREDENTIALS.findall(text)):
        policy = _trust(file.root, Node("placeholder", 0, 0, role))
        if policy is not None:
            yield policy


def _in_terraform(file: Document, node: Node | None, name: str) -> Document | None:
    if node is None:
        return None
    if node.kind == "call" and node.value in ("jsonencode", "templatestring") and node.items:
        node = node.items[0]
    if node.kind == "object":
        return Document(file.text, "hcl", node, (), name)
    if node.kind == "string" and node.block:
        return _titled(read_json(file.text, node.start, node.end), name)
    return None


def _template_file(node: Node | None) -> tuple[str | None, frozenset[str] | None]:
    """The path of `templatefile(path, variables)` or `file(path)`, and the names of the variables."""
    if node is None or node.kind != "call" or node.value not in ("templatefile", "file") or not node.items:
        return None, None
    path = node.items[0].value
    if not isinstance(path, str):
        return None, None
    path = re.sub(r"^\$\{path\.(module|root)\}/", "", path)
    names = node.items[1] if len(node.items) > 1 else None
    given = frozenset(each.key for each in names.members) if names is not None and names.kind == "object" else None
    return (None, None) if "${" in path else (path, given)


# -- CloudFormation, SAM, CDK, Serverless
def _templates(file: Document) -> Iterator[Found]:
    root = file.root
    if root is None:
        return
    resources = root.get("Resources")
    for member in resources.members if resources is not None else ():
        kind, properties = member.node.get("Type"), member.node.get("Properties")
        if kind is not None and kind.value in (_CLOUDFORMATION, _SAM) and properties is not None:
            yield _resource(file, member, properties, "sam" if kind.value == _SAM else "cloudformation")
    serverless = root.get("stepFunctions")
    machines = serverless.get("stateMachines") if serverless is not None else None
    for member in machines.members if machines is not None else ():
        definition, type = member.node.get("definition"), member.node.get("type")
        document = _in_template(file, definition, f"stepFunctions.{member.key}")
        yield Found(document, Deployment("serverless", member.key, member.node, _type(type)))


def _resource(file: Document, member: Member, properties: Node, tool: Tool) -> Found:
    type = properties.get("StateMachineType") or properties.get("Type")
    given = properties.get("DefinitionSubstitutions")
    names = frozenset(each.key for each in given.members) if given is not None else None
    uri = properties.get("DefinitionUri")
    path = uri.value if uri is not None and uri.kind == "string" else None
    node = properties.get("Definition") or properties.get("DefinitionString")
    document = _in_template(file, node, member.key)
    logging = properties.get("Logging" if tool == "sam" else "LoggingConfiguration")
    destinations = logging.get("Destinations") if logging is not None else None
    first = destinations.items[0] if destinations is not None and destinations.items else None
    target = first.get("CloudWatchLogsLogGroup") if first is not None else None
    group = _properties(file, target.get("LogGroupArn") if target is not None else None)
    role = _properties(file, properties.get("Role" if tool == "sam" else "RoleArn"))
    trust = role.get("AssumeRolePolicyDocument") if role is not None else None
    return Found(document, Deployment(tool, member.key, properties, _type(type), path, names, group, trust))


def _properties(file: Document, node: Node | None) -> Node | None:
    """The properties of the resource whose ARN this is: `!GetAtt NAME.Arn`, `!Sub "${NAME.Arn}:*"`."""
    named = re.match(r"\$\{(\w+)\.Arn\}", _reference(node) or "") if node is not None else None
    resources = file.root.get("Resources") if file.root is not None else None
    resource = resources.get(named[1]) if resources is not None and named is not None else None
    return resource.get("Properties") if resource is not None else None


def _type(node: Node | None) -> MachineType | None:
    if node is None:
        return "STANDARD"
    value = str(node.value).upper() if node.kind == "string" else ""
    return "EXPRESS" if value == "EXPRESS" else "STANDARD" if value == "STANDARD" else None


def _in_template(file: Document, node: Node | None, title: str) -> Document | None:
    """The definition that a template's property holds: an object, a text, or pieces of a text."""
    if node is None:
        return None
    sub = node.get("Fn::Sub")
    if sub is not None:
        node = sub.items[0] if sub.items else sub
    if node.get("Fn::Join") is not None:
        return _joined(file, node.get("Fn::Join"), title)
    if node.kind == "object" and node.get("States") is not None:
        return Document(file.text, file.format, _resolved(node), (), title)
    if node.kind != "string":
        return None
    if node.block and file.text[node.start : node.start + 1] == "|":
        return _titled(read_json(file.text, file.text.find("\n", node.start) + 1, node.end), title)
    return _embedded(file, [(str(node.value), node)], title)


def _joined(file: Document, join: Node | None, title: str) -> Document | None:
    """`Fn::Join` with no separator, as the CDK writes it: texts, and references between them."""
    parts = join.items[1].items if join is not None and len(join.items) == 2 else ()
    if not parts:
        return None
    return _embedded(file, [(_part(each), each) for each in parts], title)


def _part(node: Node) -> str:
    if node.kind == "string":
        return str(node.value)
    reference = _reference(node)
    return reference if reference is not None else "${expression}"


def _embedded(file: Document, parts: list[tuple[str, Node]], title: str) -> Document:
    """Definitions inside strings: read as a text of their own, then placed where its characters came from."""
    origins = [at for text, node in parts for at in _origins(file.text, text, node)]
    inner = read_json("".join(text for text, _ in parts))
    origins.append(parts[-1][1].end)
    problems = tuple(
        type(each)(each.message, origins[each.start], max(origins[each.end], origins[each.start]))
        for each in inner.problems
    )
    root = None if inner.root is None else shift(inner.root, origins)
    return Document(file.text, file.format, root, problems, title, editable=False)


def _origins(text: str, value: str, node: Node) -> list[int]:
    """Where in the file each character of a string's value stands; its beginning, where that cannot be told."""
    raw = text[node.start : node.end]
    if node.kind == "string" and raw == f'"{value}"':
        return list(range(node.start + 1, node.end - 1))
    if node.kind != "string" or not raw.startswith('"'):
        return [node.start] * len(value)
    places: list[int] = []
    for match in re.finditer(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", raw[1:-1], re.DOTALL):
        places.append(node.start + 1 + match.start())
    return places if len(places) == len(value) else [node.start] * len(value)


def _resolved(node: Node) -> Node:
    """CloudFormation's functions inside a definition become texts with placeholders."""
    reference = _reference(node)
    if reference is not None:
        return Node("placeholder", node.start, node.end, reference)
    members = tuple(Member(each.key, each.start, each.end, _resolved(each.node)) for each in node.members)
    items = tuple(_resolved(each) for each in node.items)
    return Node(node.kind, node.start, node.end, node.value, members, items, node.block)


def _reference(node: Node) -> str | None:
    """`{"Ref": "X"}` -> `${X}`, `{"Fn::GetAtt": ["X", "Arn"]}` -> `${X.Arn}`, `{"Fn::Sub": text}` -> the text."""
    if node.kind != "object" or len(node.members) != 1:
        return None
    key, value = node.members[0].key, node.members[0].node
    if key == "Ref":
        return f"${{{value.value}}}"
    if key == "Fn::GetAtt":
        return f"${{{'.'.join(str(each.value) for each in value.items) if value.items else value.value}}}"
    if key == "Fn::Sub":
        return str(value.items[0].value if value.items else value.value)
    return f"${{{key}}}" if key.startswith("Fn::") else None


def _titled(document: Document, title: str) -> Document:
    return Document(document.text, document.format, document.root, document.problems, title, document.editable)
