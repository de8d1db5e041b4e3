"""Kubernetes by tasks: `eks:call` and `eks:runJob` against a TLS server of this test."""

import asyncio
import base64
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fake_world import FakeWorld, call

from treadle.aws import AwsError, Caller
from treadle.integrations import eks
from treadle.integrations.catalog import find
from treadle.integrations.integration import Call, Job
from treadle.integrations.outside import Outside
from treadle.integrations.places import AWS, Calls
from treadle.values import Json, StatesError, dumps, loads

STATES = "arn:aws:states:::"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's certificate for 127.0.0.1, signed by itself: (for the server, the authority as EKS gives it)."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "k")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, base64.b64encode(pem).decode()


class Cluster:
    """Answers by (method, path); a list gives one answer each time."""

    def __init__(self, authority: str) -> None:
        self.authority, self.endpoint = authority, ""
        self.answers: dict[tuple[str, str], Any] = {}
        self.requests: list[tuple[str, str, dict[str, str], str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append((method, target, headers, body.decode()))
        answer = self.answers[method, target.partition("?")[0]]
        status, content = answer.pop(0) if isinstance(answer, list) else answer
        data = (content if isinstance(content, str) else dumps(content)).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\naudit-id: 7\r\n\r\n".encode() + data)
        await writer.drain()
        writer.close()

    def task(self, name: str, **arguments: Json) -> Call:
        where = {"ClusterName": "c", "CertificateAuthority": self.authority, "Endpoint": self.endpoint}
        return call(FakeWorld(), STATES + name, where | arguments)

    def job(self, **options: Json) -> tuple[Call, Job]:
        made = self.task("eks:runJob.sync", Job=JOB, LogOptions=options)
        found = find(made.resource)
        assert found is not None and found.job is not None
        return made, found.job


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    context, authority = certificate(tmp_path)
    made = Cluster(authority)
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.endpoint = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


async def test_the_api_of_a_cluster_is_called_with_a_token(cluster: Cluster) -> None:
    cluster.answers["GET", "/api/v1/pods"] = ("200 OK", {"kind": "PodList"})
    query: Json = {"labelSelector": ["app=web", "tier in (a, b)"]}
    result = await eks.invoke(cluster.task("eks:call", Method="GET", Path="/api/v1/pods", QueryParameters=query))
    assert result == {
        "ResponseBody": {"kind": "PodList"},
        "ResponseHeaders": {"Content-Length": ["18"], "Audit-Id": ["7"]},
        "StatusCode": 200,
        "StatusText": "OK",
    }
    _, target, headers, body = cluster.requests[0]
    assert (headers["authorization"], body) == ("Bearer token-for-c", "")
    assert parse_qs(urlsplit(target).query) == query


@pytest.mark.parametrize(
    ("method", "body", "kind"),
    [
        ("POST", {"kind": "Pod"}, "application/json"),
        ("PATCH", {"spec": {"replicas": 2}}, "application/merge-patch+json"),
        ("PATCH", [{"op": "remove", "path": "/spec"}], "application/json-patch+json"),
    ],
)
async def test_a_body_is_sent_in_the_form_kubernetes_takes(
    cluster: Cluster, method: str, body: Json, kind: str
) -> None:
    cluster.answers[method, "/x"] = ("201 Created", {})
    await eks.invoke(cluster.task("eks:call", Method=method, Path="/x", RequestBody=body))
    assert loads(cluster.requests[0][3]) == body
    assert cluster.requests[0][2]["content-type"] == kind


async def test_a_refusal_of_the_cluster_is_the_error_and_its_answer_the_cause(cluster: Cluster) -> None:
    cluster.answers["GET", "/x"] = ("404 Not Found", {"kind": "Status", "code": 404})
    with pytest.raises(StatesError) as failure:
        await eks.invoke(cluster.task("eks:call", Method="GET", Path="/x"))
    assert failure.value.error == "EKS.404"
    cause = loads(str(failure.value.cause))
    assert (cause["ResponseBody"]["code"], cause["StatusText"]) == (404, "Not Found")


async def test_a_cluster_with_another_authority_is_not_believed(cluster: Cluster, tmp_path: Path) -> None:
    _, other = certificate(tmp_path)
    with pytest.raises(StatesError) as failure:
        await eks.invoke(cluster.task("eks:call", Method="GET", Path="/x", CertificateAuthority=other))
    assert failure.value.error == "EKS.SdkClientException"
    assert "CERTIFICATE_VERIFY_FAILED" in str(failure.value.cause)
    assert cluster.requests == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"CertificateAuthority": "LS0t"}, "'CertificateAuthority' must be a certificate (PEM) in Base64"),
        ({"Endpoint": "http://127.0.0.1"}, "'Endpoint' must be an HTTPS URL"),
        ({"Method": "BREW"}, "'Method' must be one of [GET, POST,"),
        ({"QueryParameters": {"watch": True}}, "'watch' must be an ARRAY"),
        ({"Sauce": 1}, "'Sauce' is not supported by Step Functions"),
        ({"Path": None}, "'Path' is required but was missing"),
    ],
)
async def test_what_cannot_be_sent_is_refused(cluster: Cluster, wrong: dict[str, Json], told: str) -> None:
    given: dict[str, Json] = {"Method": "GET", "Path": "/x"}
    with pytest.raises(StatesError) as failure:
        await eks.invoke(cluster.task("eks:call", **given | wrong))
    assert failure.value.error == "States.Runtime"
    assert told in str(failure.value.cause)


