"""The function alone, on moto's S3 in this process: figures for what can be read, a count of what cannot."""

import importlib.util
import json
from pathlib import Path

import boto3
from moto import mock_aws

SOURCE = Path(__file__).parents[1] / "infra" / "src" / "transform" / "handler.py"
FILE = b"""\
{"sensor": "yard", "at": "2026-10-01T00:00:00Z", "celsius": 4}
{"sensor": "yard", "at": "2026-10-01T12:00:00Z", "celsius": 7.5}
{"sensor": "yard", "at": "2026-10-02T00:00:00Z", "celsius": -1}
{"sensor": "hall", "at": "2026-10-01T
{"sensor": "hall", "at": "2026-10-01T00:00:00Z", "celsius": null}
{"at": "2026-10-01T00:00:00Z", "celsius": 1}
[]
{"sensor": "hall", "at": "yesterday", "celsius": 1}
"""


@mock_aws
def test_daily_figures_are_written_and_only_numbers_come_back(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="climate")
    s3.put_object(Bucket="climate", Key="raw/x.jsonl", Body=FILE)
    spec = importlib.util.spec_from_file_location("transform_handler", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    told = module.lambda_handler({"bucket": "climate", "key": "raw/x.jsonl", "prefix": "curated/x"}, None)

    assert told == {
        "bucket": "climate",
        "key": "curated/x/figures.jsonl",
        "figures": 2,
        "rows": 8,
        "rejected": 5,
        "rejectedPercent": 62.5,
    }
    lines = s3.get_object(Bucket="climate", Key=told["key"])["Body"].read().decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"sensor": "yard", "day": "2026-10-01", "measurements": 2, "lowest": 4.0, "highest": 7.5, "mean": 5.75},
        {"sensor": "yard", "day": "2026-10-02", "measurements": 1, "lowest": -1.0, "highest": -1.0, "mean": -1.0},
    ]
