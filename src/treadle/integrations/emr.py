"""`elasticmapreduce:modifyInstance...ByName`: Step Functions looks the fleet or group up by its name and changes it."""

from __future__ import annotations

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.aws_sdk import perform
from treadle.integrations.integration import Call, Integration
from treadle.integrations.models import operation
from treadle.integrations.shapes import Faults, to_request
from treadle.integrations.wording import Reply, Wording, bad_parameters
from treadle.values import Json

WORDING = Wording("ElasticMapReduce", "AmazonElasticMapReduceException", "AmazonElasticMapReduce")


async def modify_fleet(call: Call) -> Json:
    """`{ClusterId, InstanceFleetName, InstanceFleet: {TargetOnDemandCapacity, ...}}`."""
    change = await _named(call, "ListInstanceFleets", "InstanceFleet")
    return await _modify(call, "ModifyInstanceFleet", {"InstanceFleet": change})


async def modify_group(call: Call) -> Json:
    """`{ClusterId, InstanceGroupName, InstanceGroup: {InstanceCount, ...}}`."""
    change = await _named(call, "ListInstanceGroups", "InstanceGroup")
    return await _modify(call, "ModifyInstanceGroups", {"InstanceGroups": [change]})


async def _named(call: Call, listing: str, kind: str) -> dict[str, Json]:
    """The change that is asked for, with the id of the fleet or group of that name."""
    given = call.arguments if isinstance(call.arguments, dict) else {}
    lacking = [name for name in ("ClusterId", f"{kind}Name", kind) if not given.get(name)]
    if lacking:
        raise bad_parameters(call, [f"The field '{name}' is required but was missing" for name in lacking])
    target, marker = operation("emr", listing), None
    try:
        while True:
            page = {"ClusterId": given["ClusterId"]} | ({"Marker": marker} if marker else {})
            answer = await perform(call, target, page)
            for each in answer.get(f"{kind}s") or []:
                if each.get("Name") == given[f"{kind}Name"]:
                    return {f"{kind}Id": each["Id"], **given[kind]}
            marker = answer.get("Marker")
            if not marker:
                raise AwsError("InvalidRequestException", f"There is no {kind} named {given[f'{kind}Name']}.")
    except AwsError as error:
        raise WORDING.failure(target.api, error) from None


async def _modify(call: Call, name: str, change: dict[str, Json]) -> Json:
    target, faults = operation("emr", name), Faults()
    params = to_request(target.input, {"ClusterId": call.arguments["ClusterId"], **change}, faults, lenient=False)
    if faults:
        raise bad_parameters(call, faults)
    try:
        reply = Reply.of(await perform(call, target, params))
    except AwsError as error:
        raise WORDING.failure(target.api, error) from None
    return reply.metadata(reply.headers(0, "application/x-amz-json-1.1"))


INTEGRATIONS = {
    f"elasticmapreduce:{action}": Integration(
        f"elasticmapreduce:{action}", frozenset(OPTIMIZED["elasticmapreduce"][action]), perform_it
    )
    for action, perform_it in (
        ("modifyInstanceFleetByName", modify_fleet),
        ("modifyInstanceGroupByName", modify_group),
    )
}
