"""A drawing of any definition: nothing overlaps, no line runs through a state, and every transition has its line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from treadle.asl.machine import Choice, Flow, Map, Parallel, State
from treadle.asl.parse import parse
from treadle.tools.layout import Drawing, Edge, draw, to_json

from .geometry import (
    apart,
    crossings,
    happy_path,
    label_collisions,
    lines_through_boxes,
    overlapping_boxes,
    straight,
    within,
)
from .machines import anything, chain, large, task, text

DEFINITIONS = sorted((Path(__file__).parent.parent / "definitions").glob("*.asl.json"))
files = pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.name.split(".")[0])


def check(drawing: Drawing) -> None:
    assert overlapping_boxes(drawing) == []
    assert lines_through_boxes(drawing) == []
    assert label_collisions(drawing) == []
    boxes = {box.id: box for box in drawing.boxes}
    assert len(boxes) == len(drawing.boxes)
    for box in drawing.boxes:
        assert box.parent is None or within(box, boxes[box.parent])
    for region in drawing.regions:
        assert within(region, boxes[region.parent])
    for edge in drawing.edges:
        # Every line touches the boxes it connects, and belongs to one flow.
        source, target = boxes[edge.source], boxes[edge.target]
        assert source.parent == target.parent
        for point, box in ((edge.curve[0], source), (edge.curve[-1], target)):
            assert box.x - 0.1 <= point.x <= box.x + box.width + 0.1
            assert box.y - 0.1 <= point.y <= box.y + box.height + 0.1
        for point in edge.curve:
            assert 0 <= point.x <= drawing.width and 0 <= point.y <= drawing.height


def transitions(flow: Flow, root: bool = True) -> Counter[str]:
    """The pointers of all fields that lead on, as the parser knows them, beside the markers' own."""
    found = Counter({"/StartAt": 1} if root else {})
    for state in flow.states.values():
        found.update(ways(state))
        if root and state.next is None and type(state).__name__ not in ("Choice", "Fail"):
            found[f"{state.pointer}/{'Type' if type(state).__name__ == 'Succeed' else 'End'}"] += 1
        if isinstance(state, Parallel):
            for branch in state.branches:
                found += transitions(branch, root=False)
        if isinstance(state, Map):
            found += transitions(state.processor, root=False)
    return found


def ways(state: State) -> list[str]:
    found = [f"{state.pointer}/Next"] if state.next else []
    if isinstance(state, Choice):
        found += [f"{state.pointer}/Choices/{index}/Next" for index in range(len(state.choices))]
        found += [f"{state.pointer}/Default"] if state.default else []
    return found + [f"{state.pointer}/Catch/{index}/Next" for index in range(len(getattr(state, "catch", ())))]


@files
def test_definitions_are_drawn_cleanly(file: Path) -> None:
    drawing = draw(file.read_text())
    check(drawing)
    assert crossings(drawing) == 0
    assert [edge.id for edge in happy_path(drawing) if not straight(edge)] == []


@files
def test_every_transition_has_exactly_one_line(file: Path) -> None:
    definition = file.read_text()
    assert Counter(edge.id for edge in draw(definition).edges) == transitions(parse(definition).flow)


@pytest.mark.parametrize("seed", range(150))
def test_whatever_leads_wherever_is_drawn_cleanly(seed: int) -> None:
    check(draw(text(anything(Random(seed)))))


def test_the_same_definition_is_the_same_picture() -> None:
    definition = text(anything(Random(7)))
    assert draw(definition) == draw(definition)


def test_three_hundred_states_are_drawn_cleanly() -> None:
    drawing = draw(text(large(300)))
    assert len(drawing.boxes) > 290
    assert overlapping_boxes(drawing) == []


def test_few_lines_cross_in_a_large_machine() -> None:
    assert crossings(draw(text(large(60)))) <= 6


def test_the_checks_notice_a_bad_drawing() -> None:
    drawing = draw(text(chain("A", "B", "C")))
    b = next(box for box in drawing.boxes if box.name == "B")
    others = tuple(box for box in drawing.boxes if box.name != "B")
    assert overlapping_boxes(replace(drawing, boxes=(*others, replace(b, y=b.y + 60)))) == [("/States/C", "/States/B")]
    astray = replace(next(edge for edge in drawing.edges if edge.source == "/States/A"), curve=drawing.edges[-1].curve)
    long = replace(astray, curve=(drawing.edges[0].curve[0], *drawing.edges[-1].curve[1:]))
    assert ("/States/A/Next", "/States/C") in lines_through_boxes(replace(drawing, edges=(long,)))


def test_a_loop_runs_beside_the_states_it_repeats() -> None:
    machine = chain("Look", "Again?", "Done")
    rule = {"Variable": "$.again", "BooleanEquals": True, "Next": "Look"}
    machine["States"]["Again?"] = {"Type": "Choice", "Choices": [rule], "Default": "Done"}
    drawing = draw(text(machine))
    loop = next(edge for edge in drawing.edges if edge.back)
    boxes = [box for box in drawing.boxes if box.name in ("Look", "Again?")]
    left = min(box.x for box in boxes)
    assert loop.curve[-1].x == pytest.approx(next(b.x for b in boxes if b.name == "Look"), abs=0.1)
    assert min(point.x for point in loop.curve) < left
    assert all(straight(edge) for edge in drawing.edges if not edge.back)


