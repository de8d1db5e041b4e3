"""The server in the foreground."""

from __future__ import annotations

import logging
from pathlib import Path

from treadle.cli.background import announce, withdraw
from treadle.integrations.places import HERE, Calls


def serve(
    host: str,
    port: int,
    data: Path,
    store: str,
    log: Path | None = None,
    mocks: Path | None = None,
    calls: Calls = HERE,
    enforce_iam: bool = False,
) -> int:
    """Serve until Ctrl-C or SIGTERM. The log goes to standard error, or to the file `log`.

    `mocks` is a mock configuration of Step Functions Local. Raises Malformed when it cannot be used.
    `calls` tells where the calls of tasks go; `enforce_iam` whether their roles must allow them.
    """
    from treadle.api.server import run
    from treadle.runtime.mocks import NONE, read

    cases = NONE if mocks is None else read(mocks)

    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s  %(message)s", filename=log, force=True
    )

    def ready(endpoint: str) -> None:
        announce(data, endpoint)
        print(f"treadle is ready at {endpoint}, data in {data}  (Ctrl-C stops it)", flush=True)
        if calls != HERE:
            print(f"calls of tasks go to {calls.told()}", flush=True)
        if enforce_iam:
            print("tasks may do what the policies of their roles allow", flush=True)

    try:
        run(host, port, data, store=store, mocks=cases, calls=calls, enforce_iam=enforce_iam, ready=ready)
    finally:
        withdraw(data)
    return 0
