"""The verbs. Errors come out as one clear line; a verb's module is imported when it is the one that is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from treadle import __version__
from treadle.cli.client import Complaint, Refused, Unreachable


class Verb(NamedTuple):
    """`module` of treadle.cli has a function `add` that gives the verb's parser its options and its act."""

    name: str
    help: str
    module: str
    add: str


VERBS = (
    Verb("serve", "start the server and stay in the foreground", "server", "add_serve"),
    Verb("start", "start the server in the background", "server", "add_start"),
    Verb("stop", "stop the server that runs in the background", "server", "add_stop"),
    Verb("status", "tell whether the server runs, and what it holds", "server", "add_status"),
    Verb("logs", "show the log of the server in the background", "server", "add_logs"),
    Verb("run", "run a definition once, without a server", "server", "add_run"),
    Verb("demo", "start the server, deploy a project, show it at work, keep serving", "server", "add_demo"),
    Verb("graph", "draw a workflow, or an execution, as SVG, PNG or Mermaid", "graph", "add_graph"),
    Verb("lint", "find what is wrong with workflows, and repair it", "lint", "add_lint"),
    Verb("lsp", "the language server, for editors", "lsp", "add_lsp"),
    Verb("policy", "the IAM policy a workflow needs; compare a role with it", "policy", "add_policy"),
    Verb("cost", "reckon what a workflow costs on AWS: Standard, Express, or a mix", "cost", "add_cost"),
    Verb("completion", "print the completion script of bash, zsh or fish", "completion", "add_completion"),
    Verb("convert", "JSON to YAML and back, JSONPath to JSONata", "convert", "add_convert"),
    Verb("diff", "compare two definitions, or find where two executions parted", "diff", "add_diff"),
    Verb("doctor", "look whether all is there: ports, versions, endpoints, programs", "doctor", "add_doctor"),
    Verb("fmt", "write definitions in one form", "fmt", "add_fmt"),
    Verb("import-history", "read an execution of AWS or of a treadle, keep it as a file", "imports", "add_import"),
    Verb("watch", "show a workflow in the browser: drawn and tested on every save", "watch", "add_watch"),
    Verb("test", "run workflow tests: *.treadle.yaml files", "testing", "add_test"),
    Verb("schema", "print the JSON schema of workflow definitions, for editors", "schema", "add_schema"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 fine, 1 the workflow or the server failed, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    # No option of the command itself takes a value: the first other word is the verb.
    asked = next((word for word in words if not word.startswith("-")), "")
    options, unknown = parser(asked).parse_known_args(words or ["--help"])
    if unknown:
        options.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return int(options.act(options) or 0)
    except BrokenPipeError:
        # Who read our output has seen enough (`treadle logs | head`): what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Refused, Unreachable, Complaint, OSError) as problem:
        print(f"treadle: {told(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def told(problem: Exception) -> str:
    """`examples: Is a directory` rather than `[Errno 21] Is a directory: 'examples'`."""
    if isinstance(problem, OSError) and problem.filename and problem.strerror:
        return f"{problem.filename}: {problem.strerror}"
    return str(problem)


def parser(asked: str | None = None) -> argparse.ArgumentParser:
    """All verbs; with options only the one that is asked for, or all when none is named."""
    top = argparse.ArgumentParser(prog="treadle", description="Run AWS Step Functions workflows anywhere.")
    top.add_argument("--version", action="version", version=f"treadle {__version__}")
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    for verb in VERBS:
        options = verbs.add_parser(verb.name, help=verb.help)
        # The verb's own usage says what there is; that of the whole command only names the verbs.
        options.set_defaults(refuse=options.error)
        if asked in (None, verb.name):
            getattr(import_module(f"treadle.cli.{verb.module}"), verb.add)(options)
    version = verbs.add_parser("version", help="print the version")
    version.set_defaults(act=lambda options: print(f"treadle {__version__}"), refuse=version.error)
    return top
