"""Which rules are asked for: `[tool.treadle.lint]` in pyproject.toml, `[lint]` in treadle.toml, the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from treadle.tools.lint.check import Wanted
from treadle.tools.lint.rule import Rule, Severity
from treadle.tools.lint.table import RULES


class BadConfig(ValueError):
    """The configuration cannot be used; the text says why."""


class Config(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Names of rules are ids ("TR203"), their beginnings ("TR2") or "ALL". `exclude` and the keys of
    `per_file_ignores` are patterns of paths relative to the configuration's folder."""

    select: tuple[str, ...] = ()  # only these
    extend_select: tuple[str, ...] = ()  # these besides the usual ones
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = {}
    severity: Mapping[str, Severity] = {}
    root: str = "."

    def wanted(self, path: str = "") -> Wanted:
        """Which rules are asked about a file."""
        relative = self._relative(path)
        ignored = [*self.ignore]
        for pattern, names in self.per_file_ignores.items():
            if _matches(relative, pattern):
                ignored += names

        def wanted(rule: Rule) -> bool:
            chosen = _named(rule, self.select) if self.select else rule.usual or _named(rule, self.extend_select)
            return chosen and not _named(rule, ignored)

        return wanted

    def is_excluded(self, path: str) -> bool:
        relative = self._relative(path)
        return any(_matches(relative, pattern) for pattern in self.exclude)

    def _relative(self, path: str) -> str:
        try:
            return Path(path).resolve().relative_to(Path(self.root).resolve()).as_posix()
        except ValueError:
            return Path(path).as_posix()


def _matches(path: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    return fnmatch(path, pattern) or fnmatch(path, f"{pattern}/*") or fnmatch(Path(path).name, pattern)


def _named(rule: Rule, names: Iterable[str]) -> bool:
    return any(name == "ALL" or rule.id.startswith(name) or rule.name == name for name in names)


def load(start: Path, file: Path | None = None) -> Config:
    """The configuration of the nearest folder above (or at) `start` that has one. Raises BadConfig."""
    if file is not None:
        found = _section(file)
        if found is None:
            raise BadConfig(f"{file} has no section for the linter: [tool.treadle.lint] or [lint]")
        return _config(found, file)
    for folder in (start.resolve(), *start.resolve().parents):
        for name in ("treadle.toml", "pyproject.toml"):
            path = folder / name
            found = _section(path) if path.is_file() else None
            if found is not None:
                return _config(found, path)
    return Config()


def _section(path: Path) -> dict[str, Any] | None:
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadConfig(f"{path}: {problem}") from None
    if path.name == "pyproject.toml":
        value = value.get("tool", {}).get("treadle", {})
    found = value.get("lint")
    return found if isinstance(found, dict) else None


def _config(section: dict[str, Any], path: Path) -> Config:
    try:
        config = msgspec.convert({**section, "root": str(path.parent)}, Config)
    except msgspec.ValidationError as problem:
        raise BadConfig(f"{path}: {problem}") from None
    named = [*config.select, *config.extend_select, *config.ignore, *config.severity]
    check_names([*named, *(name for names in config.per_file_ignores.values() for name in names)], str(path))
    return config


def check_names(names: Iterable[str], where: str) -> None:
    """Raises BadConfig for a name that means no rule."""
    for name in names:
        if not any(_named(rule, [name]) for rule in RULES):
            raise BadConfig(f"{where}: there is no rule {name}")


SEVERITIES: tuple[str, ...] = get_args(Severity)
