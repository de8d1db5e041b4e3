"""What calls need in IAM, where it is not just `service:Operation` on the resource that a parameter names.

Sources: developer guide, "IAM policies for integrated services" (a page per service); service authorization reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# botocore's service -> prefix of its actions, where it is neither its signing name nor the name itself.
PREFIXES: Final[Mapping[str, str]] = {
    "stepfunctions": "states",
    "emr": "elasticmapreduce",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "cognito-idp": "cognito-idp",
    "opensearch": "es",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
    "iot-data": "iot",
    "appconfigdata": "appconfig",
    "apigatewayv2": "apigateway",
    "dynamodbstreams": "dynamodb",
    "resourcegroupstaggingapi": "tag",
    "lexv2-runtime": "lex",
    "sesv2": "ses",
}
# (prefix, operation) -> actions, where an operation is not its own action.
ACTIONS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("lambda", "Invoke"): ("lambda:InvokeFunction",),
    ("lambda", "InvokeAsync"): ("lambda:InvokeFunction",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "SelectObjectContent"): ("s3:GetObject",),
    ("s3", "ListObjects"): ("s3:ListBucket",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
    ("s3", "HeadBucket"): ("s3:ListBucket",),
    ("s3", "ListBuckets"): ("s3:ListAllMyBuckets",),
    ("s3", "DeleteObjects"): ("s3:DeleteObject",),
    ("s3", "CopyObject"): ("s3:GetObject", "s3:PutObject"),
    ("s3", "CreateMultipartUpload"): ("s3:PutObject",),
    ("s3", "UploadPart"): ("s3:PutObject",),
    ("s3", "CompleteMultipartUpload"): ("s3:PutObject",),
    ("dynamodb", "TransactWriteItems"): (
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    ),
    ("dynamodb", "TransactGetItems"): ("dynamodb:GetItem",),
    ("dynamodb", "ExecuteStatement"): (
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PartiQLDelete",
    ),
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage",),
    ("sqs", "DeleteMessageBatch"): ("sqs:DeleteMessage",),
    ("sns", "PublishBatch"): ("sns:Publish",),
    ("bedrock", "Converse"): ("bedrock:InvokeModel",),
    ("ses", "SendEmail"): ("ses:SendEmail",),
}
# Parameter -> the resource it names, as an ARN with what is known; by prefix. The first parameter that is there counts.
RESOURCES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "lambda": (("FunctionName", "arn:{partition}:lambda:{region}:{account}:function:{value}"),),
    "dynamodb": (("TableName", "arn:{partition}:dynamodb:{region}:{account}:table/{value}"),),
    "sqs": (("QueueUrl", "arn:{partition}:sqs:{region}:{account}:{last}"),),
    "sns": (("TopicArn", "{value}"), ("TargetArn", "{value}")),
    "states": (("StateMachineArn", "{value}"), ("ExecutionArn", "{value}"), ("ActivityArn", "{value}")),
    "glue": (("JobName", "arn:{partition}:glue:{region}:{account}:job/{value}"),),
    "codebuild": (("ProjectName", "arn:{partition}:codebuild:{region}:{account}:project/{value}"),),
    "databrew": (("Name", "arn:{partition}:databrew:{region}:{account}:job/{value}"),),
    "athena": (("WorkGroup", "arn:{partition}:athena:{region}:{account}:workgroup/{value}"),),
    "events": (("EventBusName", "arn:{partition}:events:{region}:{account}:event-bus/{value}"),),
    "secretsmanager": (("SecretId", "arn:{partition}:secretsmanager:{region}:{account}:secret:{value}*"),),
    "ssm": (("Name", "arn:{partition}:ssm:{region}:{account}:parameter/{bare}"),),
    "kms": (("KeyId", "arn:{partition}:kms:{region}:{account}:key/{value}"),),
    "bedrock": (("ModelId", "arn:{partition}:bedrock:{region}::foundation-model/{value}"),),
    "ecs": (("TaskDefinition", "arn:{partition}:ecs:{region}:{account}:task-definition/{value}"),),
    "kinesis": (("StreamName", "arn:{partition}:kinesis:{region}:{account}:stream/{value}"),),
    "firehose": (("DeliveryStreamName", "arn:{partition}:firehose:{region}:{account}:deliverystream/{value}"),),
    "scheduler": (("Name", "arn:{partition}:scheduler:{region}:{account}:schedule/*/{value}"),),
    "iam": (("RoleName", "arn:{partition}:iam::{account}:role/{value}"),),
}
# Integration with .sync -> the managed rule by which EventBridge tells Step Functions of the end.
RULES: Final[Mapping[str, str]] = {
    "batch:submitJob": "StepFunctionsGetEventsForBatchJobsRule",
    "codebuild:startBuild": "StepFunctionsGetEventForCodeBuildStartBuildRule",
    "codebuild:startBuildBatch": "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    "ecs:runTask": "StepFunctionsGetEventsForECSTaskRule",
    "elasticmapreduce:createCluster": "StepFunctionsGetEventForEMRRunJobFlowRule",
    "elasticmapreduce:addStep": "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    "elasticmapreduce:terminateCluster": "StepFunctionsGetEventForEMRTerminateJobFlowsRule",
    "emr-serverless:startJobRun": "StepFunctionsGetEventsForEMRServerlessJobRule",
    "emr-serverless:startApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "emr-serverless:stopApplication": "StepFunctionsGetEventsForEMRServerlessApplicationRule",
    "mediaconvert:createJob": "StepFunctionsGetEventsForMediaConvertJobRule",
    "sagemaker:createTrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "sagemaker:createTransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "sagemaker:createHyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "sagemaker:createLabelingJob": "StepFunctionsGetEventsForSageMakerLabelingJobsRule",
    "sagemaker:createProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "states:startExecution": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
# Integrations that hand a role on: (their parameters with roles, the service that gets them).
PASSED: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "sagemaker": (("RoleArn", "ExecutionRoleArn"), "sagemaker.amazonaws.com"),
    "ecs": (("Overrides.TaskRoleArn", "Overrides.ExecutionRoleArn"), "ecs-tasks.amazonaws.com"),
    "emr-serverless": (("ExecutionRoleArn",), "emr-serverless.amazonaws.com"),
    "mediaconvert": (("Role",), "mediaconvert.amazonaws.com"),
    "eks": (("RoleArn", "NodeRole", "PodExecutionRoleArn"), "eks.amazonaws.com"),
    "bedrock": (("RoleArn",), "bedrock.amazonaws.com"),
}
LOGGING: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
TRACING: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
ENCRYPTION: Final = ("kms:Decrypt", "kms:GenerateDataKey")
