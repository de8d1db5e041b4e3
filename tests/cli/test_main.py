"""The door of the command line: what it says to those who ask, and to those who say nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from treadle import __version__
from treadle.cli.main import main


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_comes_unasked_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    assert "start the server and stay in the foreground" in capsys.readouterr().out


def test_the_version_in_both_manners(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"treadle {__version__}\n" * 2


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fly"])
    assert left.value.code == 2
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_an_unknown_option_shows_the_usage_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["graph", "flow.asl.json", "-f", "svg"])
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert "usage: treadle graph" in told and "--format {svg,png,mermaid}" in told


def test_a_folder_in_the_place_of_a_file_is_told_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"treadle: {tmp_path}: Is a directory\n"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    writing = subprocess.Popen(
        [sys.executable, "-m", "treadle", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writing.stdout is not None and writing.stderr is not None
    writing.stdout.readline()
    writing.stdout.close()
    assert (writing.wait(), writing.stderr.read()) == (0, b"")
    writing.stderr.close()
