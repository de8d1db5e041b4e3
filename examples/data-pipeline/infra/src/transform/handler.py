"""Turns a file of measurements (JSON lines) into daily figures per sensor (JSON lines), from S3 to S3, line by line."""

import json
from collections import defaultdict
from datetime import datetime

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    bucket, key = event["bucket"], f"{event['prefix']}/figures.jsonl"
    measured, rejected = defaultdict(list), 0
    for line in s3.get_object(Bucket=bucket, Key=event["key"])["Body"].iter_lines():
        try:
            sensor, day, celsius = read(line)
        except (KeyError, TypeError, ValueError):
            rejected += 1
        else:
            measured[sensor, day].append(celsius)
    rows = rejected + sum(map(len, measured.values()))
    text = "".join(f"{json.dumps(figure(*where, values))}\n" for where, values in sorted(measured.items()))
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/jsonl")
    return {
        "bucket": bucket,
        "key": key,
        "figures": len(measured),
        "rows": rows,
        "rejected": rejected,
        "rejectedPercent": round(100 * rejected / max(rows, 1), 1),
    }


def read(line):
    """(sensor, day, celsius) of one line; raises an error when it does not hold them."""
    row = json.loads(line)
    day = datetime.fromisoformat(row["at"].replace("Z", "+00:00")).date()
    return str(row["sensor"]), day.isoformat(), float(row["celsius"])


def figure(sensor, day, values):
    return {
        "sensor": sensor,
        "day": day,
        "measurements": len(values),
        "lowest": min(values),
        "highest": max(values),
        "mean": round(sum(values) / len(values), 2),
    }
