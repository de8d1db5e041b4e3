"""Where calls go: options before the environment before `treadle.toml`, and clear complaints."""

import argparse
from pathlib import Path

import pytest

from treadle.cli.calls import add_calls, arguments, chosen
from treadle.cli.client import Complaint
from treadle.integrations.places import AWS, CLOUD, HERE, Calls, Place

FILE = """
[calls]
default = "aws"
as = "user"

[calls.for]
s3 = "http://localhost:9000/"
sqs = "cloud"
"""


def options(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_calls(parser)
    return parser.parse_args(given)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_calls_go_to_the_built_in_cloud_when_nothing_is_said() -> None:
    assert chosen(options(), {}) == HERE
    assert HERE.place("s3") == CLOUD


def test_the_file_of_the_folder_counts(folder: Path) -> None:
    (folder / "treadle.toml").write_text(FILE)
    s3 = Place("http://localhost:9000/", "http://localhost:9000")
    assert chosen(options(), {}) == Calls(AWS, {"s3": s3, "sqs": CLOUD}, "user")


def test_the_environment_goes_before_the_file_and_options_before_both(folder: Path) -> None:
    (folder / "treadle.toml").write_text(FILE)
    environment = {"TREADLE_CALLS": "cloud", "TREADLE_CALLS_FOR": "s3=cloud,sns=aws", "TREADLE_CALLS_AS": "role"}
    found = chosen(options("--calls-for", "sns=cloud", "--calls-as", "user"), environment)
    assert found == Calls(CLOUD, {"s3": CLOUD, "sqs": CLOUD, "sns": CLOUD}, "user")


def test_services_have_the_names_of_step_functions_too() -> None:
    found = chosen(options("--calls-for", "eventbridge=aws", "--calls-for", "cloudwatchlogs=aws"), {})
    assert found.place("events") == found.place("logs") == AWS


def test_executions_are_this_servers_own_wherever_calls_go() -> None:
    assert chosen(options("--calls", "aws"), {}).place("stepfunctions") == CLOUD


def test_a_server_in_the_background_gets_the_same_options() -> None:
    given = options("--calls", "aws", "--calls-for", "s3=cloud", "--calls-as", "user")
    assert chosen(options(*arguments(given)), {}) == chosen(given, {})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--calls", "azure"], "'azure' is no place for calls"),
        (["--calls", "http://"], "is no place for calls"),
        (["--calls-for", "s3"], "write SERVICE=PLACE"),
        (["--calls-for", "s4=aws"], "no AWS service is called 's4'"),
        (["--calls-for", "sfn=aws"], "calls of Step Functions stay here"),
        (["--config", "missing.toml"], "missing.toml cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(given: list[str], reason: str) -> None:
    with pytest.raises(Complaint, match=reason):
        chosen(options(*given), {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[calls]\nto = 'aws'", "unknown: calls.to"),
        ("[cals]\ndefault = 'aws'", "unknown: cals"),
        ("[calls]\ndefault = 1", "are texts"),
        ("[calls", "cannot be read"),
    ],
)
def test_a_file_that_says_something_else_is_refused(folder: Path, text: str, reason: str) -> None:
    (folder / "treadle.toml").write_text(text)
    with pytest.raises(Complaint, match=reason):
        chosen(options(), {})
