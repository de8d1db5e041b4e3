"""`treadle policy`: the IAM policy a workflow needs, and whether the role in a Terraform project is that."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.cli.client import Complaint
from treadle.cli.definitions import invalid, read_document
from treadle.cli.show import paint

if TYPE_CHECKING:
    from treadle.tools.policy import Comparison, Need, Role


def add_policy(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help="the workflow, JSON or YAML, in any source; - for standard input")
    verb.add_argument("--against", type=Path, metavar="DIR", help="compare with the role in this Terraform project")
    verb.add_argument("--machine", metavar="NAME", help="which state machine of the project, where it has several")
    verb.add_argument("--format", choices=("json", "hcl"), default="json", help="default: json")
    verb.add_argument("--name", default="*", help="the state machine's name, for what it needs on itself")
    verb.add_argument("--region", default="*")
    verb.add_argument("--account", default="*")
    verb.add_argument("--partition", default="aws")
    verb.add_argument("--no-logging", action="store_true", help="without what log delivery needs")
    verb.add_argument("--no-tracing", action="store_true", help="without what X-Ray needs")
    verb.add_argument("--encryption", action="store_true", help="with what a customer managed key needs")
    verb.add_argument("--strict", action="store_true", help="exit status 1 for superfluous permissions as well")
    verb.set_defaults(act=policy)


def policy(options: argparse.Namespace) -> int:
    """0 when printed, or when the role has what it needs; 1 when something is missing."""
    from treadle.tools.policy import to_hcl, to_policy

    if options.against is not None:
        return compare(options)
    needed = _needs(options, not options.no_logging, not options.no_tracing, options.encryption)
    for need in needed:
        if need.open:
            where = ", ".join(need.states) or "the machine"
            print(f"treadle: {where}: {', '.join(need.actions)} on {need.resources[0]}: {need.open}", file=sys.stderr)
    print(json.dumps(to_policy(needed), indent=2) if options.format == "json" else to_hcl(needed).rstrip("\n"))
    return 0


def _needs(options: argparse.Namespace, logging: bool, tracing: bool, encryption: bool) -> tuple[Need, ...]:
    from treadle.asl.findings import DefinitionError
    from treadle.asl.parse import parse
    from treadle.tools.policy import Setting, needs
    from treadle.tools.source import filled
    from treadle.values import dumps

    document = read_document(options.file)
    place = (options.partition, options.region, options.account, options.name)
    setting = Setting(*place, logging=logging, tracing=tracing, encryption=encryption)
    try:
        return needs(parse(dumps(filled(document.root) if document.root is not None else None)), setting)
    except DefinitionError as problem:
        raise invalid(options.file, problem) from None


def compare(options: argparse.Namespace) -> int:
    """What the machine's code has set decides what it needs beside its calls."""
    from treadle.tools import policy as tools

    if not options.against.is_dir():
        raise Complaint(f"{options.against} is no folder")
    found = [each for each in tools.roles(options.against) if options.machine in (None, each.machine.partition(".")[2])]
    if len(found) != 1:
        names = ", ".join(each.machine for each in found) or "no state machine"
        raise Complaint(f"{options.against} has {names}: name the one you mean with --machine")
    blocks = [found[0].has(f"{name}_configuration") for name in ("logging", "tracing", "encryption")]
    result = tools.compare(_needs(options, *blocks), found[0])
    for line in told(found[0], result):
        print(line)
    return int(bool(result.missing) or (options.strict and bool(result.superfluous or result.broad)))


def told(role: Role, result: Comparison) -> Iterator[str]:
    """What a person reads."""
    yield paint(f"{role.machine} runs as {role.name}", "1")
    for action, need in result.missing:
        who = f"for {', '.join(need.states)}" if need.states else "for log delivery, tracing or the key"
        yield f"  {paint('✗ missing', '31')}      {action} on {', '.join(need.resources)} {paint(who, '2')}"
    for grant in result.superfluous:
        where = paint(f"{_near(grant.file)}:{grant.line}", "2")
        yield f"  {paint('! superfluous', '33')}  {grant.action} {where}"
    for grant, need in result.broad:
        where = paint(f"{_near(grant.file)}:{grant.line}", "2")
        yield f"  {paint('! too broad', '33')}    {grant.action} on *, needed on {', '.join(need.resources)} {where}"
    for each in role.unread:
        yield f"  {paint('? not read', '36')}     {each}"
    if result.perhaps:
        actions = ", ".join(dict.fromkeys(action for action, _ in result.perhaps))
        yield f"  {paint('? perhaps', '36')}      the project names these, in what could not be read: {actions}"
    if not (result.missing or result.superfluous or result.broad):
        known = "nothing is known to be missing" if role.unread else "all that is needed, and nothing else"
        yield f"  {paint('?', '36') if role.unread else paint('✓', '32')} {known}"


def _near(file: str) -> str:
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file
