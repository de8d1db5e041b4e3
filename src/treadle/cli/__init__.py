"""The `treadle` command: verbs that each call one public function."""

from treadle.cli.main import main

__all__ = ["main"]
