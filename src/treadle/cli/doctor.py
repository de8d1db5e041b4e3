"""`treadle doctor`: is all there that treadle, and what is used with it, needs?"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct, to_builtins

from treadle import __version__
from treadle.cli.client import Client, Refused, Unreachable
from treadle.cli.show import paint

Verdict: TypeAlias = Literal["ok", "hint", "wrong"]
_MARKS: dict[Verdict, tuple[str, str]] = {"ok": ("✓", "32"), "hint": ("·", "33"), "wrong": ("✗", "31")}
OLDEST_SQLITE = (3, 35, 0)
LEAST_SPACE = 1 << 30  # bytes
PATIENCE = 10.0  # seconds for a program to say its version


class Finding(Struct, frozen=True):
    """`advice` says what to do about what is not well."""

    about: str
    verdict: Verdict
    says: str
    advice: str = ""


def add_doctor(verb: argparse.ArgumentParser) -> None:
    verb.description = "Looks at ports, versions, endpoints and programs. Exit status 1 when something is wrong."
    verb.add_argument("--host", default="127.0.0.1", help="address the server listens on (default 127.0.0.1)")
    verb.add_argument("--port", type=int, default=4566, help="its port (default 4566)")
    default = Path(os.environ.get("TREADLE_DATA", ".treadle"))
    verb.add_argument(
        "--data", type=Path, default=default, metavar="DIR", help=f"its data directory (default {default})"
    )
    verb.add_argument("--json", action="store_true", help="as JSON")
    verb.set_defaults(act=doctor)


def doctor(options: argparse.Namespace) -> int:
    found = list(examine(options.host, options.port, options.data))
    if options.json:
        print(json.dumps(to_builtins(found), indent=2, ensure_ascii=False))
    else:
        width = max(len(each.about) for each in found)
        for each in found:
            mark, colour = _MARKS[each.verdict]
            print(f"  {paint(mark, colour)} {each.about:<{width}}  {each.says}")
            if each.advice:
                print(paint(f"    {'':<{width}}  {each.advice}", "2"))
    return 1 if any(each.verdict == "wrong" for each in found) else 0


def examine(host: str, port: int, data: Path) -> Iterator[Finding]:
    """All findings, in the order in which they are told."""
    yield Finding("treadle", "ok", f"{__version__} on Python {platform.python_version()}, {platform.system()}")
    yield from _libraries()
    yield _server(host, port)
    yield _data(data)
    yield _space(data)
    yield _console()
    yield from _endpoint(os.environ, f"http://{host}:{port}")
    yield _prefix()
    yield _program("Node.js", "node", ("--version",), "Lambda functions in JavaScript need it; others do not")
    yield _terraform()
    yield _program("AWS CLI", "aws", ("--version",), "commands of the docs use it; boto3 and Terraform do not")
    yield _browser()


def _libraries() -> Iterator[Finding]:
    lacking = []
    for wanted in metadata.requires("treadle") or () if _installed() else ():
        name = wanted.split(";")[0].split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip()
        if "extra ==" in wanted or ("win32" in wanted and sys.platform == "win32"):
            continue
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            lacking.append(name)
    if lacking:
        yield Finding("libraries", "wrong", f"not installed: {', '.join(lacking)}", "install treadle again")
    else:
        known = {name: metadata.version(name) for name in ("botocore", "moto")}
        yield Finding("libraries", "ok", ", ".join(f"{name} {version}" for name, version in known.items()))
    version = ".".join(map(str, sqlite3.sqlite_version_info))
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Finding("SQLite", "wrong", f"{version} is too old", "treadle needs 3.35: use a newer Python")
    else:
        yield Finding("SQLite", "ok", version)


def _installed() -> bool:
    try:
        metadata.version("treadle")
    except metadata.PackageNotFoundError:
        return False
    return True


def _server(host: str, port: int) -> Finding:
    try:
        health = Client(f"http://{host}:{port}", timeout=5).health()
        if isinstance(health, dict) and "version" in health:
            return Finding("port", "ok", f"treadle {health['version']} answers at {host}:{port}")
    except (Unreachable, Refused, ValueError):
        pass
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as problem:
            advice = "another emulator? stop it, or choose another port: treadle serve --port N"
            return Finding("port", "wrong", f"{host}:{port} cannot be used: {problem.strerror}", advice)
    return Finding("port", "ok", f"{host}:{port} is free; no server runs")


def _data(data: Path) -> Finding:
    if not data.exists():
        home = data.resolve().parent
        if os.access(home, os.W_OK):
            return Finding("data", "ok", f"{data} will be made")
        return Finding("data", "wrong", f"{data} cannot be made: {home} is not writable", "choose another with --data")
    if not data.is_dir() or not os.access(data, os.W_OK):
        return Finding("data", "wrong", f"{data} is no directory that can be written to", "choose another with --data")
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return Finding("data", "ok", f"{data} holds {_bytes(size)}")


def _space(data: Path) -> Finding:
    place = data.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < LEAST_SPACE:
        return Finding("disk", "wrong", f"{_bytes(free)} free", "a full disk stops all executions: make room")
    return Finding("disk", "ok", f"{_bytes(free)} free")


def _bytes(number: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if number < 1024 or unit == "GB":
            return f"{number:.0f} {unit}"
        number /= 1024
    return ""


def _console() -> Finding:
    from treadle.console.files import Bundle

    if Bundle().file("index.html") is not None:
        return Finding("console", "ok", "the web console is built")
    return Finding(
        "console", "hint", "the web console is not built", "in a checkout: cd web && npm ci && npx vite build"
    )


def _endpoint(environment: Mapping[str, str], usual: str) -> Iterator[Finding]:
    """Does what the shell is set to go to a treadle? `usual` is where the server listens."""
    name = next((each for each in ("AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL") if environment.get(each)), None)
    if name is None:
        advice = f"export AWS_ENDPOINT_URL={usual}"
        yield Finding("endpoint", "hint", "AWS_ENDPOINT_URL is not set: SDKs and the AWS CLI talk to AWS", advice)
        return
    address = environment[name]
    place = urlsplit(address)
    if place.scheme not in ("http", "https") or not place.hostname:
        yield Finding("endpoint", "wrong", f"{name}={address} is no address", f"export {name}={usual}")
        return
    try:
        Client(address, timeout=5).health()
        yield Finding("endpoint", "ok", f"{name}={address} answers")
    except (Unreachable, Refused, ValueError):
        yield Finding("endpoint", "hint", f"{name}={address}: no treadle answers", "treadle start")
    if not environment.get("AWS_ACCESS_KEY_ID") and not environment.get("AWS_PROFILE"):
        yield Finding(
            "credentials",
            "hint",
            "there are none, and SDKs insist",
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
        )
    if not environment.get("AWS_DEFAULT_REGION") and not environment.get("AWS_REGION"):
        yield Finding("region", "hint", "there is none, and SDKs insist", "export AWS_DEFAULT_REGION=us-east-1")


def _prefix() -> Finding:
    """StartSyncExecution and TestState go to the host `sync-...`, which must lead to this machine."""
    try:
        socket.getaddrinfo("sync-localhost", 80)
        return Finding(
            "host prefix", "ok", "sync-localhost leads here: StartSyncExecution and TestState work as they are"
        )
    except OSError:
        return Finding(
            "host prefix",
            "hint",
            "sync-localhost leads nowhere: StartSyncExecution and TestState",
            "need Config(inject_host_prefix=False) in boto3, or `127.0.0.1 sync-localhost` in /etc/hosts and "
            "http://localhost:4566 as endpoint",
        )


def _program(about: str, name: str, arguments: tuple[str, ...], why: str) -> Finding:
    said = _version(name, arguments)
    if said is None:
        return Finding(about, "hint", f"there is no `{name}` here", why)
    return Finding(about, "ok", said)


def _version(name: str, arguments: tuple[str, ...]) -> str | None:
    program = shutil.which(name)
    if program is None:
        return None
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=PATIENCE, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired):
        return f"{program}, which does not say its version"
    said = (done.stdout or done.stderr).strip().splitlines()
    return said[0] if said else program


def _terraform() -> Finding:
    for name in ("terraform", "tofu"):
        if (said := _version(name, ("version",))) is not None:
            return Finding("Terraform", "ok", said)
    return Finding("Terraform", "hint", "there is no `terraform` or `tofu` here", "only Terraform projects need it")


def _browser() -> Finding:
    from treadle.tools.graph.png import NoPainter, find_browser

    try:
        return Finding("PNG", "ok", find_browser())
    except NoPainter as problem:
        return Finding("PNG", "hint", "treadle graph cannot paint PNG", str(problem))
