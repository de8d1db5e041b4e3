"""Definitions in another query language, and files of any format as JSON: POST convert, POST try, POST read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from textwrap import dedent

from msgspec import Struct

from treadle.asl.findings import DefinitionError
from treadle.asl.parse import parse
from treadle.aws import AwsError
from treadle.tools.convert import Issue, to_jsonata
from treadle.tools.convert.text import Bound, comments, text_of, value_of
from treadle.tools.diff import Divergences, shown
from treadle.tools.source import Document, filled, find, read
from treadle.values import Json, dumps, loads

# Made up inputs that a conversion is tried on, and seconds after which no more are begun.
SAMPLES = 60
LONGEST = 3.0


class Question(Struct):
    """The question of POST convert. With `partial`, states that cannot be converted stay in JSONPath."""

    definition: str
    partial: bool = False


class File(Struct):
    """The question of POST read. The `name` tells the format; without one the text has to."""

    text: str
    name: str = ""


async def convert(question: Question) -> Json:
    """`{"definition": TEXT or null, "states": N, "kept": [...], "issues": [...], "notes": [...]}`. Raises AwsError."""
    return await asyncio.to_thread(_converted, question)


def _converted(question: Question) -> Json:
    document = read(question.definition)
    if document.problems or document.root is None:
        raise _refusal(document.problems[0].message if document.problems else "there is nothing to be read", document)
    try:
        parse(dumps(filled(document.root)))
        value, placeholders = value_of(document)
    except (DefinitionError, Bound) as problem:
        raise AwsError("ValidationException", f"The definition has problems to be solved first: {problem}") from None
    made = to_jsonata(value, question.partial)
    return {
        "definition": None if made.definition is None else text_of(made.definition, placeholders, False),
        "states": made.states,
        "kept": list(made.kept),
        "issues": _shown(made.issues),
        "notes": _shown(made.notes),
    }


def _shown(issues: Iterable[Issue]) -> list[Json]:
    return [{"pointer": each.pointer, "message": each.message} for each in issues]


class Pair(Struct):
    """The question of POST try: a definition before and after it was converted."""

    before: str
    after: str


async def attempt(pair: Pair) -> Json:
    """Both run on a virtual clock with inputs and answers that are made up. Raises AwsError.

    `{"runs": N, "same": N, "states": NAMES, "differences": [{"run": ..., "what": ..., "state": ..., "changes": ...}]}`
    """
    return await asyncio.to_thread(_tried, pair, time.monotonic)


def _tried(pair: Pair, clock: Callable[[], float]) -> Json:
    # The test kit is only needed here; reading it takes time that the start of a server has not.
    from treadle.testing.equivalence import compare_sampled
    from treadle.testing.machine import Machine
    from treadle.tools.convert.samples import Sampler

    texts = [dumps(filled(root)) for text in (pair.before, pair.after) if (root := read(text).root) is not None]
    try:
        one, other = (Machine(text.replace("${", "$${")) for text in texts)
    except ValueError as problem:
        raise AwsError("ValidationException", str(problem)) from None
    sampler = Sampler(loads(texts[0]))
    end = clock() + LONGEST
    trials = [compare_sampled(one, other, seed, sampler) for seed in range(SAMPLES) if clock() < end]
    counted = [trial for trial in trials if trial.comparable]
    differing = [trial for trial in counted if not trial.divergences.equal]
    return {
        "runs": len(counted),
        "same": len(counted) - len(differing),
        "states": sorted(frozenset().union(*(trial.passed for trial in counted))),
        "differences": [_difference(trial.name, trial.divergences) for trial in differing[:5]],
    }


def _difference(run: str, found: Divergences) -> Json:
    where = found.data or found.path
    changes = [] if where is None else where.changes[:3]
    return {
        "run": run,
        "what": None if where is None else where.what,
        "state": None if where is None else where.state,
        "changes": [
            {"pointer": each.pointer, "before": shown(each.before), "after": shown(each.after)} for each in changes
        ],
    }


async def unpack(file: File) -> Json:
    """All definitions in a file of JSON, YAML, Terraform, CloudFormation or SAM, as JSON texts. Raises AwsError.

    `{"format": "yaml", "definitions": [{"title": "", "text": TEXT, "type": "STANDARD"}], "comments": 3}`
    """
    return await asyncio.to_thread(_unpacked, file)


def _unpacked(file: File) -> Json:
    name = file.name.lower()
    if not name.endswith((".yaml", ".yml", ".json", ".tf", ".asl")):
        name = "-.json" if file.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "") else "-.yaml"
    text = file.text.removeprefix("\ufeff")
    found = [(each.document, each.deployment) for each in find(text, name) if each.document is not None]
    if not found and not name.endswith(".tf"):
        found = [(read(text, name), None)]
    if not found:
        raise AwsError("ValidationException", "There is no definition of a state machine in this file.")
    return {
        "format": "terraform" if name.endswith(".tf") else found[0][0].format,
        "definitions": [
            {
                "title": document.title if deployment is None else deployment.name,
                "text": _as_json(document, deployment is None),
                "type": None if deployment is None else deployment.type,
            }
            for document, deployment in found
        ],
        "comments": sum(comments(document) for document, _ in found[:1]),
    }


def _as_json(document: Document, whole: bool) -> str:
    """`whole`: the file holds the definition and nothing else."""
    root = document.root
    if document.format == "json" and whole:
        return document.text
    if document.problems or root is None:
        first = document.problems[0] if document.problems else None
        raise _refusal(first.message if first else "there is nothing here", document, first.start if first else 0)
    if root.kind != "object":
        raise AwsError("ValidationException", "A definition is an object with StartAt and States.")
    if document.format == "json" and document.editable:
        line = document.text.rfind("\n", 0, root.start) + 1
        return dedent(" " * (root.start - line) + document.text[root.start : root.end])
    # What only Terraform or CloudFormation works out stays as a placeholder of it: `${function.arn}`.
    return text_of(root.plain(), {}, False)


def _refusal(message: str, document: Document, at: int = 0) -> AwsError:
    return AwsError("ValidationException", f"Line {document.text.count(chr(10), 0, at) + 1}: {message}")
