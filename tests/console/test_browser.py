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
    walk = await asyncio.create_subprocess_exec(
        str(NODE),
        str(WEB / "browser/walk.mjs"),
        endpoint,
        str(CHROMIUM),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "SCREENSHOTS": str(tmp_path)},
    )
    said, _ = await asyncio.wait_for(walk.communicate(), 150)
    assert said.decode().strip() == "ok"
