"""`treadle schema`: the JSON schema of the Amazon States Language, for editors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_schema(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write (default: standard output)")
    verb.set_defaults(act=show)


def show(options: argparse.Namespace) -> int:
    from treadle.tools.schema import schema

    text = json.dumps(schema(), indent=2) + "\n"
    if options.output is None:
        print(text, end="")
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0
