"""The payment service alone, on moto's DynamoDB in this process: once per idempotency key, whatever comes first."""

import importlib.util
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

SOURCE = Path(__file__).parents[1] / "infra" / "src" / "payment" / "handler.py"
CHARGE = {"action": "charge", "key": "o-1/charge", "amount": 900, "method": "tok_visa"}
REFUND = {"action": "refund", "key": "o-1/charge"}


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("PAYMENTS_TABLE", "payments")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="payments",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        spec = importlib.util.spec_from_file_location("payment_handler", SOURCE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


def test_a_retried_charge_charges_once(service):
    assert service.lambda_handler(CHARGE, None) == {"charged": 900}
    assert service.lambda_handler(CHARGE | {"amount": 1}, None) == {"charged": 900}


def test_a_retried_refund_tells_the_same(service):
    service.lambda_handler(CHARGE, None)
    assert service.lambda_handler(REFUND, None) == {"refunded": 900}
    assert service.lambda_handler(REFUND, None) == {"refunded": 900}


def test_a_charge_that_comes_after_its_refund_takes_no_money(service):
    assert service.lambda_handler(REFUND, None) == {"refunded": 0}
    assert service.lambda_handler(CHARGE, None) == {"charged": 0}


def test_a_declined_method_is_an_error_of_its_own(service):
    with pytest.raises(service.CardDeclined):
        service.lambda_handler(CHARGE | {"method": "tok_declined"}, None)
