# ruff: noqa: E501
"""What was created survives a restart and a kill: with the same names, ids, times and contents."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError

from treadle.aws import AwsError, Caller


def snapshot_of(running) -> dict:
    """Everything a client can see of what `make_things` made."""
    kms, s3, sqs = running.client("kms"), running.client("s3"), running.client("sqs")
    dynamodb, iam, logs = running.client("dynamodb"), running.client("iam"), running.client("logs")
    secrets, ssm, ec2 = running.client("secretsmanager"), running.client("ssm"), running.client("ec2")
    seen = [
        kms.list_keys()["Keys"],
        [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]],
        s3.list_buckets()["Buckets"],
        s3.list_object_versions(Bucket="stuff").get("Versions"),
        s3.get_object(Bucket="stuff", Key="small")["Body"].read(),
        sqs.list_queues()["QueueUrls"],
        sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], AttributeNames=["All"])["Attributes"],
        dynamodb.describe_table(TableName="items")["Table"],
        dynamodb.scan(TableName="items")["Items"],
        iam.get_role(RoleName="r")["Role"],
        logs.describe_log_groups()["logGroups"],
        secrets.describe_secret(SecretId="s"),
        secrets.get_secret_value(SecretId="s")["SecretString"],
        ssm.get_parameter(Name="p")["Parameter"],
        [(vpc["VpcId"], vpc["CidrBlock"]) for vpc in ec2.describe_vpcs()["Vpcs"]],
    ]  # fmt: skip
    for one in seen:
        if isinstance(one, dict):
            one.pop("ResponseMetadata", None)
    return json.loads(json.dumps(seen, default=str))


def make_things(running) -> dict:
    """One of many kinds; returns what the tests need to look again later."""
    kms, s3 = running.client("kms"), running.client("s3")
    key = kms.create_key(Description="k")["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
    s3.create_bucket(Bucket="stuff")
    s3.put_bucket_versioning(Bucket="stuff", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="stuff", Key="small", Body=b"hello", Metadata={"a_b": "c"})
    s3.put_object(Bucket="stuff", Key="big", Body=b"x" * 300_000)
    queue = running.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    running.client("sqs").send_message(QueueUrl=queue, MessageBody="work")
    dynamodb = running.client("dynamodb")
    dynamodb.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="items", Item={"id": {"S": "1"}, "n": {"N": "7"}})
    running.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    running.client("logs").create_log_group(logGroupName="a-log-group")
    running.client("secretsmanager").create_secret(Name="s", SecretString="hush")
    running.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    secret = kms.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
    signed = kms.sign(KeyId=signing, Message=b"m", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")["Signature"]
    return {"secret": secret, "signing": signing, "signed": signed}


@pytest.fixture(scope="module")
def made(running):
    return make_things(running)


@pytest.mark.parametrize("gracefully", [False, True, False], ids=["killed", "closed", "killed after a snapshot"])
def test_nothing_changes(running, made, gracefully):
    before = snapshot_of(running)
    running.restart(gracefully)
    assert snapshot_of(running) == before


def test_keys_still_decrypt_and_verify(running, made):
    running.restart(gracefully=False)
    kms = running.client("kms")
    assert kms.decrypt(CiphertextBlob=made["secret"])["Plaintext"] == b"plain"
    verified = kms.verify(
        KeyId=made["signing"], Message=b"m", Signature=made["signed"], SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256"
    )
    assert verified["SignatureValid"]


def test_a_received_message_stays_received_and_a_deleted_one_deleted(running, made):
    sqs = running.client("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    first = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, VisibilityTimeout=600)["Messages"][0]
    running.restart(gracefully=False)
    second = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600)["Messages"]
    assert {first["Body"], *(message["Body"] for message in second)} == {"one", "two"} and len(second) == 1
    # The receipt given out before the kill is still good.
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=second[0]["ReceiptHandle"])
    running.restart(gracefully=False)
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_large_objects_are_files_and_their_files_go_with_them(running, made):
    s3 = running.client("s3")
    blobs = running.directory / "cloud" / "blobs"
    body = b"y" * 5_000_000
    s3.upload_fileobj(io.BytesIO(body), "stuff", "large")
    running.restart(gracefully=False)
    assert s3.get_object(Bucket="stuff", Key="large", Range="bytes=10-13")["Body"].read() == b"yyyy"
    assert s3.get_object(Bucket="stuff", Key="large")["Body"].read() == body
    assert any(blob.stat().st_size == len(body) for blob in blobs.iterdir())
    for version in s3.list_object_versions(Bucket="stuff", Prefix="large")["Versions"]:
        s3.delete_object(Bucket="stuff", Key="large", VersionId=version["VersionId"])
    running.run(running.cloud.call(Caller(), "ec2", "CreateKeyPair", {"KeyName": "makes a snapshot worth while"}))
    running.restart(gracefully=True)
    assert not any(blob.stat().st_size == len(body) for blob in blobs.iterdir())


def test_a_torn_record_is_what_a_crash_leaves(running, made):
    ssm = running.client("ssm")
    ssm.put_parameter(Name="last", Value="1", Type="String")
    running.restart(gracefully=False)
    newest = sorted((running.directory / "cloud").glob("journal-*"))[-1]
    with newest.open("ab") as journal:
        journal.write(b"\0\0\1\0half a record")
    running.restart(gracefully=False)
    assert ssm.get_parameter(Name="last")["Parameter"]["Value"] == "1"
    ssm.put_parameter(Name="next", Value="2", Type="String")
    running.restart(gracefully=False)
    assert ssm.get_parameter(Name="next")["Parameter"]["Value"] == "2"


def test_a_request_that_finds_the_process_dead_is_answered_503_and_the_next_one_well(running, made):
    running.run(running.cloud.call(Caller(), "ssm", "GetParameter", {"Name": "p"}))
    running.cloud._child.process.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            found = running.run(running.cloud.call(Caller(), "ssm", "GetParameter", {"Name": "p"}))
        except AwsError as refusal:
            assert refusal.status == 503
        else:
            assert found["Parameter"]["Value"] == "v"
            return
    pytest.fail("the cloud process did not come back")


def test_a_refused_call_leaves_no_trace(running, made):
    s3 = running.client("s3")
    with pytest.raises(ClientError):
        s3.put_object(Bucket="no-such-bucket", Key="k", Body=b"")
    running.restart(gracefully=False)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["stuff"]


ROLE = "arn:aws:iam::000000000000:role/r"
STREAM = {"DeliveryStreamName": "a", "S3DestinationConfiguration": {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::stuff"}}
MANY = [
    ("acm", "RequestCertificate", {"DomainName": "a.example.com"}, "ListCertificates", {}),
    ("apigateway", "CreateRestApi", {"name": "a"}, "GetRestApis", {}),
    ("cognito-idp", "CreateUserPool", {"PoolName": "a"}, "ListUserPools", {"MaxResults": 10}),
    ("ecs", "CreateCluster", {"clusterName": "a"}, "DescribeClusters", {"clusters": ["a"]}),
    ("events", "CreateEventBus", {"Name": "bus"}, "ListEventBuses", {}),
    ("firehose", "CreateDeliveryStream", STREAM, "DescribeDeliveryStream", {"DeliveryStreamName": "a"}),
    ("glue", "CreateJob", {"Name": "a", "Role": ROLE, "Command": {"Name": "glueetl"}}, "GetJobs", {}),
    ("iam", "CreateUser", {"UserName": "u"}, "ListUsers", {}),
    ("kinesis", "CreateStream", {"StreamName": "a", "ShardCount": 2}, "DescribeStream", {"StreamName": "a"}),
    ("kms", "CreateKey", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}, "ListKeys", {}),
    ("route53", "CreateHostedZone", {"Name": "a.com", "CallerReference": "x"}, "ListHostedZones", {}),
    ("scheduler", "CreateScheduleGroup", {"Name": "g"}, "ListScheduleGroups", {}),
    ("sns", "CreateTopic", {"Name": "t"}, "ListTopics", {}),
]


def test_many_services_survive_a_replay_and_a_snapshot(running, made):
    def look() -> list[str]:
        found = [running.run(running.cloud.call(Caller(), service, show, about)) for service, _, _, show, about in MANY]
        return [json.dumps(one, default=str, sort_keys=True) for one in found]

    for service, create, params, _, _ in MANY:
        running.run(running.cloud.call(Caller(), service, create, params))
    before = look()
    for gracefully in (False, True):
        running.restart(gracefully)
        assert look() == before


OWNER = """
import asyncio, sys
from treadle.aws import Caller
from treadle.cloud import Cloud

async def main():
    cloud = Cloud.open(sys.argv[1])
    key = (await cloud.call(Caller(), "kms", "CreateKey", {}))["KeyMetadata"]["KeyId"]
    print(key, cloud._child.process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def test_the_process_dies_with_its_server_and_what_was_answered_is_there(launch, tmp_path):
    server = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    key, child = server.stdout.readline().split()
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(child)
    again = launch(tmp_path)
    assert [one["KeyId"] for one in again.client("kms").list_keys()["Keys"]] == [key]


def test_a_snapshot_that_cannot_be_read_is_an_error_and_not_an_empty_cloud(launch, tmp_path):
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "snapshot-000000000007.bin").write_bytes(b"\0\0\0\1\x80 nonsense")
    broken = launch(tmp_path)
    with pytest.raises(AwsError) as refusal:
        broken.run(broken.cloud.call(Caller(), "sts", "GetCallerIdentity", {}))
    assert refusal.value.status == 503 and "cannot restore" in refusal.value.message
