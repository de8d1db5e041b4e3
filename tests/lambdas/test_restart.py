"""What Lambda accepted survives a restart and a kill; workers never outlive the server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from .kit import ECHO, Client, base64_zip, eventually, one, opened

PATHS = (
    one("f"),
    one("f", "/versions"),
    one("f", "/aliases"),
    one("f", "/policy"),
    "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
    "/2019-09-30/functions/f/concurrency",
    "/2019-09-25/functions/f/event-invoke-config",
    "/2018-10-31/layers/words/versions/1",
)


async def build(client: Client) -> None:
    """One of everything."""
    layer = await client.ok("POST", "/2018-10-31/layers/words/versions", {"Content": {"ZipFile": base64_zip(ECHO)}})
    await client.create("f", Publish=True, Tags={"a": "b"}, Layers=[layer["LayerVersionArn"]])
    await client.ok("PUT", one("f", "/code"), {"ZipFile": base64_zip({"app.py": "handler = lambda *_: 'new'"})})
    await client.ok("POST", one("f", "/aliases"), {"Name": "live", "FunctionVersion": "1"})
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    await client.ok("POST", one("f", "/policy"), permission)
    await client.ok("PUT", "/2017-10-31/functions/f/concurrency", {"ReservedConcurrentExecutions": 3})
    await client.ok("PUT", "/2019-09-25/functions/f/event-invoke-config", {"MaximumRetryAttempts": 1})


async def test_everything_is_the_same_after_a_restart(tmp_path: Path) -> None:
    client = await opened(tmp_path)
    await build(client)
    before = [await client.ok("GET", path) for path in PATHS]
    await client.server.close()
    client = await opened(tmp_path)
    assert [await client.ok("GET", path) for path in PATHS] == before
    assert await client.result("f") == "new"
    assert await client.result("f:live", 1) == 1
    await client.server.close()


async def test_an_event_waiting_for_its_retry_survives(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    client = await opened(tmp_path, retry_delays=(0.3,))
    body = f"import os\ndef handler(event, _):\n    open(event, 'a').write('x')\n    os.stat({str(mark)!r})\n"
    await client.create("f", {"app.py": body})
    tries = tmp_path / "tries"
    await client.invoke("f", str(tries), kind="Event")
    await eventually(tries.exists)
    await client.server.close()
    mark.touch()
    client = await opened(tmp_path, retry_delays=(0.3,))
    await eventually(lambda: tries.read_text() == "xx")
    await client.server.close()


SERVER = """
import asyncio, json, sys
sys.path.insert(0, {tests!r})
from lambdas.kit import ECHO, opened
from pathlib import Path

async def main():
    client = await opened(Path(sys.argv[1]))
    await client.create("f", {{"app.py": "import os, time\\ndef handler(event, _):\\n"
        "    open(event, 'w').write(str(os.getpid()))\\n    time.sleep(60)\\n"}}, Timeout=60)
    print((await client.ok("GET", "/2015-03-31/functions/f"))["Configuration"]["RevisionId"], flush=True)
    await client.invoke("f", sys.argv[2])

asyncio.run(main())
"""


async def test_a_killed_server_leaves_no_worker_and_loses_nothing(tmp_path: Path) -> None:
    tests = str(Path(__file__).parent.parent)
    program = textwrap.dedent(SERVER.format(tests=tests))
    data, note = tmp_path / "data", tmp_path / "pid"
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(data), json.dumps(str(note))[1:-1]], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    revision = await asyncio.to_thread(server.stdout.readline)
    await eventually(lambda: note.exists() and note.read_text() != "")
    server.send_signal(signal.SIGKILL)
    server.wait()
    worker = int(note.read_text())
    await eventually(lambda: not _runs(worker))
    client = await opened(data)
    kept = await client.ok("GET", one("f"))
    assert kept["Configuration"]["RevisionId"] == revision.strip()
    # What the dead server's workers left is swept away.
    await client.server.close()
    assert sorted(path.name for path in data.iterdir() if path.name.startswith(("scratch", "leftovers"))) == []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A zombie has ended; whoever adopted it has not asked yet.
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
