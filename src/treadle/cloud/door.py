"""The way from the cloud process to the server's own services, within one call. Cloud process only.

The answer is put on the call's tape: a replay of the journal takes it from there and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from treadle.cloud.tape import TAPE

# (account, region, service, operation, parameters as MessagePack) -> answer as MessagePack.
Ask = Callable[[str, str, str, str, bytes], bytes]
# Who answers; set by the process when it serves.
answering: list[Ask] = []


class Refused(Exception):
    """The service refused: its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} (Code: {code})")
        self.code = code


def ask(account: str, region: str, service: str, operation: str, params: dict[str, Any]) -> Any:
    """The result of an operation of another room's service. Raises Refused."""

    def perform() -> bytes:
        if TAPE.replaying or not answering:
            raise Refused("ServiceUnavailable", f"nobody performs {service}:{operation} here")
        return answering[0](account, region, service, operation, msgspec.msgpack.encode(params))

    told = msgspec.msgpack.decode(TAPE.draw(perform))
    # Other calls may have been performed meanwhile, and used the dice.
    TAPE.recast()
    if "error" in told:
        raise Refused(told["error"], told["message"])
    return told["result"]


def fit(service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """`params` as botocore wants them: names in the API's spelling, numbers and truth values as such."""
    from treadle.cloud.call import speech_of

    return dict(_fit(speech_of(service).model.operation_model(operation).input_shape, params))


def _fit(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            known = {name.lower(): name for name in shape.members}
            fitted = {}
            for name, inner in value.items():
                if name.lower() not in known:
                    raise Refused("InvalidRequest", f"Encountered unsupported property {name}")
                member = known[name.lower()]
                fitted[member] = _fit(shape.members[member], inner)
            return fitted
        case "list" if isinstance(value, list):
            return [_fit(shape.member, inner) for inner in value]
        case "map" if isinstance(value, dict):
            return {name: _fit(shape.value, inner) for name, inner in value.items()}
        case "boolean" if isinstance(value, str):
            return value.lower() == "true"
        case "integer" | "long" if isinstance(value, str):
            return int(value)
        case "string" if isinstance(value, bool | int | float):
            return str(value).lower() if isinstance(value, bool) else str(value)
    return value
