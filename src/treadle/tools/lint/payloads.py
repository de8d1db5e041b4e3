"""TR303 to TR311: what runs into the 256 KiB of a payload: a state's data, a task's answer, an Assign's variables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from treadle.asl.machine import ABSENT, Absent, Catcher, Flow, Map, Parallel, Pass, State, Task
from treadle.asl.resource import Resource, parse_resource
from treadle.tools.lint.limits import bound, flows, items_from
from treadle.tools.lint.rule import Fix, Hit, Subject, cycles, fix, pointer_to, targets
from treadle.tools.lint.sizes import sizes
from treadle.tools.source import insert
from treadle.values import Json, dumps

PAYLOAD: Final = 262_144
_FULL: Final = "a payload ends at 256 KiB"
_COPIES: Final = 4  # of the same data in one payload that somebody should have thought of
_KEPT: Final = 10  # whole results beside each other
# Bytes of SdkHttpMetadata and SdkResponseMetadata in the answers of optimized integrations, as recorded.
_METADATA: Final = 700
_WITH_METADATA: Final = ("lambda", "dynamodb", "sqs", "sns", "events", "states")
# What an answer may have, and what makes it smaller. API references of the services.
_LARGE: Final[Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]] = {
    ("dynamodb", "query"): ("A page of Query has up to 1 MB", ("Limit", "Select")),
    ("dynamodb", "scan"): ("A page of Scan has up to 1 MB", ("Limit", "Select")),
    ("dynamodb", "batchGetItem"): ("BatchGetItem answers up to 16 MB", ()),
    ("s3", "getObject"): ("GetObject answers the whole object", ("Range", "PartNumber")),
    ("athena", "getQueryResults"): ("A page of GetQueryResults has up to 1,000 rows", ("MaxResults",)),
    ("cloudwatchlogs", "getLogEvents"): ("A page of GetLogEvents has up to 1 MB", ("Limit",)),
    ("cloudwatchlogs", "filterLogEvents"): ("A page of FilterLogEvents has up to 1 MB", ("Limit",)),
    ("rdsdata", "executeStatement"): ("ExecuteStatement answers up to 1 MiB", ()),
    ("textract", "getDocumentAnalysis"): ("A page of GetDocumentAnalysis has up to 1,000 blocks", ("MaxResults",)),
    ("textract", "getDocumentTextDetection"): ("A page has up to 1,000 blocks", ("MaxResults",)),
}
_MERGED: Final = re.compile(r"\$merge\(\s*\[\s*\$states\.input\b[^\]]*\$states\.result(?![.\w\[])")


# -- in loops
def growing(subject: Subject) -> Iterator[Hit]:
    """TR303."""
    for flow, _ in flows(subject):
        for loop in cycles(flow):
            if bound(flow, loop) is not None:
                continue
            for name in sorted(loop):
                state = flow.states[name]
                kept = _grown(state) or (_nested(state) if _hands_on(flow, loop - {name}) else None)
                if kept is not None:
                    message = f"{kept} grows with every round; {_FULL}: keep large lists in S3"
                    yield Hit(state.pointer, message)


def _grown(state: State) -> str | None:
    """The variable or field that a state puts together from itself and more."""
    for template, root in _written(state):
        for name, value in template.items() if isinstance(template, dict) else ():
            plain = re.escape(name.removesuffix(".$"))
            own = f"{re.escape(root)}{plain}(?![\\w.\\[])"
            longer = rf"\$append\(\s*{own}|\[\s*{own}\s*,|{own}\s*&|States\.(?:Array|Format)\([^()]*{own}"
            if isinstance(value, str) and re.search(longer, value):
                return f"{root.replace('$states.input.', '$.')}{name.removesuffix('.$')}"
    return None


def _written(state: State) -> Iterator[tuple[Json | Absent, str]]:
    """The templates whose members find themselves again in the next round, and where."""
    yield state.assign, "$"
    if state.language == "JSONata":
        yield state.output, "$states.input."
    elif isinstance(state, Pass) and state.result_path is not None:
        yield state.parameters, "$." if state.result_path == "$" else f"{state.result_path}."


def _nested(state: State) -> str | None:
    """What has a whole input inside, which has the one before inside."""
    made = state.output if state.language == "JSONata" else getattr(state, "parameters", ABSENT)
    if not isinstance(made, dict) or (state.language == "JSONPath" and not isinstance(state, Pass)):
        return None
    kept = getattr(state, "result_path", "$") is not None and state.output_path == "$"
    return "The input inside of the output" if kept and _whole(made, state) else None


def _whole(template: Json | Absent, state: State) -> int:
    """How often the whole input stands in a template."""
    if isinstance(template, dict):
        return sum(_whole(each, state) for each in template.values())
    if isinstance(template, list):
        return sum(_whole(each, state) for each in template)
    marks = ("$",) if state.language == "JSONPath" else ("{%$states.input%}",)
    return int(isinstance(template, str) and template.replace(" ", "") in marks)


def _hands_on(flow: Flow, names: frozenset[str]) -> bool:
    return all(_factor(flow.states[name]) >= 1 for name in names)


# -- copies
def _factor(state: State) -> float:
    """How many times the output of a state has the whole input inside."""
    made = 1.0
    parameters = getattr(state, "parameters", ABSENT)
    if isinstance(state, Task | Map):
        made = 0.0
    elif isinstance(state, Parallel):
        made = _gathered(state) if state.result_selector is ABSENT else 0.0
    elif isinstance(state, Pass):
        if state.result is not ABSENT:
            made = 0.0
        elif parameters is not ABSENT:
            made = float(_whole(parameters, state))
    if state.language == "JSONata":
        return made if state.output is ABSENT else float(_whole(state.output, state))
    if state.input_path != "$":
        made = 0.0
    path = getattr(state, "result_path", "$")
    kept = made if path == "$" else 1.0 if path is None else 1.0 + made
    return kept if state.output_path == "$" else 0.0


def _copies(flow: Flow) -> float:
    """How many times the output of a flow has its whole input inside, on the way that has most; loops taken once."""
    known: dict[str, float] = {}
    stack = [(flow.start, False)]
    while stack:
        name, ready = stack.pop()
        state = flow.states.get(name)
        if state is None or (name in known and not ready):
            continue
        if not ready:
            known[name] = 0.0
            stack.append((name, True))
            stack += [(each, False) for each in targets(state)]
            continue
        ends = state.next is None and type(state).__name__ not in ("Fail", "Choice")
        after = max([1.0 if ends else 0.0, *(known.get(each, 0.0) for each in _following(state))])
        caught = [known.get(each.next, 0.0) for each in _catchers(state) if _keeps(each, state)]
        known[name] = max([_factor(state) * after, *caught])
    return known.get(flow.start, 0.0)


def _catchers(state: State) -> tuple[Catcher, ...]:
    return state.catch if isinstance(state, Task | Parallel | Map) else ()


def _keeps(catcher: Catcher, state: State) -> bool:
    return state.language == "JSONPath" and catcher.result_path != "$"


def _following(state: State) -> Iterator[str]:
    caught = [catcher.next for catcher in _catchers(state)]
    for target in targets(state):
        if target in caught:
            caught.remove(target)
        else:
            yield target


def copied(subject: Subject) -> Iterator[Hit]:
    """TR308."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Parallel | Map) or _dropped(state):
            continue
        if isinstance(state, Parallel):
            copies = _gathered(state)
            if copies >= _COPIES:
                room = f"its input may have {256 / copies:.0f} KiB"
                message = f"The result holds {copies:.0f} copies of what goes in, and {_FULL}: {room} at most"
                yield Hit(state.pointer, f"{message}; let the branches end with what they have made")
        elif state.result_writer is ABSENT and _whole(state.item_selector, state) and _copies(state.processor) >= 1:
            message = f"Every item is given the whole input and hands it on: n items are n copies, and {_FULL}"
            yield Hit(state.pointer, f"{message}; select what an item needs")


