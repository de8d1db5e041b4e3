"""TR6xx: what works, and reads or ages badly."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.asl.machine import Map
from treadle.asl.resource import parse_resource
from treadle.tools.lint.rule import Hit, Subject, fix, pointer_to
from treadle.tools.source import insert, remove, rename


def old_map(subject: Subject) -> Iterator[Hit]:
    """TR601."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Map):
            continue
        if state.legacy:
            edit = rename(subject.document, pointer_to(state, "Iterator"), "ItemProcessor")
            yield Hit(
                pointer_to(state, "Iterator"), "Iterator is the old name of ItemProcessor", fix("Rename it", edit)
            )
        place = pointer_to(state, "Parameters")
        if subject.document.node(place) is not None:
            edit = rename(subject.document, place, "ItemSelector")
            yield Hit(place, "In a Map, Parameters is the old name of ItemSelector", fix("Rename it", edit))


def language_of_all(subject: Subject) -> Iterator[Hit]:
    """TR602."""
    if subject.machine.language == "JSONata" or len(subject.spots) < 2:
        return
    if all(spot.state.language == "JSONata" for spot in subject.spots):
        edits = [remove(subject.document, pointer_to(spot.state, "QueryLanguage")) for spot in subject.spots]
        root = subject.document.root
        first = root.members[0].key if root is not None else None
        edit = insert(subject.document, "", "QueryLanguage", "JSONata", after=first)
        message = "Every state says JSONata: say it once, at the top"
        yield Hit("", message, fix("Say it at the top", edit, *edits))


def foreign_names(subject: Subject) -> Iterator[Hit]:
    """TR603."""
    for spot in subject.spots:
        if not spot.state.name.isascii():
            yield Hit(spot.pointer, "CloudWatch does not log executions well whose state names are not in ASCII")


def no_comment(subject: Subject) -> Iterator[Hit]:
    """TR604."""
    if not (subject.machine.comment or "").strip():
        yield Hit("", "Nothing says what this workflow is for: add a Comment")


def direct_lambda(subject: Subject) -> Iterator[Hit]:
    """TR605."""
    for _, task, _ in subject.tasks():
        resource = parse_resource(task.resource)
        if resource is not None and resource.kind == "lambda":
            message = "AWS recommends arn:aws:states:::lambda:invoke with FunctionName over the function's ARN"
            yield Hit(pointer_to(task, "Resource"), message)


def idle_fields(subject: Subject) -> Iterator[Hit]:
    """TR606."""
    for spot in subject.spots:
        for field in ("InputPath", "OutputPath", "ResultPath"):
            place = pointer_to(spot.state, field)
            node = subject.document.node(place)
            if node is not None and node.value == "$":
                yield Hit(
                    place, f"{field}: $ says what is so anyway", fix("Remove it", remove(subject.document, place))
                )
