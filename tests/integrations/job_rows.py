"""What Step Functions does with each kind of job, written down by hand from its documentation and the services' APIs.

Identifiers are recognised by the place they come from: whatever a service answers is filled with the path of the
member ("build.id"), whatever the machine gives with its name ("JobName").
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from treadle.integrations.models import operation
from treadle.integrations.naming import capitalize
from treadle.values import Json

WHEN = datetime.datetime(2026, 3, 1, 12, 0, 0, 141000, datetime.UTC)
REASON = "Stopped by Step Functions"


class Row(Struct, frozen=True):
    """`state` is the place of the status in the description, `shown` the one in the task's output."""

    service: str  # botocore's names here and in the operations
    submit: str
    describe: tuple[str, dict[str, Json]]
    state: str
    shown: str
    running: str
    good: str  # statuses that succeed, that fail
    bad: str
    stop: tuple[str, dict[str, Json]] | None = None  # None: AWS cannot stop it
    arguments: dict[str, Json] = {}
    gone: bool = False  # a job that is not found any more has succeeded


def _build(name: str, many: str, submit: str) -> Row:
    small, plural = name[0].lower() + name[1:], many[0].lower() + many[1:]
    id = f"{small}.id"
    return Row(
        "codebuild", submit, (f"BatchGet{many}", {"ids": [id]}), f"{plural}.0.{small}Status", f"{name}.{name}Status",
        "IN_PROGRESS", "SUCCEEDED", "FAILED FAULT STOPPED TIMED_OUT", (f"Stop{name}", {"id": id}),
    )  # fmt: skip


def _eks(what: str, making: bool) -> Row:
    small = what[0].lower() + what[1:]
    if what == "Cluster":
        names: dict[str, Json] = {"name": "cluster.name"}
        failed = "FAILED"
    else:
        names = {name: f"{small}.{name}" for name in ("clusterName", f"{small}Name")}
        failed = "CREATE_FAILED DELETE_FAILED" if making else "DELETE_FAILED"
    return Row(
        "eks", f"{'Create' if making else 'Delete'}{what}", (f"Describe{what}", names), f"{small}.status",
        f"{what}.Status", "CREATING" if making else "DELETING", "ACTIVE" if making else "", failed,
        (f"Delete{what}", names) if making else None, gone=not making,
    )  # fmt: skip


def _application(verb: str, running: str, good: str, stop: str | None = None) -> Row:
    id: dict[str, Json] = {"applicationId": "applicationId" if verb == "Create" else "ApplicationId"}
    return Row(
        "emr-serverless", f"{verb}Application", ("GetApplication", id), "application.state", "Application.State",
        running, good, "" if verb == "Delete" else "TERMINATED", None if stop is None else (stop, id),
        gone=verb == "Delete",
    )  # fmt: skip


def _sagemaker(kind: str) -> Row:
    name: dict[str, Json] = {f"{kind}Name": f"{kind}Name"}
    return Row(
        "sagemaker", f"Create{kind}", (f"Describe{kind}", name), f"{kind}Status", f"{kind}Status",
        "InProgress", "Completed", "Failed Stopped", (f"Stop{kind}", name),
    )  # fmt: skip


_QUERY: dict[str, Json] = {"QueryExecutionId": "QueryExecutionId"}
_DATABREW: dict[str, Json] = {"Name": "Name", "RunId": "RunId"}
_CONTAINER: dict[str, Json] = {"id": "id", "virtualClusterId": "virtualClusterId"}
_SERVERLESS: dict[str, Json] = {"applicationId": "applicationId", "jobRunId": "jobRunId"}
_ECS: dict[str, Json] = {"cluster": "tasks.0.clusterArn"}
_ENDED = "TERMINATED TERMINATED_WITH_ERRORS"

