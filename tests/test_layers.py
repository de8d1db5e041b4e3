"""The rooms and who may import whom. An arrow that points the wrong way fails here."""

import ast
from pathlib import Path

import pytest

import treadle

ROOT = Path(treadle.__file__).parent

# Room -> rooms it may import, besides itself. `values` and `aws` are words that every room knows.
ALLOWED = {
    "values": set(),
    "aws": set(),
    "figures": set(),
    "asl": {"values"},
    "engine": {"values", "asl"},
    "integrations": {"values", "aws", "asl"},
    "lambdas": {"values", "aws", "figures"},
    "cloud": {"values", "aws"},
    "audit": {"values", "aws"},
    "runtime": {"values", "aws", "figures", "asl", "engine", "integrations"},
    "api": {
        "values",
        "aws",
        "figures",
        "asl",
        "engine",
        "integrations",
        "runtime",
        "lambdas",
        "cloud",
        "console",
        "audit",
    },
    # The console tries conversions with the test kit.
    "console": {"values", "aws", "figures", "asl", "engine", "runtime", "tools", "audit", "testing"},
    # Of the engine the tools read histories and nothing else.
    "tools": {"values", "asl", "integrations", "engine"},
    "testing": {"values", "aws", "asl", "engine", "integrations", "runtime", "lambdas", "tools"},
}
IMPURE = {"time", "random", "uuid", "os", "asyncio", "threading", "socket", "logging", "subprocess", "secrets"}


def modules(room: str) -> list[Path]:
    folder = ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{room}.py"]


def imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    for file in modules(room):
        rooms = {name.split(".")[1] for name in imports(file) if name.startswith("treadle.")}
        assert rooms <= ALLOWED[room] | {room}, file


@pytest.mark.parametrize("room", ["asl", "engine"])
def test_the_pure_rooms_do_not_know_the_world(room: str) -> None:
    for file in modules(room):
        assert not {name.split(".")[0] for name in imports(file)} & IMPURE, file


def test_every_room_is_known() -> None:
    rooms = {
        p.stem if p.is_file() else p.name for p in ROOT.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__", "cli"} <= set(ALLOWED)
