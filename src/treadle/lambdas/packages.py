"""Deployment packages on disk: zips by content hash, unpacked once and shared by every worker that runs them.

packages/<sha256>.zip     the package as uploaded
unpacked/<sha256>/        its read-only contents (what AWS calls /var/task)
layers/<sha256>/          the contents of several layers merged in order (what AWS calls /opt)
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from treadle.aws import AwsError
from treadle.lambdas.records import Code

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_UNPACKED = 262_144_000
_BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again."


class Packages:
    """The package store. All disk work happens on its own threads; equal content is stored and unpacked once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = ThreadPoolExecutor(2, "lambda-packages")
        self._unpacking: dict[str, asyncio.Task[Path]] = {}
        for name in ("packages", "unpacked", "layers"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        self._threads.shutdown()

    def path(self, sha256: str) -> Path:
        return self._root / "packages" / f"{sha256}.zip"

    def task_root(self, sha256: str) -> Path:
        return self._root / "unpacked" / sha256

    async def save(self, content: bytes) -> Code:
        """Check and keep a zip; it is on disk when this returns. Raises AwsError for what is not a good zip."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._save, content)

    async def read(self, sha256: str) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.path(sha256).read_bytes)

    async def unpacked(self, sha256: str) -> Path:
        """The directory with the contents of one package."""
        place = self.task_root(sha256)
        return place if place.is_dir() else await self._once(place, [sha256])

    async def merged(self, layers: list[str]) -> Path:
        """The directory with the contents of these layers, later ones over earlier ones."""
        place = self._root / "layers" / hashlib.sha256("".join(layers).encode()).hexdigest()
        return place if place.is_dir() else await self._once(place, layers)

    async def drop(self, sha256: str) -> None:
        """Forget a package nobody uses any more."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._drop, sha256)

    async def _once(self, place: Path, packages: list[str]) -> Path:
        """Unpack at most once at a time into the same place; everybody waits for the same work."""
        task = self._unpacking.get(place.name)
        if task is None:
            task = asyncio.create_task(self._unpack(place, packages))
            self._unpacking[place.name] = task
            task.add_done_callback(lambda _: self._unpacking.pop(place.name, None))
        return await asyncio.shield(task)

    async def _unpack(self, place: Path, packages: list[str]) -> Path:
        zips = [self.path(sha256) for sha256 in packages]
        await asyncio.get_running_loop().run_in_executor(self._threads, _unpack_all, zips, place)
        return place

    def _save(self, content: bytes) -> Code:
        _check(content)
        code = Code(hashlib.sha256(content).hexdigest(), len(content))
        place = self.path(code.sha256)
        if not place.exists():
            with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(file.name, place)
            _sync_directory(place.parent)
        return code

    def _drop(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)
        place = self.task_root(sha256)
        if place.exists():
            _make_writable(place)
            shutil.rmtree(place, ignore_errors=True)


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise AwsError("InvalidParameterValueException", _BROKEN) from error
    if not entries:
        raise AwsError("InvalidParameterValueException", "Uploaded file must be a non-empty zip")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        message = f"Unzipped size must be smaller than {MAX_UNPACKED} bytes"
        raise AwsError("InvalidParameterValueException", message)
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise AwsError("InvalidParameterValueException", _BROKEN)


def _unpack_all(zips: list[Path], place: Path) -> None:
    # Unpack beside the place and rename: a half unpacked package never shows.
    scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=".unpacking-"))
    for path in zips:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                _unpack_entry(archive, entry, scratch)
    for folder, _, files in os.walk(scratch, topdown=False):
        for name in files:
            file = os.path.join(folder, name)
            if not os.path.islink(file):
                os.chmod(file, 0o555 if os.stat(file).st_mode & 0o111 else 0o444)
        if any(name.endswith(".py") for name in files):
            # Python may keep its compiled files here, or each new worker compiles everything again.
            os.makedirs(os.path.join(folder, "__pycache__"), exist_ok=True)
        if os.path.basename(folder) == "__pycache__":
            os.chmod(folder, 0o755)
        elif folder != str(scratch):
            os.chmod(folder, 0o555)
    os.rename(scratch, place)
    os.chmod(place, 0o555)


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, root: Path) -> None:
    destination = root / entry.filename
    if entry.is_dir():
        destination.mkdir(parents=True, exist_ok=True)
        return
    destination.parent.mkdir(parents=True, exist_ok=True)
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        aim = archive.read(entry).decode()
        inside = os.path.normpath(os.path.join(os.path.dirname(entry.filename), aim))
        if os.path.isabs(aim) or inside.startswith(".."):
            raise AwsError("InvalidParameterValueException", _BROKEN)
        destination.unlink(missing_ok=True)
        os.symlink(aim, destination)
        return
    destination.unlink(missing_ok=True)
    with archive.open(entry) as source, open(destination, "wb") as sink:
        shutil.copyfileobj(source, sink)
    os.chmod(destination, 0o755 if mode & 0o111 else 0o644)


def _make_writable(place: Path) -> None:
    for folder, _, _ in os.walk(place):
        os.chmod(folder, 0o755)


def _sync_directory(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
