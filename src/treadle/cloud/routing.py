"""Which service a request is for, and who calls: read from the signature, the target header, the host or the path.

Nothing is verified here: a signature tells where to go, not whether to let pass. A request signed as usual costs one
dictionary look-up, because the credential scope (key, day, region, service) of a client hardly ever changes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from treadle.aws import DEFAULT_ACCOUNT, DEFAULT_REGION, Caller

# The prefix of X-Amz-Target (before the dot) of services that clients may call without a signature.
TARGETS = {
    "AWSStepFunctions": "states",
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "AmazonAthena": "athena",
    "AWSGlue": "glue",
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "CertificateManager": "acm",
    "CodeBuild_20161006": "codebuild",
    "DynamoDBStreams_20120810": "dynamodb",
    "DynamoDB_20120810": "dynamodb",
    "Firehose_20150804": "firehose",
    "GraniteServiceVersion20100801": "monitoring",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "ResourceGroupsTaggingAPI_20170126": "tagging",
    "SageMaker": "sagemaker",
    "secretsmanager": "secretsmanager",
    "TrentService": "kms",
}

# Actions of the query protocol that AWS accepts unsigned.
UNSIGNED_ACTIONS = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}

# Names that appear in host names where the signing name differs.
HOST_NAMES = {
    "cloudwatch": "monitoring",
    "email": "ses",
    "s3-control": "s3",
    "sync-states": "states",
    "streams.dynamodb": "dynamodb",
}

_LAMBDA_PATHS = ("/2015-03-31/", "/2014-11-13/", "/2017-03-31/", "/2017-10-31/", "/2019-09-25/", "/2020-06-30/")
_KEY_PREFIXES = ("LKIA", "LSIA")
_CACHE_LIMIT = 4096
_scopes: dict[str, tuple[str, Caller]] = {}


def attribute(method: str, path: str, query: str, headers: Mapping[str, str], body_start: bytes) -> tuple[str, Caller]:
    """The signing name of the service and the caller. `headers` have lower-case names; an unsigned stray is S3's."""
    authorization = headers.get("authorization")
    if authorization is not None:
        start = authorization.find("Credential=")
        if start >= 0:
            end = authorization.find(",", start)
            scope = authorization[start + 11 : end if end >= 0 else None]
            known = _scopes.get(scope)
            return known if known is not None else _remember(scope, authorization)
        if authorization.startswith("AWS "):
            return "s3", Caller(account_of(authorization[4:].partition(":")[0]))
    return _presigned(query) or _unsigned(method, path, query, headers, body_start)


def account_of(access_key: str) -> str:
    """The account of an access key: 12 digits name it, keys issued here carry it, all others are the default."""
    if len(access_key) == 12 and access_key.isdigit():
        return access_key
    if access_key.startswith(_KEY_PREFIXES) and len(access_key) == 20:
        try:
            packed = base64.b32decode(access_key[4:])
        except binascii.Error:
            return DEFAULT_ACCOUNT
        return f"{(int.from_bytes(packed[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}"
    return DEFAULT_ACCOUNT


def access_key(account: str, noise: int, temporary: bool) -> str:
    """A new access key id that carries `account` the way AWS's own keys do; `noise` supplies 39 random bits."""
    number = (int(account) << 7) | (noise & 0x7F)
    packed = number.to_bytes(6, "big") + ((noise >> 7) & 0xFFFFFFFF).to_bytes(4, "big")
    return ("LSIA" if temporary else "LKIA") + base64.b32encode(packed).decode()


def _remember(scope: str, authorization: str) -> tuple[str, Caller]:
    if len(_scopes) >= _CACHE_LIMIT:
        _scopes.clear()
    parts = scope.split("/")
    # SigV4a ("AWS4-ECDSA-...") has no region in its scope.
    service = parts[-2] if len(parts) >= 4 else "s3"
    region = parts[-3] if len(parts) >= 5 and not authorization.startswith("AWS4-ECDSA") else DEFAULT_REGION
    # A key may contain slashes, therefore counted from the end.
    key = "/".join(parts[: -4 if len(parts) >= 5 else -3])
    found = _scopes[scope] = (service.lower(), Caller(account_of(key), region or DEFAULT_REGION))
    return found


def _presigned(query: str) -> tuple[str, Caller] | None:
    """A presigned URL: X-Amz-Credential (SigV4) or AWSAccessKeyId with Signature (SigV2, S3 only)."""
    if "X-Amz-Credential=" in query:
        scope = unquote(query.partition("X-Amz-Credential=")[2].partition("&")[0])
        return _scopes.get(scope) or _remember(scope, "")
    if "AWSAccessKeyId=" in query and "Action=" not in query:
        return "s3", Caller(account_of(unquote(query.partition("AWSAccessKeyId=")[2].partition("&")[0])))
    return None


def _unsigned(method: str, path: str, query: str, headers: Mapping[str, str], body_start: bytes) -> tuple[str, Caller]:
    target = headers.get("x-amz-target")
    if target is not None and (service := TARGETS.get(target.rpartition(".")[0])) is not None:
        return service, Caller()
    if path.startswith("/service/") and "smithy-protocol" in headers:
        return TARGETS.get(path.split("/")[2], "s3"), Caller()
    if (hosted := _from_host(headers.get("host", ""))) is not None:
        return hosted
    if path.startswith("/_aws/execute-api/") or (path.startswith("/restapis/") and "/_user_request_" in path):
        return "execute-api", Caller()
    if path.startswith(_LAMBDA_PATHS):
        return "lambda", Caller()
    if path.endswith(("/.well-known/jwks.json", "/.well-known/openid-configuration")):
        return "cognito-idp", Caller(region=path.strip("/").partition("_")[0] if "_" in path else DEFAULT_REGION)
    if method == "POST" and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        query = body_start.decode("utf-8", "replace")
    action = dict(parse_qsl(query)).get("Action", "") if "Action=" in query else ""
    return UNSIGNED_ACTIONS.get(action, "s3"), Caller()


def _from_host(host: str) -> tuple[str, Caller] | None:
    """`sqs.eu-west-1.amazonaws.com`, `bucket.s3.amazonaws.com`, `id.execute-api.us-east-1.localhost`, ..."""
    labels = host.partition(":")[0].split(".")
    if "execute-api" in labels[1:]:
        return "execute-api", Caller(region=_region(labels[labels.index("execute-api") + 1 :]))
    if "lambda-url" in labels[1:]:
        return "lambda", Caller(region=_region(labels[labels.index("lambda-url") + 1 :]))
    if "s3" in labels[:-1]:
        return "s3", Caller(region=_region(labels[labels.index("s3") + 1 :]))
    if "amazonaws" in labels:
        service = HOST_NAMES.get(labels[0], labels[0])
        return service, Caller(region=_region(labels[1:]))
    return None


def _region(labels: list[str]) -> str:
    first = labels[0] if labels else ""
    return first if first.count("-") >= 2 else DEFAULT_REGION
