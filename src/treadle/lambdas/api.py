"""Lambda's HTTP API: a request in, a response out. Every operation is a row of one table."""

from __future__ import annotations

import asyncio
import re
import shutil
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import orjson

from treadle.aws import AwsError, Caller, Request, Response
from treadle.lambdas import aliases, event_sources, figures, functions, layers, permissions, settings
from treadle.lambdas.crew import IDLE_TIME, Crew
from treadle.lambdas.figures import Keeper
from treadle.lambdas.invocation import Invocation
from treadle.lambdas.invoke import RETRY_DELAYS, Deliver, Invoker, Kind
from treadle.lambdas.logs import LogBook, LogSink
from treadle.lambdas.metrics import Metrics
from treadle.lambdas.model import Model
from treadle.lambdas.names import target
from treadle.lambdas.packages import Packages
from treadle.lambdas.pollers import Outside, Pollers
from treadle.lambdas.registry import Registry
from treadle.lambdas.service import FetchObject, Parameters, Service
from treadle.values import Json

Answer = Callable[[Service, Caller, Parameters], Awaitable[Json]]
# Most worker processes at a time, of all functions together.
MOST_WORKERS = 100
# Of the data directory: what functions did.
FIGURES = "figures.msgpack"
_CODE = re.compile(r"/_treadle/lambda/code/([0-9a-f]{64})\.zip")


