"""What a deployed REST API consists of, told to the server, which serves it. Cloud process only."""

from __future__ import annotations

import sys
from typing import Any

from treadle.values import Json, dumps, loads


def keep_deployments() -> None:
    """A stage serves the API as it was when it was deployed; moto would keep only the deployment's id.

    Nor does anybody need the mocks for `requests` that moto makes for every method of every stage.
    """
    from moto.apigateway.models import RestAPI

    create = RestAPI.create_deployment
    RestAPI.update_integration_mocks = lambda self, stage_name: None

    def create_deployment(self: Any, *args: Any, **kwargs: Any) -> Any:
        deployment = create(self, *args, **kwargs)
        # A copy: what is changed later is only served after the next deployment.
        deployment.treadle_resources = loads(dumps(_resources(self)))
        return deployment

    RestAPI.create_deployment = create_deployment


def describe_api(api_id: str) -> Json:
    """The API with that id, in whatever account and region it is; null when there is none."""
    if (gateway := sys.modules.get("moto.apigateway.models")) is None:
        return None  # no call has needed it yet
    for account, regions in dict.items(gateway.apigateway_backends):
        for region, backend in dict.items(regions):
            if (api := backend.apis.get(api_id)) is not None:
                return _described(api, account, region)
    return None


def _described(api: Any, account: str, region: str) -> Json:
    stages = {}
    for name, stage in api.stages.items():
        deployment = api.deployments.get(stage.deployment_id)
        kept = getattr(deployment, "treadle_resources", None)
        stages[name] = {
            "deployment": stage.deployment_id,
            "variables": stage.variables or {},
            "resources": _resources(api) if kept is None else kept,
        }
    types = (api.endpoint_configuration or {}).get("types") or ["EDGE"]
    return {"account": account, "region": region, "edge": "EDGE" in types, "stages": stages}


def _resources(api: Any) -> list[Json]:
    return [
        {
            "id": resource.id,
            "path": resource.get_path(),
            "methods": {verb: method.to_json() for verb, method in resource.resource_methods.items()},
        }
        for resource in api.resources.values()
    ]
