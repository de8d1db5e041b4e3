"""completion, doctor and watch as a user types them."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from treadle.cli.completion import script, verbs
from treadle.cli.doctor import examine
from treadle.cli.main import main, parser
from treadle.cli.watch import Page, Watched

MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
TEST = "definition: m.asl.json\ntests:\n  - {name: it runs, expect: {output: {}}}\n"


# -- completion
@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "words"),
    [("treadle li", ["lint"]), ("treadle lint --format ", ["github", "json"]), ("treadle completion ", ["zsh"])],
)
def test_fish_completes(line: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "treadle.fish").write_text(script("fish", parser()))
    asked = f"source {tmp_path / 'treadle.fish'}; complete -C '{line}'"
    answer = subprocess.run(["fish", "-c", asked], capture_output=True, text=True, timeout=60)
    offered = {each.partition("\t")[0] for each in answer.stdout.splitlines()}
    assert not answer.stderr and offered >= set(words)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_completed(shell: str) -> None:
    text = script(shell, parser())
    for verb in verbs(parser()):
        assert verb.name in text
        for option in verb.options:
            assert all(name.lstrip("-") in text for name in option.names), (verb.name, option)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["treadle", "gra"], ["graph"]),
        (["treadle", "graph", "--theme", ""], ["light", "dark", "auto"]),
        (["treadle", "cost", "--free"], ["--free-tier"]),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(words: list[str], found: list[str], tmp_path: Path) -> None:
    (tmp_path / "c").write_text(script("bash", parser()))
    typed = " ".join(f'"{word}"' for word in words)
    line = f'source {tmp_path}/c; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _treadle; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.split() == found


# -- doctor
def verdicts(port: int, data: Path) -> dict[str, str]:
    return {each.about: each.verdict for each in examine("127.0.0.1", port, data)}


def test_a_port_that_is_taken_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        taken.settimeout(0)
        found = verdicts(taken.getsockname()[1], tmp_path / "data")
    assert (found["port"], found["endpoint"], found["data"]) == ("wrong", "wrong", "ok")


def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_SFN", raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["doctor", "--port", str(port), "--data", str(tmp_path), "--json"]) == 0
    found = {each["about"]: each for each in json.loads(capsys.readouterr().out)}
    assert found["port"]["says"].endswith("is free; no server runs") and found["endpoint"]["verdict"] == "hint"


# -- watch
def options(file: Path, **more: Any) -> argparse.Namespace:
    given = {
        "file": file,
        "var": [],
        "function": [],
        "tests": None,
        "no_tests": False,
        "deploy": False,
        "type": "STANDARD",
    }
    return argparse.Namespace(**given | more)


async def until(watched: Watched, wanted: Any) -> dict[str, Any]:
    for _ in range(400):
        if wanted(watched.state):
            return watched.state
        await asyncio.sleep(0.05)
    raise AssertionError(watched.state)


async def test_what_is_saved_is_drawn_checked_and_tested(tmp_path: Path) -> None:
    file = tmp_path / "m.asl.json"
    file.write_text(json.dumps(MACHINE))
    (tmp_path / "m.treadle.yaml").write_text(TEST)
    watched = Watched(options(file))
    looking = asyncio.create_task(watched.look(lambda: None))
    try:
        state = await until(watched, lambda s: s.get("tests") and not s["testing"])
        assert state["svg"].startswith("<svg ") and state["problems"] == []
        assert (state["tests"]["passed"], state["tests"]["coverage"][0]["percent"]) == (1, 100.0)
        file.write_text(json.dumps(MACHINE).replace('"End": true', '"Next": "B"'))
        state = await until(watched, lambda s: s["problems"] and not s["testing"])
        assert state["problems"][0] == {"message": "Missing 'Next' target: B", "place": "/States/A/Next"}
        assert state["tests"]["troubles"]
        file.write_text("{")
        state = await until(watched, lambda s: s["stale"])
        assert "not JSON" in state["problems"][0]["message"] and state["svg"]
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_the_page_and_its_stream(tmp_path: Path) -> None:
    file = tmp_path / "m.asl.json"
    file.write_text(json.dumps(MACHINE))
    page = Page(Watched(options(file, no_tests=True)))
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {}

    await page({"path": "/"}, receive, send)
    assert b"EventSource" in sent[1]["body"]
    stream = asyncio.create_task(page({"path": "/events"}, receive, send))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    page.close()
    await stream
    assert sent[3]["body"].startswith(b'data: {"title": "m.asl.json"')
