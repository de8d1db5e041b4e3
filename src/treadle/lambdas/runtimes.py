"""Which program runs which runtime on this machine, and the environment it gets."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import sys
import time
from pathlib import Path

import msgspec

from treadle.aws import AwsError, Caller
from treadle.lambdas.nursery import Birth
from treadle.lambdas.packages import Packages
from treadle.lambdas.records import Config

log = logging.getLogger("treadle.lambdas")
_NODE_PROGRAM = Path(__file__).with_name("node") / "index.mjs"
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
# Seconds an interpreter may take to say whether it has the runtime client.
_PROBE = 20


class Place(msgspec.Struct, frozen=True):
    """A function version ready to run here: its directories, its program, and the nursery that starts it."""

    task: Path
    layers: Path | None
    interpreter: str  # whose nursery starts it
    argv: list[str] | None  # None: a Python function inside a fork of the nursery
    path: list[str] = []
    fresh: bool = False

    @property
    def aliases(self) -> list[tuple[str, str]]:
        """Our directories and what Lambda calls them: traces and logs show AWS's names."""
        pairs = [(str(self.task), "/var/task"), (str(_NODE_PROGRAM.parent), "/var/runtime")]
        return [*pairs, (str(self.layers), "/opt")] if self.layers else pairs


class Home(msgspec.Struct, frozen=True):
    """The version a worker belongs to, and what only this worker has."""

    caller: Caller
    name: str
    config: Config
    stream: str
    temporary: str
    runtime_api: str
    endpoint_url: str

    @property
    def log_group(self) -> str:
        return log_group(self.name, self.config)


def log_group(name: str, config: Config) -> str:
    return config.logging.get("LogGroup") or f"/aws/lambda/{name}"


def log_stream(version: str) -> str:
    """A new stream name: day, version, 32 hex digits."""
    return f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version}]{secrets.token_hex(16)}"


class Interpreters:
    """The Python interpreters of this machine that have AWS's runtime client, found when first needed."""

    def __init__(self) -> None:
        self._found: dict[str, asyncio.Task[str]] = {}

    async def find(self, runtime: str) -> str:
        """The interpreter for e.g. `python3.12`: that version when it is here and fit, else the server's own."""
        if runtime == f"python{sys.version_info.major}.{sys.version_info.minor}":
            return sys.executable
        if runtime not in self._found:
            self._found[runtime] = asyncio.create_task(_probe(runtime))
        return await asyncio.shield(self._found[runtime])


