from __future__ import annotations

import pytest

from .office import World


@pytest.fixture
def world() -> World:
    return World()
