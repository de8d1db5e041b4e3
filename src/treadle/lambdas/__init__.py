"""AWS Lambda without Docker: its API, durable metadata, and functions in warm worker processes."""

from treadle.lambdas.api import Lambda
from treadle.lambdas.invoke import Deliver, Invocation, Kind
from treadle.lambdas.logs import LogSink
from treadle.lambdas.service import FetchObject

__all__ = ["Deliver", "FetchObject", "Invocation", "Kind", "Lambda", "LogSink"]
