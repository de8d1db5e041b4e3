"""Coverage from the workers of pytest-xdist: each packs what its tests used, and the controller adds it up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from treadle.asl.parse import parse
from treadle.testing.coverage import Coverage
from treadle.testing.document import Threshold
from treadle.testing.probe import Mark
from treadle.testing.suite import lacking

# What xdist carries from process to process: None, booleans, numbers, texts, lists and dicts of these.
Packed = dict[str, Any]


def pack(coverages: Iterable[Coverage], files: Iterable[Any]) -> Packed:
    """What a worker tells. `files` are the collected test files that demand coverage."""
    return {
        "coverages": [packed(each) for each in coverages],
        "files": [
            {
                "path": str(file.path),
                "threshold": msgspec.to_builtins(file.threshold),
                "tests": sorted(file.tests),
                "ran": sorted(file.tests - file.left),
                "coverage": packed(file.machine.coverage),
            }
            for file in files
        ],
    }


def packed(coverage: Coverage) -> Packed:
    hits = [[*mark, times] for mark, times in coverage.hits.items()]
    file = None if coverage.file is None else str(coverage.file)
    return {"name": coverage.name, "file": file, "text": coverage.text, "hits": hits}


def unpacked(given: Packed) -> Coverage:
    coverage = Coverage(parse(given["text"]), given["name"], given["text"])
    coverage.file = None if given["file"] is None else Path(given["file"])
    coverage.hits.update({Mark(kind, state, place): times for kind, state, place, times in given["hits"]})
    return coverage


def shortfalls(told: Iterable[Packed]) -> Iterator[str]:
    """The test files that lack the coverage they demand, of those of which all tests were run by some worker."""
    files: dict[str, list[Packed]] = {}
    for worker in told:
        for file in worker["files"]:
            files.setdefault(file["path"], []).append(file)
    for path, shares in files.items():
        if set(shares[0]["tests"]) != {name for share in shares for name in share["ran"]}:
            continue
        whole = unpacked(shares[0]["coverage"])
        for share in shares[1:]:
            whole.add(unpacked(share["coverage"]))
        trouble = lacking(msgspec.convert(shares[0]["threshold"], Threshold), whole)
        if trouble is not None:
            yield f"{path}: {trouble}"
