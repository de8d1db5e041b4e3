"""The definitions of a project, found by themselves, and what is to be said about each file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, structs

from treadle.tools.lint import deployments
from treadle.tools.lint.check import check, mended
from treadle.tools.lint.config import Config
from treadle.tools.lint.rule import Finding
from treadle.tools.lint.table import BY_ID
from treadle.tools.source import Deployment, Found, find
from treadle.tools.source.find import MachineType

_SUFFIXES = (".json", ".yaml", ".yml", ".tf", ".asl")
_SKIPPED = frozenset({"node_modules", "venv", "__pycache__", "site-packages", "dist", "build", "coverage"})
_LARGEST = 8 << 20
_DEFINITION = re.compile(r"\.asl(\.json|\.ya?ml)?$", re.IGNORECASE)


class FileReport(Struct, frozen=True):
    """One file: its text and the findings in it, in its order. `definitions` are those it holds."""

    path: str
    text: str
    findings: tuple[Finding, ...]
    definitions: int = 0
    fixed: tuple[Finding, ...] = ()


def files_in(paths: Iterable[Path], config: Config) -> list[Path]:
    """The files that may hold definitions: those that are named, and all in the folders that are."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED)
            here = (Path(folder) / name for name in sorted(names) if name.lower().endswith(_SUFFIXES))
            found += (each for each in here if not config.is_excluded(str(each)))
    return list(dict.fromkeys(found))


def read_text(path: Path) -> str | None:
    """The text of a file; None for what is too large or no text, unless its name says that it is a definition."""
    data = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None if not _DEFINITION.search(path.name) else data.decode("utf-8", errors="replace")


class Project(Struct, frozen=True):
    """All files with definitions or state machines in them, and which machine is made from which file."""

    files: Mapping[str, tuple[str, tuple[Found, ...]]]  # path -> text, what is in it
    deployed: Mapping[str, tuple[Deployment, ...]]  # real path of a definition's file -> who makes machines of it


def read_project(files: Iterable[Path], named: Iterable[Path] = ()) -> Project:
    """What is in the files. Those that are `named` are definitions even when they do not look like one."""
    explicit = {str(each) for each in named}
    held: dict[str, tuple[str, tuple[Found, ...]]] = {}
    deployed: dict[str, list[Deployment]] = {}
    for path in files:
        text = read_text(path)
        if text is None:
            continue
        found = _find(text, path, str(path) in explicit)
        if not found:
            continue
        held[str(path)] = (text, found)
        for each in found:
            if each.deployment is not None and each.deployment.file is not None:
                target = os.path.realpath(path.parent / each.deployment.file)
                deployed.setdefault(target, []).append(each.deployment)
    return Project(held, {path: tuple(made) for path, made in deployed.items()})


def _find(text: str, path: Path, explicit: bool) -> tuple[Found, ...]:
    found = find(text, path.name)
    return found or (find(text, f"{path.stem}.asl{path.suffix}") if explicit and path.suffix != ".tf" else ())


def lint_project(project: Project, config: Config, kind: MachineType | None = None) -> Iterator[FileReport]:
    """What is to be said about each file."""
    for path, (text, found) in project.files.items():
        yield FileReport(path, text, _look(text, path, found, project, config, kind), len(found))


def fix_project(
    project: Project, config: Config, kind: MachineType | None = None, unsafe: bool = False
) -> Iterator[FileReport]:
    """The same with fixes made: `text` is the new text, `findings` are what is left. Nothing is written."""
    for path, (text, found) in project.files.items():

        def look(text: str, path: str = path) -> tuple[Finding, ...]:
            return _look(text, path, _find(text, Path(path), explicit=True), project, config, kind)

        new, done = mended(text, look, unsafe)
        yield FileReport(path, new, look(new), len(found), done)


def _look(
    text: str, path: str, found: tuple[Found, ...], project: Project, config: Config, kind: MachineType | None
) -> tuple[Finding, ...]:
    wanted = config.wanted(path)
    makers = project.deployed.get(os.path.realpath(path), ())
    findings: list[Finding] = []
    for each in found:
        own = (each.deployment,) if each.deployment is not None else makers
        types = {maker.type for maker in own}
        type = kind or (next(iter(types)) if len(types) == 1 else None)
        if each.document is not None:
            findings += check(each.document, type, own[0] if len(own) == 1 else None, wanted)
        if each.deployment is not None:
            findings += _settings(text, each.deployment, config, path)
    levels = config.severity
    named = [structs.replace(each, severity=levels.get(each.rule, each.severity)) for each in findings]
    return tuple(sorted(named, key=lambda each: (each.start, each.rule)))


def _settings(text: str, deployment: Deployment, config: Config, path: str) -> Iterator[Finding]:
    """What is to be said about a machine's settings in infrastructure code."""
    wanted = config.wanted(path)
    start = text.rfind("\n", 0, deployment.settings.start) + 1
    line = text[start:].partition("\n")[0]
    start += len(line) - len(line.lstrip())
    key = (start, start + len(line.strip()))
    for each in (*deployments.remarks(deployment, key), *deployments.trust(deployment, text)):
        rule = BY_ID[each.rule]
        own = text[text.rfind("\n", 0, each.start) + 1 :].partition("\n")[0]
        if wanted(rule) and not any(_is_silenced(place, each.rule) for place in (line, own)):
            yield Finding(each.rule, each.severity or rule.severity, each.message, "", each.start, each.end)


def _is_silenced(line: str, rule: str) -> bool:
    """Whether a comment on the line of the machine, or of the place itself, silences the rule."""
    return "lint-ignore" in line and (rule in line or ":" not in line.partition("lint-ignore")[2])
