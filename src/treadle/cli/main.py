"""The verbs and their options. Errors come out as one clear line; modules are imported by the verb that needs them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from treadle import __version__
from treadle.cli.calls import add_calls
from treadle.cli.client import Complaint, Refused, Unreachable
from treadle.cli.completion import add_completion
from treadle.cli.convert import add_convert
from treadle.cli.cost import add_cost
from treadle.cli.diff import add_diff
from treadle.cli.doctor import add_doctor
from treadle.cli.fmt import add_fmt
from treadle.cli.graph import add_graph
from treadle.cli.imports import add_import
from treadle.cli.lint import add_lint
from treadle.cli.lsp import add_lsp
from treadle.cli.policy import add_policy
from treadle.cli.schema import add_schema
from treadle.cli.testing import add_test
from treadle.cli.watch import add_watch

PORT = 4566


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 fine, 1 the workflow or the server failed, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = parser().parse_args(words or ["--help"])
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


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="treadle", description="Run AWS Step Functions workflows anywhere.")
    top.add_argument("--version", action="version", version=f"treadle {__version__}")
    verbs = top.add_subparsers(metavar="COMMAND", required=True)

    serve = verbs.add_parser("serve", help="start the server and stay in the foreground")
    listening(serve)
    serve.add_argument(
        "--mocks",
        type=Path,
        default=os.environ.get("SFN_MOCK_CONFIG") or None,
        metavar="FILE",
        help="mock configuration of Step Functions Local (default: what SFN_MOCK_CONFIG names)",
    )
    add_calls(serve)
    iam_option(serve)
    serve.set_defaults(act=do_serve)

    start = verbs.add_parser("start", help="start the server in the background")
    listening(start)
    add_calls(start)
    iam_option(start)
    start.set_defaults(act=do_start)

    stop = verbs.add_parser("stop", help="stop the server that runs in the background")
    data_option(stop)
    stop.set_defaults(act=do_stop)

    status = verbs.add_parser("status", help="tell whether the server runs, and what it holds")
    data_option(status)
    status.add_argument("--json", action="store_true", help="as JSON")
    status.set_defaults(act=do_status)

    logs = verbs.add_parser("logs", help="show the log of the server in the background")
    data_option(logs)
    logs.add_argument("-f", "--follow", action="store_true", help="go on as the log grows")
    logs.add_argument("-n", "--lines", type=int, default=100, help="how many lines to begin with (default 100)")
    logs.set_defaults(act=do_logs)

    run = verbs.add_parser("run", help="run a definition once, without a server")
    run.add_argument("file", type=Path, help="the workflow in the Amazon States Language")
    run.add_argument("--input", default="{}", help="the input: JSON text, @FILE, or - for standard input")
    run.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="NAME=DIR[:HANDLER]",
        help="bind a function name, or a ${NAME} placeholder of the definition, to a folder with Lambda code",
    )
    run.add_argument(
        "--var", action="append", default=[], metavar="NAME=VALUE", help="fill a ${NAME} placeholder of the definition"
    )
    run.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="workflow type")
    run.add_argument("--json", action="store_true", help="print the result as JSON")
    add_calls(run)
    run.set_defaults(act=do_run)

    demo = verbs.add_parser("demo", help="start the server, deploy a project, show it at work, keep serving")
    demo.add_argument("project", type=Path, help="a folder with a demo.yaml, or with infra/ like examples/terraform")
    demo.add_argument("--input", metavar="JSON", help="start executions with this input")
    demo.add_argument("--terraform", action="store_true", help="deploy infra/ with Terraform, not with demo.yaml")
    listening(demo)
    demo.set_defaults(act=do_demo)

    add_graph(verbs.add_parser("graph", help="draw a workflow, or an execution, as SVG, PNG or Mermaid"))
    add_lint(verbs.add_parser("lint", help="find what is wrong with workflows, and repair it"))
    add_lsp(verbs.add_parser("lsp", help="the language server, for editors"))
    add_policy(verbs.add_parser("policy", help="the IAM policy a workflow needs; compare a role with it"))
    add_cost(verbs.add_parser("cost", help="reckon what a workflow costs on AWS: Standard, Express, or a mix"))
    add_completion(verbs.add_parser("completion", help="print the completion script of bash, zsh or fish"), top)
    add_convert(verbs.add_parser("convert", help="JSON to YAML and back, JSONPath to JSONata"))
    add_diff(verbs.add_parser("diff", help="compare two definitions, or find where two executions parted"))
    add_doctor(verbs.add_parser("doctor", help="look whether all is there: ports, versions, endpoints, programs"))
    add_fmt(verbs.add_parser("fmt", help="write definitions in one form"))
    add_import(verbs.add_parser("import-history", help="read an execution of AWS or of a treadle, keep it as a file"))
    add_watch(verbs.add_parser("watch", help="show a workflow in the browser: drawn and tested on every save"))
    add_test(verbs.add_parser("test", help="run workflow tests: *.treadle.yaml files"))

    add_schema(verbs.add_parser("schema", help="print the JSON schema of workflow definitions, for editors"))

    version = verbs.add_parser("version", help="print the version")
    version.set_defaults(act=lambda options: print(f"treadle {__version__}"))
    return top


def listening(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    verb.add_argument("--port", type=int, default=PORT, help=f"port to listen on (default {PORT})")
    data_option(verb)
    verb.add_argument(
        "--store",
        choices=("sqlite", "memory"),
        default="sqlite",
        help="where executions are kept: sqlite in the data directory (default), or memory (lost at the end)",
    )


def iam_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--enforce-iam",
        action="store_true",
        default=os.environ.get("TREADLE_ENFORCE_IAM", "") not in ("", "0"),
        help="let tasks do only what the identity policies of their role allow (default: everything)",
    )


def data_option(verb: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get("TREADLE_DATA", ".treadle"))
    verb.add_argument("--data", type=Path, default=default, metavar="DIR", help=f"data directory (default {default})")


def do_serve(options: argparse.Namespace) -> int:
    from treadle.cli.calls import chosen
    from treadle.cli.serve import serve
    from treadle.runtime.mocks import Malformed

    try:
        return serve(
            options.host,
            options.port,
            options.data,
            options.store,
            mocks=options.mocks,
            calls=chosen(options),
            enforce_iam=options.enforce_iam,
        )
    except Malformed as problem:
        raise Complaint(str(problem)) from None


def do_start(options: argparse.Namespace) -> int:
    from treadle.cli.background import start
    from treadle.cli.calls import arguments, chosen

    chosen(options)  # complaints come here, not in the log
    more = [*arguments(options), *(["--enforce-iam"] if options.enforce_iam else [])]
    return start(options.host, options.port, options.data, options.store, more)


def do_stop(options: argparse.Namespace) -> int:
    from treadle.cli.background import stop

    return stop(options.data)


def do_status(options: argparse.Namespace) -> int:
    from treadle.cli.background import status

    return status(options.data, options.json)


def do_logs(options: argparse.Namespace) -> int:
    from treadle.cli.background import logs

    return logs(options.data, options.lines, options.follow)


def do_run(options: argparse.Namespace) -> int:
    from treadle.cli.once import run_once

    return run_once(options)


def do_demo(options: argparse.Namespace) -> int:
    from treadle.cli.demo import demo

    return demo(options)
