"""The table of operations: AWS's name -> the function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from treadle.api import (
    activities,
    aliases,
    definitions,
    executions,
    machines,
    mapruns,
    tags,
    tasks,
    teststate,
    versions,
)
from treadle.api.context import Answer, Context, Params

Operation: TypeAlias = Callable[[Context, Params], Awaitable[Answer]]

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "CreateActivity": activities.create,
        "CreateStateMachine": machines.create,
        "CreateStateMachineAlias": aliases.create,
        "DeleteActivity": activities.delete,
        "DeleteStateMachine": machines.delete,
        "DeleteStateMachineAlias": aliases.delete,
        "DeleteStateMachineVersion": versions.delete,
        "DescribeActivity": activities.describe,
        "DescribeExecution": executions.describe,
        "DescribeMapRun": mapruns.describe,
        "DescribeStateMachine": machines.describe,
        "DescribeStateMachineAlias": aliases.describe,
        "DescribeStateMachineForExecution": machines.describe_for_execution,
        "GetActivityTask": activities.get_task,
        "GetExecutionHistory": executions.history,
        "ListActivities": activities.list_activities,
        "ListExecutions": executions.list_executions,
        "ListMapRuns": mapruns.list_runs,
        "ListStateMachineAliases": aliases.list_aliases,
        "ListStateMachineVersions": versions.list_versions,
        "ListStateMachines": machines.list_machines,
        "ListTagsForResource": tags.list_tags,
        "PublishStateMachineVersion": versions.publish,
        "RedriveExecution": executions.redrive,
        "SendTaskFailure": tasks.fail,
        "SendTaskHeartbeat": tasks.heartbeat,
        "SendTaskSuccess": tasks.succeed,
        "StartExecution": executions.start,
        "StartSyncExecution": executions.start_sync,
        "StopExecution": executions.stop,
        "TagResource": tags.tag,
        "TestState": teststate.test_state,
        "UntagResource": tags.untag,
        "UpdateMapRun": mapruns.update,
        "UpdateStateMachine": machines.update,
        "UpdateStateMachineAlias": aliases.update,
        "ValidateStateMachineDefinition": definitions.validate,
    }
)
# Operations that wait for news which must not be lost when their caller has hung up.
POLLS: Final = frozenset({"GetActivityTask"})
