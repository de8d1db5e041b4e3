"""The verbs that start and stop the server, run a definition without one, and show a project at work."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from treadle.cli.calls import add_calls
from treadle.cli.client import Complaint

PORT = 4566


def add_serve(verb: argparse.ArgumentParser) -> None:
    listening(verb)
    verb.add_argument(
        "--mocks",
        type=Path,
        default=os.environ.get("SFN_MOCK_CONFIG") or None,
        metavar="FILE",
        help="mock configuration of Step Functions Local (default: what SFN_MOCK_CONFIG names)",
    )
    add_calls(verb)
    iam_option(verb)
    verb.set_defaults(act=do_serve)


def add_start(verb: argparse.ArgumentParser) -> None:
    listening(verb)
    add_calls(verb)
    iam_option(verb)
    verb.set_defaults(act=do_start)


def add_stop(verb: argparse.ArgumentParser) -> None:
    data_option(verb)
    verb.set_defaults(act=do_stop)


def add_status(verb: argparse.ArgumentParser) -> None:
    data_option(verb)
    verb.add_argument("--json", action="store_true", help="as JSON")
    verb.set_defaults(act=do_status)


def add_logs(verb: argparse.ArgumentParser) -> None:
    data_option(verb)
    verb.add_argument("-f", "--follow", action="store_true", help="go on as the log grows")
    verb.add_argument("-n", "--lines", type=int, default=100, help="how many lines to begin with (default 100)")
    verb.set_defaults(act=do_logs)


def add_run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", type=Path, help="the workflow in the Amazon States Language")
    verb.add_argument("--input", default="{}", help="the input: JSON text, @FILE, or - for standard input")
    verb.add_argument(
        "--function",
        action="append",
        default=[],
        metavar="NAME=DIR[:HANDLER]",
        help="bind a function name, or a ${NAME} placeholder of the definition, to a folder with Lambda code",
    )
    verb.add_argument(
        "--var", action="append", default=[], metavar="NAME=VALUE", help="fill a ${NAME} placeholder of the definition"
    )
    verb.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="workflow type")
    verb.add_argument("--json", action="store_true", help="print the result as JSON")
    add_calls(verb)
    verb.set_defaults(act=do_run)


def add_demo(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("project", type=Path, help="a folder with a demo.yaml, or with infra/ like examples/terraform")
    verb.add_argument("--input", metavar="JSON", help="start executions with this input")
    verb.add_argument("--terraform", action="store_true", help="deploy infra/ with Terraform, not with demo.yaml")
    listening(verb)
    verb.set_defaults(act=do_demo)


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
