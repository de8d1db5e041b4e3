"""A folder with Lambda code as people keep it: which handler it has, and its files as a zip."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

# Where people keep a handler: file, function, runtime.
USUAL = (
    ("handler.py", "lambda_handler", "python3.12"),
    ("lambda_function.py", "lambda_handler", "python3.12"),
    ("app.py", "lambda_handler", "python3.12"),
    ("main.py", "lambda_handler", "python3.12"),
    ("index.py", "handler", "python3.12"),
    ("handler.py", "handler", "python3.12"),
    ("index.mjs", "handler", "nodejs20.x"),
    ("index.js", "handler", "nodejs20.x"),
    ("bootstrap", "", "provided.al2023"),
)


class NoHandlerError(ValueError):
    """There is no such folder, or no handler can be found in it."""


def find_handler(folder: Path, handler: str | None = None) -> tuple[str, str]:
    """(handler, runtime) of the code in `folder`; a `handler` that is given ("module.function") is believed."""
    if not folder.is_dir():
        raise NoHandlerError(f"{folder} is no folder")
    if handler is not None:
        module = handler.rpartition(".")[0].replace(".", "/")
        node = any((folder / f"{module}{end}").exists() for end in (".js", ".mjs", ".cjs"))
        return handler, "nodejs20.x" if node else "python3.12"
    for file, function, runtime in USUAL:
        path = folder / file
        if path.is_file() and re.search(rf"\b{function}\b", path.read_text(errors="replace")):
            return f"{path.stem}.{function}" if function else file, runtime
    names = ", ".join(f"{file} with {function}" if function else file for file, function, _ in USUAL)
    raise NoHandlerError(f"no Lambda handler in {folder}; looked for {names}. Name it: module.function")


def files(folder: Path) -> list[Path]:
    """What belongs to the code, in a fixed order."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]


def pack(folder: Path) -> str:
    """The files as a base64 zip, the same text whenever the files are the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files(folder):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)))
            entry.external_attr = (file.stat().st_mode & 0o777) << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return base64.b64encode(buffer.getvalue()).decode()
