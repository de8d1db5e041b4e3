"""AWS Lambda without Docker: its API, durable metadata, and functions in warm worker processes.

Names are imported when they are asked for: the test kit needs none of them until a test runs a folder's code.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.lambdas.api import Lambda as Lambda
    from treadle.lambdas.invocation import Invocation as Invocation
    from treadle.lambdas.invoke import Deliver as Deliver
    from treadle.lambdas.invoke import Kind as Kind
    from treadle.lambdas.logs import LogSink as LogSink
    from treadle.lambdas.service import FetchObject as FetchObject

_HOME = {
    "Deliver": "invoke",
    "FetchObject": "service",
    "Invocation": "invocation",
    "Kind": "invoke",
    "Lambda": "api",
    "LogSink": "logs",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"treadle.lambdas.{_HOME[name]}"), name)
    globals()[name] = value
    return value
