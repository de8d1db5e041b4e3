"""What Terraform needs of the services that workflows give jobs to: Glue, Athena, CodeBuild. Cloud process only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SOURCELESS = ("NO_SOURCE", "CODEPIPELINE")
_JOB = (
    "Role", "Command", "Description", "LogUri", "ExecutionProperty", "DefaultArguments", "NonOverridableArguments",
    "Connections", "MaxRetries", "AllocatedCapacity", "Timeout", "MaxCapacity", "SecurityConfiguration",
    "NotificationProperty", "GlueVersion", "NumberOfWorkers", "WorkerType", "CodeGenConfigurationNodes",
    "ExecutionClass", "SourceControlDetails",
)  # fmt: skip


def update_glue_jobs() -> None:
    """UpdateJob replaces the whole definition; a job has an execution class only when one was given."""
    from moto.core.responses import ActionResult
    from moto.core.utils import camelcase_to_underscores
    from moto.glue.models import GlueBackend
    from moto.glue.responses import GlueResponse

    create = GlueBackend.create_job

    def create_job(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        create(self, name, *args, **kwargs)
        self.jobs[name].execution_class = kwargs["execution_class"]

    def update_job(self: Any) -> Any:
        name, update = self._get_param("JobName"), self._get_param("JobUpdate")
        job = self.glue_backend.get_job(name)
        for member in _JOB:
            setattr(job, camelcase_to_underscores(member), update.get(member))
        job.execution_property = job.execution_property or {}
        job.default_arguments = job.default_arguments or {}
        return ActionResult({"JobName": name})

    GlueBackend.create_job = create_job
    GlueResponse.update_job = update_job


def tell_that_nothing_is_tagged() -> None:
    """A resource of Athena without tags is there nevertheless."""
    from moto.athena.models import AthenaBackend

    ask = AthenaBackend.list_tags_for_resource

    def list_tags_for_resource(self: Any, resource_arn: str) -> dict[str, Any] | None:
        told: dict[str, Any] | None = ask(self, resource_arn)
        if told is None and any(resource.arn == resource_arn for resource in self.iter_tagged_resources()):
            return {"Tags": []}
        return told

    AthenaBackend.list_tags_for_resource = list_tags_for_resource


def update_workgroups() -> None:
    """A workgroup publishes its metrics unless told otherwise; UpdateWorkGroup merges what it is given."""
    from moto.athena.models import AthenaBackend
    from moto.athena.responses import AthenaResponse

    create = AthenaBackend.create_work_group

    def create_work_group(self: Any, name: str, configuration: Any, *args: Any, **kwargs: Any) -> Any:
        return create(self, name, {"PublishCloudWatchMetricsEnabled": True, **configuration}, *args, **kwargs)

    def update_work_group(self: Any) -> Any:
        group = self.athena_backend.work_groups.get(self._get_param("WorkGroup"))
        if group is None:
            return self.error("WorkGroup is not found.", 400)
        group.description = self._get_param("Description", group.description)
        group.state = self._get_param("State") or group.state
        group.configuration = _merged(group.configuration, self._get_param("ConfigurationUpdates", {}))
        return "{}"

    AthenaBackend.create_work_group = create_work_group
    AthenaResponse.update_work_group = update_work_group


def _merged(configuration: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    """The configuration after ConfigurationUpdates: `RemoveX` takes X away, `XUpdates` changes members of X."""
    merged = dict(configuration)
    for name, value in updates.items():
        if name.endswith("Updates"):
            inner = name.removesuffix("Updates")
            merged[inner] = _merged(merged.get(inner) or {}, value)
        elif not name.startswith("Remove"):
            merged[name] = value
        elif value:
            merged.pop(name.removeprefix("Remove"), None)
    return merged


def build_without_source() -> None:
    """A build project without a source, or fed by a pipeline, has no location."""
    from moto.codebuild import responses

    check = responses._validate_required_params_source

    def validate(source: dict[str, Any]) -> None:
        located = {**source, "location": source.get("location") or "none"}
        check(located if source.get("type") in _SOURCELESS else source)

    responses._validate_required_params_source = validate


JOB_GAPS: list[Callable[[], None]] = [
    update_glue_jobs,
    tell_that_nothing_is_tagged,
    update_workgroups,
    build_without_source,
]
