"""Where Terraform and its AWS provider are, or why the walk is skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.server import Server

TERRAFORM = shutil.which("terraform")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    init_arguments()  # skips before a server is started
    with Server(tmp_path / "data") as running:
        yield running


def init_arguments() -> list[str]:
    """Arguments of `terraform init`; skips the test with what to install when the provider cannot be had."""
    if TERRAFORM is None:
        pytest.skip("terraform is missing: install Terraform 1.5 or newer and put it on the PATH")
    plugins = os.environ.get("TREADLE_TERRAFORM_PLUGINS")
    if plugins:
        return [f"-plugin-dir={Path(plugins).resolve()}"]
    if os.environ.get("TREADLE_TERRAFORM_ONLINE") == "1":
        return []
    pytest.skip(
        "the provider hashicorp/aws is not at hand: set TREADLE_TERRAFORM_PLUGINS to a folder for `terraform init"
        " -plugin-dir`, or TREADLE_TERRAFORM_ONLINE=1 to let Terraform download it"
    )
