"""The services whose jobs a Task can start: what is called, how the job is followed, how it is stopped.

Names of exceptions follow version 1 of the AWS SDK for Java, on which these integrations of Step Functions are built.
"""

from __future__ import annotations

from treadle.integrations import emr
from treadle.integrations.integration import Call, Job
from treadle.integrations.jobs import Ask, Pick, Watched, constant, follow, given, submitted, submitted_list
from treadle.integrations.optimized import Row
from treadle.integrations.wording import Wording
from treadle.values import Json, StatesError, dumps, loads

_REASON = constant("Stopped by Step Functions")

_ATHENA = Wording("Athena", "AmazonAthenaException", "AmazonAthena")
_BATCH = Wording("Batch", "AWSBatchException", "AWSBatch")
_BEDROCK = Wording("Bedrock", "BedrockException")
_MODELS = Wording("Bedrock", "BedrockRuntimeException")
_CODEBUILD = Wording("CodeBuild", "AWSCodeBuildException", "AWSCodeBuild")
_DATABREW = Wording("DataBrew", "AWSGlueDataBrewException", "AWSGlueDataBrew")
_ECS = Wording("ECS", "AmazonECSException", "AmazonECS")
_EKS = Wording("EKS", "AmazonEKSException", "AmazonEKS")
_EMR = emr.WORDING
_CONTAINERS = Wording("EMRContainers", "AmazonEMRContainersException", "AmazonEMRContainers")
_SERVERLESS = Wording("EMRServerless", "AWSEMRServerlessException", "AWSEMRServerless")
_GLUE = Wording("Glue", "AWSGlueException", "AWSGlue")
_MEDIACONVERT = Wording("MediaConvert", "AWSMediaConvertException", "AWSMediaConvert")
_SAGEMAKER = Wording("SageMaker", "AmazonSageMakerException", "AmazonSageMaker")


