"""The console in a real browser: `make browser` prepares everything and runs this. Without, it is skipped."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from treadle.console.files import STATIC

from .conftest import serving
from .proxy import Proxy
from .test_console import ROLE, states

WEB = Path(__file__).parents[2] / "web"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NODE = shutil.which("node")
MISSING = [
    name
    for name, there in (
        ("Chromium", CHROMIUM),
        ("Node.js", NODE),
        ("the test tools in web/node_modules", (WEB / "node_modules/playwright-core").is_dir()),
        ("the built console", (STATIC / "index.html").exists()),
    )
    if not there
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)} (`make browser` brings the rest)")
# Seconds for a whole walk on a slow machine.
PATIENCE = 240
WAIT = '{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 8, "End": true}}}'


@asynccontextmanager
async def walking(script: str, address: str, screenshots: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    walk = await asyncio.create_subprocess_exec(
        str(NODE),
        str(WEB / "browser" / script),
        address,
        str(CHROMIUM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "SCREENSHOTS": str(screenshots)},
    )
    try:
        yield walk
    finally:
        if walk.returncode is None:
            walk.kill()
            await walk.wait()


async def outcome(script: str, address: str, screenshots: Path) -> str:
    async with walking(script, address, screenshots) as walk:
        said, errors = await asyncio.wait_for(walk.communicate(), PATIENCE)
        return (said + errors).decode().strip()


async def test_a_newcomers_walk(endpoint: str, tmp_path: Path) -> None:
    """Create, start, watch it succeed, open a step, jump by ARN; no policy violation, no outside request, axe clean."""
    assert await outcome("walk.mjs", endpoint, tmp_path) == "ok"


async def test_a_workflow_is_changed(endpoint: str, tmp_path: Path) -> None:
    """Text, picture and forms, by mouse and by keyboard; what was not changed stays as it was written."""
    assert await outcome("studio.mjs", endpoint, tmp_path) == "ok"


async def test_a_workflow_is_changed_with_tools(endpoint: str, tmp_path: Path) -> None:
    """Another query language, every form of a distributed Map, YAML, TestState on real data, 300 states."""
    assert await outcome("workshop.mjs", endpoint, tmp_path) == "ok"


async def test_a_workflow_is_changed_by_finger(endpoint: str, tmp_path: Path) -> None:
    """On a phone: pan, pinch, a tap on a +, a state dragged by resting on it."""
    assert await outcome("fingers.mjs", endpoint, tmp_path) == "ok"


async def test_an_execution_is_understood(endpoint: str, tmp_path: Path) -> None:
    """Stages, expressions, replay, timeline, comparison, restart, an answer, a map run, an imported history."""
    assert await outcome("run.mjs", endpoint, tmp_path) == "ok"


async def test_one_branch_of_many(endpoint: str, tmp_path: Path) -> None:
    """Branches, items and visits, nested and in a loop: who failed, one alone in all views, its address."""
    assert await outcome("branches.mjs", endpoint, tmp_path) == "ok"


async def test_all_rooms(endpoint: str, tmp_path: Path) -> None:
    """Machines, executions in bulk, versions, functions, dashboard, logs, audit; by keyboard; in a small window."""
    assert await outcome("rooms.mjs", endpoint, tmp_path) == "ok"


async def test_the_first_minute_and_many_executions(endpoint: str, tmp_path: Path) -> None:
    """Examples, functions written in place, inputs as forms, bulk actions, any ARN, pushed figures, the focus."""
    assert await outcome("pages.mjs", endpoint, tmp_path) == "ok"


async def test_a_server_that_dies_in_mid_view_behind_a_proxy(tmp_path: Path) -> None:
    """The console says so, keeps what it shows, and goes on by itself; all of it below a path of a proxy."""
    async with Proxy.open("/tools/treadle") as proxy:
        alive = serving(tmp_path / "data")
        proxy.target = await alive.__aenter__()
        await states(proxy.target, "CreateStateMachine", name="lasting", definition=WAIT, roleArn=ROLE)
        async with walking("broken.mjs", proxy.address, tmp_path) as walk:
            assert walk.stderr is not None
            assert walk.stdin is not None
            while order := (await asyncio.wait_for(walk.stderr.readline(), PATIENCE)).decode().strip():
                if order == "kill":
                    proxy.target = None
                    await alive.__aexit__(None, None, None)
                elif order == "revive":
                    alive = serving(tmp_path / "data")
                    proxy.target = await alive.__aenter__()
                walk.stdin.write(b"done\n")
            said, _ = await asyncio.wait_for(walk.communicate(), PATIENCE)
        await alive.__aexit__(None, None, None)
    assert said.decode().strip() == "ok"