def test_many_catchers_of_one_handler_share_a_trunk() -> None:
    """Six states that lead to the same handler widen the picture no more than two do."""

    def width(*names: str) -> float:
        catch = [{"ErrorEquals": ["States.ALL"], "Next": "Handler"}]
        machine = chain(*names)
        for name in names:
            machine["States"][name]["Catch"] = catch
        machine["States"]["Handler"] = task()
        return draw(text(machine)).width

    assert width("A", "B", "C", "D", "E", "F") == pytest.approx(width("A", "B", "C"), abs=40)


def side(edge: Edge) -> bool:
    """Whether it leaves its state at the side."""
    first, second = edge.curve[:2]
    return first.y == second.y


def test_errors_handled_far_away_leave_at_the_side() -> None:
    """The happy path has no room for their labels in it, and all of them end in one trunk."""
    machine = chain("A", "B", "C", "D")
    plain = draw(text(machine))
    for name in "AB":
        machine["States"][name]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "D"}]
    drawing = draw(text(machine))
    assert drawing.height == pytest.approx(plain.height, abs=8)
    catches = [edge for edge in drawing.edges if edge.kind == "catch"]
    assert all(side(edge) for edge in catches) and len({edge.curve[-4:] for edge in catches}) == 1
    boxes = {box.id: box for box in drawing.boxes}
    for edge in catches:
        box, label = boxes[edge.source], edge.label
        assert label is not None and label.x > box.x + box.width
        assert label.y + label.height / 2 == pytest.approx(box.y + box.height / 2, abs=0.1)


def test_loops_run_at_the_left_and_errors_at_the_right() -> None:
    drawing = draw(text(large(60)))
    start = next(box for box in drawing.boxes if box.kind == "Start")
    axis = start.x + start.width / 2
    for edge in drawing.edges:
        if edge.back:
            assert min(point.x for point in edge.curve) < max(point.x for point in edge.curve) <= axis
        if edge.kind == "catch":
            assert min(point.x for point in edge.curve) >= axis


def test_a_hub_leads_straight_to_the_state_after_it() -> None:
    """Of all that a Choice leads to, the ways back are not the happy path, however long they are."""
    steps = {f"S{i}": task("Hub") for i in range(4)} | {"Long": task("S0")}
    rules = [{"Variable": "$.n", "NumericEquals": i, "Next": name} for i, name in enumerate(steps)]
    hub = {"Type": "Choice", "Choices": rules, "Default": "Done"}
    drawing = draw(text({"StartAt": "Hub", "States": {"Hub": hub, **steps, "Done": {"Type": "Succeed"}}}))
    assert straight(next(edge for edge in drawing.edges if edge.kind == "default"))


@pytest.mark.parametrize("seed", range(10))
def test_a_new_state_moves_few_others_aside(seed: int) -> None:
    """The studio draws while somebody edits: whoever looks must find again what was there."""
    machine = large(60)
    before = draw(text(machine))
    random = Random(seed)
    name = random.choice([name for name, state in machine["States"].items() if "Next" in state])
    state = machine["States"][name]
    machine["States"]["New"] = {"Type": "Pass", "Next": state["Next"]}
    state["Next"] = "New"
    after = {box.id: box for box in draw(text(machine)).boxes}
    moved = [box for box in before.boxes if abs(after[box.id].x - box.x) > 40]
    assert len(moved) <= len(before.boxes) * 0.1


def test_labels_of_a_loop_to_itself_stay_outside_of_other_states() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": "Again"} for n in range(9)]
    inner = {"StartAt": "Again", "States": {"Again": {"Type": "Choice", "Choices": rules}}}
    drawing = draw(text({"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": inner, "End": True}}}))
    check(drawing)
    region = drawing.regions[0]
    assert all(within(edge.label, region) for edge in drawing.edges if edge.label)


def test_rules_to_one_target_are_one_line_with_a_pile_of_labels() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": "B"} for n in range(5)]
    machine = {"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": rules}, "B": task()}}
    edges = [edge for edge in draw(text(machine)).edges if edge.kind == "choice"]
    labels = [edge.label for edge in edges if edge.label]
    assert len({edge.curve for edge in edges}) == 1
    assert [label.text for label in labels] == [f"$.n = {n}" for n in range(5)]
    assert all(apart(a, b) for a in labels for b in labels if a is not b)


def test_a_single_flow_stands_on_the_axis_of_its_container() -> None:
    machine = chain("Before", "Each", "After")
    machine["States"]["Each"] = {"Type": "Map", "Next": "After", "ItemProcessor": chain("In")}
    middles = {box.name: box.x + box.width / 2 for box in draw(text(machine)).boxes if not box.container}
    assert middles["Before"] == middles["After"] == pytest.approx(middles["In"], abs=0.1)


def test_the_json_for_the_console() -> None:
    shown = to_json(draw(text(chain("A", "B"))))
    assert [box["id"] for box in shown["boxes"]] == ["/StartAt", "/States/A", "/States/B", "/End"]
    edge = next(each for each in shown["edges"] if each["id"] == "/States/A/Next")
    assert edge["source"] == "/States/A" and edge["target"] == "/States/B"
    assert edge["path"].startswith("M") and edge["kind"] == "next"
