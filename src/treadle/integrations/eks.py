"""`eks:call` and `eks:runJob`: the Kubernetes API of an EKS cluster, over HTTPS to wherever its endpoint points.

Rules: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html. The cluster's certificate must be signed
by the given authority. The task's credentials become a token as `aws eks get-token` makes it.
"""

from __future__ import annotations

import base64
import ssl

from treadle.asl.resource import OPTIMIZED
from treadle.aws import AwsError
from treadle.integrations.fetch import Fetched, Unreachable, fetch
from treadle.integrations.gateway import body_of, status_text, text
from treadle.integrations.http import compose_url
from treadle.integrations.integration import Call, Integration, Job
from treadle.integrations.jobs import pauses
from treadle.integrations.wording import acting, bad_parameters
from treadle.values import Json, StatesError, dumps

_CLUSTER = ("ClusterName", "CertificateAuthority", "Endpoint")
CALL_FIELDS = (*_CLUSTER, "Method", "Path", "QueryParameters", "RequestBody")
CALL_REQUIRED = (*_CLUSTER, "Method", "Path")
JOB_FIELDS = (*_CLUSTER, "Namespace", "Job", "LogOptions")
JOB_REQUIRED = (*_CLUSTER, "Job")
_LOG_OPTIONS = ("RetrieveLogs", "LogParameters")
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_TIMEOUT = 60.0


async def invoke(call: Call) -> Json:
    """The answer of the cluster's API. A status that is not 2xx fails the task as `EKS.NNN`, with it as the cause."""
    given = _checked(call, CALL_FIELDS, CALL_REQUIRED)
    body = given.get("RequestBody")
    return _result(await _send(call, given["Method"], given["Path"], given.get("QueryParameters"), body))


async def run_job(call: Call) -> Json:
    """Create the Job (batch/v1); the answer as that of `eks:call`."""
    given = _checked(call, JOB_FIELDS, JOB_REQUIRED)
    path = _jobs(given.get("Namespace") or "default")
    return _result(await _send(call, "POST", path, None, given["Job"]))


async def watch(call: Call, submitted: Json) -> Json:
    """Wait until the Job is Complete or Failed. The output is the Job, with `logs` when LogOptions ask for them; of a
    Job that failed it is the cause."""
    path = _job(submitted)
    for pause in pauses():
        job = body_of(await _send(call, "GET", path))
        ended = _ended(job)
        if ended is not None:
            break
        await call.world.sleep(pause)
    options = call.arguments.get("LogOptions") or {}
    if options.get("RetrieveLogs"):
        job |= {"logs": {"pods": await _logs(call, submitted, options.get("LogParameters"))}}
    if ended == "Failed":
        raise StatesError("States.TaskFailed", dumps(job))
    return job


async def cancel(call: Call, submitted: Json) -> None:
    """Delete the Job and its pods. Raises AwsError when the cluster cannot be asked."""
    if not isinstance(call.arguments, dict):
        raise AwsError("ResourceNotFoundException", f"the cluster of the job {_job(submitted)} is not known any more")
    try:
        await _send(call, "DELETE", _job(submitted), {"propagationPolicy": ["Background"]})
    except StatesError as refusal:
        if refusal.error != "EKS.404":
            raise AwsError(refusal.error, refusal.cause or "") from None


def _jobs(namespace: str) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"


def _job(submitted: Json) -> str:
    """Where the Job is, by the name that the cluster may have made up (`generateName`)."""
    metadata = submitted["ResponseBody"]["metadata"]
    return f"{_jobs(metadata['namespace'])}/{metadata['name']}"


def _ended(job: Json) -> str | None:
    """ "Complete" or "Failed", None while the Job runs."""
    conditions = (job.get("status") or {}).get("conditions") or []
    met = [each["type"] for each in conditions if each.get("status") == "True"]
    return next((type for type in met if type in ("Complete", "Failed")), None)


