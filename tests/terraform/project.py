"""A Terraform project in a folder of its own, driven like a user drives it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from e2e.server import Server

from .conftest import TERRAFORM

NO_CHANGES, CHANGES = 0, 2  # exit status of plan -detailed-exitcode


class Project:
    """A copy of `source`; `root` is the folder in it where Terraform runs."""

    def __init__(self, source: Path, folder: Path, server: Server, account: str, root: str = ".") -> None:
        shutil.copytree(source, folder)
        self.folder = folder
        self.root = folder / root
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
        }

    def init(self, arguments: list[str]) -> None:
        self._terraform("init", *arguments)

    def apply(self, *arguments: str) -> str:
        return self._terraform("apply", "-auto-approve", *arguments)

    def destroy(self, *arguments: str) -> str:
        return self._terraform("destroy", "-auto-approve", *arguments)

    def plan(self, *arguments: str) -> tuple[int, str]:
        """The status of `plan -detailed-exitcode`, and what it printed."""
        done = self._run("plan", "-detailed-exitcode", *arguments)
        return done.returncode, done.stdout + done.stderr

    def outputs(self) -> dict[str, Any]:
        told = json.loads(self._terraform("output", "-json"))
        return {name: output["value"] for name, output in told.items()}

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text that must be there exactly once."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def _terraform(self, verb: str, *arguments: str) -> str:
        done = self._run(verb, *arguments)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
        return done.stdout

    def _run(self, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        colour = [] if verb == "output" else ["-no-color", "-input=false"]
        return subprocess.run(
            [str(TERRAFORM), verb, *colour, *arguments],
            cwd=self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=420,
            check=False,
        )
