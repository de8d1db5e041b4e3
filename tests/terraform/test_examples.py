"""Each example under Terraform: apply, no changes, the walk of its `demo.yaml` with real data, no changes, destroy."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from e2e.server import Server, free_port
from e2e.test_demo import demo
from treadle.cli.walk import FILE, Walker, read

from .conftest import init_arguments
from .project import Project
from .test_walk import assert_no_changes

EXAMPLES = Path(__file__).parents[2] / "examples"
VARIABLES = "-var-file=dev.tfvars"


@pytest.mark.parametrize("name", sorted(file.parent.name for file in EXAMPLES.glob(f"*/{FILE}")))
def test_an_example_from_init_to_destroy(name: str, server: Server, tmp_path: Path) -> None:
    project = Project(EXAMPLES, tmp_path / "examples", server, server.account, root=f"{name}/infra")
    project.init(init_arguments())
    project.apply(VARIABLES)
    assert_no_changes(project, VARIABLES)

    walker = Walker(server.url, read(project.folder / name))
    walker.values |= project.outputs()
    for step in walker.project.walk:
        walker.perform(step)

    assert_no_changes(project, VARIABLES)
    project.destroy(VARIABLES)
    assert server.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("dynamodb").list_tables()["TableNames"] == []
    assert server.client("s3").list_buckets()["Buckets"] == []


def test_a_demo_deploys_with_terraform(tmp_path: Path) -> None:
    examples = shutil.copytree(EXAMPLES, tmp_path / "examples")
    settings = {"TF_CLI_ARGS_init": shlex.join(init_arguments()), "TF_CLI_CONFIG_FILE": os.devnull}
    project = examples / "microservices"
    with demo(tmp_path / "data", free_port(), project, "--terraform", patience=400, **settings) as printed:
        assert "Apply complete!" in printed
        assert "Serving until Ctrl-C" in printed, printed
