"""Jobs (`.sync`): submitted, looked at until they are over, stopped when nobody waits any more."""

from typing import Any

import pytest
from fake_world import FakeWorld, call

from treadle.aws import AwsError
from treadle.integrations import job_table, jobs
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call, Job
from treadle.integrations.models import accepted, operation
from treadle.values import Json, StatesError, loads

STATES = "arn:aws:states:::"


def task(world: FakeWorld, name: str, arguments: Json) -> tuple[Call, Job]:
    made = call(world, STATES + name, arguments)
    found = find(made.resource)
    assert found is not None and found.job is not None
    return made, found.job


async def start(world: FakeWorld, name: str, arguments: Json) -> Json:
    made = call(world, STATES + name, arguments)
    found = find(made.resource)
    assert found is not None
    return await found.call(made)


RUN = {"JobName": "load", "Arguments": {"--day": "1"}}


async def test_a_job_is_looked_at_less_and_less_often_until_it_is_over() -> None:
    running, done = ({"JobRun": {"Id": "jr", "JobRunState": state}} for state in ("RUNNING", "SUCCEEDED"))
    world = FakeWorld(GetJobRun=[running, running, done])
    made, job = task(world, "glue:startJobRun.sync", RUN)
    assert await job.watch(made, {"JobRunId": "jr"}) == {"Id": "jr", "JobRunState": "SUCCEEDED"}
    assert world.requests[-1] == ("glue", "GetJobRun", {"JobName": "load", "RunId": "jr"})
    assert world.slept == [jobs.FIRST, jobs.FIRST * jobs.GROWTH]


