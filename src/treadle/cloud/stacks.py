"""CloudFormation's stacks with resources of other rooms, and what happens when one cannot be made.

Cloud process only.
"""

from __future__ import annotations

from typing import Any

from treadle.cloud.door import Refused
from treadle.cloud.stack_resources import KINDS

# Resources of other rooms that treadle does not make from a template.
_FOREIGN = ("AWS::StepFunctions::", "AWS::Lambda::", "AWS::Serverless::")


def refuse_foreign_resources() -> None:
    """Moto would make its own functions, where nobody finds them: what `KINDS` does not know is refused."""
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.parsing import ResourceMap

    load = ResourceMap.load

    def checked_load(self: Any) -> Any:
        for name, resource in (self._template.get("Resources") or {}).items():
            kind = str(resource.get("Type"))
            if kind.startswith(_FOREIGN) and kind not in KINDS:
                reason = f"Resource {name}: treadle does not create {kind} from a template; use the API or Terraform"
                raise ValidationError(message=reason)
        return load(self)

    ResourceMap.load = checked_load


def make_own_resources() -> None:
    """State machines, activities and functions are made in their own rooms."""
    from moto.cloudformation import parsing

    classes, names, generate = (
        parsing.resource_class_from_type,
        parsing.resource_name_property_from_type,
        parsing.generate_resource_name,
    )

    def resource_class_from_type(kind: str) -> Any:
        return KINDS.get(kind) or classes(kind)

    def resource_name_property_from_type(kind: str) -> Any:
        return KINDS[kind].name_property if kind in KINDS else names(kind)

    def generate_resource_name(kind: str, stack_name: str, logical_id: str) -> str:
        if kind == "AWS::StepFunctions::StateMachine":
            # Without the stack's name.
            return f"{logical_id[:67]}-{parsing.random_suffix()}"
        return (
            str(generate(kind, stack_name, logical_id))[:64]
            if kind in KINDS
            else str(generate(kind, stack_name, logical_id))
        )

    parsing.resource_class_from_type = resource_class_from_type
    parsing.resource_name_property_from_type = resource_name_property_from_type
    parsing.generate_resource_name = generate_resource_name


def roll_back_failures() -> None:
    """CreateStack answers at once; what a service refuses is seen in the stack's status and events."""
    from moto.cloudformation.models import Stack

    create, update = Stack.create_resources, Stack.update

    def create_resources(self: Any) -> None:
        try:
            create(self)
        except Refused as refusal:
            self._add_stack_event("CREATE_FAILED", resource_status_reason=str(refusal))
            self.stack_status_reason = self.status_reason = str(refusal)
            _roll_back(self)

    def update_stack(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            update(self, *args, **kwargs)
        except Refused as refusal:
            # Nothing is taken back: what had been changed stays changed, and the status says so.
            self._add_stack_event("UPDATE_ROLLBACK_FAILED", resource_status_reason=str(refusal))
            self.status, self.status_reason = "UPDATE_ROLLBACK_FAILED", str(refusal)

    Stack.create_resources = create_resources
    Stack.update = update_stack


def _roll_back(stack: Any) -> None:
    """Remove what had been made already; nothing of the template may be made later, when somebody looks at it."""
    stack._add_stack_event("ROLLBACK_IN_PROGRESS")
    stack.resource_map.delete()
    stack.resource_map._resource_json_map = {}
    stack.output_map._output_json_map = {}
    stack.status = "ROLLBACK_COMPLETE"
    stack._add_stack_event("ROLLBACK_COMPLETE")


STACKS = [refuse_foreign_resources, make_own_resources, roll_back_failures]
