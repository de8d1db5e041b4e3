"""Calls that leave this server: botocore's clients, for AWS itself and for other endpoints, run in threads.

Endpoints, signatures, redirects and refreshing of credentials are botocore's. A call is made once: Step Functions
leaves repetition to the machine's own Retry.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct

from treadle.aws import AwsError, Caller
from treadle.integrations.places import AWS, CLOUD, Calls, Place
from treadle.integrations.wording import UNREACHABLE

T = TypeVar("T")

# Calls under way at a time; a function that runs long holds one.
THREADS = 128
CONNECT_SECONDS = 10
READ_SECONDS = 60
# A function may run for 15 minutes before it answers.
FUNCTION_SECONDS = 910
SESSION_NAME = "treadle"
CLUSTER_TOKEN_SECONDS = 60


class Invoked(Struct, frozen=True):
    """The answer to an invocation of a function elsewhere (the members of lambdas.Invocation)."""

    status: int
    payload: bytes
    function_error: str | None
    executed_version: str
    log_tail: str | None
    request_id: str


class Outside:
    """Everything that is not the built-in cloud. Costs nothing until the first call."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outside")
        self._making = threading.RLock()
        self._sessions: dict[tuple[Place, Place, str, str | None], Any] = {}
        self._clients: dict[tuple[str, str, str, str | None], Any] = {}

    async def call(
        self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None
    ) -> dict[str, Any]:
        """boto3's answer; bodies are bytes. Raises AwsError for a refusal and when nobody can be reached."""
        return await self._aside(lambda: self._call(caller, service, operation, params, role))

    async def invoke(
        self,
        caller: Caller,
        function: str,
        payload: bytes,
        role: str | None,
        *,
        qualifier: str | None = None,
        kind: str = "RequestResponse",
        log_tail: bool = False,
        client_context: str | None = None,
    ) -> Invoked:
        """Invoke a Lambda function by name or ARN. Raises AwsError."""
        params: dict[str, Any] = {"FunctionName": function, "Payload": payload, "InvocationType": kind}
        params |= {"Qualifier": qualifier} if qualifier else {}
        params |= {"LogType": "Tail"} if log_tail else {}
        params |= {"ClientContext": client_context} if client_context else {}
        answer = await self.call(caller, "lambda", "Invoke", params, role)
        return Invoked(
            answer["StatusCode"],
            answer.get("Payload", b""),
            answer.get("FunctionError"),
            answer.get("ExecutedVersion", ""),
            answer.get("LogResult"),
            str(answer["ResponseMetadata"].get("RequestId", "")),
        )

    async def sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str]:
        """`headers` with a signature for API Gateway. Raises AwsError when there are no credentials."""
        return await self._aside(lambda: self._sign(caller, method, url, headers, body, role))

    async def cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        """The bearer token for an EKS cluster, as `aws eks get-token` makes it. Raises AwsError when there are no
        credentials. The built-in cloud has none that are worth anything: real ones are not shown to its clusters."""
        return await self._aside(lambda: self._cluster_token(caller, cluster, role))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _aside(self, work: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except ClientError as refusal:
            raise _refused(refusal.response) from None
        except BotoCoreError as problem:
            raise unreachable(str(problem)) from None

    def _call(
        self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None
    ) -> dict[str, Any]:
        client = self._client(caller, service, role)
        # The public methods of clients have Python's names; this is what they all do.
        answer: dict[str, Any] = client._make_api_call(operation, params)
        return {name: value.read() if hasattr(value, "read") else value for name, value in answer.items()}

    def _sign(
        self, caller: Caller, method: str, url: str, headers: dict[str, str], body: bytes, role: str | None
    ) -> dict[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        credentials = self._session(caller, "apigateway", role).get_credentials()
        if credentials is None:
            raise unreachable("Unable to locate credentials")
        request = AWSRequest(method, url, headers, body)
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", caller.region).add_auth(request)
        return dict(request.headers.items())

    def _cluster_token(self, caller: Caller, cluster: str, role: str | None) -> str:
        here = self._calls.place("eks") == CLOUD
        session = _made_up_session(caller.account) if here else self._session(caller, "eks", role)
        if session.get_credentials() is None:
            raise unreachable("Unable to locate credentials")
        return _cluster_token(session, caller.region, cluster)

    def _client(self, caller: Caller, service: str, role: str | None) -> Any:
        key = (service, caller.region, caller.account, role)
        found = self._clients.get(key)
        if found is None:
            with self._making:
                session = self._session(caller, service, role)
                found = self._clients[key] = _client(session, self._calls.place(service), service, caller.region)
        return found

    def _session(self, caller: Caller, service: str, role: str | None) -> Any:
        """A session of botocore that signs as the task does."""
        where, roles = self._calls.place(service), self._calls.roles_from(service)
        assumed = role if self._calls.identity == "role" else None
        with self._making:
            key = (where, roles, caller.account, assumed)
            if key not in self._sessions:
                session = _user_session(where, caller.account)
                if assumed is not None:
                    session = _role_session(session, roles, caller.region, assumed)
                self._sessions[key] = session
            return self._sessions[key]


def _user_session(where: Place, account: str) -> Any:
    """The credentials of whoever runs treadle, found as by every AWS tool. An endpoint gets the account when there
    are none: emulators take any."""
    from botocore.session import Session

    session = Session()
    return _made_up_session(account) if where != AWS and session.get_credentials() is None else session


def _made_up_session(account: str) -> Any:
    from botocore.credentials import Credentials
    from botocore.session import Session

    session = Session()
    session._credentials = Credentials(account, "treadle", method="treadle")
    return session


@cache
def _sts_url(region: str) -> str:
    """AWS's own STS, whatever the place of `sts`: clusters ask nobody else."""
    return str(_client(_made_up_session("none"), AWS, "sts", region).meta.endpoint_url)


def _cluster_token(session: Any, region: str, cluster: str) -> str:
    """A presigned question to STS who asks, bound to the cluster by a header: the cluster asks it."""
    from botocore.model import ServiceId
    from botocore.signers import RequestSigner

    events = session.get_component("event_emitter")
    signer = RequestSigner(ServiceId("STS"), region, "sts", "v4", session.get_credentials(), events)
    question = {
        "method": "GET",
        "url": f"{_sts_url(region)}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer.generate_presigned_url(question, "GetCallerIdentity", CLUSTER_TOKEN_SECONDS, region)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _role_session(user: Any, where: Place, region: str, role: str) -> Any:
    """A session whose credentials are those of a role; they are fetched again before they expire."""
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.exceptions import ClientError
    from botocore.session import Session

    def fetch() -> dict[str, str]:
        sts = _client(user, where, "sts", region)
        try:
            found = sts.assume_role(RoleArn=role, RoleSessionName=SESSION_NAME)["Credentials"]
        except ClientError as refusal:
            error = refusal.response["Error"]
            reason = f"treadle cannot assume the role {role} at {where.name}: {error.get('Message', '')}"
            error["Message"] = f"{reason} (--calls-as user calls with your own credentials)"
            raise
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }

    session = Session()
    session._credentials = DeferredRefreshableCredentials(fetch, "assume-role")
    return session


def _client(session: Any, where: Place, service: str, region: str) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=FUNCTION_SECONDS if service == "lambda" else READ_SECONDS,
        retries={"total_max_attempts": 1},
        max_pool_connections=THREADS,
        parameter_validation=False,  # the service says what is wrong, in its own words
        ignore_configured_endpoint_urls=True,  # AWS_ENDPOINT_URL may well be this server
        inject_host_prefix=where == AWS,
        s3=None if where == AWS else {"addressing_style": "path"},
    )
    return session.create_client(service, region_name=region, endpoint_url=where.url, config=config)


def _refused(response: Any) -> AwsError:
    error, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    extra = {"requestId": meta.get("RequestId", ""), "hostId": meta.get("HostId", "")}
    return AwsError(error.get("Code", ""), error.get("Message", ""), meta.get("HTTPStatusCode", 400), extra)


def unreachable(reason: str) -> AwsError:
    """What the SDK for Java says when no service was asked, or none answered."""
    return AwsError(UNREACHABLE, f"Unable to execute HTTP request: {reason}")
