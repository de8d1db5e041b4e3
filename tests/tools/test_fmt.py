"""`treadle fmt`: the same values in one form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from treadle.cli.main import main
from treadle.tools.source.layout import Unformattable, format_json, format_yaml
from treadle.tools.source.yamltext import dump_yaml, load_yaml

DEFINITIONS = sorted((Path(__file__).parents[1] / "definitions").glob("*.asl.json"))


@pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])
def test_it_is_done_once_and_changes_no_value(file: Path) -> None:
    text = file.read_text("utf-8")
    once = format_json(text)
    assert format_json(once) == once
    assert list(json.loads(once)["States"]) == list(json.loads(text)["States"])


def test_json_in_order() -> None:
    state = '{"Type":"Pass","Result":{"n":1.50,"t":"\\u00e4"},"Retry":[{"ErrorEquals":["a","b"]}],"X":[]}'
    text = f'{{"StartAt":"A","States":{{"A":{state}}}}}'
    assert (
        format_json(text)
        == """{
  "StartAt": "A",
  "States": {
    "A": {
      "Type": "Pass",
      "Result": {
        "n": 1.50,
        "t": "\\u00e4"
      },
      "Retry": [
        {
          "ErrorEquals": ["a", "b"]
        }
      ],
      "X": []
    }
  }
}
"""
    )


def test_placeholders_stay_and_directives_are_refused() -> None:
    assert '"Seconds": ${wait}\n' in format_json('{"A": {"Seconds": ${wait}}}')
    with pytest.raises(Unformattable, match="directives"):
        format_json('{"A": 1 %{ if x }, "B": 2 %{ endif }}')


def test_yaml_keeps_its_comments() -> None:
    text = "# head\nStartAt:   A\nStates:\n    A:\n        Type: Pass  # here\n"
    text += "        List: [1,  2]\n        Rows:\n        - a\n"
    made = format_yaml(text)
    assert made.startswith("# head\nStartAt: A\nStates:\n  A:\n    Type: Pass  ")
    assert made.endswith("# here\n    List: [1, 2]\n    Rows:\n      - a\n")
    assert format_yaml(made) == made


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "sub" / "m.asl.json"
    file.parent.mkdir()
    file.write_text('{"StartAt": "A"}')
    assert main(["fmt", str(tmp_path), "--check"]) == 1
    assert "not in order" in capsys.readouterr().out and file.read_text() == '{"StartAt": "A"}'
    assert main(["fmt", str(tmp_path), "--diff"]) == 1
    assert main(["fmt", str(tmp_path)]) == 0
    assert main(["fmt", str(tmp_path), "--check"]) == 0
    file.write_text('{"StartAt": ')
    assert main(["fmt", str(tmp_path)]) == 1
    assert "m.asl.json: line 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "Timestamp: 2026-13-01T00:00:00Z",
        "Comment: on",
        "Default: '" + "a word   and   blanks " * 8 + "'",
        'Comment: "' + "many words " * 12 + '"',
    ],
)
def test_yaml_keeps_what_older_readers_take_for_something_else(line: str) -> None:
    once = format_yaml(f"StartAt: A\nStates:\n  A:\n    Type: Pass\n    {line}\n    End: true\n")
    assert load_yaml(once) == load_yaml(f"StartAt: A\nStates:\n  A:\n    Type: Pass\n    {line}\n    End: true\n")
    assert format_yaml(once) == once


def test_texts_stay_texts_for_readers_of_any_version_of_yaml() -> None:
    value = {"a": "on", "b": "2026-01-01", "c": "1e5", "d": "0x10", "e": "12:30:00", "f": "~", "yes": "no", "g": ".5"}
    assert load_yaml(dump_yaml(value)) == value
    assert yaml.safe_load(dump_yaml(value)) == value