async def _logs(call: Call, submitted: Json, parameters: Json) -> dict[str, Json]:
    """`{POD: {"containers": {CONTAINER: {"log": TEXT}}}}` of the Job's pods; containers that never ran are left out."""
    metadata = submitted["ResponseBody"]["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods"
    pods = body_of(await _send(call, "GET", path, {"labelSelector": [f"job-name={metadata['name']}"]}))
    found: dict[str, Json] = {}
    for pod in pods.get("items") or []:
        name, containers = pod["metadata"]["name"], {}
        for container in pod["spec"]["containers"]:
            log = await _log(call, f"{path}/{name}/log", {"container": [container["name"]], **(parameters or {})})
            if log is not None:
                containers[container["name"]] = {"log": log}
        found[name] = {"containers": containers}
    return found


async def _log(call: Call, path: str, query: dict[str, Json]) -> str | None:
    """A container's log. None when the cluster has none: 400 while it never started, 404 when the pod is gone."""
    try:
        return (await _send(call, "GET", path, query)).body.decode("utf-8", "replace")
    except StatesError as refusal:
        if refusal.error in ("EKS.400", "EKS.404"):
            return None
        raise


# The request ---------------------------------------------------------------------------------------------------------
async def _send(call: Call, method: str, path: str, query: Json = None, body: Json = None) -> Fetched:
    """The cluster's answer, whose status is 2xx. Raises StatesError."""
    given = call.arguments
    endpoint = given["Endpoint"] if "://" in given["Endpoint"] else f"https://{given['Endpoint']}"
    url = compose_url(f"{endpoint.rstrip('/')}/{path.lstrip('/')}", query or {})
    trust = _trust(call)
    sent = b"" if body is None else text(body).encode()
    try:
        token = await call.world.cluster_token(acting(call), given["ClusterName"], call.role)
        headers = {"Accept": "application/json, */*", "Authorization": f"Bearer {token}"}
        headers |= {} if body is None else {"Content-Type": _content_type(method, body)}
        answer = await fetch(method, url, headers, sent, _TIMEOUT, trust)
    except AwsError as refusal:
        raise StatesError("EKS.SdkClientException", refusal.message) from None
    except (Unreachable, ValueError) as problem:
        raise StatesError("EKS.SdkClientException", f"Unable to execute HTTP request: {problem}") from None
    if not 200 <= answer.status < 300:
        raise StatesError(f"EKS.{answer.status}", dumps(_result(answer)))
    return answer


def _content_type(method: str, body: Json) -> str:
    """Kubernetes has a patch in several forms, and takes none as plain JSON."""
    if method != "PATCH":
        return "application/json"
    return "application/json-patch+json" if isinstance(body, list) else "application/merge-patch+json"


def _result(answer: Fetched) -> dict[str, Json]:
    return {
        "ResponseBody": body_of(answer),
        "ResponseHeaders": answer.grouped(),
        "StatusCode": answer.status,
        "StatusText": status_text(answer),
    }


def _trust(call: Call) -> ssl.SSLContext:
    """Believes the cluster's own authority and nobody else."""
    try:
        pem = base64.b64decode(call.arguments["CertificateAuthority"], validate=True).decode("ascii")
        context = ssl.create_default_context(cadata=pem)
    except (ValueError, ssl.SSLError):
        fault = "The value for the field 'CertificateAuthority' must be a certificate (PEM) in Base64"
        raise bad_parameters(call, [fault]) from None
    # Certificates of clusters lack what RFC 5280 wants (an authority key identifier), and AWS minds as little.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _checked(call: Call, known: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Json]:
    given = call.arguments
    if not isinstance(given, dict):
        raise bad_parameters(call, ["The value for the field 'Parameters' must be an OBJECT"])
    faults = [f"The field '{name}' is not supported by Step Functions" for name in given if name not in known]
    faults += [f"The field '{name}' is required but was missing" for name in required if not given.get(name)]
    faults += _of_wrong_type(given, (*_CLUSTER, "Method", "Path", "Namespace"), str, "a STRING")
    faults += _of_wrong_type(given, ("QueryParameters", "Job", "LogOptions"), dict, "an OBJECT")
    if not faults:
        faults = _wrong_inside(given)
    if faults:
        raise bad_parameters(call, faults)
    return given


def _of_wrong_type(given: dict[str, Json], names: tuple[str, ...], type: type, told: str) -> list[str]:
    return [
        f"The value for the field '{name}' must be {told}"
        for name in names
        if given.get(name) is not None and not isinstance(given[name], type)
    ]


def _wrong_inside(given: dict[str, Json]) -> list[str]:
    faults, options = [], given.get("LogOptions") or {}
    if "Method" in given and given["Method"] not in _METHODS:
        faults.append(f"The value for the field 'Method' must be one of [{', '.join(_METHODS)}]")
    if "://" in given["Endpoint"] and not given["Endpoint"].startswith("https://"):
        faults.append("The value for the field 'Endpoint' must be an HTTPS URL")
    faults += [f"The field '{name}' is not supported by Step Functions" for name in options if name not in _LOG_OPTIONS]
    faults += _of_wrong_type(options, ("RetrieveLogs",), bool, "a BOOLEAN")
    faults += _of_wrong_type(options, ("LogParameters",), dict, "an OBJECT")
    if not faults:
        for queries in (given.get("QueryParameters") or {}, options.get("LogParameters") or {}):
            faults += _of_wrong_type(queries, tuple(queries), list, "an ARRAY")
    return faults


# `eks:call.sync` is refused: no recording and no page of AWS says what it would wait for.
CALL = Integration("eks:call", frozenset(OPTIMIZED["eks"]["call"]) - {"sync"}, invoke)
_RUN_JOB = frozenset(OPTIMIZED["eks"]["runJob"])


def declare_job(pattern: str) -> Integration:
    """`eks:runJob` for "request", "token" or "sync"."""
    return Integration("eks:runJob", _RUN_JOB, run_job, Job(watch, cancel) if pattern == "sync" else None)
