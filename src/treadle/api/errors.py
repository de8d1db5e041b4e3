"""Every refusal of the Step Functions API in one table, in AWS's words.

Missing here is only what nobody but the runtime can know: names that are taken, tokens that are stale.

A refusal is called with the words it quotes and gives the error to raise: `raise RESOURCE_NOT_FOUND(arn=arn)`.
The wordings are those of real answers of AWS; the few that could not be observed follow the documentation's sentence
and are marked [D].
"""

from __future__ import annotations

from msgspec import Struct

from treadle.aws import AwsError


class Refusal(Struct, frozen=True):
    """One error of AWS: its name, its sentence with places for words, its status, a ValidationException's reason."""

    code: str
    text: str
    status: int = 400
    reason: str | None = None

    def __call__(self, **words: object) -> AwsError:
        extra: dict[str, object] = {} if self.reason is None else {"reason": self.reason}
        if self.code in _NAMES_THE_RESOURCE and "arn" in words:
            extra["resourceName"] = words["arn"]
        return AwsError(self.code, self.text.format(**words) if words else self.text, self.status, extra)


# Their shapes have a member `resourceName`.
_NAMES_THE_RESOURCE = {"ResourceNotFound", "TooManyTags"}

# The wire
UNKNOWN_OPERATION = Refusal("UnknownOperationException", "{operation} is not an operation of AWS Step Functions.")
NOT_YET = Refusal("UnknownOperationException", "{operation} is not available in this version of treadle.")
SERIALIZATION = Refusal("SerializationException", "{problem}")
TOO_LARGE = Refusal("RequestEntityTooLargeException", "The request exceeds the maximum size of 1 MB.", 413)
INTERNAL = Refusal("InternalFailure", "The request processing has failed because of an unknown error.", 500)
NOT_FOUND = Refusal("NotFound", "There is nothing at {path}.", 404)

# Parameters
VALIDATION = Refusal("ValidationException", "{faults}")
INVALID_NAME = Refusal("InvalidName", "Invalid Name: '{name}'")
INVALID_ARN_PREFIX = Refusal("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: {arn}'")
INVALID_RESOURCE_TYPE = Refusal("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: {type}'")
INVALID_ROLE_ARN = Refusal("InvalidArn", "Invalid Role Arn: '{arn}'")
INVALID_TOKEN = Refusal("InvalidToken", "Invalid Token: 'Invalid token'")
INVALID_INPUT = Refusal("InvalidExecutionInput", "Invalid State Machine Execution Input: '{problem}'")
INVALID_OUTPUT = Refusal("InvalidOutput", "Invalid Output: '{problem}'")

# State machines
INVALID_DEFINITION = Refusal("InvalidDefinition", "Invalid State Machine Definition: '{problem}'")
STATE_MACHINE_DOES_NOT_EXIST = Refusal("StateMachineDoesNotExist", "State Machine Does Not Exist: '{arn}'")
STATE_MACHINE_ALREADY_EXISTS = Refusal("StateMachineAlreadyExists", "State Machine Already Exists: '{arn}'")
STATE_MACHINE_DELETING = Refusal("StateMachineDeleting", "State Machine is being deleted: '{arn}'")
TYPE_NOT_SUPPORTED = Refusal(
    "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
)
NOTHING_TO_UPDATE = Refusal(
    "MissingRequiredParameter",
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
)
LABELED_ARN = Refusal(
    "ValidationException",
    "Labeled state machine ARN is not supported: '{arn}'",  # [D]
    reason="API_DOES_NOT_SUPPORT_LABELED_ARNS",
)
QUALIFIED_ARN = Refusal("ValidationException", "Qualified state machine ARN is not supported: '{arn}'")  # [D]
ONE_DESTINATION = Refusal(
    "InvalidLoggingConfiguration", "Invalid Logging Configuration: Must specify exactly one Log Destination."
)
NO_DESTINATION = Refusal("InvalidLoggingConfiguration", "Invalid Logging Configuration: Log Destination not found.")
KEY_FOR_OWNED = Refusal(
    "InvalidEncryptionConfiguration",
    "Invalid Encryption Configuration: kmsKeyId and kmsDataKeyReusePeriodSeconds cannot be set when the type is "
    "AWS_OWNED_KEY.",  # [D]
)
KEY_MISSING = Refusal(
    "InvalidEncryptionConfiguration",
    "Invalid Encryption Configuration: kmsKeyId is required when the type is CUSTOMER_MANAGED_KMS_KEY.",  # [D]
)