def _gathered(state: Parallel) -> float:
    """Copies of the input in what the branches end with."""
    given = 1.0 if state.parameters is ABSENT else float(_whole(state.parameters, state))
    return given * sum(_copies(branch) for branch in state.branches)


def _dropped(state: Map | Parallel) -> bool:
    """Whether something is done about the results before they are handed on."""
    chosen = state.result_selector is not ABSENT or state.output is not ABSENT
    return chosen or state.result_path is None or state.output_path != "$"


# -- what is certain
def too_large(subject: Subject) -> Iterator[Hit]:
    """TR307."""
    if any(True for _ in large_literal(subject)):
        return
    for each in sizes(subject.machine.flow).told:
        if each.low > PAYLOAD:
            place = pointer_to(each.state, each.field) if each.field else each.state.pointer
            yield Hit(place, f"{each.what} at least {each.low:,} bytes; a payload ends at 262,144")
            return  # what comes after it has the same data


def large_literal(subject: Subject) -> Iterator[Hit]:
    """TR305."""
    for spot in subject.spots:
        for name, value in (("Result", getattr(spot.state, "result", ABSENT)), ("Output", spot.state.output)):
            if value is not ABSENT and (size := len(dumps(value).encode())) > PAYLOAD:
                yield Hit(pointer_to(spot.state, name), f"{size:,} bytes are more than a payload may have: 262,144")


