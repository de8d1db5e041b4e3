"""`treadle watch FILE`: the graph of a workflow in the browser, drawn anew, checked and tested on every save.

Files are looked at four times a second (their times and sizes, nothing more), which works on every disk, mounted or
not. Tests run in a process of their own, so that changed Lambda code is read anew.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

from treadle.cli.client import Client, Complaint, Refused, Unreachable
from treadle.cli.definitions import is_yaml, read_definition, read_document, read_text, variables
from treadle.cli.show import paint

LOOK = 0.25  # seconds between two looks at the files
SETTLE = 0.1  # seconds for an editor to finish writing
QUIET = 15.0  # seconds after which a silent stream says that it is there
MOST_TESTING = 300.0  # seconds
_SKIPPED = frozenset({"__pycache__", "node_modules", ".git", ".treadle"})
_PAGE = Path(__file__).with_name("watch.html")

Stamp: TypeAlias = dict[Path, tuple[int, int]]


def add_watch(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", type=Path, metavar="FILE", help="the workflow: JSON, YAML, or inside Terraform or SAM")
    verb.add_argument("--host", default="127.0.0.1", help="address of the page (default 127.0.0.1)")
    verb.add_argument("--port", type=int, default=4570, help="port of the page (default 4570; 0: a free one)")
    verb.add_argument("--tests", action="append", type=Path, metavar="PATH", help="test files (default: beside FILE)")
    verb.add_argument("--no-tests", action="store_true", help="run no tests")
    verb.add_argument(
        "--function", action="append", default=[], metavar="NAME=DIR[:HANDLER]", help="Lambda code to watch as well"
    )
    verb.add_argument(
        "--deploy", action="store_true", help="bring definition and functions to the treadle at --endpoint"
    )
    verb.add_argument(
        "--endpoint", default="http://127.0.0.1:4566", metavar="URL", help="for --deploy (default %(default)s)"
    )
    verb.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="fill a ${NAME} placeholder")
    verb.add_argument(
        "--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="workflow type (default STANDARD)"
    )
    verb.add_argument("--open", action="store_true", help="open the page in the browser")
    verb.set_defaults(act=watch)


def watch(options: argparse.Namespace) -> int:
    from treadle.api.host import PortTaken, bind, host, run

    if not options.file.is_file():
        raise Complaint(f"there is no {options.file}")
    watched = Watched(options)
    try:
        listening = bind(options.host, options.port)
    except PortTaken as problem:
        raise Complaint(str(problem)) from None
    address = "http://{}:{}/".format(*listening.getsockname()[:2])

    def ready() -> None:
        print(f"watching {options.file} at {address}  (Ctrl-C stops it)", flush=True)
        if options.open:
            import webbrowser

            webbrowser.open(address)

    async def main() -> None:
        page = Page(watched)
        looking = asyncio.create_task(watched.look(page.tell))
        try:
            await host(page, listening, ready, page.close)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    run(main())
    return 0


class Watched:
    """The files, and what is to be said about them: `state` is what the page shows, as JSON."""

    def __init__(self, options: argparse.Namespace) -> None:
        from treadle.cli.once import function_option

        self._options = options
        self._values = variables(options.var)
        self._functions = [function_option(given) for given in options.function]
        self._tests: list[Path] = [] if options.no_tests else options.tests or [options.file.resolve().parent]
        self.state: dict[str, Any] = {"title": options.file.name, "version": 0}

    def stamp(self) -> Stamp:
        """When each file was last changed, and its size."""
        roots = [self._options.file, *self._tests, *(folder for _, folder, _ in self._functions)]
        found: Stamp = {}
        for file in _below(roots):
            with contextlib.suppress(OSError):
                about = file.stat()
                found[file.resolve()] = (about.st_mtime_ns, about.st_size)
        return found

    async def look(self, tell: Any) -> None:
        """For ever: whenever something changed, find out all anew."""
        known: Stamp = {}
        while True:
            now = self.stamp()
            if now != known:
                await asyncio.sleep(SETTLE)
                changed = {file for file in now.keys() | known.keys() if now.get(file) != known.get(file)}
                first, known = not known, self.stamp()
                await self._refresh(changed, first, tell)
            await asyncio.sleep(LOOK)

    async def _refresh(self, changed: set[Path], first: bool, tell: Any) -> None:
        self._say("testing", bool(self._tests), tell)
        self._put(await asyncio.to_thread(self._drawn), tell)
        if self._options.deploy:
            self._put({"deployed": await asyncio.to_thread(self._deployed)}, tell)
        if self._tests:
            self._put({"tests": await self._tested()}, tell)
        self._say("testing", False, tell)
        names = ", ".join(sorted({file.name for file in changed})[:4])
        print(f"{time.strftime('%H:%M:%S')}  {'' if first else names + ': '}{self._summary()}", flush=True)

    def _say(self, name: str, value: Any, tell: Any) -> None:
        self._put({name: value}, tell)

    def _put(self, news: Mapping[str, Any], tell: Any) -> None:
        self.state = {**self.state, **news, "version": self.state["version"] + 1}
        tell()

    def _summary(self) -> str:
        problems, tests = self.state.get("problems") or [], self.state.get("tests")
        parts = [paint(_count(len(problems), "problem"), "31") if problems else paint("no problems", "32")]
        if tests is not None:
            failed = tests["failed"] + len(tests["troubles"])
            passed = _count(tests["passed"], "test") + " passed" if tests["passed"] else "no tests"
            parts.append(paint(_count(failed, "test") + " failed", "31") if failed else passed)
        if self.state.get("deployed"):
            parts.append(str(self.state["deployed"]))
        return ", ".join(parts)

    # -- what there is to say
    def _drawn(self) -> dict[str, Any]:
        """The picture (the last good one stays while a draft cannot be drawn) and the problems."""
        from treadle.tools.graph import to_svg
        from treadle.tools.layout import NoDefinition, draw
        from treadle.values import dumps

        made: dict[str, Any] = {"problems": [], "stale": False}
        try:
            text = read_text(self._options.file)
            plain = not (is_yaml(self._options.file, text) or self._options.file.suffix == ".tf")
            drawing = draw(text if plain else dumps(read_document(self._options.file, text).value))
            made["svg"] = to_svg(drawing, "auto", self._options.file.name)
        except (NoDefinition, Complaint, OSError) as problem:
            return made | {"problems": [{"message": str(problem)}], "stale": True}
        return made | {"problems": list(self._problems())}

    def _problems(self) -> Iterator[dict[str, str]]:
        from treadle.asl.findings import DefinitionError
        from treadle.asl.parse import parse

        try:
            parse(read_definition(self._options.file, self._values), kind=self._options.type)
        except Complaint as problem:
            yield {"message": str(problem)}
        except DefinitionError as problem:
            for each in problem.diagnostics:
                yield {"message": each.message, "place": each.location or ""}

    async def _tested(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "treadle", "test", "--json", *map(str, self._tests)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), MOST_TESTING)
        except TimeoutError:
            return _no_tests(f"the tests did not end within {MOST_TESTING:.0f} s")
        finally:
            if process.returncode is None:
                process.kill()
        try:
            return dict(json.loads(out))
        except ValueError:
            said = (err or out).decode(errors="replace").strip().splitlines()
            return _no_tests(said[-1] if said else "the tests said nothing")

    def _deployed(self) -> str:
        """Bring functions and definition to a server; what came of it."""
        from treadle.cli import deploy, functions

        client = Client(self._options.endpoint, timeout=30)
        try:
            values = dict(self._values)
            for name, folder, handler in self._functions:
                values[name], _ = functions.deploy(client, name, folder, handler)
            definition = deploy.render(self._options.file, values)
            name = self._options.file.name.split(".")[0]
            return (
                f"{name} {deploy.machine(client, name, definition, self._options.type).how} at {self._options.endpoint}"
            )
        except (Refused, Unreachable, Complaint) as problem:
            return f"not deployed: {' '.join(str(problem).split())}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _no_tests(trouble: str) -> dict[str, Any]:
    return {"passed": 0, "failed": 0, "skipped": 0, "troubles": [trouble], "tests": [], "coverage": []}


def _below(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        if root.is_file():
            yield root
        elif root.is_dir():
            waiting = [root]
            while waiting:
                with contextlib.suppress(OSError):
                    for file in waiting.pop().iterdir():
                        if file.name in _SKIPPED:
                            continue
                        if file.is_dir():
                            waiting.append(file)
                        elif file.suffix != ".pyc":
                            yield file


class Page:
    """An ASGI application: the page, and a stream of what changed."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    def tell(self) -> None:
        for event in self._waiting:
            event.set()

    def close(self) -> None:
        self._closed = True
        self.tell()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/events":
            return await self._stream(receive, send)
        body = _PAGE.read_bytes() if scope["path"] == "/" else b"There is nothing here."
        kind = b"text/html; charset=utf-8" if scope["path"] == "/" else b"text/plain"
        headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200 if scope["path"] == "/" else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _stream(self, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        news, leaving = asyncio.Event(), asyncio.ensure_future(_left(receive))
        self._waiting.add(news)
        leaving.add_done_callback(lambda _: news.set())
        news.set()
        try:
            while not self._closed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), QUIET)
                if leaving.done():
                    return
                news.clear()
                body = b"data: " + json.dumps(self._watched.state).encode() + b"\n\n"
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._waiting.discard(news)
            leaving.cancel()


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
