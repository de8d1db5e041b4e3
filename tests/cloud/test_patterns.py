# ruff: noqa: E501
"""Which events does a pattern accept, and what does the target then receive?"""

import pytest

from treadle.cloud.patterns import matches
from treadle.cloud.payloads import payload_for

EVENT = {
    "version": "0",
    "id": "e-1",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2026-11-22T10:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"],
    "detail": {
        "state": "running", "count": 5, "flag": True, "none": None, "ip": "10.0.0.7", "tags": ["red", "blue"],
        "files": [{"name": "a.png", "size": 1}, {"name": "b.txt", "size": 99}], "say": 'a "b"',
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "accepted"),
    [
        ({}, True),
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.s3", "aws.ec2"], "detail": {"state": ["running"]}}, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}, False),
        ({"resources": [{"suffix": "i-1"}]}, True),
        ({"detail": {"tags": ["blue"]}}, True),
        ({"detail": {"tags": ["green"]}}, False),
        ({"detail": {"state": [{"prefix": "run"}]}}, True),
        ({"detail": {"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}}, True),
        ({"detail": {"state": [{"equals-ignore-case": "RUNNING"}]}}, True),
        ({"detail": {"state": [{"anything-but": "running"}]}}, False),
        ({"detail": {"state": [{"anything-but": ["stopped", "pending"]}]}}, True),
        ({"detail": {"state": [{"anything-but": {"prefix": "run"}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"wildcard": ["*x*", "st*"]}}]}}, True),
        ({"detail": {"state": [{"wildcard": "r*n*g"}]}}, True),
        ({"detail": {"state": [{"wildcard": "r\\*"}]}}, False),
        ({"detail": {"count": [5]}}, True),
        ({"detail": {"count": [{"numeric": [">", 0, "<=", 5]}]}}, True),
        ({"detail": {"count": [{"numeric": [">", 5]}]}}, False),
        ({"detail": {"flag": [1]}}, False),
        ({"detail": {"flag": [True]}}, True),
        ({"detail": {"none": [None]}}, True),
        ({"detail": {"gone": [None]}}, False),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"detail": {"state": [{"exists": False}]}}, False),
        ({"detail": {"state": [{"exists": True}]}}, True),
        ({"detail": {"gone": {"deeper": [{"exists": False}]}}}, True),
        ({"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}}, True),
        ({"detail": {"ip": [{"cidr": "10.0.1.0/24"}]}}, False),
        ({"detail": {"$or": [{"state": ["stopped"]}, {"count": [5]}]}}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"region": ["eu-west-1"]}]}, False),
        # Two conditions on a list of objects must hold for the same object.
        ({"detail": {"files": {"name": [{"suffix": ".txt"}], "size": [99]}}}, True),
        ({"detail": {"files": {"name": [{"suffix": ".txt"}], "size": [1]}}}, False),
    ],
)
def test_patterns(pattern, accepted):
    assert matches(pattern, EVENT) is accepted


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ({"Input": '{"a":1}'}, '{"a":1}'),
        ({"InputPath": "$.detail.files[1].name"}, '"b.txt"'),
        ({"InputPath": "$.detail['state']"}, '"running"'),
        (
            {"InputTransformer": {"InputPathsMap": {"s": "$.detail.state", "n": "$.detail.count"}, "InputTemplate": '{"state": <s>, "n": <n>}'}},
            '{"state": "running", "n": 5}',
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"s": "$.detail.state", "q": "$.detail.say"}, "InputTemplate": '"it is <s>: <q>"'}},
            '"it is running: a \\"b\\""',
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"t": "$.detail.tags"}, "InputTemplate": '{"rule": "<aws.events.rule-name>", "t": <t>}'}},
            '{"rule": "r", "t": ["red","blue"]}',
        ),
        ({"InputTransformer": {"InputPathsMap": {"x": "$.nope"}, "InputTemplate": '{"x": <x>}'}}, '{"x": ""}'),
    ],
)  # fmt: skip
def test_what_a_target_receives(target, payload):
    assert payload_for(target, EVENT, "arn:aws:events:us-east-1:123456789012:rule/r", "2026-11-22T10:00:01Z") == payload


def test_without_a_transformation_the_whole_event_is_delivered():
    assert payload_for({}, {"a": 1, "detail": {}}, "arn", "") == '{"a":1,"detail":{}}'