def _states(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ECS -----------------------------------------------------------------------------------------------------------------
def _by_step_functions(call: Call, arguments: dict[str, Json]) -> dict[str, Json]:
    return {"StartedBy": "AWS Step Functions"} | arguments


def _placed(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    """A task that ECS could not place is told by `failures` of an answer that is no error."""
    if result.get("Failures"):
        raise StatesError("AmazonECS.Unknown", dumps(result))
    return result


def _ran_well(task: Json) -> bool:
    """Every container that ran ended with 0, and the task did start."""
    codes = [container.get("ExitCode") for container in task.get("Containers") or []]
    return task.get("StopCode") != "TaskFailedToStart" and all(code in (0, None) for code in codes)


_ECS_TASK = {"Cluster": submitted("Tasks.0.ClusterArn"), "Tasks": submitted_list("Tasks.0.TaskArn")}


# EMR: Step Functions has operations of its own for clusters and steps ------------------------------------------------
def _cluster(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    return {"ClusterId" if name == "JobFlowId" else name: value for name, value in result.items()}


def _of_cluster(call: Call, arguments: dict[str, Json]) -> dict[str, Json]:
    """`ClusterId` instead of the API's list of job flows."""
    rest = {name: value for name, value in arguments.items() if name != "ClusterId"}
    return rest | {"JobFlowIds": [arguments.get("ClusterId")]}


def _one_step(call: Call, arguments: dict[str, Json]) -> dict[str, Json]:
    rest = {name: value for name, value in arguments.items() if name not in ("ClusterId", "Step")}
    return rest | {"JobFlowId": arguments.get("ClusterId"), "Steps": [arguments.get("Step")]}


def _step_id(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    return {"StepId": result["StepIds"][0]}


def _cancelled_step(call: Call, arguments: dict[str, Json]) -> dict[str, Json]:
    rest = {name: value for name, value in arguments.items() if name != "StepId"}
    return rest | {"StepIds": [arguments.get("StepId")]}


def _echo_cluster(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    return result | {"ClusterId": call.arguments["ClusterId"]}


# Bedrock -------------------------------------------------------------------------------------------------------------
def _model_answer(call: Call, result: dict[str, Json]) -> dict[str, Json]:
    """The model's answer as JSON where it is JSON."""
    try:
        return result | {"Body": loads(result.get("Body", ""))}
    except ValueError:
        return result


ROWS: dict[str, Row] = {
    "athena:startQueryExecution": Row("athena", "StartQueryExecution", _ATHENA),
    "athena:stopQueryExecution": Row("athena", "StopQueryExecution", _ATHENA),
    "athena:getQueryExecution": Row("athena", "GetQueryExecution", _ATHENA),
    "athena:getQueryResults": Row("athena", "GetQueryResults", _ATHENA),
    "batch:submitJob": Row("batch", "SubmitJob", _BATCH),
    "bedrock:createModelCustomizationJob": Row("bedrock", "CreateModelCustomizationJob", _BEDROCK),
    "bedrock:invokeModel": Row(
        "bedrock-runtime", "InvokeModel", _MODELS, frozenset({"Body"}), frame=None, finish=_model_answer
    ),
    "codebuild:startBuild": Row("codebuild", "StartBuild", _CODEBUILD),
    "codebuild:startBuildBatch": Row("codebuild", "StartBuildBatch", _CODEBUILD),
    "codebuild:retryBuild": Row("codebuild", "RetryBuild", _CODEBUILD),
    "codebuild:retryBuildBatch": Row("codebuild", "RetryBuildBatch", _CODEBUILD),
    "codebuild:stopBuild": Row("codebuild", "StopBuild", _CODEBUILD),
    "codebuild:stopBuildBatch": Row("codebuild", "StopBuildBatch", _CODEBUILD),
    "codebuild:deleteBuildBatch": Row("codebuild", "DeleteBuildBatch", _CODEBUILD),
    "codebuild:batchDeleteBuilds": Row("codebuild", "BatchDeleteBuilds", _CODEBUILD),
    "codebuild:batchGetReports": Row("codebuild", "BatchGetReports", _CODEBUILD),
    "codebuild:batchGetBuilds": Row("codebuild", "BatchGetBuilds", _CODEBUILD),
    "databrew:startJobRun": Row("databrew", "StartJobRun", _DATABREW),
    "ecs:runTask": Row("ecs", "RunTask", _ECS, prepare=_by_step_functions, finish=_placed),
    "eks:createCluster": Row("eks", "CreateCluster", _EKS),
    "eks:deleteCluster": Row("eks", "DeleteCluster", _EKS),
    "eks:createFargateProfile": Row("eks", "CreateFargateProfile", _EKS),
    "eks:deleteFargateProfile": Row("eks", "DeleteFargateProfile", _EKS),
    "eks:createNodegroup": Row("eks", "CreateNodegroup", _EKS),
    "eks:deleteNodegroup": Row("eks", "DeleteNodegroup", _EKS),
    "elasticmapreduce:createCluster": Row("emr", "RunJobFlow", _EMR, finish=_cluster),
    "elasticmapreduce:terminateCluster": Row(
        "emr", "TerminateJobFlows", _EMR, prepare=_of_cluster, finish=_echo_cluster
    ),
    "elasticmapreduce:setClusterTerminationProtection": Row(
        "emr", "SetTerminationProtection", _EMR, prepare=_of_cluster
    ),
    "elasticmapreduce:addStep": Row("emr", "AddJobFlowSteps", _EMR, prepare=_one_step, finish=_step_id),
    "elasticmapreduce:cancelStep": Row("emr", "CancelSteps", _EMR, prepare=_cancelled_step),
    "emr-containers:createVirtualCluster": Row("emr-containers", "CreateVirtualCluster", _CONTAINERS),
    "emr-containers:deleteVirtualCluster": Row("emr-containers", "DeleteVirtualCluster", _CONTAINERS),
    "emr-containers:startJobRun": Row("emr-containers", "StartJobRun", _CONTAINERS),
    "emr-serverless:createApplication": Row("emr-serverless", "CreateApplication", _SERVERLESS),
    "emr-serverless:startApplication": Row("emr-serverless", "StartApplication", _SERVERLESS),
    "emr-serverless:stopApplication": Row("emr-serverless", "StopApplication", _SERVERLESS),
    "emr-serverless:deleteApplication": Row("emr-serverless", "DeleteApplication", _SERVERLESS),
    "emr-serverless:startJobRun": Row("emr-serverless", "StartJobRun", _SERVERLESS),
    "emr-serverless:cancelJobRun": Row("emr-serverless", "CancelJobRun", _SERVERLESS),
    "glue:startJobRun": Row("glue", "StartJobRun", _GLUE),
    "mediaconvert:createJob": Row("mediaconvert", "CreateJob", _MEDIACONVERT),
    "sagemaker:createTrainingJob": Row("sagemaker", "CreateTrainingJob", _SAGEMAKER),
    "sagemaker:createTransformJob": Row("sagemaker", "CreateTransformJob", _SAGEMAKER),
    "sagemaker:createHyperParameterTuningJob": Row("sagemaker", "CreateHyperParameterTuningJob", _SAGEMAKER),
    "sagemaker:createLabelingJob": Row("sagemaker", "CreateLabelingJob", _SAGEMAKER),
    "sagemaker:createProcessingJob": Row("sagemaker", "CreateProcessingJob", _SAGEMAKER),
    "sagemaker:createAutoMLJob": Row("sagemaker", "CreateAutoMLJob", _SAGEMAKER),
    "sagemaker:createEndpoint": Row("sagemaker", "CreateEndpoint", _SAGEMAKER),
    "sagemaker:createEndpointConfig": Row("sagemaker", "CreateEndpointConfig", _SAGEMAKER),
    "sagemaker:createModel": Row("sagemaker", "CreateModel", _SAGEMAKER),
    "sagemaker:updateEndpoint": Row("sagemaker", "UpdateEndpoint", _SAGEMAKER),
}


def _build(batch: bool) -> Watched:
    """A CodeBuild build, or a batch of them."""
    name, many = ("BuildBatch", "BuildBatches") if batch else ("Build", "Builds")
    return Watched(
        Ask(f"BatchGet{many}", {"Ids": submitted_list(f"{name}.Id")}),
        f"{name}Status",
        _states("SUCCEEDED"),
        _states("FAILED FAULT TIMED_OUT STOPPED"),
        found=f"{many}.0",
        shown=name,
        stop=Ask(f"Stop{name}", {"Id": submitted(f"{name}.Id")}),
    )


def _part_of_cluster(name: str, key: str, bad: str, *, deletion: bool = False) -> Watched:
    """A nodegroup or Fargate profile of an EKS cluster coming or going."""
    params = {"ClusterName": submitted(f"{name}.ClusterName"), key: submitted(f"{name}.{key}")}
    good = frozenset() if deletion else _states("ACTIVE")
    stop = None if deletion else Ask(f"Delete{name}", params)
    return Watched(Ask(f"Describe{name}", params), "Status", good, _states(bad), name, name, stop=stop, gone=deletion)


def _application(good: str, bad: str = "", stop: str | None = None) -> Watched:
    """An EMR Serverless application on its way to a state; without a `bad` one it goes for good."""
    params = {"ApplicationId": _either("ApplicationId")}
    return Watched(
        Ask("GetApplication", params),
        "State",
        _states(good),
        _states(bad),
        found="Application",
        shown="Application",
        stop=None if stop is None else Ask(stop, params),
        gone=not bad,
    )


def _either(name: str) -> Pick:
    """From the submission's answer, else from the arguments: answers without body name nothing."""

    def pick(answer: Json, arguments: Json) -> Json:
        return (answer or {}).get(name) or (arguments or {}).get(name)

    return pick


def _training(kind: str, good: str = "Completed", bad: str = "Failed Stopped") -> Watched:
    """A SageMaker job, which is named by the customer."""
    name = {f"{kind}Name": given(f"{kind}Name")}
    return Watched(
        Ask(f"Describe{kind}", name), f"{kind}Status", _states(good), _states(bad), stop=Ask(f"Stop{kind}", name)
    )


_QUERY = {"QueryExecutionId": submitted("QueryExecutionId")}
_JOB = {"Name": given("Name"), "RunId": submitted("RunId")}
_CLUSTER = {"ClusterId": _either("ClusterId")}
_EKS_CLUSTER = {"Name": submitted("Cluster.Name")}
_STEP = {"ClusterId": given("ClusterId"), "StepId": submitted("StepId")}
_SERVERLESS_RUN = {"ApplicationId": submitted("ApplicationId"), "JobRunId": submitted("JobRunId")}
_CONTAINER_RUN = {"Id": submitted("Id"), "VirtualClusterId": submitted("VirtualClusterId")}
_CUSTOMIZATION = {"JobIdentifier": submitted("JobArn")}

WATCHED: dict[str, Watched] = {
    "athena:startQueryExecution": Watched(
        Ask("GetQueryExecution", _QUERY),
        "QueryExecution.Status.State",
        _states("SUCCEEDED"),
        _states("FAILED CANCELLED"),
        stop=Ask("StopQueryExecution", _QUERY),
    ),
    "batch:submitJob": Watched(
        Ask("DescribeJobs", {"Jobs": submitted_list("JobId")}),
        "Status",
        _states("SUCCEEDED"),
        _states("FAILED"),
        found="Jobs.0",
        stop=Ask("TerminateJob", {"JobId": submitted("JobId"), "Reason": _REASON}),
    ),
    "bedrock:createModelCustomizationJob": Watched(
        Ask("GetModelCustomizationJob", _CUSTOMIZATION),
        "Status",
        _states("Completed"),
        _states("Failed Stopped"),
        stop=Ask("StopModelCustomizationJob", _CUSTOMIZATION),
    ),
    "codebuild:startBuild": _build(False),
    "codebuild:retryBuild": _build(False),
    "codebuild:startBuildBatch": _build(True),
    "codebuild:retryBuildBatch": _build(True),
    "databrew:startJobRun": Watched(
        Ask("DescribeJobRun", _JOB),
        "State",
        _states("SUCCEEDED"),
        _states("FAILED STOPPED TIMEOUT"),
        stop=Ask("StopJobRun", _JOB),
    ),
    "ecs:runTask": Watched(
        Ask("DescribeTasks", _ECS_TASK),
        "LastStatus",
        _states("STOPPED"),
        frozenset(),
        found="Tasks.0",
        sound=_ran_well,
        stop=Ask(
            "StopTask",
            {"Cluster": submitted("Tasks.0.ClusterArn"), "Task": submitted("Tasks.0.TaskArn"), "Reason": _REASON},
        ),
    ),
    # What is still being made when nobody waits any more is deleted: the policies AWS gives for these tasks ask for it.
    "eks:createCluster": Watched(
        Ask("DescribeCluster", _EKS_CLUSTER),
        "Status",
        _states("ACTIVE"),
        _states("FAILED"),
        found="Cluster",
        shown="Cluster",
        stop=Ask("DeleteCluster", _EKS_CLUSTER),
    ),
    "eks:deleteCluster": Watched(
        Ask("DescribeCluster", _EKS_CLUSTER), "Status", frozenset(), _states("FAILED"), "Cluster", "Cluster", gone=True
    ),
    "eks:createFargateProfile": _part_of_cluster("FargateProfile", "FargateProfileName", "CREATE_FAILED DELETE_FAILED"),
    "eks:deleteFargateProfile": _part_of_cluster(
        "FargateProfile", "FargateProfileName", "DELETE_FAILED", deletion=True
    ),
    "eks:createNodegroup": _part_of_cluster("Nodegroup", "NodegroupName", "CREATE_FAILED DEGRADED DELETE_FAILED"),
    "eks:deleteNodegroup": _part_of_cluster("Nodegroup", "NodegroupName", "DELETE_FAILED", deletion=True),
    "elasticmapreduce:createCluster": Watched(
        Ask("DescribeCluster", _CLUSTER),
        "Status.State",
        _states("WAITING"),
        _states("TERMINATED TERMINATED_WITH_ERRORS"),
        found="Cluster",
        shown="Cluster",
        kept=("ClusterId", "ClusterArn"),
        stop=Ask("TerminateJobFlows", {"JobFlowIds": submitted_list("ClusterId")}),
    ),
    "elasticmapreduce:terminateCluster": Watched(
        Ask("DescribeCluster", _CLUSTER),
        "Status.State",
        _states("TERMINATED TERMINATED_WITH_ERRORS"),
        frozenset(),
        found="Cluster",
        shown="Cluster",
        kept=("ClusterId",),
    ),
    "elasticmapreduce:addStep": Watched(
        Ask("DescribeStep", _STEP),
        "Status.State",
        _states("COMPLETED"),
        _states("FAILED CANCELLED INTERRUPTED"),
        found="Step",
        shown="Step",
        stop=Ask("CancelSteps", {"ClusterId": given("ClusterId"), "StepIds": submitted_list("StepId")}),
    ),
    "emr-containers:createVirtualCluster": Watched(
        Ask("DescribeVirtualCluster", {"Id": submitted("Id")}),
        "State",
        _states("RUNNING"),
        _states("TERMINATED ARRESTED"),
        found="VirtualCluster",
        shown="VirtualCluster",
    ),
    "emr-containers:deleteVirtualCluster": Watched(
        Ask("DescribeVirtualCluster", {"Id": submitted("Id")}),
        "State",
        _states("TERMINATED"),
        _states("ARRESTED"),
        found="VirtualCluster",
        shown="VirtualCluster",
        gone=True,
    ),
    "emr-containers:startJobRun": Watched(
        Ask("DescribeJobRun", _CONTAINER_RUN),
        "State",
        _states("COMPLETED"),
        _states("FAILED CANCELLED"),
        found="JobRun",
        stop=Ask("CancelJobRun", _CONTAINER_RUN),
    ),
    "emr-serverless:createApplication": _application("CREATED STARTED", "TERMINATED", "DeleteApplication"),
    "emr-serverless:startApplication": _application("STARTED", "TERMINATED", "StopApplication"),
    "emr-serverless:stopApplication": _application("STOPPED", "TERMINATED"),
    "emr-serverless:deleteApplication": _application("TERMINATED"),
    "emr-serverless:startJobRun": Watched(
        Ask("GetJobRun", _SERVERLESS_RUN),
        "State",
        _states("SUCCESS"),
        _states("FAILED CANCELLED"),
        found="JobRun",
        shown="JobRun",
        stop=Ask("CancelJobRun", _SERVERLESS_RUN),
    ),
    "emr-serverless:cancelJobRun": Watched(
        Ask("GetJobRun", _SERVERLESS_RUN),
        "State",
        _states("CANCELLED SUCCESS FAILED"),
        frozenset(),
        found="JobRun",
        shown="JobRun",
    ),
    "glue:startJobRun": Watched(
        Ask("GetJobRun", {"JobName": given("JobName"), "RunId": submitted("JobRunId")}),
        "JobRunState",
        _states("SUCCEEDED"),
        _states("FAILED TIMEOUT STOPPED ERROR EXPIRED"),
        found="JobRun",
        stop=Ask("BatchStopJobRun", {"JobName": given("JobName"), "JobRunIds": submitted_list("JobRunId")}),
    ),
    "mediaconvert:createJob": Watched(
        Ask("GetJob", {"Id": submitted("Job.Id")}),
        "Status",
        _states("COMPLETE"),
        _states("ERROR CANCELED"),
        found="Job",
        shown="Job",
        stop=Ask("CancelJob", {"Id": submitted("Job.Id")}),
    ),
    "sagemaker:createTrainingJob": _training("TrainingJob"),
    "sagemaker:createTransformJob": _training("TransformJob"),
    "sagemaker:createHyperParameterTuningJob": _training("HyperParameterTuningJob"),
    "sagemaker:createLabelingJob": _training("LabelingJob"),
    "sagemaker:createProcessingJob": _training("ProcessingJob"),
    "sagemaker:createAutoMLJob": _training("AutoMLJob"),
}


def job(name: str) -> Job | None:
    """How the job of "glue:startJobRun" is followed, None for what is over with the call."""
    watched, row = WATCHED.get(name), ROWS.get(name)
    return None if watched is None or row is None else follow(row.service, row.wording, watched)
