"""The console's small API: which question is whose. Only a server that somebody looks at loads what answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from treadle.console import (
    answers,
    auditing,
    converting,
    costing,
    drawing,
    express,
    failing,
    linting,
    listing,
    looking,
    statistics,
    uses,
)
from treadle.console.answers import House, Ledgers
from treadle.console.express import Express
from treadle.console.past import Pasts
from treadle.values import Json

Query = Mapping[str, str]
Body = Callable[[], Awaitable[bytes]]


class Questions:
    def __init__(self, house: House, remembered: Express) -> None:
        self._house = house
        self._express = remembered
        self._pasts = Pasts(remembered)

    async def ask(self, method: str, question: str, query: Query, body: Body) -> Json:
        """The answer; None when there is no such question. Raises AwsError."""
        house = self._house
        match method, question:
            case "GET", "session":
                return answers.session(house)
            case "GET", "history":
                return answers.history(self._express, query)
            case "GET", "failures":
                return await failing.failures(house.executions, query.get("mapRun", ""))
            case "GET", "express" if "machine" in query:
                return express.listed(self._express, query["machine"])
            case "GET", "express":
                return express.described(self._express, query.get("execution", ""))
            case "POST", "runs":
                return answers.runs(house, answers.read(await body(), answers.Runs))
            case "GET", "actions":
                return await asyncio.to_thread(answers.actions, query)
            case "POST", "render":
                return {"text": drawing.render(answers.read(await body(), answers.Rendering))}
            case "POST", "graph":
                return drawing.picture(answers.read(await body(), answers.Definition))
            case "POST", "lint":
                return await linting.lint(answers.read(await body(), linting.Question))
            case "POST", "cost":
                return await costing.cost(house, answers.read(await body(), costing.Question))
            case "POST", "convert":
                return await converting.convert(answers.read(await body(), converting.Question))
            case "POST", "try":
                return await converting.attempt(answers.read(await body(), converting.Pair))
            case "POST", "read":
                return await converting.unpack(answers.read(await body(), converting.File))
        found = await looking.ask(house.executions, self._pasts, method, question, query, body)
        if found is None and house.ledgers is not None:
            found = await self._figures(house.ledgers, method, question, query, body)
        return found

    async def _figures(self, ledgers: Ledgers, method: str, question: str, query: Query, body: Body) -> Json:
        match method, question:
            case "POST", "executions":
                return await listing.executions(ledgers, answers.read(await body(), listing.Question))
            case "GET", "activity":
                return await statistics.activity(self._house, ledgers, query)
            case "GET", "functions":
                return statistics.functions(ledgers, query)
            case "GET", "uses":
                return uses.uses(self._house, ledgers, query)
            case "POST", "audit":
                return await auditing.calls(ledgers, answers.read(await body(), auditing.Question))
        return None
