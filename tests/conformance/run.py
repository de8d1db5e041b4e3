"""Replay recorded AWS behaviour against a fresh server and write docs/conformance.md.

    python tests/conformance/run.py FOLDER        the folder with replay.py and open/ (or env TREADLE_CONFORMANCE)
        --only REGEX  --jobs 4  --timeout 40      handed to the replay tool
        --dry                                     leave docs/conformance.md alone

A case that fails is known when reasons.toml (beside this file) names it with a reason. Exit status 1 when a case fails
that is not known, 2 when nothing could be replayed. A known case that passes is reported, so that its reason can go.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REASONS = Path(__file__).with_name("reasons.toml")
REPORT = ROOT / "docs" / "conformance.md"
sys.path.insert(0, str(ROOT / "tests"))

from e2e.server import Server, free_port, is_free  # noqa: E402

RECORDED_PORT = 4566  # some recorded inputs hold addresses of the recording server: localhost with this port

# What differs from run to run, so that the report does not.
FLEETING = {
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d)?": "(time)",
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}": "(id)",
}

Cases = dict[str, dict[str, Any]]


def main() -> int:
    options = parse()
    if options.suite is None or not (options.suite / "replay.py").exists():
        print("conformance: give the folder with replay.py as argument or in TREADLE_CONFORMANCE", file=sys.stderr)
        return 2
    reasons: dict[str, str] = tomllib.loads(REASONS.read_text())["reasons"] if REASONS.exists() else {}
    told = replay(options)
    if told is None:
        return 2
    cases: Cases = told["cases"]
    failed = {name for name, case in cases.items() if case["outcome"] == "failed"}
    unknown = sorted(failed - set(reasons))
    passing = sorted(name for name in reasons if cases.get(name, {}).get("outcome") == "passed")
    if not (options.dry or options.only):
        REPORT.write_text(report(told, reasons))
    totals = Counter(case["outcome"] for case in cases.values())
    print(f"conformance: {totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    for name in passing:
        print(f"  passes, although reasons.toml says it fails: {name}")
    for name in unknown:
        print(f"  FAILED without a reason: {name}\n    {cases[name]['reason']}")
    return 1 if unknown else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Replay recorded AWS behaviour against a fresh treadle.")
    default = os.environ.get("TREADLE_CONFORMANCE")
    parser.add_argument("suite", nargs="?", type=Path, default=Path(default) if default else None)
    parser.add_argument("--only", help="regular expression searched in the names of the cases")
    parser.add_argument("--jobs", default="4")
    parser.add_argument("--timeout", default="40", help="seconds per case")
    parser.add_argument("--dry", action="store_true", help="do not write the report")
    return parser.parse_args()


def replay(options: argparse.Namespace) -> dict[str, Any] | None:
    """What the replay tool found out, or None when it could not run."""
    port = RECORDED_PORT if is_free(RECORDED_PORT) else free_port()
    if port != RECORDED_PORT:
        print(f"conformance: port {RECORDED_PORT} is taken; cases that name it will fail", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder, Server(Path(folder) / "data", port) as server:
        results = Path(folder) / "results.json"
        command = [sys.executable, str(options.suite / "replay.py"), "--endpoint", server.url, "--json", str(results)]
        command += ["--jobs", options.jobs, "--timeout", options.timeout]
        command += ["--only", options.only] if options.only else []
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if not results.exists():
            print(f"conformance: the replay tool ended with status {done.returncode} and no results", file=sys.stderr)
            print(server.log(), file=sys.stderr)
            return None
        found: dict[str, Any] = json.loads(results.read_text())
        return found


def report(told: dict[str, Any], reasons: dict[str, str]) -> str:
    """docs/conformance.md: counts by area and kind, and every case that fails."""
    cases: Cases = told["cases"]
    totals = Counter(case["outcome"] for case in cases.values())
    judged = totals["passed"] + totals["failed"]
    lines = [
        "# Conformance",
        "",
        "Written by `tests/conformance/run.py`; do not edit. Each case is a recording of what AWS Step Functions",
        "answered to a client; it passes when treadle gives the same answers, member by member.",
        "",
        f"**{totals['passed']} of {judged} cases pass**, {totals['failed']} fail, {totals['skipped']} are not judged.",
        "",
        *table("Area", cases, "area"),
        "",
        *table("Kind", cases, "kind"),
    ]
    failed = sorted(name for name, case in cases.items() if case["outcome"] == "failed")
    if failed:
        lines += ["", "## Cases that fail", "", "| Case | First difference | Reason |", "|---|---|---|"]
        lines += [f"| {cell(n)} | {cell(cases[n]['reason'])} | {cell(reasons.get(n, 'open'))} |" for n in failed]
    skipped = Counter(case["reason"] for case in cases.values() if case["outcome"] == "skipped")
    if skipped:
        lines += ["", "## Not judged", "", *(f"- {count}: {reason}" for reason, count in skipped.items())]
    return "\n".join(lines) + "\n"


def table(title: str, cases: Cases, member: str) -> list[str]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case in cases.values():
        counts[case[member]][case["outcome"]] += 1
    rows = [
        f"| {name} | {row['passed']} | {row['failed']} | {row['skipped']} |" for name, row in sorted(counts.items())
    ]
    return [f"| {title} | passed | failed | not judged |", "|---|--:|--:|--:|", *rows]


def cell(text: str, limit: int = 220) -> str:
    for pattern, word in FLEETING.items():
        text = re.sub(pattern, word, text)
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= limit else text[:limit] + "…"


if __name__ == "__main__":
    sys.exit(main())
