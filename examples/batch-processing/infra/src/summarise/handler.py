"""Adds up what a map run wrote, and writes two files back: an invoice per customer, and the rows that were not rated."""

import csv
import io
import json
from collections import Counter

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    bucket, prefix = event["bucket"], event["prefix"]
    owed, rejected = Counter(), []
    for row in rows(bucket, event["manifest"]):
        if "problem" in row:
            rejected.append(row)
        else:
            owed[row["customer"]] += row["cents"]
    return {
        "customers": len(owed),
        "cents": sum(owed.values()),
        "rejected": len(rejected),
        "invoicesArn": write(bucket, f"{prefix}/invoices.csv", ["customer", "cents"], sorted(owed.items())),
        "rejectedArn": write(
            bucket,
            f"{prefix}/rejected.csv",
            ["meter", "day", "problem"],
            sorted((row["meter"], row["day"], row["problem"]) for row in rejected),
        ),
    }


def rows(bucket, manifest):
    """The rows of all result files, one at a time: a file may be larger than the function's memory."""
    files = json.load(s3.get_object(Bucket=bucket, Key=manifest)["Body"])["ResultFiles"]["SUCCEEDED"]
    for file in files:
        for line in s3.get_object(Bucket=bucket, Key=file["Key"])["Body"].iter_lines():
            yield json.loads(line)


def write(bucket, key, header, lines):
    """The ARN of the object that now holds the lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    s3.put_object(Bucket=bucket, Key=key, Body=text.getvalue().encode(), ContentType="text/csv")
    return f"arn:aws:s3:::{bucket}/{key}"
