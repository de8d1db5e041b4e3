"""How functions and layers are named: short names, partial ARNs, full ARNs, qualifiers."""

from __future__ import annotations

import re

import msgspec

from treadle.aws import AwsError, Caller

LATEST = "$LATEST"

# NAME, NAME:QUALIFIER, ACCOUNT:function:NAME, arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
_FUNCTION = re.compile(
    r"(?:(?:arn:[a-z-]+:lambda:)?(?:(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d):)?(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?"
)
_LAYER = re.compile(
    r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:(?P<name>[A-Za-z0-9_-]+)"
    r"(?::(?P<version>\d+))?"
)


class Target(msgspec.Struct, frozen=True):
    """A function as a request names it: the account and region it lives in, its name, and a version or alias."""

    caller: Caller
    name: str
    qualifier: str | None = None

    @property
    def arn(self) -> str:
        """The ARN, qualified when the request was."""
        return function_arn(self.caller, self.name, self.qualifier)


def target(caller: Caller, text: str, qualifier: str | None = None) -> Target:
    """Read a FunctionName parameter in any of AWS's forms. A qualifier given apart must agree with one in the name."""
    match = _FUNCTION.fullmatch(text)
    if match is None:
        raise AwsError("ValidationException", f"{text} is not a valid function name or ARN")
    inner = match["qualifier"]
    if inner and qualifier and inner != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise AwsError("InvalidParameterValueException", message)
    home = Caller(match["account"] or caller.account, match["region"] or caller.region)
    return Target(home, match["name"], inner or qualifier)


def function_arn(caller: Caller, name: str, qualifier: str | None = None) -> str:
    return caller.arn("lambda", f"function:{name}:{qualifier}" if qualifier else f"function:{name}")


def layer_arn(caller: Caller, name: str, version: int | None = None) -> str:
    return caller.arn("lambda", f"layer:{name}" if version is None else f"layer:{name}:{version}")


class LayerName(msgspec.Struct, frozen=True):
    caller: Caller
    name: str
    version: int | None = None


def layer(caller: Caller, text: str) -> LayerName:
    """A LayerName parameter (name or ARN) or a layer version ARN."""
    match = _LAYER.fullmatch(text)
    if match is None:
        return LayerName(caller, text)
    version = match["version"]
    return LayerName(Caller(match["account"], match["region"]), match["name"], int(version) if version else None)
