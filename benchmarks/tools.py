"""How fast the tools are, without any server: linter, pictures, test kit.

    python benchmarks/tools.py [NAME ...] [--rounds 5] [--json]

The definitions are those of tests/definitions, over and over.
"""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path

from language import Work, large_definition, report

from treadle.testing import Machine
from treadle.tools.graph import to_svg
from treadle.tools.layout import draw
from treadle.tools.lint import check
from treadle.tools.schema import schema
from treadle.tools.source import read

FILES = sorted((Path(__file__).parents[1] / "tests" / "definitions").glob("*.asl.json"))
YEAR = 365 * 24 * 3600


def lint_all(count: int) -> Work:
    texts = [(file.read_text(), file.name) for file in islice(cycle(FILES), count)]
    return lambda: [list(check(read(text, name))) for text, name in texts]


def many_states(count: int) -> str:
    """A chain of states with a way out of every third one."""
    states: dict[str, object] = {}
    for number in range(count):
        onward = f"State{number + 1}"
        if number % 3:
            states[f"State{number}"] = {"Type": "Pass", "Next": onward}
        else:
            rule = {"Variable": "$.stop", "IsPresent": True, "Next": f"State{count}"}
            states[f"State{number}"] = {"Type": "Choice", "Choices": [rule], "Default": onward}
    states[f"State{count}"] = {"Type": "Succeed"}
    return json.dumps({"StartAt": "State0", "States": states})


def wait_a_year() -> Work:
    wait = {"Type": "Wait", "Seconds": YEAR, "End": True}
    machine = Machine({"StartAt": "Wait", "States": {"Wait": wait}})

    def work() -> None:
        assert machine.run().duration == YEAR

    return work


if __name__ == "__main__":
    picture, megabyte = many_states(300), large_definition("JSONPath")
    report(
        {
            "lint 200 definitions": lambda: (lint_all(200), 1),
            "lint 1 MB": lambda: (lambda: list(check(read(megabyte, "large.asl.json"))), 1),
            "layout of 300 states": lambda: (lambda: draw(picture), 1),
            "SVG of 300 states": lambda: (lambda: to_svg(draw(picture), "auto", "large"), 1),
            "test with a wait of a year": lambda: (wait_a_year(), 5),
            "JSON schema": lambda: (schema, 5),
        },
        __doc__,
    )