class Lambda:
    """AWS Lambda in this process: its API (`handle`), and its functions for other rooms (`invoke`)."""

    def __init__(self, service: Service, book: LogBook, model: Model, leftovers: Path, keeper: Keeper) -> None:
        self._service = service
        self._book = book
        self._model = model
        self._keeper = keeper
        self._closed = False
        self._sweeping = asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, leftovers, True)

    @classmethod
    async def open(
        cls,
        data_dir: Path,
        *,
        endpoint_url: str,
        fetch_object: FetchObject,
        logs: LogSink | None = None,
        deliver: Deliver | None = None,
        outside: Outside | None = None,
        most_workers: int = MOST_WORKERS,
        idle_time: float = IDLE_TIME,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
    ) -> Lambda:
        """Open the durable state in `data_dir` and be ready for requests.

        `endpoint_url`: where our own server answers, without a slash at the end: for functions that call AWS, and for
        links to packages. `logs` receives what functions write. `deliver` sends records of asynchronous invocations
        to queues, topics and buses.
        `outside` reaches the queues and streams of event source mappings.
        `idle_time` and `retry_delays` are in seconds.
        """
        data_dir = Path(data_dir).resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        scratch, leftovers = data_dir / "scratch", data_dir / f"leftovers-{uuid.uuid4().hex}"
        # What workers of a killed server left; removed while we already work.
        if scratch.exists():
            scratch.rename(leftovers)
        registry = Registry(data_dir / "lambda.sqlite")
        await registry.open()
        packages = Packages(data_dir)
        book = LogBook(logs)
        url = endpoint_url.rstrip("/")
        crew = Crew(scratch, packages, book, endpoint_url=url, most=most_workers, idle_time=idle_time)
        figures.read(data_dir / FIGURES, crew.metrics)
        invoker = Invoker(registry, crew, deliver=deliver, retry_delays=retry_delays)
        model = Model()
        pollers = Pollers(registry, invoker, outside, deliver)
        service = Service(registry, packages, crew, invoker, pollers, fetch_object, url, model.enum("Runtime"), set())
        await invoker.resume()
        if registry.any_function():
            crew.warm()
        return cls(service, book, model, leftovers, Keeper(data_dir / FIGURES, crew.metrics))

    def begin(self) -> None:
        """Poll event sources: once the outside can be reached."""
        self._service.pollers.resume()

    async def close(self) -> None:
        """Kill the workers, deliver the last logs, close the store. Unfinished events wait for the next start."""
        if self._closed:
            return
        self._closed = True
        service = self._service
        await service.pollers.close()
        await service.invoker.close()
        await service.crew.close()
        await self._keeper.close()
        await asyncio.gather(*service.cleaning, self._sweeping, return_exceptions=True)
        await self._book.close()
        service.packages.close()
        await service.registry.close()

    def has(self, caller: Caller, function: str) -> bool:
        """Whether there is a function of that name or ARN."""
        try:
            wanted = target(caller, function)
        except AwsError:
            return False
        return self._service.registry.function(wanted.caller, wanted.name) is not None

    @property
    def metrics(self) -> Metrics:
        """What functions did, also before the start."""
        return self._service.crew.metrics

    def workers(self) -> Mapping[str, int]:
        """How many workers each function has at the moment, by its ARN."""
        return self._service.crew.warm_workers()

    async def invoke(
        self,
        caller: Caller,
        function: str,
        payload: bytes = b"",
        *,
        qualifier: str | None = None,
        kind: Kind = "RequestResponse",
        log_tail: bool = False,
        client_context: str | None = None,
    ) -> Invocation:
        """Invoke a function by name or ARN, without HTTP: see Invoker.invoke."""
        return await self._service.invoker.invoke(
            caller,
            function,
            payload,
            qualifier=qualifier,
            kind=kind,
            log_tail=log_tail,
            client_context=client_context,
        )

    async def handle(self, request: Request) -> Response:
        """Answer a request of the Lambda API, or for one of the packages it links to."""
        request_id = str(uuid.uuid4())
        try:
            response = await self._answer(request)
        except AwsError as error:
            response = self._refuse(error)
        return Response(response.status, response.body, {"x-amzn-requestid": request_id, **response.headers})

    async def _answer(self, request: Request) -> Response:
        package = _CODE.fullmatch(request.path)
        if package is not None:
            return await self._package(package[1])
        found = self._model.route(request)
        if found is None:
            message = f"Lambda has no operation for {request.method} {request.path}"
            raise AwsError("UnknownOperationException", message, 404)
        operation, path = found
        parameters = self._model.parameters(operation, path, request)
        if operation.name == "Invoke":
            return await self._invoke(request.caller, parameters)
        if operation.name == "InvokeAsync":
            return await self._invoke_async(request.caller, parameters)
        answer = _OPERATIONS.get(operation.name)
        if answer is None:
            reason = _ABSENT.get(operation.name, "")
            message = f"treadle does not offer the Lambda operation {operation.name}{reason}."
            raise AwsError("InvalidParameterValueException", message)
        body = await answer(self._service, request.caller, parameters)
        if body is None:
            # DeleteFunction's model says 200, Lambda answers 204.
            return Response(204 if operation.name.startswith("Delete") else operation.status)
        return Response(operation.status, orjson.dumps(body), {"content-type": "application/json"})

    async def _invoke(self, caller: Caller, parameters: Parameters) -> Response:
        done = await self._service.invoker.invoke(
            caller,
            parameters["FunctionName"],
            parameters["Payload"],
            qualifier=parameters.get("Qualifier"),
            kind=parameters.get("InvocationType", "RequestResponse"),
            log_tail=parameters.get("LogType") == "Tail",
            client_context=parameters.get("ClientContext"),
        )
        headers = {"content-type": "application/json", "x-amzn-requestid": done.request_id}
        if done.status == 200:
            headers["x-amz-executed-version"] = done.executed_version
        if done.function_error:
            headers["x-amz-function-error"] = done.function_error
        if done.log_tail is not None:
            headers["x-amz-log-result"] = done.log_tail
        return Response(done.status, done.payload, headers)

    async def _invoke_async(self, caller: Caller, parameters: Parameters) -> Response:
        await self._service.invoker.invoke(caller, parameters["FunctionName"], parameters["InvokeArgs"], kind="Event")
        return Response(202)

    async def _package(self, sha256: str) -> Response:
        if not self._service.packages.path(sha256).exists():
            raise AwsError("ResourceNotFoundException", "There is no such package.", 404)
        return Response(200, await self._service.packages.read(sha256), {"content-type": "application/zip"})

    def _refuse(self, error: AwsError) -> Response:
        status = self._model.status(error.code) if error.status == 400 else error.status
        body = {"Type": "User", **error.extra, self._model.message_key(error.code): error.message}
        if error.code in ("ValidationException", "SerializationException"):
            body = {"message": error.message}
        headers = {"content-type": "application/json", "x-amzn-errortype": error.code}
        return Response(status, orjson.dumps(body), headers)


