"""`treadle import-history`: an execution from AWS or from here, kept as one file that every tool reads."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.cli import show
from treadle.cli.client import Complaint
from treadle.cli.executions import add_places, load

if TYPE_CHECKING:
    from treadle.tools.history import Recorded


def add_import(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "execution",
        nargs="+",
        metavar="EXECUTION",
        help="an execution's ARN, or files: pages of get-execution-history, describe-execution, "
        "describe-state-machine-for-execution, describe-map-run, exported log events of an Express workflow",
    )
    verb.add_argument("--definition", type=Path, metavar="FILE", help="the workflow, where the export does not have it")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it here, for graph, cost, diff and test")
    verb.add_argument("--json", action="store_true", help="print the facts as JSON")
    add_places(verb)
    verb.set_defaults(act=import_history)


def import_history(options: argparse.Namespace) -> int:
    """0 when it was read; whatever the execution came to."""
    from treadle.tools.history import to_bundle

    recorded = load(options.execution, options)
    if options.definition is not None:
        recorded = _with_definition(recorded, options.definition)
    if options.output is not None:
        options.output.write_text(json.dumps(to_bundle(recorded), ensure_ascii=False) + "\n", "utf-8")
    if options.json:
        print(json.dumps(facts(recorded), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_report(recorded)))
    if options.output is not None:
        print(f"wrote {options.output}", file=sys.stderr)
    return 0


def _with_definition(recorded: Recorded, file: Path) -> Recorded:
    from msgspec.structs import replace

    try:
        return replace(recorded, definition=file.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise Complaint(f"{file} is not text in UTF-8") from None


def facts(recorded: Recorded) -> dict[str, Any]:
    """What a machine wants to know of it."""
    made: dict[str, Any] = {
        "executionArn": recorded.arn or None,
        "stateMachine": recorded.machine or None,
        "type": recorded.kind,
        "status": recorded.status,
        "seconds": round(recorded.duration, 3),
        "events": len(recorded.events),
        "states": len({visit.name for visit in recorded.visits}),
        "visits": len(recorded.visits),
        "retries": sum(visit.retries for visit in recorded.visits),
        "redrives": recorded.redrives,
        "mapRuns": len(recorded.map_runs),
        "children": len(recorded.children),
        "definition": recorded.definition is not None,
        "data": recorded.complete,
    }
    for member in ("error", "cause"):
        if (value := recorded.failure(member)) is not None:
            made[member] = value
    return made


def _report(recorded: Recorded) -> list[str]:
    described: dict[str, Any] = {"status": recorded.status, "startDate": recorded.started}
    described["stopDate"] = recorded.started + recorded.duration
    for member in ("error", "cause"):
        if (value := recorded.failure(member)) is not None:
            described[member] = value
    lines = ["", f"  {recorded.machine or 'execution'}: {recorded.name}", ""]
    lines += show.execution(described, recorded.events)
    known = f"{len(recorded.events)} events"
    if recorded.map_runs:
        items = sum(run.items for run in recorded.map_runs)
        children = sum(run.executions for run in recorded.map_runs)
        runs = "a map run" if len(recorded.map_runs) == 1 else f"{len(recorded.map_runs)} map runs"
        known += f", {runs} of {items} items in {children} executions"
    lacking = []
    if not recorded.complete:
        lacking.append("no inputs and outputs")
    if recorded.definition is None:
        lacking.append("no definition (give --definition)")
    return [*lines, "", f"  {known}" + (f"; {', '.join(lacking)}" if lacking else "")]