async def _probe(runtime: str) -> str:
    program = shutil.which(runtime)
    if program is not None:
        process = await asyncio.create_subprocess_exec(
            *(program, "-I", "-c", "import awslambdaric"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if await asyncio.wait_for(process.wait(), _PROBE) == 0:
                return program
        except TimeoutError:
            process.kill()
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    why = "is not on PATH" if program is None else "cannot import awslambdaric (pip install awslambdaric)"
    log.warning("%s %s: functions for it run on %s (%s)", runtime, why, own, sys.executable)
    return sys.executable


def refusal(config: Config) -> str | None:
    """Why this version cannot run here, or None when it can."""
    runtime = config.runtime or ""
    if config.code is None:
        return "functions from container images are not run: treadle runs zip packages without Docker"
    if runtime.startswith("python3") or runtime.startswith("provided"):
        return None
    if runtime.startswith("nodejs"):
        return None if shutil.which("node") else "Node.js is not installed here (no `node` on PATH)"
    return (
        f"the runtime {runtime} is not run: use python3.x, nodejs (with `node` on PATH), or provided.* with a bootstrap"
    )


async def place(packages: Packages, interpreters: Interpreters, config: Config, layers: list[str]) -> Place:
    """Unpack what the version needs and choose its program. `layers`: their package hashes, in order."""
    reason = refusal(config)
    if reason is not None or config.code is None:
        raise AwsError("InvalidParameterValueException", f"This function cannot be invoked here: {reason}")
    task = await packages.unpacked(config.code.sha256)
    opt = await packages.merged(layers) if layers else None
    if opt is not None and (opt / "extensions").is_dir():
        log.warning("a layer brings Lambda extensions, which are not run: %s", ", ".join(config.layers))
    runtime = config.runtime or ""
    if runtime.startswith("python"):
        interpreter = await interpreters.find(runtime)
        paths = _python_paths(task, opt, runtime, config)
        fresh = any((root / "lib").is_dir() for root in (task, opt) if root)
        return Place(task, opt, interpreter, None, paths, fresh)
    if runtime.startswith("nodejs"):
        node = shutil.which("node")
        assert node is not None, "checked by refusal"
        return Place(task, opt, sys.executable, [node, str(_NODE_PROGRAM)])
    return Place(task, opt, sys.executable, [str(_bootstrap(task, opt))])


def _python_paths(task: Path, opt: Path | None, runtime: str, config: Config) -> list[str]:
    layers = [str(opt / "python/lib" / runtime / "site-packages"), str(opt / "python")] if opt else []
    given = (config.environment or {}).get("PYTHONPATH", "")
    return [str(task), *layers, *(_here(part, task, opt) for part in given.split(os.pathsep) if part)]


def _here(path: str, task: Path, opt: Path | None) -> str:
    """A path written for Lambda's file system, on this one."""
    for theirs, ours in (("/var/task", task), ("/opt", opt)):
        if ours is not None and (path == theirs or path.startswith(theirs + "/")):
            return str(ours) + path[len(theirs) :]
    return path


def _bootstrap(task: Path, opt: Path | None) -> Path:
    for root in (task, opt):
        if root is not None and (root / "bootstrap").is_file():
            return root / "bootstrap"
    # What Lambda would find: the exec fails and says so.
    return task / "bootstrap"


def birth(home: Home, place: Place) -> Birth:
    """Everything the nursery must know to start this worker."""
    return Birth(
        argv=place.argv,
        handler=home.config.handler or "",
        env=_environment(home, place),
        cwd=str(place.task),
        path=place.path,
        fresh=place.fresh,
    )


def _environment(home: Home, place: Place) -> dict[str, str]:
    """As Lambda sets it, from scratch.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    config = home.config
    opt = str(place.layers) if place.layers else None
    path = os.environ.get("PATH", _SYSTEM_PATH)
    environment = {
        "PATH": f"{opt}/bin:{path}" if opt else path,
        "LD_LIBRARY_PATH": ":".join(f"{root}/lib" for root in (str(place.task), opt) if root),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": home.temporary,
        "TMPDIR": home.temporary,
        # The credentials name the account, so that a call out of the function comes back to the same one.
        "AWS_ACCESS_KEY_ID": home.caller.account,
        "AWS_SECRET_ACCESS_KEY": "treadle",
        "AWS_SESSION_TOKEN": "treadle",
        "AWS_ENDPOINT_URL": home.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        **(config.environment or {}),
        "AWS_REGION": home.caller.region,
        "AWS_DEFAULT_REGION": home.caller.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": home.name,
        "AWS_LAMBDA_FUNCTION_VERSION": config.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": home.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": home.stream,
        "AWS_LAMBDA_RUNTIME_API": home.runtime_api,
        "LAMBDA_TASK_ROOT": str(place.task),
        "LAMBDA_RUNTIME_DIR": str(_NODE_PROGRAM.parent),
        "_HANDLER": config.handler or "",
    }
    if config.logging.get("LogFormat") == "JSON":
        environment["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        environment["AWS_LAMBDA_LOG_LEVEL"] = config.logging.get("ApplicationLogLevel", "INFO")
    if (config.runtime or "").startswith("nodejs"):
        environment["NODE_PATH"] = _node_path(place, config)
    return environment


def _node_path(place: Place, config: Config) -> str:
    version = (config.runtime or "").removeprefix("nodejs").partition(".")[0]
    layers = []
    if place.layers:
        layers = [f"{place.layers}/nodejs/node{version}/node_modules", f"{place.layers}/nodejs/node_modules"]
    given = (config.environment or {}).get("NODE_PATH", "")
    return ":".join(filter(None, [given, *layers, str(place.task)]))
