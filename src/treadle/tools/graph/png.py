"""A picture as PNG, painted by a browser that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from treadle.tools.graph.theme import DARK, LIGHT, Theme

_NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
)
_LARGEST = 16_000  # pixels in one direction that a browser can paint
_FAINTEST = 0.4  # below this nobody can read it
_PATIENCE = 60.0  # seconds


class NoPainter(Exception):
    """No browser, or one that does not paint: `str()` says what to do."""


def find_browser() -> str:
    """The path of Chromium or a relative of it; TREADLE_BROWSER names another one. Raises NoPainter."""
    named = os.environ.get("TREADLE_BROWSER")
    if named:
        if found := shutil.which(named):
            return found
        raise NoPainter(f"TREADLE_BROWSER names {named}, which is not a program on this machine")
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    for place in _PLACES:
        if Path(place).is_file():
            return place
    raise NoPainter(
        "PNG pictures are painted by Chromium, and there is none here: install it (`apt-get install chromium`,"
        " `brew install --cask chromium`), let TREADLE_BROWSER name one, or use --format svg"
    )


def to_png(svg: str, width: float, height: float, theme: Theme = "light") -> bytes:
    """The picture `svg` of width x height CSS pixels, twice as dense where that is not too large, and smaller where a
    browser could not paint it otherwise. Raises NoPainter."""
    scale = min(2.0, _LARGEST / max(width, height))
    if scale < _FAINTEST:
        raise NoPainter(f"{width:.0f} x {height:.0f} pixels are more than a browser can paint: use --format svg")
    paper = DARK.paper if theme == "dark" else LIGHT.paper
    page = f'<!doctype html><meta charset="utf-8"><body style="margin:0;background:{paper}">{svg}'
    with tempfile.TemporaryDirectory(prefix="treadle-graph-") as folder:
        source, target = Path(folder, "page.html"), Path(folder, "picture.png")
        source.write_text(page, encoding="utf-8")
        # Chromium refuses to sandbox itself for root, which is who we are in a container.
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [
            find_browser(),
            *_FLAGS,
            *root,
            f"--user-data-dir={folder}/profile",
            f"--force-device-scale-factor={scale:.4f}",
            f"--window-size={-(-width // 1):.0f},{-(-height // 1):.0f}",
            f"--screenshot={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise NoPainter(f"{command[0]} did not paint within {_PATIENCE:.0f} seconds") from None
        if not target.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise NoPainter(f"{command[0]} painted nothing: {said[-1] if said else f'exit status {done.returncode}'}")
        return target.read_bytes()
