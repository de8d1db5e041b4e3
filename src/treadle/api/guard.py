"""IAM, enforced when asked to (`--enforce-iam`): a task may do what its role's policies allow, and nothing else."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.aws import AwsError, Caller
from treadle.cloud import Cloud
from treadle.integrations.actions import action_of, resources_of
from treadle.integrations.models import api
from treadle.integrations.policies import judge
from treadle.values import Json

# Seconds that a role's policies are remembered: a change takes effect as soon as at AWS, or sooner.
FRESH = 1.0
_LETTERS = string.ascii_letters


class Guard:
    """Knows the policies of roles in the built-in cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._known: dict[str, tuple[float, list[Json]]] = {}
        self._session = "".join(secrets.choice(_LETTERS) for _ in range(32))

    async def check(
        self, caller: Caller, service: str, operation: str, params: Mapping[str, Any], role: str | None
    ) -> None:
        """Raises AwsError, worded as AWS does, when the role may not."""
        if role is None:
            return
        action, policies, account = action_of(service, operation), await self._policies(role), role.split(":")[4]
        facts = {
            "aws:principalaccount": account,
            "aws:principalarn": role,
            "aws:requestedregion": caller.region,
            "aws:securetransport": "true",
            "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        for resource in resources_of(caller, service, params):
            verdict = judge(policies, action, resource, facts)
            if verdict != "allowed":
                raise self._denial(service, action, resource, role, explicit=verdict == "denied")

    def _denial(self, service: str, action: str, resource: str | None, role: str, explicit: bool) -> AwsError:
        who = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
        path, _, name = who.rpartition("/")
        # A role's path is no part of its session's ARN.
        who = f"{path.partition(':assumed-role')[0]}:assumed-role/{name}/{self._session}"
        where = f" on resource: {resource}" if resource is not None else ""
        reason = (
            "with an explicit deny in an identity-based policy"
            if explicit
            else f"because no identity-based policy allows the {action} action"
        )
        code = "AccessDeniedException" if "json" in api(service).protocol else "AccessDenied"
        return AwsError(code, f"User: {who} is not authorized to perform: {action}{where} {reason}", 403)

    async def _policies(self, role: str) -> list[Json]:
        found = self._known.get(role)
        if found is None or time.monotonic() - found[0] > FRESH:
            found = self._known[role] = (time.monotonic(), await self._read(role))
        return found[1]

    async def _read(self, role: str) -> list[Json]:
        """The documents of a role's inline and attached policies; none for a role that does not exist."""
        home, name = Caller(role.split(":")[4]), role.rpartition("/")[2]

        async def ask(operation: str, **params: str) -> Any:
            return await self._cloud.call(home, "iam", operation, params)

        try:
            inline = (await ask("ListRolePolicies", RoleName=name))["PolicyNames"]
            attached = (await ask("ListAttachedRolePolicies", RoleName=name))["AttachedPolicies"]
        except AwsError as refusal:
            if refusal.status < 500 and refusal.code in ("NoSuchEntity", "NoSuchEntityException"):
                return []
            raise
        documents = [(await ask("GetRolePolicy", RoleName=name, PolicyName=one))["PolicyDocument"] for one in inline]
        for policy in attached:
            arn = policy["PolicyArn"]
            version = (await ask("GetPolicy", PolicyArn=arn))["Policy"]["DefaultVersionId"]
            told = await ask("GetPolicyVersion", PolicyArn=arn, VersionId=version)
            documents.append(told["PolicyVersion"]["Document"])
        return [_document(one) for one in documents]


def _document(told: Json) -> Json:
    """A policy comes as an object, or as text that may be percent-encoded."""
    if not isinstance(told, str):
        return told
    from urllib.parse import unquote

    return msgspec.json.decode(unquote(told) if told.startswith("%7B") else told)
