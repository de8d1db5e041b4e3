"""Our own pages below /_treadle/: the health of the server, and what other rooms hang up there (the console)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treadle.api.app import Service
from treadle.api.errors import NOT_FOUND
from treadle.aws import Request, Response, json_response


class Pages:
    """Answers /_treadle/health; other pages go by their first path segment to whoever is given for it."""

    def __init__(self, health: Callable[[], dict[str, Any]], others: Mapping[str, Service]) -> None:
        self._health, self._others = health, others

    async def handle(self, request: Request) -> Response:
        page = request.path.split("/")[2]
        if page == "health":
            return json_response(self._health(), content_type="application/json")
        other = self._others.get(page)
        if other is None:
            raise NOT_FOUND(path=request.path)
        return await other.handle(request)
