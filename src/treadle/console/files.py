"""The bundle that `web/` builds: read once, compressed once, checked again when it was built anew."""

from __future__ import annotations

import gzip
import mimetypes
from pathlib import Path

from msgspec import Struct

STATIC = Path(__file__).parent / "static"
INDEX = "index.html"
# Names below assets/ carry a hash of their content.
HASHED = "assets/"
# Fonts are compressed already.
_DENSE = (".woff2", ".png")
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


class File(Struct, frozen=True):
    body: bytes
    packed: bytes | None  # gzip, where it pays
    type: str
    forever: bool  # the name changes when the content does


class Bundle:
    """What lies in `folder`, by path relative to it. Empty when the console was not built."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder
        self._built: int | None = None
        self._files: dict[str, File] = {}

    def file(self, name: str) -> File | None:
        """The file, None where there is none. Only names found by looking into the folder are ever opened."""
        built = self._stamp()
        if built != self._built:
            self._files, self._built = {}, built
        known = self._files.get(name)
        if known is None and built is not None and name in self._names():
            known = self._files[name] = _read(self._folder, name)
        return known

    def _stamp(self) -> int | None:
        try:
            return (self._folder / INDEX).stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _names(self) -> set[str]:
        return {path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()}


def _read(folder: Path, name: str) -> File:
    body, suffix = (folder / name).read_bytes(), Path(name).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    packed = None if suffix in _DENSE else gzip.compress(body, 6, mtime=0)
    return File(body, packed, f"{kind}; charset=utf-8" if text else kind, name.startswith(HASHED))
