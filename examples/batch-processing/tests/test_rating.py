"""The functions alone: what a row is worth, and what the summary writes to S3 (moto's, in this process)."""

import importlib.util
import json
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

SOURCES = Path(__file__).parents[1] / "infra" / "src"


def handler(name):
    spec = importlib.util.spec_from_file_location(f"{name}_handler", SOURCES / name / "handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lambda_handler


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"tariff": "day", "kwh": "10.00"}, {"cents": 315}),
        ({"tariff": "night", "kwh": "0.50"}, {"cents": 11}),
        ({"tariff": "dawn", "kwh": "1"}, {"problem": "there is no tariff 'dawn'"}),
        ({"tariff": "day", "kwh": "n/a"}, {"problem": "'n/a' is no number"}),
        ({"tariff": "day", "kwh": "-1"}, {"problem": "a meter does not run backwards"}),
    ],
)
def test_a_row_is_rated_or_tells_its_problem(row, told):
    assert handler("rate")({"rows": [row]}, None) == [row | told]


@mock_aws
def test_the_summary_adds_up_per_customer_and_writes_both_files(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="meters")
    rows = [
        {"customer": "bela", "cents": 5},
        {"customer": "ada", "cents": 7},
        {"customer": "ada", "cents": 1},
        {"meter": "m-1", "day": "2026-10-01", "problem": "broken"},
    ]
    s3.put_object(Bucket="meters", Key="results/x/S_0.jsonl", Body="\n".join(map(json.dumps, rows)))
    manifest = {"ResultFiles": {"SUCCEEDED": [{"Key": "results/x/S_0.jsonl"}]}}
    s3.put_object(Bucket="meters", Key="results/x/manifest.json", Body=json.dumps(manifest))

    told = handler("summarise")(
        {"bucket": "meters", "manifest": "results/x/manifest.json", "prefix": "invoices/x"}, None
    )

    assert (told["customers"], told["cents"], told["rejected"]) == (2, 13, 1)
    assert told["invoicesArn"] == "arn:aws:s3:::meters/invoices/x/invoices.csv"
    assert read(s3, "invoices/x/invoices.csv") == "customer,cents\nada,8\nbela,5\n"
    assert read(s3, "invoices/x/rejected.csv") == "meter,day,problem\nm-1,2026-10-01,broken\n"


def read(s3, key):
    return s3.get_object(Bucket="meters", Key=key)["Body"].read().decode()