# Jobs ----------------------------------------------------------------------------------------------------------------
JOB: Json = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "pi-"}, "spec": {"template": {}}}
METADATA = {"name": "pi-x7", "namespace": "default"}
SUBMITTED: Json = {"ResponseBody": {"metadata": METADATA}}


def seen(**status: Json) -> tuple[str, Json]:
    return "200 OK", {"kind": "Job", "metadata": METADATA, "status": status}


def met(*types: str) -> list[Json]:
    return [{"type": "Suspended", "status": "False"}, *({"type": type, "status": "True"} for type in types)]


async def test_a_job_is_created_in_its_namespace(cluster: Cluster) -> None:
    cluster.answers["POST", "/apis/batch/v1/namespaces/night/jobs"] = ("201 Created", {"metadata": METADATA})
    result = await eks.run_job(cluster.task("eks:runJob", Job=JOB, Namespace="night"))
    assert (result["StatusCode"], result["ResponseBody"]["metadata"]["name"]) == (201, "pi-x7")
    assert loads(cluster.requests[0][3]) == JOB


async def test_a_job_is_watched_until_it_is_complete(cluster: Cluster) -> None:
    done = seen(succeeded=1, conditions=met("SuccessCriteriaMet", "Complete"))
    cluster.answers["GET", f"{JOBS}/pi-x7"] = [seen(), seen(active=1, conditions=met("SuccessCriteriaMet")), done]
    made, job = cluster.job()
    assert await job.watch(made, SUBMITTED) == done[1]
    assert len(made.world.slept) == 2  # type: ignore[attr-defined]


async def test_logs_of_a_job_stand_by_pod_and_container(cluster: Cluster) -> None:
    pods = "/api/v1/namespaces/default/pods"
    pod = {"metadata": {"name": "pi-x7-a"}, "spec": {"containers": [{"name": "pi"}, {"name": "side"}]}}
    cluster.answers |= {
        ("GET", f"{JOBS}/pi-x7"): seen(conditions=met("Complete")),
        ("GET", pods): ("200 OK", {"items": [pod]}),
        ("GET", f"{pods}/pi-x7-a/log"): [("200 OK", "3.14"), ("400 Bad Request", {"kind": "Status"})],
    }
    made, job = cluster.job(RetrieveLogs=True, LogParameters={"tailLines": ["20"]})
    output = await job.watch(made, SUBMITTED)
    assert output["logs"] == {"pods": {"pi-x7-a": {"containers": {"pi": {"log": "3.14"}}}}}
    queries = [parse_qs(urlsplit(target).query) for _, target, _, _ in cluster.requests[1:3]]
    assert queries == [{"labelSelector": ["job-name=pi-x7"]}, {"container": ["pi"], "tailLines": ["20"]}]


async def test_a_failed_job_fails_the_task_and_is_the_cause(cluster: Cluster) -> None:
    failed = seen(failed=1, conditions=met("FailureTarget", "Failed"))
    cluster.answers["GET", f"{JOBS}/pi-x7"] = failed
    made, job = cluster.job()
    with pytest.raises(StatesError) as failure:
        await job.watch(made, SUBMITTED)
    assert failure.value.error == "States.TaskFailed"
    assert loads(str(failure.value.cause)) == failed[1]


async def test_a_job_that_somebody_deleted_fails_the_task(cluster: Cluster) -> None:
    cluster.answers["GET", f"{JOBS}/pi-x7"] = ("404 Not Found", {"kind": "Status"})
    made, job = cluster.job()
    with pytest.raises(StatesError) as failure:
        await job.watch(made, SUBMITTED)
    assert failure.value.error == "EKS.404"


async def test_a_job_nobody_waits_for_is_deleted_with_its_pods(cluster: Cluster) -> None:
    cluster.answers["DELETE", f"{JOBS}/pi-x7"] = [("200 OK", {}), ("404 Not Found", {}), ("403 Forbidden", {})]
    made, job = cluster.job()
    await job.cancel(made, SUBMITTED)
    await job.cancel(made, SUBMITTED)  # gone already
    assert cluster.requests[0][1].endswith("?propagationPolicy=Background")
    with pytest.raises(AwsError):
        await job.cancel(made, SUBMITTED)


async def test_a_job_whose_cluster_is_forgotten_cannot_be_deleted(cluster: Cluster) -> None:
    made, job = call(FakeWorld(), STATES + "eks:runJob.sync", None), cluster.job()[1]
    with pytest.raises(AwsError):
        await job.cancel(made, SUBMITTED)


# The token -----------------------------------------------------------------------------------------------------------
async def presigned(calls: Calls, account: str = "111122223333") -> tuple[str, dict[str, list[str]]]:
    outside = Outside(calls)
    try:
        token = await outside.cluster_token(Caller(account, "eu-west-1"), "prod", None)
    finally:
        outside.close()
    prefix, _, encoded = token.partition(".")
    assert prefix == "k8s-aws-v1" and not encoded.endswith("=")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    return url.netloc, parse_qs(url.query)


async def test_the_token_is_a_presigned_question_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    host, query = await presigned(Calls(AWS, identity="user"))
    assert host == "sts.eu-west-1.amazonaws.com"
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
    assert query["X-Amz-Credential"][0].startswith("AKIDREAL/")
    assert "/eu-west-1/sts/aws4_request" in query["X-Amz-Credential"][0]


async def test_the_built_in_cloud_shows_nobody_s_credentials_to_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    _, query = await presigned(Calls())
    assert query["X-Amz-Credential"][0].startswith("111122223333/")
