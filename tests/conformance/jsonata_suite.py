"""Run the test data of JSONata's reference implementation against treadle's engine.

    python tests/conformance/jsonata_suite.py FOLDER

FOLDER (or the environment variable TREADLE_JSONATA_SUITE) holds `groups/<group>/*.json` and `datasets/*.json` of the
suite. A case is `{expr | expr-file, data | dataset, bindings, result | undefinedResult | code | error}`.
Exit status 1 if a case fails that is not in DIFFERENT.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.asl.jsonata import UNDEFINED, Budget, JsonataError, World, compile

# The suite is that of a later version, and of one that bounds the stack by its own measure. These cases differ on
# purpose, because Step Functions has JSONata 2.0.6 and no $eval.
DIFFERENT = {
    "function-eval": "Step Functions has no $eval",
    "function-contains/case007.json": "2.0.6: a missing pattern is an error",
    "function-string/case030.json": "2.0.6: integers, too, are rounded to 15 digits",
    "function-tomillis/case013.json": "2.0.6: hours take all digits there are",
    "function-tomillis/parseDateTime.json#46": "2.0.6: fractions of a second are read as whole milliseconds",
    "tail-recursion/case002.json": "the suite's own bound of 302 nested evaluations",
}


def world() -> World:
    """Ranges of ten million, which the suite tests, are far beyond the standard budget."""
    budget = Budget(steps=8_000_000, items=11_000_000, memory=2 << 30)
    return World(1_700_000_000.123, random.Random(1), budget)


def cases(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of all cases."""
    for file in sorted(folder.glob("groups/*/*.json")):
        content = json.loads(file.read_text())
        for index, case in enumerate(content if isinstance(content, list) else [content]):
            if "expr" not in case:
                case["expr"] = (file.parent / case["expr-file"]).read_text()
            if "data" not in case and case.get("dataset"):
                case["data"] = json.loads((folder / "datasets" / f"{case['dataset']}.json").read_text())
            yield f"{file.parent.name}/{file.name}#{index}", case


def is_different(name: str) -> bool:
    """Whether a case is known to differ, and why is in DIFFERENT."""
    return bool({name, name.partition("#")[0], name.partition("/")[0]} & DIFFERENT.keys())


def failure(case: dict[str, Any]) -> str | None:
    """What is wrong with the answer to a case, if anything is."""
    try:
        expression = compile(case["expr"], newer=True)
        found = expression.evaluate(case.get("bindings") or {}, world(), case.get("data", UNDEFINED))
    except JsonataError as error:
        wanted = case.get("code") or case.get("error", {}).get("code")
        return None if error.code == wanted else f"expected {wanted or case.get('result')}, got {error}"
    if "result" in case:
        same = agree(found, case["result"], bool(case.get("unordered")))
        return None if same else f"expected {case['result']!r}, got {found!r}"
    return None if "undefinedResult" in case and found is UNDEFINED else f"expected an error or nothing, got {found!r}"


def agree(found: Any, wanted: Any, unordered: bool) -> bool:
    """Deep equality that tells booleans from numbers."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, list) and isinstance(wanted, list):
        if unordered:
            found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
        return len(found) == len(wanted) and all(agree(one, two, False) for one, two in zip(found, wanted, strict=True))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(agree(found[key], wanted[key], False) for key in found)
    return bool(found == wanted)


def run(folder: Path) -> tuple[int, dict[str, str]]:
    """How many cases were tried, and what is wrong with those that fail."""
    failures: dict[str, str] = {}
    tried = 0
    for name, case in cases(folder):
        if is_different(name):
            continue
        tried += 1
        problem = failure(case)
        if problem:
            failures[name] = f"{case['expr'][:100]!r}: {problem[:300]}"
    return tried, failures


def main() -> int:
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TREADLE_JSONATA_SUITE")
    if not folder:
        print("no folder given: pass it as an argument or in TREADLE_JSONATA_SUITE", file=sys.stderr)
        return 2
    tried, failures = run(Path(folder))
    for name, problem in failures.items():
        print(f"{name}: {problem}")
    print(f"{tried - len(failures)} of {tried} cases pass")
    return 1 if failures or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