# Versions and aliases
VERSION_DESCRIPTION = Refusal("ValidationException", "Version description can only be set when publish is true")
OTHER_REVISION = Refusal(
    "ConflictException",
    "Failed to publish the State Machine version for revision {wanted}. "
    "The current State Machine revision is {current}.",
)
VERSION_IN_USE = Refusal(
    "ConflictException",
    "Version to be deleted must not be referenced by an alias. "
    "Current list of aliases referencing this version: [{aliases}]",
)
TOO_MANY_VERSIONS = Refusal(
    "ServiceQuotaExceededException",
    "The state machine has reached its limit of 1000 versions: '{arn}'",  # [D]
)
TOO_MANY_ALIASES = Refusal(
    "ServiceQuotaExceededException",
    "The state machine has reached its limit of 100 aliases: '{arn}'",  # [D]
)
ALIAS_NOT_FOUND = Refusal("ResourceNotFound", "Request references a resource that does not exist.")
ALIAS_EXISTS = Refusal(
    "ConflictException",
    "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
)
NOTHING_TO_UPDATE_IN_ALIAS = Refusal(
    "ValidationException",
    "Either the description or the routing configuration must be specified",  # [D]
    reason="MISSING_REQUIRED_PARAMETER",
)
ROUTING_NOT_VERSIONS = Refusal(
    "ValidationException",
    "Routing configuration must contain state machine version ARNs. Received: [{arns}]",
    reason="INVALID_ROUTING_CONFIGURATION",
)
ROUTING_NOT_DISTINCT = Refusal(
    "ValidationException",
    "Routing configuration must contain distinct state machine version ARNs. Received: [{arns}]",
    reason="INVALID_ROUTING_CONFIGURATION",
)
ROUTING_WEIGHTS = Refusal(
    "ValidationException",
    "Sum of routing configuration weights must equal 100. Received: [{weights}]",
    reason="INVALID_ROUTING_CONFIGURATION",
)
ROUTING_OTHER_MACHINE = Refusal(
    "ValidationException",
    "Routing configuration must contain versions of one state machine. Received: [{arns}]",  # [D]
    reason="INVALID_ROUTING_CONFIGURATION",
)

# Tags
RESOURCE_NOT_FOUND = Refusal("ResourceNotFound", "Resource not found: '{arn}'")
TOO_MANY_TAGS = Refusal("TooManyTags", "You've exceeded the number of tags allowed for a resource: '{arn}'")  # [D]

# Executions
NOT_REDRIVABLE = Refusal("ExecutionNotRedrivable", "{reason}: '{arn}'")
# Mock configurations are Step Functions Local's, and so they say it: AWS itself has no such thing.
NO_TEST_CASE = Refusal(
    "InvalidName",
    "Invalid mock test case name '{case}' for state machine '{machine}'. "
    "Either the test case is not defined or the mock configuration file could not be loaded.",
)
TEST_CASE_DOES_NOT_FIT = Refusal(
    "ValidationException", "Mock test case '{case}' does not fit state machine '{machine}': {problem}"
)
EITHER_MACHINE_OR_RUN = Refusal(
    "ValidationException",
    "Either stateMachineArn or mapRunArn must be specified, but not both.",  # [D]
    reason="MISSING_REQUIRED_PARAMETER",
)

# Activities, tasks, map runs
ACTIVITY_DOES_NOT_EXIST = Refusal("ActivityDoesNotExist", "Activity Does Not Exist: '{arn}'")
ACTIVITY_ALREADY_EXISTS = Refusal("ActivityAlreadyExists", "Activity Already Exists: '{arn}'")
MAP_RUN_DOES_NOT_EXIST = Refusal("ResourceNotFound", "Resource not found: '{arn}'")
NOTHING_TO_UPDATE_IN_RUN = Refusal(
    "ValidationException",
    "Either maxConcurrency, toleratedFailureCount, or toleratedFailurePercentage must be specified",  # [D]
    reason="MISSING_REQUIRED_PARAMETER",
)
RUN_IS_OVER = Refusal(
    "ValidationException",
    "Map Run is completed and cannot be updated",
    reason="CANNOT_UPDATE_COMPLETED_MAP_RUN",  # [D]
)