_OPERATIONS: dict[str, Answer] = {
    "CreateFunction": functions.create_function,
    "GetFunction": functions.get_function,
    "GetFunctionConfiguration": functions.get_function_configuration,
    "ListFunctions": functions.list_functions,
    "UpdateFunctionCode": functions.update_function_code,
    "UpdateFunctionConfiguration": functions.update_function_configuration,
    "DeleteFunction": functions.delete_function,
    "PublishVersion": functions.publish_version,
    "ListVersionsByFunction": functions.list_versions_by_function,
    "CreateAlias": aliases.create_alias,
    "UpdateAlias": aliases.update_alias,
    "GetAlias": aliases.get_alias,
    "DeleteAlias": aliases.delete_alias,
    "ListAliases": aliases.list_aliases,
    "AddPermission": permissions.add_permission,
    "RemovePermission": permissions.remove_permission,
    "GetPolicy": permissions.get_policy,
    "TagResource": permissions.tag_resource,
    "UntagResource": permissions.untag_resource,
    "ListTags": permissions.list_tags,
    "PublishLayerVersion": layers.publish_layer_version,
    "GetLayerVersion": layers.get_layer_version,
    "GetLayerVersionByArn": layers.get_layer_version_by_arn,
    "DeleteLayerVersion": layers.delete_layer_version,
    "ListLayerVersions": layers.list_layer_versions,
    "ListLayers": layers.list_layers,
    "AddLayerVersionPermission": layers.add_layer_version_permission,
    "RemoveLayerVersionPermission": layers.remove_layer_version_permission,
    "GetLayerVersionPolicy": layers.get_layer_version_policy,
    "GetAccountSettings": settings.get_account_settings,
    "PutFunctionConcurrency": settings.put_function_concurrency,
    "GetFunctionConcurrency": settings.get_function_concurrency,
    "DeleteFunctionConcurrency": settings.delete_function_concurrency,
    "PutFunctionEventInvokeConfig": settings.put_event_settings,
    "UpdateFunctionEventInvokeConfig": settings.update_event_settings,
    "GetFunctionEventInvokeConfig": settings.get_event_settings,
    "DeleteFunctionEventInvokeConfig": settings.delete_event_settings,
    "ListFunctionEventInvokeConfigs": settings.list_event_settings,
    "PutProvisionedConcurrencyConfig": settings.put_provisioned_concurrency,
    "GetProvisionedConcurrencyConfig": settings.get_provisioned_concurrency,
    "DeleteProvisionedConcurrencyConfig": settings.delete_provisioned_concurrency,
    "ListProvisionedConcurrencyConfigs": settings.list_provisioned_concurrency,
    "GetFunctionCodeSigningConfig": settings.get_code_signing,
    "PutFunctionCodeSigningConfig": settings.put_code_signing,
    "DeleteFunctionCodeSigningConfig": settings.delete_code_signing,
    "ListCodeSigningConfigs": settings.list_code_signing_configs,
    "GetFunctionRecursionConfig": settings.get_recursion,
    "PutFunctionRecursionConfig": settings.put_recursion,
    "GetRuntimeManagementConfig": settings.get_runtime_management,
    "PutRuntimeManagementConfig": settings.put_runtime_management,
    "CreateEventSourceMapping": event_sources.create,
    "GetEventSourceMapping": event_sources.get,
    "UpdateEventSourceMapping": event_sources.update,
    "DeleteEventSourceMapping": event_sources.delete,
    "ListEventSourceMappings": event_sources.list_all,
    "ListFunctionUrlConfigs": settings.no_function_urls,
}

# Why an operation is absent, where a word helps.
_ABSENT = {
    "CreateFunctionUrlConfig": ": call the function through Invoke",
    "InvokeWithResponseStream": ": use Invoke, which returns the whole response",
    "CreateCodeSigningConfig": ": packages are not signed",
}
