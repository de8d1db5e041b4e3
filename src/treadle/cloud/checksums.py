"""The checksum of an object that was uploaded in parts, computed part by part. Cloud process only.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import importlib
from typing import Any


class Checksum:
    """`COMPOSITE` is the checksum of the parts' checksums, `FULL_OBJECT` that of the whole."""

    def __init__(self, algorithm: str | None, kind: str | None) -> None:
        self._algorithm = algorithm or "CRC64NVME"
        self._kind = kind or ("FULL_OBJECT" if self._algorithm == "CRC64NVME" else "COMPOSITE")
        self._of_parts = bytearray()
        self._parts = 0
        self._sum = 0
        self._step, self._width = _crc(self._algorithm)

    def add(self, part: bytes) -> None:
        from moto.s3.utils import compute_checksum

        self._parts += 1
        if self._kind == "COMPOSITE":
            self._of_parts += compute_checksum(part, self._algorithm, encode_base64=False)
        else:
            self._sum = self._step(part, self._sum)

    def told(self) -> tuple[str, str, int]:
        """Type, value in Base64, number of parts (as moto keeps them)."""
        from moto.s3.utils import compute_checksum

        if self._kind == "COMPOSITE":
            return self._kind, compute_checksum(bytes(self._of_parts), self._algorithm).decode(), self._parts
        return self._kind, base64.b64encode(self._sum.to_bytes(self._width, "big")).decode(), 1


def _crc(algorithm: str) -> tuple[Any, int]:
    """(data, checksum so far) -> checksum, and its width in bytes: as moto computes it, with what is installed."""
    # Where the module is missing, moto takes CRC32, too.
    with contextlib.suppress(ImportError):
        if algorithm == "CRC64NVME":
            return importlib.import_module("awscrt.checksums").crc64nvme, 8
        if algorithm == "CRC32C":
            return importlib.import_module("crc32c").crc32c, 4
    return binascii.crc32, 4
