"""The payment service: charges a card and gives the money back, each at most once per idempotency key.

It sees a payment method's token, never a card's number: workflows log what passes through them. The token
"tok_declined" is declined.
"""

import os

import boto3
from botocore.exceptions import ClientError

payments = boto3.resource("dynamodb").Table(os.environ["PAYMENTS_TABLE"])


class CardDeclined(Exception):
    """The bank says no; it will say no again."""


def lambda_handler(event, context):
    if event["action"] == "refund":
        return refund(event["key"])
    return charge(event["key"], event["amount"], event["method"])


def charge(key, amount, method):
    if method == "tok_declined":
        raise CardDeclined(f"the bank declines {method}")
    if not put_once({"key": key, "amount": amount, "state": "CHARGED"}):
        amount = int(payments.get_item(Key={"key": key}, ConsistentRead=True)["Item"]["amount"])
    return {"charged": amount}


def refund(key):
    """Safe whether or not it was charged: a key that is refunded first can no longer be charged."""
    if put_once({"key": key, "amount": 0, "state": "REFUNDED"}):
        return {"refunded": 0}
    found = payments.update_item(
        Key={"key": key},
        UpdateExpression="SET #state = :refunded",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":refunded": "REFUNDED"},
        ReturnValues="ALL_NEW",
    )
    return {"refunded": int(found["Attributes"]["amount"])}


def put_once(item):
    """Whether the key was new."""
    try:
        payments.put_item(
            Item=item, ConditionExpression="attribute_not_exists(#key)", ExpressionAttributeNames={"#key": "key"}
        )
    except ClientError as problem:
        if problem.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
