"""The console in a real browser. Needs Chromium, Node.js, the modules of web/ and a built bundle; skipped without."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from treadle.console.files import STATIC

WEB = Path(__file__).parents[2] / "web"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NODE = shutil.which("node")
MISSING = [
    name
    for name, there in (
        ("Chromium", CHROMIUM),
        ("Node.js", NODE),
        ("web/node_modules with the test tools (cd web && npm ci)", (WEB / "node_modules/playwright-core").is_dir()),
        ("the built console (make console)", (STATIC / "index.html").exists()),
    )
    if not there
]


@pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")
async def test_a_newcomers_walk(endpoint: str, tmp_path: Path) -> None:
    """Create, start, watch it succeed, open a step, jump by ARN; no policy violation, no outside request, axe clean."""
    assert await walk("walk.mjs", endpoint, tmp_path) == "ok"


@pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")
async def test_a_workflow_is_changed(endpoint: str, tmp_path: Path) -> None:
    """Text, picture and forms, by mouse and by keyboard; what was not changed stays as it was written."""
    assert await walk("studio.mjs", endpoint, tmp_path) == "ok"


@pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")
async def test_an_execution_is_understood(endpoint: str, tmp_path: Path) -> None:
    """Stages, expressions, replay, timeline, comparison, restart, an answer, a map run, an imported history."""
    assert await walk("run.mjs", endpoint, tmp_path) == "ok"


async def walk(script: str, endpoint: str, pictures: Path) -> str:
    """What a walk of web/browser/ says."""
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        str(WEB / "browser" / script),
        endpoint,
        str(CHROMIUM),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "SCREENSHOTS": str(pictures)},
    )
    said, _ = await asyncio.wait_for(process.communicate(), 150)
    return said.decode().strip()
