"""`demo.yaml`: what a project may say, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.cli.client import Complaint, Unreachable
from treadle.cli.walk import Call, Function, Machine, Start, Walker, Watch, read


def project(folder: Path, text: str) -> Path:
    (folder / "demo.yaml").write_text(text)
    return folder


def test_the_steps_of_a_project(tmp_path: Path) -> None:
    told = read(
        project(
            tmp_path,
            """
values: {bucket: b}
deploy:
  - {call: "s3:CreateBucket", with: {Bucket: "${bucket}"}, known: BucketAlreadyOwnedByYou}
  - {function: worker_arn, name: worker, source: src}
  - {machine: machine_arn, name: flow, definition: flow.asl.json, type: EXPRESS}
walk:
  - {start: "${machine_arn}", input: {a: 1}, status: FAILED}
  - {watch: "${execution_arn}"}
next: [aws s3 ls]
""",
        )
    )
    assert told.deploy == [
        Call("s3:CreateBucket", {"Bucket": "${bucket}"}, known="BucketAlreadyOwnedByYou"),
        Function("worker_arn", "worker", "src"),
        Machine("machine_arn", "flow", "flow.asl.json", "EXPRESS"),
    ]
    assert told.walk == [Start("${machine_arn}", {"a": 1}, "FAILED"), Watch("${execution_arn}")]
    assert (told.values, told.next) == ({"bucket": "b"}, ["aws s3 ls"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("walk: [", "demo.yaml"),
        ("deploy: []", "missing required field `walk`"),
        ("walk: [{dance: 1}]", "a step is one of call, function, machine, start, watch; this one has only dance"),
        ("walk: [{start: m, inputs: {}}]", "unknown field `inputs`"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Complaint, match=r"demo\.yaml") as refused:
        read(project(tmp_path, text))
    assert complaint in str(refused.value)


def test_a_project_without_the_file_is_one_workflow_and_its_function(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match=r"sfn\.asl\.json is missing, and so is .*demo\.yaml"):
        read(tmp_path)
    (tmp_path / "infra" / "src").mkdir(parents=True)
    (tmp_path / "infra" / "step-fn-file").mkdir()
    (tmp_path / "infra" / "step-fn-file" / "sfn.asl.json").write_text('{"a": "${first_arn}", "b": "${second_arn}"}')
    told = read(tmp_path)
    assert told.deploy == [
        Function("first_arn", "treadle-demo-worker", "infra/src"),
        Machine("state_machine_arn", "treadle-demo-workflow", "infra/step-fn-file/sfn.asl.json"),
    ]
    assert told.values == {"second_arn": "${first_arn}"}


def test_values_are_filled_in_wherever_they_stand(tmp_path: Path) -> None:
    walker = Walker("http://127.0.0.1:1", read(project(tmp_path, "values: {n: 3, b: x}\nwalk: []")))
    assert walker.fill({"a": ["${n}", "${b}-${n}"], "c": 1}) == {"a": [3, "x-3"], "c": 1}
    with pytest.raises(Complaint, match="nothing is called c; there are run, n, b"):
        walker.fill("${c}")


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        (Call("s4:PutObject"), "AWS has no service s4"),
        (Call("s3:PutObjects"), "s3 has no operation PutObjects"),
        (Call("s3:PutObject", {"Bucket": "b"}), 'Missing required parameter in input: "Key"'),
    ],
)
def test_a_call_that_aws_does_not_have_is_refused_before_it_leaves(tmp_path: Path, step: Call, complaint: str) -> None:
    walker = Walker("http://127.0.0.1:1", read(project(tmp_path, "walk: []")))
    with pytest.raises(Complaint, match=r"demo\.yaml") as refused:
        walker.perform(step)
    assert complaint in str(refused.value)


def test_a_server_that_is_gone_is_told_so(tmp_path: Path) -> None:
    walker = Walker("http://127.0.0.1:1", read(project(tmp_path, "walk: []")))
    with pytest.raises(Unreachable, match=r"http://127\.0\.0\.1:1"):
        walker.perform(Call("sns:ListTopics"))
