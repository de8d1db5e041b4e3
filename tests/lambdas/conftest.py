from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .kit import Client, opened


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A client of a Lambda with an empty data directory."""
    client = await opened(tmp_path)
    yield client
    await client.server.close()
