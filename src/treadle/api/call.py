"""One call of a Step Functions operation, from parameters to answer: for the HTTP door and for our own integrations."""

from __future__ import annotations

from treadle.api.context import Answer, Context, Office
from treadle.api.errors import UNKNOWN_OPERATION
from treadle.api.operations import OPERATIONS
from treadle.api.shapes import checker
from treadle.aws import Caller
from treadle.values import Json


class Desk:
    """Takes calls of operations by name. Contexts are made once per caller."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._contexts: dict[Caller, Context] = {}
        self._known = {name: (operation, checker(name)) for name, operation in OPERATIONS.items()}

    async def call(self, caller: Caller, operation: str, params: Json) -> Answer:
        """The answer as AWS words it. Raises AwsError."""
        known = self._known.get(operation)
        if known is None:
            raise UNKNOWN_OPERATION(operation=operation)
        function, check = known
        check(params)
        context = self._contexts.get(caller)
        if context is None:
            context = self._contexts[caller] = Context(caller, self.office)
        return await function(context, params)
