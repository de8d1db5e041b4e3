"""`treadle lsp`: the language server, for editors."""

from __future__ import annotations

import argparse

from treadle import __version__
from treadle.cli.client import Complaint


def add_lsp(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--stdio", action="store_true", help="speak over standard input and output (the only way)")
    verb.set_defaults(act=lsp)


def lsp(options: argparse.Namespace) -> int:
    try:
        from treadle.tools.lsp.server import make
    except ImportError as problem:
        raise Complaint(f"the language server needs pip install 'treadle[lsp]' ({problem})") from None
    make(__version__).start_io()
    return 0
