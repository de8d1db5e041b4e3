"""Jobs of Glue, workgroups of Athena and projects of CodeBuild, as Terraform creates, changes and reads them."""

from __future__ import annotations

from typing import Any

import pytest

ROLE = "arn:aws:iam::000000000000:role/jobs"
COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://code/job.py"}


def test_a_glue_job_is_updated_as_a_whole(running: Any) -> None:
    glue = running.client("glue")
    glue.create_job(Name="etl", Role=ROLE, Command=COMMAND, MaxRetries=1, GlueVersion="4.0")
    assert "ExecutionClass" not in glue.get_job(JobName="etl")["Job"]
    glue.update_job(JobName="etl", JobUpdate={"Role": ROLE, "Command": COMMAND, "Timeout": 30})
    job = glue.get_job(JobName="etl")["Job"]
    assert (job["Timeout"], job["Command"], job.get("GlueVersion")) == (30, COMMAND, None)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.update_job(JobName="none", JobUpdate={"Role": ROLE, "Command": COMMAND})


def test_a_workgroup_without_tags_has_none(running: Any) -> None:
    athena = running.client("athena")
    athena.create_work_group(Name="plain")
    arn = "arn:aws:athena:us-east-1:000000000000:workgroup/plain"
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.list_tags_for_resource(ResourceARN=f"{arn}-not-there")


def test_a_workgroup_is_updated_member_by_member(running: Any) -> None:
    athena = running.client("athena")
    place = {"ResultConfiguration": {"OutputLocation": "s3://results/"}, "BytesScannedCutoffPerQuery": 10000000}
    athena.create_work_group(Name="changed", Configuration=place)
    updates = {
        "ResultConfigurationUpdates": {"OutputLocation": "s3://others/"},
        "RemoveBytesScannedCutoffPerQuery": True,
        "EnforceWorkGroupConfiguration": False,
    }
    athena.update_work_group(WorkGroup="changed", State="DISABLED", ConfigurationUpdates=updates)
    told = athena.get_work_group(WorkGroup="changed")["WorkGroup"]
    configuration = told["Configuration"]
    assert (told["State"], configuration["ResultConfiguration"]) == ("DISABLED", {"OutputLocation": "s3://others/"})
    assert configuration["PublishCloudWatchMetricsEnabled"] is True
    assert configuration["EnforceWorkGroupConfiguration"] is False
    assert "BytesScannedCutoffPerQuery" not in configuration


def test_a_build_project_needs_no_source(running: Any) -> None:
    codebuild = running.client("codebuild")
    environment = {"type": "LINUX_CONTAINER", "image": "any", "computeType": "BUILD_GENERAL1_SMALL"}
    project = {"serviceRole": ROLE, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": environment}
    codebuild.create_project(name="sourceless", source={"type": "NO_SOURCE", "buildspec": "version: 0.2"}, **project)
    told = codebuild.batch_get_projects(names=["sourceless"])["projects"][0]["source"]
    assert told == {"type": "NO_SOURCE", "buildspec": "version: 0.2"}
    with pytest.raises(codebuild.exceptions.InvalidInputException):
        codebuild.create_project(name="broken", source={"type": "S3"}, **project)
