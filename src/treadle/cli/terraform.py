"""Terraform, run as its user would run it, against an endpoint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from treadle.cli.client import Complaint
from treadle.values import Json

VARIABLES = "dev.tfvars"


def apply(folder: Path, endpoint: str) -> dict[str, Json]:
    """`terraform init` and `apply` in `folder`; the outputs. Raises Complaint when Terraform is missing or fails."""
    program = shutil.which("terraform")
    if program is None:
        raise Complaint("there is no terraform on the PATH; without --terraform the demo does not need it")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TF_IN_AUTOMATION": "1",
    }

    def run(*arguments: str, quiet: bool = False) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE if quiet else None
        )
        if done.returncode:
            raise Complaint(f"terraform {arguments[0]} failed in {folder}")
        return done.stdout or ""

    run("init", "-input=false")
    run("apply", "-input=false", "-auto-approve", f"-var-file={VARIABLES}")
    return {name: output["value"] for name, output in json.loads(run("output", "-json", quiet=True)).items()}