# -- results of Maps and tasks
def unwritten_map(subject: Subject) -> Iterator[Hit]:
    """TR304."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Map) or state.item_reader is ABSENT or state.result_writer is not ABSENT:
            continue
        dropped = state.result_path is None or state.output_path is None or state.output is not ABSENT
        if not dropped and state.result_selector is ABSENT:
            message = "The results of all items together must fit into 256 KiB: write them to S3 with ResultWriter"
            yield Hit(state.pointer, message)


def large_answer(subject: Subject) -> Iterator[Hit]:
    """TR309."""
    for _, task, resource in subject.tasks():
        service = resource.sdk or resource.service
        said, members = _LARGE.get((service, resource.action), ("", ()))
        given = task.parameters if isinstance(task.parameters, dict) else {}
        if not said or any(name.removesuffix(".$") in members for name in given):
            continue
        less = f": give {members[0]}" if members else ": ask for less at a time"
        yield Hit(task.pointer, f"{said}, and the task fails when that is more than 256 KiB{less}")


def metadata(subject: Subject) -> Iterator[Hit]:
    """TR310."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Map) or _dropped(state) or state.result_writer is not ABSENT:
            continue
        items = items_from(spot.flow, state)
        if items is not None and items * _METADATA < PAYLOAD / 2:
            continue
        for last in state.processor.states.values():
            resource = parse_resource(last.resource) if isinstance(last, Task) else None
            if isinstance(last, Task) and resource is not None and last.next is None and _tells_all(last, resource):
                said = f"every result of {last.name} has about {_METADATA} bytes of HTTP metadata"
                message = f"{said}: some {PAYLOAD // _METADATA} items fill a payload, whatever they answer"
                yield Hit(last.pointer, message[0].upper() + message[1:], _payload_only(subject, last, resource))


def _tells_all(task: Task, resource: Resource) -> bool:
    """Whether the whole answer of an optimized integration becomes the output."""
    if resource.sdk is not None or resource.pattern != "request" or resource.service not in _WITH_METADATA:
        return False
    chosen = task.result_selector is not ABSENT or task.output is not ABSENT
    return not chosen and task.result_path is not None and task.output_path == "$"


def _payload_only(subject: Subject, task: Task, resource: Resource) -> Fix | None:
    if resource.service != "lambda" or task.language == "JSONata":
        return None
    edit = insert(subject.document, task.pointer, "ResultSelector", {"Payload.$": "$.Payload"})
    return fix("Keep only the Payload", edit, safe=False)


def piled_up(subject: Subject) -> Iterator[Hit]:
    """TR311."""
    for flow, _ in flows(subject):
        before: dict[str, frozenset[str]] = {flow.start: frozenset()}
        waiting = [flow.start]
        while waiting:
            state = flow.states.get(waiting.pop())
            kept = _kept(state, before[state.name]) if state is not None else frozenset()
            if state is not None and len(kept) >= _KEPT > len(before[state.name]):
                names = ", ".join(sorted(kept)[:3])
                message = f"{len(kept)} whole results stand beside each other here ({names} ...), and {_FULL}"
                yield Hit(state.pointer, f"{message}: keep what is read later (ResultSelector)")
                break
            for target in _following(state) if state is not None else ():
                if target not in before or len(kept) > len(before[target]):
                    before[target] = kept
                    waiting.append(target)


def _kept(state: State, before: frozenset[str]) -> frozenset[str]:
    """The results of tasks that are in the data behind a state."""
    if state.language == "JSONata":
        if isinstance(state, Task) and _MERGED.search(dumps(state.output) if state.output is not ABSENT else ""):
            return before | {state.name}
        return before if _factor(state) >= 1 else frozenset()
    path = getattr(state, "result_path", "$")
    if isinstance(state, Task) and path not in (None, "$") and state.result_selector is ABSENT:
        before |= {path}
    return before if _factor(state) >= 1 else frozenset()
