"""What each field of the language is for, in one sentence. Source: the developer guide's page per state type."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Task": "Does a unit of work: calls a Lambda function, another AWS service, an HTTP endpoint or an activity.",
        "Wait": "Delays for a number of seconds, or until a point in time.",
        "Pass": "Passes its input to its output, or makes new data of it, without doing work.",
        "Succeed": "Ends the execution, the branch or the iteration successfully.",
        "Fail": "Ends the execution, the branch or the iteration as failed, with an error name and a cause.",
        "Choice": "Goes on by the first of its rules that is true, otherwise to its Default.",
        "Parallel": "Runs branches at the same time; its result is the array of their outputs.",
        "Map": "Runs the same states for every item of a collection; its result is the array of their outputs.",
    }
)

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # every state, every machine
        "Type": "The type of the state.",
        "Comment": "A description for people.",
        "QueryLanguage": "JSONPath (the default) or JSONata. A state may choose JSONata for itself.",
        "Next": "The name of the state that follows.",
        "End": "true: the execution (or the branch, the iteration) ends after this state.",
        "StartAt": "The name of the first state.",
        "States": "The states by name. Names have at most 80 characters.",
        "Version": 'The version of the language: "1.0".',
        # data, JSONPath
        "InputPath": "A path to the part of the input that the state works on. null: an empty object.",
        "OutputPath": "A path to the part of the result that becomes the output. null: an empty object.",
        "Parameters": "What is passed on. Members whose name ends in .$ hold a path or an intrinsic function call.",
        "ResultSelector": "Builds the result from what the task returned, before ResultPath.",
        "ResultPath": "Where in the input the result is put. null: the result is discarded. Default: $, in its place.",
        "Result": "The result of this Pass state, as it is written here.",
        # data, JSONata
        "Arguments": "What is passed on. Strings of the form {% ... %} are JSONata expressions.",
        "Output": "The output. Strings of the form {% ... %} are JSONata expressions. Default: the result.",
        "Assign": "Variables to set; the states that follow see their values.",
        "Condition": "A boolean, or a JSONata expression for one: {% ... %}.",
        "Items": "The array (or object) of items, or a JSONata expression for one.",
        # Task
        "Resource": "What is called: an integration, a Lambda function or an activity, by its ARN.",
        "TimeoutSeconds": "Seconds after which the task fails with States.Timeout (Standard default: 99999999).",
        "TimeoutSecondsPath": "A path to the number of seconds after which the task times out.",
        "HeartbeatSeconds": "Seconds between heartbeats after which the task fails; smaller than TimeoutSeconds.",
        "HeartbeatSecondsPath": "A path to the number of seconds that may pass between heartbeats.",
        "Credentials": "RoleArn: the role with which the task calls, instead of the execution's.",
        "Retry": "What to do again, how often and after which delay, by error name. The first match counts.",
        "Catch": "Where to go on when an error is not retried (any more), by error name. The first match counts.",
        # Wait
        "Seconds": "How many seconds to wait.",
        "SecondsPath": "A path to the number of seconds to wait.",
        "Timestamp": "The time to wait for, as RFC 3339 has it: 2026-01-31T08:00:00Z.",
        "TimestampPath": "A path to the time to wait for.",
        # Fail
        "Error": "The name of the error.",
        "ErrorPath": "A path or an intrinsic function call for the name of the error.",
        "Cause": "A description of the cause, for people.",
        "CausePath": "A path or an intrinsic function call for the cause.",
        # Choice
        "Choices": "The rules, tried in this order.",
        "Default": "The state that follows when no rule is true. Without it the execution fails then.",
        "Variable": "A path to the value that is compared.",
        "And": "True when all of these are.",
        "Or": "True when one of these is.",
        "Not": "True when this is not.",
        # Parallel, Map
        "Branches": "The branches: each has states of its own and gets the same input.",
        "ItemProcessor": "The states that run for every item.",
        "Iterator": "The former name of ItemProcessor.",
        "ItemsPath": "A path to the array of items.",
        "ItemSelector": "Builds the input of each iteration. $$.Map.Item.Value is the item.",
        "MaxConcurrency": "How many iterations run at the same time. 0: as many as possible.",
        "MaxConcurrencyPath": "A path to the number of iterations that run at the same time.",
        "ItemReader": "Where a distributed Map reads its items from, instead of the input.",
        "ItemBatcher": "Groups items, so that each child execution gets several.",
        "ResultWriter": "Where a distributed Map writes its results to, instead of the output.",
        "Label": "A part of the names of the child executions; at most 40 characters.",
        "ToleratedFailureCount": "So many items may fail before the Map does.",
        "ToleratedFailureCountPath": "A path to the number of items that may fail.",
        "ToleratedFailurePercentage": "So many percent of the items may fail before the Map does.",
        "ToleratedFailurePercentagePath": "A path to the percentage of items that may fail.",
        "ProcessorConfig": "Inline (the default) or distributed, with child executions of their own.",
        "Mode": "INLINE, or DISTRIBUTED: every item (or batch) is a child execution with a history of its own.",
        "ExecutionType": "The type of the child executions: STANDARD or EXPRESS.",
        # Retry, Catch
        "ErrorEquals": "Names of errors. States.ALL stands for all, alone and last.",
        "IntervalSeconds": "Seconds before the first retry (default 1).",
        "MaxAttempts": "How many retries there are (default 3). 0: none.",
        "BackoffRate": "By how much the delay grows from retry to retry (default 2.0).",
        "MaxDelaySeconds": "The longest delay in seconds.",
        "JitterStrategy": "FULL: the delay is drawn at random between zero and what it would be. Default: NONE.",
        # Distributed Map
        "ReaderConfig": "What the items are kept in, and how many of them are read.",
        "InputType": "The format of the items.",
        "Transformation": "What becomes of what is read or written.",
        "ManifestType": "Whose manifest it is: that of S3 Inventory or of an Athena UNLOAD.",
        "CSVDelimiter": "What stands between the columns (default COMMA).",
        "CSVHeaderLocation": "Where the names of the columns are: in the FIRST_ROW, or GIVEN in CSVHeaders.",
        "CSVHeaders": "The names of the columns.",
        "ItemsPointer": "A JSON pointer to the array of items inside the JSON file.",
        "MaxItems": "At most so many items are read. 0: all.",
        "MaxItemsPath": "A path to the number of items to read.",
        "MaxItemsPerBatch": "At most so many items form a batch.",
        "MaxItemsPerBatchPath": "A path to the number of items of a batch.",
        "MaxInputBytesPerBatch": "At most so many bytes form a batch (262144 at most).",
        "MaxInputBytesPerBatchPath": "A path to the number of bytes of a batch.",
        "BatchInput": "JSON that every batch gets beside its items.",
        "WriterConfig": "How the results are written.",
        "OutputType": "The format of the result files.",
    }
)

# Where a field means something else than usual.
_SPECIAL: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("machine", "Comment"): "A description of the workflow, for people.",
        ("machine", "TimeoutSeconds"): "Seconds after which the execution ends as TIMED_OUT.",
        (
            "machine",
            "QueryLanguage",
        ): "The language of all states that do not say: JSONPath (default) or JSONata.",
        ("Map", "Parameters"): "The former name of ItemSelector.",
        ("catcher", "ResultPath"): "Where in the input the error's output (Error and Cause) is put.",
        ("catcher", "Output"): "The output. $states.errorOutput is the error.",
        ("catcher", "Assign"): "Variables to set when this catcher is taken. $states.errorOutput is the error.",
        ("catcher", "Next"): "The state that handles the error.",
        ("rule", "Next"): "The state that follows when the rule is true.",
        ("item_reader", "Resource"): "arn:aws:states:::s3:getObject, or arn:aws:states:::s3:listObjectsV2.",
        ("result_writer", "Resource"): "arn:aws:states:::s3:putObject.",
    }
)


def describe(field: str, owner: str = "") -> str | None:
    """What `field` of an `owner` ("machine", "Task", "retrier", "rule", ...) is for; None when nobody knows it."""
    return _SPECIAL.get((owner, field)) or _FIELDS.get(field)


def describe_type(type: str) -> str | None:
    """What a state of this type does."""
    return _TYPES.get(type)