ROWS: dict[str, Row] = {
    "athena:startQueryExecution": Row(
        "athena", "StartQueryExecution", ("GetQueryExecution", _QUERY), "QueryExecution.Status.State",
        "QueryExecution.Status.State", "RUNNING", "SUCCEEDED", "FAILED CANCELLED", ("StopQueryExecution", _QUERY),
    ),
    "batch:submitJob": Row(
        "batch", "SubmitJob", ("DescribeJobs", {"jobs": ["jobId"]}), "jobs.0.status", "Status", "RUNNABLE",
        "SUCCEEDED", "FAILED", ("TerminateJob", {"jobId": "jobId", "reason": REASON}),
    ),
    "codebuild:startBuild": _build("Build", "Builds", "StartBuild"),
    "codebuild:retryBuild": _build("Build", "Builds", "RetryBuild"),
    "codebuild:startBuildBatch": _build("BuildBatch", "BuildBatches", "StartBuildBatch"),
    "codebuild:retryBuildBatch": _build("BuildBatch", "BuildBatches", "RetryBuildBatch"),
    "databrew:startJobRun": Row(
        "databrew", "StartJobRun", ("DescribeJobRun", _DATABREW), "State", "State", "STOPPING", "SUCCEEDED",
        "FAILED STOPPED TIMEOUT", ("StopJobRun", _DATABREW),
    ),
    "ecs:runTask": Row(
        "ecs", "RunTask", ("DescribeTasks", {**_ECS, "tasks": ["tasks.0.taskArn"]}), "tasks.0.lastStatus",
        "LastStatus", "DEPROVISIONING", "STOPPED", "",  # how a container fails: test_jobs
        ("StopTask", {**_ECS, "task": "tasks.0.taskArn", "reason": REASON}),
    ),
    **{
        f"eks:{verb}{what}": _eks(what, verb == "create")
        for what in ("Cluster", "FargateProfile", "Nodegroup")
        for verb in ("create", "delete")
    },
    "elasticmapreduce:createCluster": Row(
        "emr", "RunJobFlow", ("DescribeCluster", {"ClusterId": "JobFlowId"}), "Cluster.Status.State",
        "Cluster.Status.State", "BOOTSTRAPPING", "WAITING", _ENDED,
        ("TerminateJobFlows", {"JobFlowIds": ["JobFlowId"]}),
    ),
    "elasticmapreduce:terminateCluster": Row(
        "emr", "TerminateJobFlows", ("DescribeCluster", {"ClusterId": "j-1"}), "Cluster.Status.State",
        "Cluster.Status.State", "TERMINATING", _ENDED, "", arguments={"ClusterId": "j-1"},
    ),
    "elasticmapreduce:addStep": Row(
        "emr", "AddJobFlowSteps", ("DescribeStep", {"ClusterId": "j-1", "StepId": "StepIds.0"}), "Step.Status.State",
        "Step.Status.State", "CANCEL_PENDING", "COMPLETED", "FAILED CANCELLED INTERRUPTED",
        ("CancelSteps", {"ClusterId": "j-1", "StepIds": ["StepIds.0"]}),
        {"ClusterId": "j-1", "Step": {"Name": "n", "HadoopJarStep": {"Jar": "x.jar"}}},
    ),
    "emr-containers:createVirtualCluster": Row(
        "emr-containers", "CreateVirtualCluster", ("DescribeVirtualCluster", {"id": "id"}), "virtualCluster.state",
        "VirtualCluster.State", "TERMINATING", "RUNNING", "TERMINATED ARRESTED",
    ),
    "emr-containers:deleteVirtualCluster": Row(
        "emr-containers", "DeleteVirtualCluster", ("DescribeVirtualCluster", {"id": "id"}), "virtualCluster.state",
        "VirtualCluster.State", "TERMINATING", "TERMINATED", "ARRESTED", gone=True,
    ),
    "emr-containers:startJobRun": Row(
        "emr-containers", "StartJobRun", ("DescribeJobRun", _CONTAINER), "jobRun.state", "State", "PENDING",
        "COMPLETED", "FAILED CANCELLED", ("CancelJobRun", _CONTAINER),
    ),
    "emr-serverless:createApplication": _application("Create", "CREATING", "CREATED STARTED", "DeleteApplication"),
    "emr-serverless:startApplication": _application("Start", "STARTING", "STARTED", "StopApplication"),
    "emr-serverless:stopApplication": _application("Stop", "STOPPING", "STOPPED"),
    "emr-serverless:deleteApplication": _application("Delete", "STOPPED", "TERMINATED"),
    "emr-serverless:startJobRun": Row(
        "emr-serverless", "StartJobRun", ("GetJobRun", _SERVERLESS), "jobRun.state", "JobRun.State", "QUEUED",
        "SUCCESS", "FAILED CANCELLED", ("CancelJobRun", _SERVERLESS),
    ),
    "emr-serverless:cancelJobRun": Row(
        "emr-serverless", "CancelJobRun", ("GetJobRun", _SERVERLESS), "jobRun.state", "JobRun.State", "CANCELLING",
        "CANCELLED SUCCESS FAILED", "",
    ),
    "glue:startJobRun": Row(
        "glue", "StartJobRun", ("GetJobRun", {"JobName": "JobName", "RunId": "JobRunId"}), "JobRun.JobRunState",
        "JobRunState", "WAITING", "SUCCEEDED", "FAILED TIMEOUT STOPPED ERROR EXPIRED",
        ("BatchStopJobRun", {"JobName": "JobName", "JobRunIds": ["JobRunId"]}),
    ),
    "mediaconvert:createJob": Row(
        "mediaconvert", "CreateJob", ("GetJob", {"Id": "Job.Id"}), "Job.Status", "Job.Status", "PROGRESSING",
        "COMPLETE", "ERROR CANCELED", ("CancelJob", {"Id": "Job.Id"}),
    ),
    **{
        f"sagemaker:create{kind}": _sagemaker(kind)
        for kind in (
            "TrainingJob", "TransformJob", "HyperParameterTuningJob", "LabelingJob", "ProcessingJob", "AutoMLJob",
        )
    },
}  # fmt: skip


