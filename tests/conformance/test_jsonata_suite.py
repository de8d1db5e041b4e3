"""The reference implementation's own cases all pass, but for those named in `jsonata_suite.DIFFERENT`."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

FOLDER = os.environ.get("TREADLE_JSONATA_SUITE")


@pytest.mark.skipif(not FOLDER, reason="TREADLE_JSONATA_SUITE does not name the folder of the suite")
def test_every_case_passes() -> None:
    assert FOLDER is not None
    spec = importlib.util.spec_from_file_location("jsonata_suite", Path(__file__).with_name("jsonata_suite.py"))
    assert spec is not None and spec.loader is not None
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    tried, failures = suite.run(Path(FOLDER))
    assert tried > 1000
    assert failures == {}