async def test_the_submission_is_the_services_answer_with_the_metadata_of_its_response() -> None:
    result = await start(FakeWorld(StartJobRun={"JobRunId": "jr"}), "glue:startJobRun.sync", RUN)
    assert result["JobRunId"] == "jr"
    assert result["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"] == "application/x-amz-json-1.1"
    assert result["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == str(len('{"JobRunId":"jr"}'))


async def test_a_failed_job_fails_the_task_and_is_the_cause() -> None:
    failed = {"JobRun": {"Id": "jr", "JobRunState": "FAILED", "ErrorMessage": "no table"}}
    made, job = task(FakeWorld(GetJobRun=failed), "glue:startJobRun.sync", RUN)
    with pytest.raises(StatesError) as failure:
        await job.watch(made, {"JobRunId": "jr"})
    assert failure.value.error == "States.TaskFailed"
    assert loads(str(failure.value.cause)) == failed["JobRun"]


async def test_a_job_that_cannot_be_described_fails_with_the_services_error() -> None:
    refusal = AwsError("EntityNotFoundException", "no run", 400)
    made, job = task(FakeWorld(GetJobRun=refusal), "glue:startJobRun.sync", RUN)
    with pytest.raises(StatesError) as failure:
        await job.watch(made, {"JobRunId": "jr"})
    assert failure.value.error == "Glue.EntityNotFoundException"
    assert "(Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException;" in str(failure.value.cause)


async def test_a_job_nobody_waits_for_is_stopped() -> None:
    world = FakeWorld(StopTask={})
    made, job = task(world, "ecs:runTask.sync", None)
    await job.cancel(made, {"Tasks": [{"TaskArn": "t", "ClusterArn": "c"}]})
    assert world.requests == [("ecs", "StopTask", {"cluster": "c", "task": "t", "reason": "Stopped by Step Functions"})]


def ecs_task(**more: Json) -> Json:
    return {"tasks": [{"taskArn": "t", "clusterArn": "c", "lastStatus": "STOPPED", **more}]}


async def test_a_container_that_ends_with_zero_succeeds() -> None:
    world = FakeWorld(DescribeTasks=ecs_task(containers=[{"name": "app", "exitCode": 0}]))
    made, job = task(world, "ecs:runTask.sync", {"TaskDefinition": "d"})
    output = await job.watch(made, {"Tasks": [{"TaskArn": "t", "ClusterArn": "c"}]})
    assert output["Containers"] == [{"ExitCode": 0, "Name": "app"}]


@pytest.mark.parametrize("end", [{"containers": [{"exitCode": 137}]}, {"stopCode": "TaskFailedToStart"}])
async def test_a_container_that_ends_otherwise_fails(end: dict[str, Json]) -> None:
    made, job = task(FakeWorld(DescribeTasks=ecs_task(**end)), "ecs:runTask.sync", {"TaskDefinition": "d"})
    with pytest.raises(StatesError) as failure:
        await job.watch(made, {"Tasks": [{"TaskArn": "t", "ClusterArn": "c"}]})
    assert failure.value.error == "States.TaskFailed"


async def test_a_task_ecs_has_no_room_for_is_an_error_of_its_own() -> None:
    world = FakeWorld(RunTask={"tasks": [], "failures": [{"arn": "a", "reason": "RESOURCE:MEMORY"}]})
    with pytest.raises(StatesError) as failure:
        await start(world, "ecs:runTask.sync", {"TaskDefinition": "d"})
    assert failure.value.error == "AmazonECS.Unknown"
    assert world.requests[0][2]["startedBy"] == "AWS Step Functions"


async def test_a_build_stands_under_its_name() -> None:
    world = FakeWorld(
        StartBuild={"build": {"id": "b", "buildStatus": "IN_PROGRESS"}},
        BatchGetBuilds={"builds": [{"id": "b", "buildStatus": "SUCCEEDED"}]},
    )
    begun = await start(world, "codebuild:startBuild.sync", {"ProjectName": "p"})
    made, job = task(world, "codebuild:startBuild.sync", {"ProjectName": "p"})
    assert await job.watch(made, begun) == {"Build": {"BuildStatus": "SUCCEEDED", "Id": "b"}}


async def test_an_emr_step_is_added_to_its_cluster() -> None:
    world = FakeWorld(
        AddJobFlowSteps={"StepIds": ["s"]}, DescribeStep={"Step": {"Id": "s", "Status": {"State": "COMPLETED"}}}
    )
    arguments = {"ClusterId": "j", "Step": {"Name": "n", "HadoopJarStep": {"Jar": "x.jar"}}}
    begun = await start(world, "elasticmapreduce:addStep.sync", arguments)
    made, job = task(world, "elasticmapreduce:addStep.sync", arguments)
    assert world.requests[0][2] == {"JobFlowId": "j", "Steps": [arguments["Step"]]}
    assert begun["StepId"] == "s"
    assert (await job.watch(made, begun))["Step"]["Id"] == "s"
    assert world.requests[1][2] == {"ClusterId": "j", "StepId": "s"}


async def test_a_deletion_is_over_when_nothing_is_found_any_more() -> None:
    there = {"nodegroup": {"nodegroupName": "n", "clusterName": "c", "status": "DELETING"}}
    world = FakeWorld(DescribeNodegroup=[there, AwsError("ResourceNotFoundException", "gone", 404)])
    made, job = task(world, "eks:deleteNodegroup.sync", {"ClusterName": "c", "NodegroupName": "n"})
    assert await job.watch(made, {"Nodegroup": {"ClusterName": "c", "NodegroupName": "n"}}) == {}


# The table against the models of the APIs: a row that names what an API does not have would fail in production only.
def member_at(shape: Any, path: str) -> Any:
    for step in filter(None, path.split(".")):
        shape = shape.member if step.isdigit() else accepted(shape)[step.lower()].shape
    return shape


@pytest.mark.parametrize("name", job_table.WATCHED)
def test_every_row_asks_what_the_api_answers(name: str) -> None:
    watched, service = job_table.WATCHED[name], job_table.ROWS[name].service
    for ask in filter(None, (watched.describe, watched.stop)):
        shape = operation(service, ask.operation).input
        assert {param.lower() for param in ask.params} <= set(accepted(shape))
        assert {required.lower() for required in shape.required_members} <= {param.lower() for param in ask.params}
    output = operation(service, watched.describe.operation).output
    state = member_at(member_at(output, watched.found), watched.state)
    assert watched.good | watched.bad
    if getattr(state, "enum", None):
        assert watched.good | watched.bad <= set(state.enum)


@pytest.mark.parametrize("name", [name for name, watched in job_table.WATCHED.items() if watched.good])
async def test_every_job_can_be_followed_to_its_end(name: str) -> None:
    watched = job_table.WATCHED[name]
    answer: Json = next(iter(watched.good))
    for step in reversed(f"{watched.found}.{watched.state}".strip(".").split(".")):
        answer = [answer] if step.isdigit() else {step: answer}
    service = job_table.ROWS[name].service
    world = FakeWorld(
        **{watched.describe.operation: spelled(operation(service, watched.describe.operation).output, answer)}
    )
    made, job = task(world, name + ".sync", EVERYTHING)
    assert await job.watch(made, EVERYTHING)


# Whatever a row may look for in arguments or submission.
NAMES = """
    JobName JobRunId RunId Name ClusterId StepId ApplicationId Id VirtualClusterId JobId JobArn QueryExecutionId
    TrainingJobName TransformJobName HyperParameterTuningJobName LabelingJobName ProcessingJobName AutoMLJobName
"""
EVERYTHING: dict[str, Json] = dict.fromkeys(NAMES.split(), "x") | {
    "Build": {"Id": "x"},
    "BuildBatch": {"Id": "x"},
    "Job": {"Id": "x"},
    "Cluster": {"Name": "x"},
    "Tasks": [{"TaskArn": "x", "ClusterArn": "x"}],
    "Nodegroup": {"ClusterName": "x", "NodegroupName": "x"},
    "FargateProfile": {"ClusterName": "x", "FargateProfileName": "x"},
}


def spelled(shape: Any, value: Json) -> Json:
    """`value` with the API's own spelling of its members."""
    if isinstance(value, dict):
        return {accepted(shape)[k.lower()].name: spelled(accepted(shape)[k.lower()].shape, v) for k, v in value.items()}
    return [spelled(shape.member, inner) for inner in value] if isinstance(value, list) else value


async def test_a_fleet_of_emr_is_changed_by_its_name() -> None:
    pages = [
        {"InstanceFleets": [{"Id": "f0", "Name": "core"}], "Marker": "m"},
        {"InstanceFleets": [{"Id": "f1", "Name": "task"}]},
    ]
    world = FakeWorld(ListInstanceFleets=pages, ModifyInstanceFleet={})
    arguments = {"ClusterId": "j", "InstanceFleetName": "task", "InstanceFleet": {"TargetSpotCapacity": 4}}
    await start(world, "elasticmapreduce:modifyInstanceFleetByName", arguments)
    assert world.requests[-1] == (
        "emr",
        "ModifyInstanceFleet",
        {"ClusterId": "j", "InstanceFleet": {"InstanceFleetId": "f1", "TargetSpotCapacity": 4}},
    )


async def test_a_group_of_emr_that_is_not_there_cannot_be_changed() -> None:
    world = FakeWorld(ListInstanceGroups={"InstanceGroups": []})
    arguments = {"ClusterId": "j", "InstanceGroupName": "task", "InstanceGroup": {"InstanceCount": 4}}
    with pytest.raises(StatesError) as failure:
        await start(world, "elasticmapreduce:modifyInstanceGroupByName", arguments)
    assert failure.value.error == "ElasticMapReduce.InvalidRequestException"
