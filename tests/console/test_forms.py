"""The studio's forms know every field of the language: `web/src/studio/language.json` is the table they are held to.

`python tests/console/test_forms.py` writes it anew after the language has changed; `npm test` then says what has no
control (web/src/studio/forms.test.tsx).
"""

from __future__ import annotations

import json
from pathlib import Path

from treadle.asl import fields

LANGUAGE = Path(__file__).parents[2] / "web/src/studio/language.json"
PARTS = {
    "machine": fields.MACHINE,
    "branch": fields.BRANCH,
    "processor": fields.PROCESSOR,
    "processorConfig": fields.PROCESSOR_CONFIG,
    "retrier": fields.RETRIER,
    "catcher": fields.CATCHER,
    "rule": fields.RULE,
    "itemReader": fields.ITEM_READER,
    "readerConfig": fields.READER_CONFIG,
    "itemBatcher": fields.ITEM_BATCHER,
    "resultWriter": fields.RESULT_WRITER,
    "writerConfig": fields.WRITER_CONFIG,
}


def table() -> str:
    def names(tables: fields.Tables) -> dict[str, list[str]]:
        return {language: sorted(table.fields) for language, table in tables.items()}

    def values(tables: fields.Tables) -> dict[str, list[str]]:
        return {name: list(each.values) for name, each in tables["JSONPath"].fields.items() if each.values}

    found = {
        "states": {name: names(tables) for name, tables in fields.STATES.items()},
        "parts": {name: names(tables) for name, tables in PARTS.items()},
        "values": {name: made for name, tables in PARTS.items() if (made := values(tables))},
        "operators": sorted(fields.OPERATORS),
    }
    return json.dumps(found, indent=1) + "\n"


def test_the_forms_are_held_to_the_language_as_it_is() -> None:
    assert LANGUAGE.read_text() == table(), "run: python tests/console/test_forms.py"


if __name__ == "__main__":
    LANGUAGE.write_text(table())
