"""Patches of a service wait until moto's module of that service is imported. Cloud process only.

To import every service for its patches alone would take half a second and 150 MB at every start, for services that
most users never call.
"""

from __future__ import annotations

import dis
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

Patch = Callable[[], None]
# Packages of moto that are always there: their patches are applied at once.
_CORE = {"core", "settings", "moto_server", "moto_api", "backends", "utilities"}


def packages_of(patch: Patch) -> set[str]:
    """The services a patch is about: what it imports of moto, read from its code."""
    names = [str(one.argval) for one in dis.get_instructions(patch) if one.opname == "IMPORT_NAME"]
    return {name.split(".")[1] for name in names if name.startswith("moto.")} - _CORE


class Waiting(importlib.abc.MetaPathFinder):
    """The patches that wait, in their order; it watches imports of moto from `sys.meta_path`."""

    def __init__(self, patches: Sequence[Patch], apply: Callable[[Patch], None]) -> None:
        self._waiting = [(patch, packages_of(patch)) for patch in patches]
        self._apply = apply
        self._depth = 0
        self._loaded: set[str] = set()

    def begin(self) -> None:
        """Apply what waits for nothing; from now on watch."""
        for patch, packages in self._waiting:
            if not packages:
                self._apply(patch)
        self._waiting = [(patch, packages) for patch, packages in self._waiting if packages]
        self._loaded = {name.split(".")[1] for name in sys.modules if name.startswith("moto.")}
        sys.meta_path.insert(0, self)
        self._catch_up()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not name.startswith("moto."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self)
        return spec

    def run(self, load: Callable[[], None], name: str) -> None:
        """Load a module; when the outermost one is complete, patch what has been loaded."""
        self._depth += 1
        try:
            load()
        finally:
            self._depth -= 1
        self._loaded.add(name.split(".")[1])
        if self._depth == 0:
            # Python does this when we return; patches may need it now.
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, sys.modules[name])
            self._catch_up()

    def _catch_up(self) -> None:
        """Apply the patches of loaded services; what these import is patched as well, each once."""
        while ready := next((one for one in self._waiting if one[1] & self._loaded), None):
            self._waiting.remove(ready)
            self._depth += 1
            try:
                self._apply(ready[0])
            finally:
                self._depth -= 1


class _Loader(importlib.abc.Loader):
    def __init__(self, inner: Any, waiting: Waiting) -> None:
        self._inner, self._waiting = inner, waiting

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._inner.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._waiting.run(lambda: self._inner.exec_module(module), module.__name__)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
