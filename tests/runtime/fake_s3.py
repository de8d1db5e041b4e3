"""S3 in a dictionary, as much of it as map runs use. Objects may also lie in a directory, for processes that die."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from treadle.aws import AwsError, Caller


class FakeS3:
    def __init__(self, objects: dict[str, bytes] | None = None, directory: Path | None = None) -> None:
        self.objects = {} if objects is None else objects
        self._directory = directory
        self._parts: dict[str, list[bytes]] = {}
        self.reads = 0

    async def aws(self, caller: Caller, service: str, operation: str, params: dict[str, Any], role: str | None) -> Any:
        assert service == "s3"
        key = f"{params['Bucket']}/{params['Key']}"
        match operation:
            case "GetObject":
                return {"Body": self._read(key, params["Range"])}
            case "PutObject":
                self.objects[key] = params["Body"]
            case "CreateMultipartUpload":
                self._parts[key] = []
                return {"UploadId": key}
            case "UploadPart":
                self._parts[key].append(params["Body"])
                return {"ETag": str(params["PartNumber"])}
            case "CompleteMultipartUpload":
                self.objects[key] = b"".join(self._parts.pop(key))
        return {}

    def _read(self, key: str, range: str) -> bytes:
        self.reads += 1
        first, last = map(int, range.removeprefix("bytes=").split("-"))
        if self._directory is not None:
            with (self._directory / key).open("rb") as file:
                file.seek(first)
                data = file.read(last - first + 1)
        elif key not in self.objects:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, {"requestId": "r", "hostId": "h"})
        else:
            data = self.objects[key][first : last + 1]
        if not data:
            raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
        return data

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a map run does not use {name}")
