# ruff: noqa: E501
"""Every request says somewhere which service it is for and who calls: this is where treadle looks."""

import pytest

from treadle.aws import Caller
from treadle.cloud.routing import access_key, account_of, attribute


def signed(scope: str) -> dict[str, str]:
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=abc"}


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "service", "caller"),
    [
        # The credential scope: key, day, region, service.
        ("POST", "/", "", signed("test/20260101/eu-west-1/states/aws4_request"), b"", "states", Caller(region="eu-west-1")),
        ("POST", "/", "", signed("123456789012/20260101/us-east-1/sqs/aws4_request"), b"", "sqs", Caller("123456789012")),
        ("POST", "/", "", signed("AKIAIOSFODNN7EXAMPLE/20260101/us-east-2/kms/aws4_request"), b"", "kms", Caller(region="us-east-2")),
        ("PUT", "/b/k", "", {"authorization": "AWS4-ECDSA-P256-SHA256 Credential=k/20260101/s3/aws4_request, Sig=1"}, b"", "s3", Caller()),
        # Presigned URLs carry it in the query.
        ("GET", "/b/k", "X-Amz-Credential=k%2F20260101%2Feu-west-3%2Fs3%2Faws4_request&X-Amz-Date=1", {}, b"", "s3", Caller(region="eu-west-3")),
        ("GET", "/b/k", "AWSAccessKeyId=210987654321&Signature=x&Expires=1", {}, b"", "s3", Caller("210987654321")),
        ("GET", "/b/k", "", {"authorization": "AWS 210987654321:c2ln"}, b"", "s3", Caller("210987654321")),
        # Unsigned: target header, protocol path, host, path, form, and S3 for the rest.
        ("POST", "/", "", {"x-amz-target": "AWSStepFunctions.StartExecution"}, b"", "states", Caller()),
        ("POST", "/", "", {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"}, b"", "cognito-idp", Caller()),
        ("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData", "", {"smithy-protocol": "rpc-v2-cbor"}, b"", "monitoring", Caller()),
        ("GET", "/", "", {"host": "bucket.s3.eu-central-1.amazonaws.com"}, b"", "s3", Caller(region="eu-central-1")),
        ("GET", "/", "", {"host": "bucket.s3.localhost:4566"}, b"", "s3", Caller()),
        ("GET", "/x", "", {"host": "abc.execute-api.us-west-2.localhost:4566"}, b"", "execute-api", Caller(region="us-west-2")),
        ("POST", "/", "", {"host": "sync-states.eu-west-1.amazonaws.com"}, b"", "states", Caller(region="eu-west-1")),
        ("POST", "/2015-03-31/functions/f/invocations", "", {"host": "localhost"}, b"", "lambda", Caller()),
        ("POST", "/", "", {"content-type": "application/x-www-form-urlencoded"}, b"Action=AssumeRoleWithWebIdentity&Version=1", "sts", Caller()),
        ("GET", "/bucket/key", "", {"host": "localhost:4566"}, b"", "s3", Caller()),
    ],
)  # fmt: skip
def test_attribution(method, path, query, headers, body, service, caller):
    assert attribute(method, path, query, headers, body) == (service, caller)


def test_the_same_scope_gives_the_same_caller_object():
    headers = signed("test/20260102/eu-west-1/states/aws4_request")
    assert attribute("POST", "/", "", headers, b"") is attribute("POST", "/", "", headers, b"")


@pytest.mark.parametrize("account", ["000000000000", "123456789012", "999999999999"])
def test_keys_issued_here_carry_their_account(account):
    for noise in (0, 1, 2**39 - 1):
        key = access_key(account, noise, temporary=True)
        assert len(key) == 20 and key.startswith("LSIA") and account_of(key) == account


def test_foreign_keys_speak_for_the_default_account():
    for key in ("test", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "LKIA0000000000000000", ""):
        assert account_of(key) == "000000000000"