def filled(shape: Any, path: str = "", seen: tuple[str, ...] = ()) -> Any:
    """An answer of botocore with every member of the output `shape`; strings say where they stand."""
    match shape.type_name:
        case "structure":
            inner = {name: each for name, each in shape.members.items() if each.name not in seen}
            seen = (*seen, shape.name)
            return {name: filled(each, f"{path}.{name}".strip("."), seen) for name, each in inner.items()}
        case "list":
            return [] if shape.member.name in seen else [filled(shape.member, f"{path}.0", seen)]
        case "map":
            return {}
        case "string":
            return shape.enum[0] if getattr(shape, "enum", None) else path
        case "timestamp":
            return WHEN
        case "boolean":
            return False
        case "blob":
            return b"blob"
        case _:
            return 0


def required(shape: Any, path: str = "") -> Any:
    """The least a machine must give for an input `shape`, in Step Functions' names."""
    match shape.type_name:
        case "structure":
            return {
                capitalize(name): required(shape.members[name], name)
                for name in shape.required_members
                if not shape.members[name].metadata.get("idempotencyToken")
            }
        case "list":
            return [required(shape.member, path)]
        case "string":
            return shape.enum[0] if getattr(shape, "enum", None) else capitalize(path)
        case _:
            return filled(shape, path)


def arguments(row: Row) -> Json:
    return row.arguments or required(operation(row.service, row.submit).input)


def submission(row: Row) -> Any:
    """What the service answers to the submission. ECS had room."""
    output = operation(row.service, row.submit).output
    return {} if output is None else filled(output) | ({"failures": []} if row.service == "ecs" else {})


def described(row: Row, status: str) -> Any:
    """What the service answers about a job in `status`."""
    answer = filled(operation(row.service, row.describe[0]).output)
    *steps, last = row.state.split(".")
    inner = answer
    for step in steps:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    assert last in inner
    inner[last] = status
    if row.service == "ecs":
        inner["stopCode"] = "EssentialContainerExited"
    return answer


def at(value: Json, path: str) -> Json:
    for step in path.split("."):
        value = value[step] if isinstance(value, Mapping) else value[int(step)]
    return value
