"""`treadle lint` as somebody types it: what is printed, what is written, and the exit status."""

import io
import json
import sys
from pathlib import Path

import pytest

from treadle.cli import main

GOOD = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}\n'
BAD = """{
  "StartAt": "Call",
  "States": {
    "Call": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "End": true
    }
  }
}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_asl", ".asl").replace("_json", ".json").replace(
            "_toml", ".toml"
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def test_definitions_are_found_by_themselves(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, good_asl_json=GOOD, deep__workflow_json=BAD, package_json='{"States": 1}')
    write(project, node_modules__x_asl_json=BAD)
    assert main(["lint"]) == 1
    told = capsys.readouterr().out
    assert "warning TR203 lambda-no-retry  deep/workflow.json:4:5" in told
    assert '   4 │     "Call": {\n     │     ^^^^^^\n' in told
    assert "1 warning in 2 definitions\n1 can be fixed with --fix\n" in told
    assert "\033" not in told


def test_nothing_to_say_and_nothing_to_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 2
    assert "no definitions found" in capsys.readouterr().err
    write(project, good_asl_json=GOOD)
    assert main(["lint", "good.asl.json"]) == 0
    assert capsys.readouterr().out == "✓ 1 definition: nothing to say\n"
    assert main(["lint", "nowhere"]) == 1
    assert "there is no nowhere" in capsys.readouterr().err


def test_fixes_are_shown_then_made(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, bad_asl_json=BAD)
    assert main(["lint", "--diff"]) == 1
    assert '+      "Retry": [' in capsys.readouterr().out
    assert (project / "bad.asl.json").read_text() == BAD
    assert main(["lint", "--fix"]) == 0
    assert capsys.readouterr().out == "1 finding fixed\n✓ 1 definition: nothing to say\n"
    fixed = (project / "bad.asl.json").read_text()
    assert fixed.startswith(BAD.partition('      "End": true')[0])
    assert json.loads(fixed)["States"]["Call"]["Retry"][0]["JitterStrategy"] == "FULL"
    assert main(["lint", "--diff"]) == 0


def test_rules_are_chosen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, bad_asl_json=BAD)
    assert main(["lint", "--ignore", "TR203"]) == 0
    assert main(["lint", "--ignore", "TR2"]) == 0
    assert main(["lint", "--select", "TR6,no-comment"]) == 0
    assert main(["lint", "--fail-on", "error"]) == 0
    assert main(["lint", "--select", "TR604", "--fail-on", "info"]) == 1
    capsys.readouterr()
    assert main(["lint", "--ignore", "TR999"]) == 1
    assert capsys.readouterr().err == "treadle: the command line: there is no rule TR999\n"


def test_a_project_configures_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, bad_asl_json=BAD, old__bad_asl_json=BAD)
    write(project, pyproject_toml='[tool.treadle.lint]\nexclude = ["old"]\nseverity = {TR203 = "error"}\n')
    assert main(["lint", "--format", "json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["file"], finding["severity"], finding["line"]) == ("bad.asl.json", "error", 4)
    write(project, treadle_toml='[lint]\nper-file-ignores = {"*.asl.json" = ["TR203"]}\n')
    assert main(["lint"]) == 0
    write(project, treadle_toml="[lint]\nselekt = []\n")
    capsys.readouterr()
    assert main(["lint"]) == 1
    assert "selekt" in capsys.readouterr().err


def test_machines_read_it_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project, bad_asl_json=BAD)
    assert main(["lint", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::warning file=bad.asl.json,line=4,endLine=4,col=5,title=TR203 ")
    assert main(["lint", "--format", "sarif", "-o", "out.sarif"]) == 1
    run = json.loads((project / "out.sarif").read_text())["runs"][0]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "TR203"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 4
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert '"Retry"' in replacement["insertedContent"]["text"]


def test_places_in_sarif_are_addresses(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `Sarif.Multitool validate` wants them: without blanks, relative where that can be."""
    (project / "a b").mkdir()
    (project / "a b" / "ä.asl.json").write_text(BAD)
    for given in ("a b", str(project / "a b")):
        main(["lint", given, "--format", "sarif"])
        (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": "a%20b/%C3%A4.asl.json"}


def test_standard_input_is_filtered(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(BAD))
    assert main(["lint", "--fix", "-"]) == 0
    assert "Retry" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.StringIO("StartAt: A\nStates: {A: {Type: Succeed}}\n"))
    assert main(["lint", "-", "--stdin-filename", "a.asl.yaml"]) == 0


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--rules"]) == 0
    assert "TR203  warning  lambda-no-retry" in capsys.readouterr().out


def test_two_hundred_definitions_at_once(project: Path) -> None:
    """The definitions of the test suite, five times over. How long it takes is measured in benchmarks/tools.py."""
    sources = sorted((Path(__file__).parent.parent / "definitions").glob("*.json"))
    for number in range(200):
        (project / f"{number}.asl.json").write_text(sources[number % len(sources)].read_text())
    report = project / "report.json"
    main(["lint", "--format", "json", "-o", str(report)])
    assert len({found["file"] for found in json.loads(report.read_text())}) > 20
