"""A definition's text -> what is to be said about it, with what its authors do not want to hear left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from treadle.asl.parse import examine
from treadle.tools.lint import deployments, language
from treadle.tools.lint.rule import Finding, Hit, Rule, Severity, Subject, spots_of
from treadle.tools.lint.table import BY_ID, RULES
from treadle.tools.source import Deployment, Document, apply, filled, steps
from treadle.tools.source.find import MachineType
from treadle.values import Json, dumps

Wanted: TypeAlias = Callable[[Rule], bool]
_IGNORE = re.compile(r"lint-ignore(?::\s*([A-Z0-9][A-Za-z0-9, ]*))?")
_ROUNDS = 20


def usual(rule: Rule) -> bool:
    return rule.usual


def check(
    document: Document,
    kind: MachineType | None = None,
    deployment: Deployment | None = None,
    wanted: Wanted = usual,
) -> tuple[Finding, ...]:
    """All findings in a definition, in the order of the text."""
    if document.problems or document.root is None:
        problems = [(each.message, each.start, each.end) for each in document.problems]
        found = [Finding("TR101", "error", message, "", start, end) for message, start, end in problems]
    else:
        found = list(_findings(document, kind, deployment, wanted))
    kept = [each for each in found if wanted(BY_ID[each.rule]) and not _is_silenced(document, each)]
    return tuple(sorted(dict.fromkeys(kept), key=lambda each: (each.start, each.rule)))


def _findings(
    document: Document, kind: MachineType | None, deployment: Deployment | None, wanted: Wanted
) -> Iterator[Finding]:
    root = document.root
    value: Json = None if root is None else filled(root)
    machine, diagnostics = examine(dumps(value), kind=kind or "STANDARD", tasks=language.check_task)
    for rule, hit in (*language.hits(document, diagnostics), *language.lost(document, diagnostics)):
        yield _finding(document, BY_ID[rule], hit)
    if machine is not None:
        subject = Subject(document, machine, spots_of(machine, kind or "STANDARD"), diagnostics, kind, deployment)
        for each in RULES:
            if each.check is not None and wanted(each):
                yield from (_finding(document, each, hit) for hit in each.check(subject))
    if deployment is not None:
        for remark in deployments.placeholders(document, deployment):
            place = document.pointer_at(remark.start)
            yield Finding(remark.rule, BY_ID[remark.rule].severity, remark.message, place, remark.start, remark.end)


def _finding(document: Document, rule: Rule, hit: Hit) -> Finding:
    start, end = (rule.id == "TR103" and document.span(hit.pointer)) or _place(document, hit.pointer)
    severity: Severity = hit.severity or rule.severity
    return Finding(rule.id, severity, hit.message, hit.pointer, start, end, hit.fix)


def _place(document: Document, pointer: str) -> tuple[int, int]:
    """Where to point at: the name of a state or field; the value of what is a plain value; the line of a whole file."""
    node = document.node(pointer)
    while node is None and pointer:
        pointer = pointer.rpartition("/")[0]
        node = document.node(pointer)
    if node is None or not pointer:
        start = node.start if node is not None else 0
        return start, start + 1
    member = document.member(pointer)
    if node.kind in ("object", "array") or (node.end - node.start > 200):
        if member is not None:
            return member.start, member.end
        first = document.text.find("\n", node.start)
        return node.start, min(node.end, first if first > node.start else node.end)
    return node.start, node.end


def _is_silenced(document: Document, finding: Finding) -> bool:
    """`lint-ignore` or `lint-ignore: TR203, TR204` in a Comment around it, or in a YAML comment on the line."""
    node = document.root
    way = [node]
    for step in steps(finding.pointer):
        if node is None:
            break
        node = node.get(step) if node.kind == "object" else _item(node.items, step)
        way.append(node)
    comments = [str(comment.value) for each in way if each is not None and (comment := each.get("Comment"))]
    if document.format != "json":
        line = document.text[document.text.rfind("\n", 0, finding.start) + 1 :].partition("\n")[0]
        comments.append(line.partition("#")[2])
    return any(_covers(comment, finding.rule) for comment in comments)


def _item(items: tuple[Json, ...], step: str) -> Json:
    return items[int(step)] if step.isdecimal() and int(step) < len(items) else None


def _covers(comment: str, rule: str) -> bool:
    for match in _IGNORE.finditer(comment):
        names = re.split(r"[,\s]+", match[1].strip()) if match[1] else []
        if not names or rule in names:
            return True
    return False


def mended(
    text: str, look: Callable[[str], tuple[Finding, ...]], unsafe: bool = False
) -> tuple[str, tuple[Finding, ...]]:
    """`text` with the fixes of its findings, and the findings that were fixed. `look` finds them in a text.

    Fixes that touch the same place come one after the other, each on what the one before has made.
    """
    done: list[Finding] = []
    for _ in range(_ROUNDS):
        chosen: list[Finding] = []
        taken: list[tuple[int, int]] = []
        for finding in look(text):
            if finding.fix is None or not (finding.fix.safe or unsafe):
                continue
            spans = [(edit.start, edit.end) for edit in finding.fix.edits]
            if not any(start <= end2 and start2 <= end for start, end in spans for start2, end2 in taken):
                chosen.append(finding)
                taken += spans
        if not chosen:
            break
        text = apply(text, [edit for finding in chosen if finding.fix for edit in finding.fix.edits])
        done += chosen
    return text, tuple(done)
