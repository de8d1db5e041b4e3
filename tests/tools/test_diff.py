"""What differs between two definitions, and where two executions parted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from treadle.cli.main import main
from treadle.testing import Fails, Machine, by_item, in_turn, payload
from treadle.tools.diff import Change, Comparison, changes, compare, diverge, picture
from treadle.tools.history import Recorded

from .machines import chain, text
from .machines import task as bare


# -- values
def test_the_smallest_members_that_differ() -> None:
    before = {"a": 1, "b": {"c": [1, 2, 3], "d": True}, "e/f": None}
    after = {"b": {"c": [1, 9, 2, 3], "d": 1}, "a": 1, "g": []}
    assert list(changes(before, after)) == [
        Change("/b/c/1", UNSET, 9),
        Change("/b/d", True, 1),
        Change("/e~1f", None, UNSET),
        Change("/g", UNSET, []),
    ]


# -- definitions
def verdicts(compared: Comparison) -> dict[str, str]:
    return {each.name: each.verdict for each in compared.states}


def test_the_order_of_states_and_fields_is_no_difference() -> None:
    before, after = chain("A", "B"), chain("A", "B")
    after["States"] = {name: dict(reversed(after["States"][name].items())) for name in ("B", "A")}
    assert compare(before, after).equal


def test_added_removed_and_changed_states() -> None:
    compared = compare(chain("A", "B", "C"), chain("A", "X", "C"))
    assert verdicts(compared) == {"X": "CHANGED"}  # B was only renamed
    assert compared.states[0].was == "B"
    before, after = chain("A", "B"), chain("A", "X")
    after["States"]["X"]["TimeoutSeconds"] = 5
    assert verdicts(compare(before, after)) == {"A": "CHANGED", "X": "ADDED", "B": "REMOVED"}


def test_what_leads_to_a_renamed_state_is_not_changed_by_that() -> None:
    """Whole chains can be renamed; their picture has no transition that came or went."""
    before, after = chain("A", "B", "C", "D"), chain("A", "X", "Y", "D")
    after["States"]["Y"]["TimeoutSeconds"] = before["States"]["C"]["TimeoutSeconds"] = 9
    compared = compare(before, after)
    assert [(each.name, each.was, each.changes) for each in compared.states] == [("X", "B", ()), ("Y", "C", ())]
    svg, _, _ = picture(text(before), text(after), compared, "light", ("a", "b"))
    assert 'class="edge taken' not in svg
    assert compare(chain("A"), chain("Z")).machine == ()


def test_the_picture_shows_errors_that_came_and_went_like_other_transitions() -> None:
    before, after = chain("A", "B"), chain("A", "B")
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    after["States"]["A"]["Catch"] = catch
    for one, other, word in ((before, after, "new"), (after, before, "gone")):
        svg, _, _ = picture(text(one), text(other), compare(one, other), "light", ("a", "b"))
        assert f'class="edge catch taken {word}"' in svg and f"-taken-{word}-catch-head)" in svg


def test_inner_states_are_compared_by_themselves() -> None:
    def machine(inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True, **fields}}}

    inner = chain("A", "B")
    inner["States"]["B"]["Comment"] = "new"
    compared = compare(machine(chain("A", "B")), machine(inner, MaxConcurrency=3) | {"TimeoutSeconds": 9})
    assert verdicts(compared) == {"Each": "CHANGED", "B": "CHANGED"}
    assert compared.states[1].changes == (Change("/Comment", UNSET, "new"),)
    assert compared.machine == (Change("/TimeoutSeconds", UNSET, 9),)


def test_a_state_that_moved_into_a_branch() -> None:
    fork = {"StartAt": "F", "States": {"F": {"Type": "Parallel", "Branches": [chain("A")], "End": True}}}
    (moved,) = (each for each in compare(chain("A"), fork).states if each.name == "A")
    assert moved.changes == (Change("", "the machine", "/States/F/Branches/0"),)


def test_the_picture_shows_both_sides() -> None:
    before, after = chain("A", "B"), chain("A", "B", "C")
    svg, width, height = picture(text(before), text(after), compare(before, after), "light", ("old", "new"))
    assert svg.count("<svg ") == 3 and width > height / 4
    assert "C: added." in svg and "A: as it was." in svg and "B: changed." in svg


# -- executions
def task(then: str | None = None, **fields: Any) -> dict[str, Any]:
    return bare(then, **{"Parameters": {"FunctionName": "f"}} | fields)


FLOW = {
    "StartAt": "Load",
    "States": {
        "Load": task("Big?", Retry=[{"ErrorEquals": ["Busy"]}], OutputPath="$.Payload"),
        "Big?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.size", "NumericGreaterThan": 10, "Next": "Split"}],
            "Default": "Store",
        },
        "Split": task("Store"),
        "Store": task(),
    },
}


DO = {"StartAt": "Do", "States": {"Do": task("Then"), "Then": task()}}


def ran(definition: Any = FLOW, input: Any = None, **mocks: Any) -> Recorded:
    run = Machine(definition).run({} if input is None else input, mocks=mocks)
    return Recorded(events=tuple(run.history))


def test_executions_that_do_the_same() -> None:
    answers = {"Load": payload({"size": 1}), "Store": {"ok": True}}
    assert diverge(ran(**answers), ran(**answers)).equal


def test_the_choice_that_parted_them_and_the_data_before_it() -> None:
    found = diverge(ran(Load=payload({"size": 1}), Store={}), ran(Load=payload({"size": 11}), Split={}, Store={}))
    assert found.path is not None and found.data is not None and found.same == 2
    assert (found.path.what, found.path.before) == ("state", "Big?")
    assert found.path.left is not None and found.path.right is not None
    assert (found.path.left.name, found.path.right.name) == ("Store", "Split")
    assert (found.data.what, found.data.state) == ("result", "Load")
    assert Change("/Payload/size", 1, 11) in found.data.changes


def test_retries_and_errors() -> None:
    calm = ran(Load=payload({"size": 1}), Store={})
    once = ran(Load=in_turn(Fails("Busy"), payload({"size": 1})), Store={})
    broken = ran(Load=payload({"size": 1}), Store=Fails("Full", "no room"))
    assert (diverge(calm, once).path.what, diverge(calm, once).path.state) == ("error", "Load")  # type: ignore[union-attr]
    assert diverge(calm, broken).path.changes == (Change("", "exited", ["Full"]),)  # type: ignore[union-attr]


def test_iterations_are_compared_with_their_like() -> None:
    each = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": DO, "End": True}}}
    one = ran(each, [1, 2], Do={"n": 1}, Then={})
    other = ran(each, [1, 2], Do=by_item({1: {"n": 2}}, default={"n": 1}), Then={})
    found = diverge(one, other)
    assert found.path is None and found.data is not None
    assert found.data.left is not None and (found.data.left.name, found.data.left.items) == ("Do", (1,))


# -- the command
@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    made = {"a": chain("A", "B"), "b": chain("A", "C")}
    found = {}
    for name, machine in made.items():
        found[name] = str(tmp_path / f"{name}.asl.json")
        Path(found[name]).write_text(text(machine))
    run = Machine(FLOW).run({}, mocks={"Load": payload({"size": 1}), "Store": {}})
    found["run"] = str(tmp_path / "run.json")
    Path(found["run"]).write_text(json.dumps({"events": run.events}))
    return found


def test_diff_of_definitions(files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", files["a"], files["a"]]) == 0
    assert "say the same" in capsys.readouterr().out
    assert main(["diff", files["a"], files["b"], "-o", str(tmp_path / "d.svg")]) == 1
    assert "~ C (was 'B')" in capsys.readouterr().out
    assert (tmp_path / "d.svg").read_text().startswith("<svg ")
    assert main(["diff", files["a"], files["b"], "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["states"][0]["verdict"] == "CHANGED"


def test_diff_of_executions(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", files["run"], files["run"]]) == 0
    assert "both took the same way: 3 states" in capsys.readouterr().out


def test_like_with_like(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", files["run"], files["a"]]) == 1
    assert "compare like with like" in capsys.readouterr().err
