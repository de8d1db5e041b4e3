"""State machines, activities and functions in CloudFormation's stacks: treadle's own, made through the server's door.

Cloud process only. Each class turns the properties of a template into calls of the service's API. What `Ref` and
`Fn::GetAtt` give stands in the resource's documentation:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import contextlib
import io
import re
import uuid
import zipfile
from typing import Any

from treadle.cloud.door import Refused, ask, fit
from treadle.values import Json, dumps

# What a resource that is to be deleted answers when it is gone already.
_GONE = ("ResourceNotFoundException", "StateMachineDoesNotExist", "ActivityDoesNotExist", "ResourceNotFound")
_FILES = {"python": "index.py", "nodejs": "index.js"}


class Resource:
    """One resource of a stack. Subclasses say how it is made, changed and removed."""

    service = "stepfunctions"
    name_property: str | None = None
    attributes: tuple[str, ...] = ()
    # A change of one of these needs another resource in place of this one.
    replacing: tuple[str, ...] = ()

    def __init__(self, name: str, properties: dict[str, Any], account: str, region: str) -> None:
        self.name, self.properties, self.account, self.region = name, properties, account, region
        self.physical_resource_id = ""
        self.values: dict[str, str] = {}
        self.create()

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> Resource:
        return cls(resource_name, cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Resource,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Resource:
        old, wanted = original_resource, cloudformation_json.get("Properties", {})
        if any(old.properties.get(name) != wanted.get(name) for name in cls.replacing):
            made = cls(new_resource_name, wanted, account_id, region_name)
            old.delete(account_id, region_name)
            return made
        before, old.properties = old.properties, wanted
        old.update(before)
        return old

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    def get_cfn_attribute(self, name: str) -> str:
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if name not in self.attributes:
            raise UnformattedGetAttTemplateException()
        return self.values[name]

    def is_created(self) -> bool:
        return True

    def delete(self, account: str, region: str) -> None:
        try:
            self.remove()
        except Refused as refusal:
            if refusal.code not in _GONE:
                raise

    def ask(self, operation: str, params: dict[str, Any]) -> Any:
        """Perform an operation of the service; properties are fitted to what it takes."""
        return ask(self.account, self.region, self.service, operation, fit(self.service, operation, params))

    def create(self) -> None:
        raise NotImplementedError

    def update(self, before: dict[str, Any]) -> None:
        raise NotImplementedError

    def remove(self) -> None:
        raise NotImplementedError

    def tag(self, before: dict[str, Any], arn: str) -> None:
        """Change the tags of a resource of Step Functions to those of the template."""
        old, new = tags_of(before), tags_of(self.properties)
        if gone := [key for key in old if key not in new]:
            self.ask("UntagResource", {"resourceArn": arn, "tagKeys": gone})
        if new and new != old:
            self.ask("TagResource", {"resourceArn": arn, "tags": _pairs(new)})


class StateMachine(Resource):
    name_property = "StateMachineName"
    attributes = ("Arn", "Name", "StateMachineRevisionId")
    replacing = ("StateMachineName", "StateMachineType")
    _definition = ("DefinitionString", "Definition", "DefinitionS3Location", "DefinitionSubstitutions")

    def create(self) -> None:
        made = self.ask("CreateStateMachine", {"name": self.name, **self._params()} | self._tags())
        self.physical_resource_id = made["stateMachineArn"]
        self.values = {"Arn": made["stateMachineArn"], "Name": self.name, "StateMachineRevisionId": "INITIAL"}

    def update(self, before: dict[str, Any]) -> None:
        arn, params = self.physical_resource_id, self._params()
        params.pop("type", None)
        # What is not said any more goes back to what it is by default.
        defaults = {"loggingConfiguration": {"level": "OFF"}, "tracingConfiguration": {"enabled": False}}
        changed = self.ask("UpdateStateMachine", {"stateMachineArn": arn, **defaults, **params})
        self.values["StateMachineRevisionId"] = changed.get("revisionId") or self.values["StateMachineRevisionId"]
        self.tag(before, arn)

    def remove(self) -> None:
        self.ask("DeleteStateMachine", {"stateMachineArn": self.physical_resource_id})

    def _params(self) -> dict[str, Any]:
        own = ("StateMachineName", "StateMachineType", "Tags", *self._definition)
        params = {name: value for name, value in self.properties.items() if name not in own}
        if "StateMachineType" in self.properties:
            params["type"] = self.properties["StateMachineType"]
        return params | {"definition": self._text()}

    def _tags(self) -> dict[str, Any]:
        tags = tags_of(self.properties)
        return {"tags": _pairs(tags)} if tags else {}

    def _text(self) -> str:
        """The definition, its `${names}` replaced."""
        given = self.properties
        if "DefinitionString" in given:
            text = given["DefinitionString"]
        elif "Definition" in given:
            text = dumps(given["Definition"])
        elif "DefinitionS3Location" in given:
            text = self._stored(given["DefinitionS3Location"])
        else:
            raise Refused(
                "InvalidRequest", "A state machine needs a Definition, DefinitionString or DefinitionS3Location"
            )
        substitutes = given.get("DefinitionSubstitutions") or {}

        def replace(found: re.Match[str]) -> str:
            return _plain(substitutes[found[1]]) if found[1] in substitutes else found[0]

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _stored(self, place: dict[str, str]) -> str:
        """The text of an object of S3: JSON as it is, YAML as JSON."""
        import yaml
        from moto.s3.models import s3_backends

        backend = s3_backends[self.account]["aws"]
        found = backend.get_object(place["Bucket"], place["Key"], version_id=place.get("Version"))
        if found is None:
            raise Refused("InvalidRequest", f"There is no object {place['Key']} in the bucket {place['Bucket']}")
        text: str = found.value.decode()
        return text if text.lstrip().startswith("{") else dumps(yaml.safe_load(text))


class StateMachineVersion(Resource):
    attributes = ("Arn",)
    replacing = ("StateMachineArn", "StateMachineRevisionId", "Description")

    def create(self) -> None:
        given = self.properties
        params = {"stateMachineArn": given["StateMachineArn"], "description": given.get("Description", "")}
        # INITIAL is what a template calls the revision of a machine that was never updated.
        if given.get("StateMachineRevisionId", "INITIAL") != "INITIAL":
            params["revisionId"] = given["StateMachineRevisionId"]
        arn = self.ask("PublishStateMachineVersion", params)["stateMachineVersionArn"]
        self.physical_resource_id, self.values = arn, {"Arn": arn}

    def update(self, before: dict[str, Any]) -> None:
        """Every change replaces it."""

    def remove(self) -> None:
        self.ask("DeleteStateMachineVersion", {"stateMachineVersionArn": self.physical_resource_id})


class StateMachineAlias(Resource):
    name_property = "Name"
    attributes = ("Arn",)
    replacing = ("Name",)

    def create(self) -> None:
        made = self.ask("CreateStateMachineAlias", {"name": self.name, **self._params()})
        self.physical_resource_id, self.values = made["stateMachineAliasArn"], {"Arn": made["stateMachineAliasArn"]}

    def update(self, before: dict[str, Any]) -> None:
        self.ask("UpdateStateMachineAlias", {"stateMachineAliasArn": self.physical_resource_id, **self._params()})

    def remove(self) -> None:
        self.ask("DeleteStateMachineAlias", {"stateMachineAliasArn": self.physical_resource_id})

    def _params(self) -> dict[str, Any]:
        """A deployment preference is performed at once: all traffic goes to its version."""
        params = {
            name: value for name, value in self.properties.items() if name not in ("Name", "DeploymentPreference")
        }
        if (wish := self.properties.get("DeploymentPreference")) is not None:
            route = {"stateMachineVersionArn": wish["StateMachineVersionArn"], "weight": 100}
            params["routingConfiguration"] = [route]
        return params


class Activity(Resource):
    name_property = "Name"
    attributes = ("Arn", "Name")
    replacing = ("Name", "EncryptionConfiguration")

    def create(self) -> None:
        params = {name: value for name, value in self.properties.items() if name not in ("Name", "Tags")}
        tags = tags_of(self.properties)
        made = self.ask("CreateActivity", {"name": self.name, **params} | ({"tags": _pairs(tags)} if tags else {}))
        self.physical_resource_id = made["activityArn"]
        self.values = {"Arn": made["activityArn"], "Name": self.name}

    def update(self, before: dict[str, Any]) -> None:
        self.tag(before, self.physical_resource_id)

    def remove(self) -> None:
        self.ask("DeleteActivity", {"activityArn": self.physical_resource_id})


class Function(Resource):
    service = "lambda"
    name_property = "FunctionName"
    attributes = ("Arn",)
    replacing = ("FunctionName", "PackageType")

    def create(self) -> None:
        params = self._params() | {"FunctionName": self.name, "Code": self._code()}
        if tags := tags_of(self.properties):
            params["Tags"] = tags
        if "Architectures" in self.properties:
            params["Architectures"] = self.properties["Architectures"]
        made = self.ask("CreateFunction", params)
        self.physical_resource_id, self.values = self.name, {"Arn": made["FunctionArn"]}

    def update(self, before: dict[str, Any]) -> None:
        code = ("Code", "Architectures")
        if any(before.get(name) != self.properties.get(name) for name in code):
            self.ask("UpdateFunctionCode", {"FunctionName": self.name, **self._code()})
        params = self._params()
        for name in ("PackageType", "CodeSigningConfigArn"):
            params.pop(name, None)
        self.ask("UpdateFunctionConfiguration", {"FunctionName": self.name, **params})
        old, new, arn = tags_of(before), tags_of(self.properties), self.values["Arn"]
        if gone := [key for key in old if key not in new]:
            self.ask("UntagResource", {"Resource": arn, "TagKeys": gone})
        if new and new != old:
            self.ask("TagResource", {"Resource": arn, "Tags": new})

    def remove(self) -> None:
        self.ask("DeleteFunction", {"FunctionName": self.name})

    def _params(self) -> dict[str, Any]:
        own = ("FunctionName", "Code", "Tags", "Architectures")
        return {name: value for name, value in self.properties.items() if name not in own}

    def _code(self) -> dict[str, Any]:
        """`Code` of the API: text in a template becomes a package with one file."""
        code = dict(self.properties.get("Code") or {})
        if "ZipFile" in code:
            runtime = str(self.properties.get("Runtime", "python"))
            file = next((file for kind, file in _FILES.items() if runtime.startswith(kind)), "index.py")
            code["ZipFile"] = _package(file, code["ZipFile"])
        return code


class Version(Resource):
    service = "lambda"
    attributes = ("Version", "FunctionArn")
    replacing = ("FunctionName", "Description", "CodeSha256")

    def create(self) -> None:
        made = self.ask("PublishVersion", dict(self.properties))
        self.physical_resource_id = made["FunctionArn"]
        self.values = {"Version": made["Version"], "FunctionArn": made["FunctionArn"]}

    def update(self, before: dict[str, Any]) -> None:
        """Every change replaces it."""

    def remove(self) -> None:
        params = {"FunctionName": self.properties["FunctionName"], "Qualifier": self.values["Version"]}
        self.ask("DeleteFunction", params)


class Alias(Resource):
    service = "lambda"
    attributes = ("AliasArn",)
    replacing = ("FunctionName", "Name")

    def create(self) -> None:
        made = self.ask("CreateAlias", self._params())
        self.physical_resource_id, self.values = made["AliasArn"], {"AliasArn": made["AliasArn"]}

    def update(self, before: dict[str, Any]) -> None:
        self.ask("UpdateAlias", self._params())

    def remove(self) -> None:
        self.ask("DeleteAlias", {name: self.properties[name] for name in ("FunctionName", "Name")})

    def _params(self) -> dict[str, Any]:
        params = dict(self.properties)
        if "RoutingConfig" in params:
            told = params["RoutingConfig"].get("AdditionalVersionWeights") or []
            weights = {one["FunctionVersion"]: float(one["FunctionWeight"]) for one in told}
            params["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        return params


class Permission(Resource):
    service = "lambda"
    attributes = ("Id",)
    replacing = ("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken")

    def create(self) -> None:
        self.physical_resource_id = f"{self.name[:60]}-{uuid.uuid4().hex[:12]}"
        self.values = {"Id": self.physical_resource_id}
        self.ask("AddPermission", {"StatementId": self.physical_resource_id, **self.properties})

    def update(self, before: dict[str, Any]) -> None:
        """Every change replaces it."""

    def remove(self) -> None:
        params = {"FunctionName": self.properties["FunctionName"], "StatementId": self.physical_resource_id}
        self.ask("RemovePermission", params)


class EventSourceMapping(Resource):
    service = "lambda"
    attributes = ("Id", "EventSourceMappingArn")
    replacing = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp")

    def create(self) -> None:
        params = {name: _typed(value) for name, value in self.properties.items() if name != "Tags"}
        made = self.ask("CreateEventSourceMapping", params | {"Tags": tags_of(self.properties)})
        self.physical_resource_id = made["UUID"]
        self.values = {"Id": made["UUID"], "EventSourceMappingArn": made["EventSourceMappingArn"]}

    def update(self, before: dict[str, Any]) -> None:
        fixed = (*self.replacing, "Tags")
        params = {name: _typed(value) for name, value in self.properties.items() if name not in fixed}
        self.ask("UpdateEventSourceMapping", {"UUID": self.physical_resource_id, **params})

    def remove(self) -> None:
        self.ask("DeleteEventSourceMapping", {"UUID": self.physical_resource_id})


def _typed(value: Json) -> Json:
    """Templates may write numbers and truth values as text."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if isinstance(value, str) and value.isdecimal() else value


KINDS: dict[str, type[Resource]] = {
    "AWS::Lambda::EventSourceMapping": EventSourceMapping,
    "AWS::StepFunctions::StateMachine": StateMachine,
    "AWS::StepFunctions::StateMachineVersion": StateMachineVersion,
    "AWS::StepFunctions::StateMachineAlias": StateMachineAlias,
    "AWS::StepFunctions::Activity": Activity,
    "AWS::Lambda::Function": Function,
    "AWS::Lambda::Version": Version,
    "AWS::Lambda::Alias": Alias,
    "AWS::Lambda::Permission": Permission,
}


def tags_of(properties: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: _plain(tag["Value"]) for tag in properties.get("Tags") or []}


def _pairs(tags: dict[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value)


def _package(file: str, text: str) -> bytes:
    """A zip archive with one file; the same text gives the same bytes."""
    packed = io.BytesIO()
    with contextlib.closing(zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED)) as archive:
        told = zipfile.ZipInfo(file)
        told.external_attr = 0o644 << 16
        archive.writestr(told, text)
    return packed.getvalue()
