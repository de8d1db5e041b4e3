"""TR2xx: workflows that hang, give up too early, or go on with the wrong data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from treadle.asl.machine import ABSENT, Catcher, Choice, Fail, Map, Parallel, Retrier, State, Task
from treadle.asl.references import states, texts
from treadle.asl.resource import Resource, parse_resource
from treadle.integrations.job_table import ROWS as JOBS
from treadle.integrations.models import Api, api, find_api
from treadle.integrations.optimized import ROWS
from treadle.tools.lint.rule import Fix, Hit, Subject, fix, pointer_to
from treadle.tools.source import append, insert, remove, replace
from treadle.values import Json, dumps

# Developer guide, sfn-best-practices.html, "Handle transient Lambda service exceptions", and Workflow Studio's default.
LAMBDA_ERRORS: Final = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
_EVERYTHING: Final = ("States.ALL", "States.TaskFailed")
_RETRIER: Final = {
    "ErrorEquals": list(LAMBDA_ERRORS),
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}
# Developer guide, concepts-error-handling.html.
STATES_ERRORS: Final = frozenset(
    f"States.{name}"
    for name in (
        *("ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold", "HeartbeatTimeout"),
        *("Http.Socket", "IntrinsicFailure", "ItemReaderFailed", "NoChoiceMatched", "ParameterPathFailure"),
        *("Permissions", "QueryEvaluationError", "ResultPathMatchFailure", "ResultWriterFailed", "Runtime"),
        *("TaskFailed", "Timeout"),
    )
)
# The context object as a whole, or its Task.
_WHOLE_CONTEXT = re.compile(r'"\$\$(?:\.Task)?"|\$states\.context(?:\.Task)?(?![.\w])')
_LONGEST = 600  # seconds that one retry may wait before somebody should have said so
_DAY = 86_400


def is_lambda(resource: Resource) -> bool:
    return resource.kind == "lambda" or resource.service == "lambda"


def _is_patient(resource: Resource) -> bool:
    """Whether the task ends only when somebody else says so."""
    return resource.kind == "activity" or resource.pattern != "request"


def stuck(subject: Subject) -> Iterator[Hit]:
    """TR201."""
    for spot, task, resource in subject.tasks():
        if not _is_patient(resource) or subject.machine.timeout is not None or spot.kind == "EXPRESS":
            continue
        if any(value is not None for value in (task.timeout, task.timeout_path, task.heartbeat, task.heartbeat_path)):
            continue
        who = {"token": "the token never comes back", "request": "no worker answers"}.get(
            resource.pattern, "the job never ends"
        )
        edit = insert(subject.document, task.pointer, "TimeoutSeconds", _DAY, after="Resource")
        message = f"Without TimeoutSeconds this state waits up to a year when {who}"
        yield Hit(task.pointer, message, fix("Add TimeoutSeconds: one day", edit, safe=False))


def silent_worker(subject: Subject) -> Iterator[Hit]:
    """TR223."""
    for _, task, resource in subject.tasks():
        limit = task.timeout
        if resource.kind != "activity" or task.heartbeat is not None or task.heartbeat_path is not None:
            continue
        if isinstance(limit, int) and limit > _LONGEST:
            edit = insert(subject.document, task.pointer, "HeartbeatSeconds", 60, after="TimeoutSeconds")
            message = f"Without HeartbeatSeconds the death of a worker is noticed when {_span(limit)} are over"
            yield Hit(task.pointer, message, fix("Add HeartbeatSeconds: 60", edit, safe=False))


def tokenless(subject: Subject) -> Iterator[Hit]:
    """TR202."""
    for _, task, resource in subject.tasks():
        if resource.pattern != "token":
            continue
        given = dumps(task.parameters) if task.parameters is not ABSENT else ""
        if "Token" not in given and not _WHOLE_CONTEXT.search(given):
            yield Hit(task.pointer, "The task token is not passed on, so nobody can answer it: this state never ends")


def unguarded_lambda(subject: Subject) -> Iterator[Hit]:
    """TR203."""
    for spot, task, resource in subject.tasks():
        if not is_lambda(resource) or _covers(task.retry, "Lambda.ServiceException"):
            continue
        if any(_covers(getattr(each, "retry", ()), "Lambda.ServiceException") for each in spot.above):
            continue
        named = sorted({name for retrier in task.retry for name in retrier.errors})
        message = "Lambda's own passing errors (Lambda.ServiceException, throttling) fail this state: retry them"
        if any(name.startswith("Lambda.") for name in named):
            continue  # TR204 says what is missing
        yield Hit(task.pointer, message, _add_retrier(subject, task))


def _add_retrier(subject: Subject, task: Task) -> Fix | None:
    document = subject.document
    if document.node(f"{task.pointer}/Retry") is None:
        return fix("Retry Lambda's passing errors", insert(document, task.pointer, "Retry", [_RETRIER]))
    return fix("Retry Lambda's passing errors", append(document, f"{task.pointer}/Retry", _RETRIER))


def half_guarded_lambda(subject: Subject) -> Iterator[Hit]:
    """TR204."""
    for _, task, resource in subject.tasks():
        if not is_lambda(resource):
            continue
        for index, retrier in enumerate(task.retry):
            given = [name for name in retrier.errors if name in LAMBDA_ERRORS]
            missing = [name for name in LAMBDA_ERRORS if not _covers(task.retry, name)]
            if len(given) < 2 or not missing:
                continue
            place = pointer_to(task, "Retry", index, "ErrorEquals")
            edit = replace(subject.document, place, [*retrier.errors, *missing])
            yield Hit(place, f"{', '.join(missing)} passes by itself too: retry it as well", fix("Add it", edit))
            break


def _covers(retriers: tuple[Retrier, ...], error: str) -> bool:
    return any(error in retrier.errors or set(_EVERYTHING) & set(retrier.errors) for retrier in retriers)


def endless_backoff(subject: Subject) -> Iterator[Hit]:
    """TR205."""
    for _, state in subject.guarded():
        for index, retrier in enumerate(state.retry):
            if retrier.max_delay is not None or not retrier.attempts:
                continue
            last = retrier.interval * retrier.backoff ** min(retrier.attempts - 1, 100)
            if last <= max(_LONGEST, 2 * retrier.interval):
                continue
            place = pointer_to(state, "Retry", index)
            edit = insert(subject.document, place, "MaxDelaySeconds", 300, after="BackoffRate")
            message = f"The last of {retrier.attempts} retries comes {_span(last)} after the one before: limit it"
            yield Hit(place, message, fix("Add MaxDelaySeconds: 300", edit, safe=False))


def _span(seconds: float) -> str:
    for size, name in ((31_557_600, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}"
    return f"{seconds:.0f} seconds"


def no_jitter(subject: Subject) -> Iterator[Hit]:
    """TR206."""
    for spot, state in subject.guarded():
        fan = next((each for each in spot.above if isinstance(each, Map) and each.max_concurrency != 1), None)
        if fan is None or not isinstance(state, Task):
            continue
        for index, retrier in enumerate(state.retry):
            if retrier.jitter or retrier.attempts < 2:
                continue
            place = pointer_to(state, "Retry", index)
            edit = insert(subject.document, place, "JitterStrategy", "FULL")
            message = f"All items of {fan.name} retry at the same moments: spread them with JitterStrategy"
            yield Hit(place, message, fix("Add JitterStrategy: FULL", edit))


def useless_retry(subject: Subject) -> Iterator[Hit]:
    """TR207."""
    for _, state in subject.guarded():
        for index, retrier in enumerate(state.retry):
            dead = [name for name in ("States.Runtime", "States.DataLimitExceeded") if name in retrier.errors]
            place = pointer_to(state, "Retry", index)
            if dead:
                rest = [name for name in retrier.errors if name not in dead]
                edit = replace(subject.document, f"{place}/ErrorEquals", rest)
                if not rest:
                    edit = remove(subject.document, place if len(state.retry) > 1 else pointer_to(state, "Retry"))
                yield Hit(f"{place}/ErrorEquals", f"{dead[0]} is never retried", fix("Remove it", edit))
            elif "States.QueryEvaluationError" in retrier.errors and retrier.attempts:
                edit = insert(subject.document, place, "MaxAttempts", 0) or replace(
                    subject.document, f"{place}/MaxAttempts", 0
                )
                message = "The same expression fails again with the same data: States.QueryEvaluationError in a Retry"
                alone = fix("Set MaxAttempts: 0", edit) if len(retrier.errors) == 1 else None
                yield Hit(f"{place}/ErrorEquals", message, alone)


def _handlers(state: Task | Map | Parallel) -> Iterator[tuple[str, tuple[Retrier | Catcher, ...]]]:
    yield "Retry", state.retry
    yield "Catch", state.catch


def repeated_error(subject: Subject) -> Iterator[Hit]:
    """TR208."""
    for _, state in subject.guarded():
        for field, rules in _handlers(state):
            seen: set[str] = set()
            for index, rule in enumerate(rules):
                for name in sorted(seen & set(rule.errors)):
                    place = pointer_to(state, field, index, "ErrorEquals")
                    yield Hit(place, f"{name} is matched by an entry above, so never by this one")
                seen |= set(rule.errors)


def lost_input(subject: Subject) -> Iterator[Hit]:
    """TR209."""
    for spot, state in subject.guarded():
        if state.language == "JSONata":
            continue
        for index, catcher in enumerate(state.catch):
            target = spot.flow.states.get(catcher.next)
            if catcher.result_path != "$" or target is None or isinstance(target, Fail):
                continue
            wanted = sorted(_members_read(target) - {"Error", "Cause"})
            if not wanted:
                continue
            place = pointer_to(state, "Catch", index)
            edit = insert(subject.document, place, "ResultPath", "$.error")
            plain = not _members_read(target) & {"Error", "Cause"}
            message = f"{target.name} reads $.{wanted[0]}, but without ResultPath only Error and Cause arrive there"
            yield Hit(place, message, fix('Add ResultPath: "$.error"', edit, safe=plain))


def _members_read(state: State) -> set[str]:
    """First members of the state's input that its paths name."""
    if state.language == "JSONata" or state.input_path != "$":
        path = re.match(r"\$\.(\w+)", state.input_path or "")
        return {path[1]} if path and state.language == "JSONPath" else set()
    own = ("parameters", "choices", "items_path", "seconds_path", "timestamp_path")
    if not any(getattr(state, name, None) not in (None, ABSENT) for name in own):
        return set()
    return {match[1] for text in _inputs(state) for match in re.finditer(r"(?<!\$)\$\.(\w+)", text)}


def _inputs(state: State) -> Iterator[str]:
    """The texts that are evaluated on the state's input."""
    after = {state.output_path, *_strings(getattr(state, "result_selector", None)), *_strings(state.assign)}
    after |= _strings(getattr(state, "item_selector", None))
    for catcher in getattr(state, "catch", ()):
        after |= _strings(catcher.assign)
    yield from (text for text in texts(state) if text not in after)


def _strings(value: Json) -> set[str]:
    if isinstance(value, str):
        return {value}
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for each in inside for text in _strings(each)}


def no_default(subject: Subject) -> Iterator[Hit]:
    """TR210."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Choice) or state.default is not None or _is_exhaustive(state):
            continue
        around = spot.flow.pointer
        name = _free_name("No rule matched", subject)
        failure = {"Type": "Fail", "Error": "NoChoiceMatched", "Cause": f"No rule of {state.name} matched"}
        edit = fix(
            "Add a Default that fails",
            insert(subject.document, state.pointer, "Default", name, after="Choices"),
            insert(subject.document, f"{around}/States", name, failure),
        )
        yield Hit(state.pointer, "Without Default the execution fails when no rule matches", edit)


def _free_name(name: str, subject: Subject) -> str:
    taken = {state.name for state in states(subject.machine.flow)}
    return next(each for each in (name, *(f"{name} {n}" for n in range(2, 1000))) if each not in taken)


_OPPOSITE: Final = {
    "NumericLessThan": "NumericGreaterThanEquals",
    "NumericGreaterThan": "NumericLessThanEquals",
    "TimestampLessThan": "TimestampGreaterThanEquals",
    "TimestampGreaterThan": "TimestampLessThanEquals",
    "StringLessThan": "StringGreaterThanEquals",
    "StringGreaterThan": "StringLessThanEquals",
}


def _is_exhaustive(state: Choice) -> bool:
    """Whether two rules are each other's opposite, or one always matches."""
    tests = [dumps(_negated(rule.condition)) for rule in state.choices]
    given = {dumps(rule.condition) for rule in state.choices}
    if state.language == "JSONata":
        sources = {re.sub(r"\s+", "", str(rule.condition))[2:-2] for rule in state.choices}
        always = any(rule.condition is True for rule in state.choices) or "true" in sources
        return always or any(f"$not({each})" in sources for each in sources)
    return any(test in given for test in tests)


def _negated(test: Json) -> Json:
    """The opposite of a comparison, as somebody would write it."""
    if not isinstance(test, dict):
        return None
    if "Not" in test:
        return test["Not"]
    name = next((key for key in test if key not in ("Variable", "Comment")), "")
    if isinstance(test.get(name), bool):
        return {**test, name: not test[name]}
    plain, path = name.removesuffix("Path"), "Path" if name.endswith("Path") else ""
    for one, other in _OPPOSITE.items():
        if plain in (one, other):
            return {key if key != name else (other if plain == one else one) + path: v for key, v in test.items()}
    return {"Not": test}


def unknown_error(subject: Subject) -> Iterator[Hit]:
    """TR211."""
    for _, state in subject.guarded():
        apis = _apis(state) if isinstance(state, Task) else {}
        for field, rules in _handlers(state):
            for index, rule in enumerate(rules):
                for place, name in enumerate(rule.errors):
                    right = _right_name(name, apis)
                    if right is not None:
                        pointer = pointer_to(state, field, index, "ErrorEquals", place)
                        edit = replace(subject.document, pointer, right) if right else None
                        instead = f"; it is {right}" if right else ""
                        yield Hit(pointer, f"{name} is no error that can occur here{instead}", fix("Correct it", edit))


def _right_name(name: str, apis: dict[str, frozenset[str]]) -> str | None:
    """None when the name may be right; the right one, or "" when nobody can guess it."""
    if name.startswith("States."):
        if name in STATES_ERRORS or name.startswith("States.Http."):
            return None
        return next(iter(get_close_matches(name, STATES_ERRORS, 1, 0.7)), "")
    prefix, dot, rest = name.partition(".")
    for client, errors in apis.items():
        if dot and prefix.lower() == client.lower() and name not in errors:
            by_case = {error.lower(): error for error in errors}
            for each in (rest, f"{rest}Exception", rest.removesuffix("Exception")):
                right = by_case.get(f"{client}.{each}".lower())
                if right is not None:
                    return right
    return None


def _apis(task: Task) -> dict[str, frozenset[str]]:
    """Prefix of the task's errors -> all that its API's model knows. Nothing is loaded unless a name asks for it."""
    resource = parse_resource(task.resource)
    named = [name for _, rules in _handlers(task) for rule in rules for name in rule.errors]
    if resource is None or not any("." in name and not name.startswith(("States.", "Lambda.")) for name in named):
        return {}
    if resource.sdk is not None:
        found = find_api(resource.sdk) if "${" not in resource.sdk else None
        return {} if found is None else {found.client: _errors(found, found.client, newer=True)}
    row = ROWS.get(f"{resource.service}:{resource.action}") or JOBS.get(f"{resource.service}:{resource.action}")
    if row is None or resource.service == "ecs":
        return {}
    model = api(row.service)
    return {row.wording.prefix: _errors(model, row.wording.prefix, newer=row.wording.service is None)}


def _errors(model: Api, prefix: str, newer: bool) -> frozenset[str]:
    shapes = [shape.name for shape in model.model.error_shapes]
    named = [model.exception(name) if newer else model.older_exception(name) for name in shapes]
    return frozenset(f"{prefix}.{name}" for name in named if name is not None)


def loud_map(subject: Subject) -> Iterator[Hit]:
    """TR212."""
    for spot in subject.spots:
        state = spot.state
        if not isinstance(state, Map) or state.mode != "DISTRIBUTED" or state.max_concurrency not in (None, 0):
            continue
        if state.max_concurrency_path is not None:
            continue
        callers = [each for each in states(state.processor) if isinstance(each, Task) and _calls_lambda(each)]
        if callers:
            edit = insert(subject.document, state.pointer, "MaxConcurrency", 500, after="ItemProcessor")
            message = (
                f"Up to 10,000 child executions call {callers[0].name}'s function at once; an account has 1,000 of them"
            )
            yield Hit(state.pointer, message, fix("Add MaxConcurrency: 500", edit, safe=False))


def _calls_lambda(task: Task) -> bool:
    resource = parse_resource(task.resource)
    return resource is not None and is_lambda(resource)


def strict_map(subject: Subject) -> Iterator[Hit]:
    """TR213."""
    for spot in subject.spots:
        state = spot.state
        if isinstance(state, Map) and state.mode == "DISTRIBUTED" and state.item_reader is not ABSENT:
            counts = (state.tolerated_count, state.tolerated_count_path)
            percentages = (state.tolerated_percentage, state.tolerated_percentage_path)
            if all(each is None for each in (*counts, *percentages)):
                yield Hit(state.pointer, "One failed item fails the whole map run: say how many may fail")


def too_long_for_express(subject: Subject) -> Iterator[Hit]:
    """TR214."""
    timeout = subject.machine.timeout
    if subject.kind == "EXPRESS" and timeout is not None and timeout > 300:
        yield Hit("/TimeoutSeconds", "An Express workflow ends after 300 seconds, whatever TimeoutSeconds says")
    for spot in subject.spots:
        seconds = getattr(spot.state, "seconds", None)
        if spot.kind == "EXPRESS" and isinstance(seconds, int) and seconds >= 300:
            yield Hit(
                pointer_to(spot.state, "Seconds"), "An Express workflow ends after 300 seconds: this wait is longer"
            )


def sibling_prefixes(subject: Subject) -> Iterator[Hit]:
    """TR215."""
    for spot in subject.spots:
        reader = getattr(spot.state, "item_reader", ABSENT)
        if not isinstance(reader, dict) or not str(reader.get("Resource", "")).endswith(":s3:listObjectsV2"):
            continue
        field = "Arguments" if "Arguments" in reader else "Parameters"
        given = reader.get(field)
        prefix = given.get("Prefix") if isinstance(given, dict) else None
        if isinstance(prefix, str) and prefix and not prefix.endswith(("/", "%}", "}")):
            place = pointer_to(spot.state, "ItemReader", field, "Prefix")
            message = f"Without a slash at its end this prefix also lists {prefix}-old/, {prefix}2 and the like"
            edit = replace(subject.document, place, prefix + "/")
            yield Hit(place, message, fix("Add the slash", edit, safe=False))


def circular_catch(subject: Subject) -> Iterator[Hit]:
    """TR216."""
    for _, state in subject.guarded():
        for index, catcher in enumerate(state.catch):
            if catcher.next == state.name and "States.ALL" in catcher.errors:
                place = pointer_to(state, "Catch", index, "Next")
                message = "A state that catches all its errors and begins again never gives up: use Retry"
                yield Hit(place, message)


def same_rule(subject: Subject) -> Iterator[Hit]:
    """TR217."""
    for spot in subject.spots:
        if isinstance(spot.state, Choice):
            tests = [dumps(rule.condition) for rule in spot.state.choices]
            for index, test in enumerate(tests):
                if test in tests[:index]:
                    place = pointer_to(spot.state, "Choices", index)
                    yield Hit(place, f"Rule {tests.index(test) + 1} has the same condition, so this one never matches")


def anonymous_child(subject: Subject) -> Iterator[Hit]:
    """TR218."""
    for _, task, resource in subject.tasks():
        if (resource.service, resource.action) != ("states", "startExecution") or resource.pattern == "request":
            continue
        given = task.parameters if isinstance(task.parameters, dict) else {}
        input = given.get("Input")
        key = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
        if not isinstance(input, dict) or key in input or f"{key}.$" in input:
            continue
        field = "Arguments" if task.language == "JSONata" else "Parameters"
        mark = "" if task.language == "JSONata" else ".$"
        value = "{% $states.context.Execution.Id %}" if task.language == "JSONata" else "$$.Execution.Id"
        edit = insert(subject.document, pointer_to(task, field, "Input"), key + mark, value)
        message = "The child execution does not know its parent: the console of AWS cannot link them"
        yield Hit(pointer_to(task, field, "Input"), message, fix(f"Pass {key}", edit))


def unqualified(subject: Subject) -> Iterator[Hit]:
    """TR219."""
    for _, task, resource in subject.tasks():
        given = task.parameters if isinstance(task.parameters, dict) else {}
        name = resource.name if resource.kind == "lambda" else given.get("FunctionName")
        if (
            not is_lambda(resource)
            or not isinstance(name, str)
            or "Qualifier" in given
            or name.startswith(("{%", "${"))
        ):
            continue
        if ":" not in name.partition(":function:")[2] if ":function:" in name else ":" not in name:
            yield Hit(task.pointer, "This calls whatever was deployed last: name a version or an alias of the function")


def lonely_branch(subject: Subject) -> Iterator[Hit]:
    """TR220."""
    for spot, state in subject.guarded():
        if isinstance(state, Parallel) and not state.catch and not spot.above:
            risky = [each for flow in state.branches for each in flow.states.values()]
            open_ones = [each for each in risky if isinstance(each, Task) and not each.catch]
            if open_ones:
                yield Hit(state.pointer, f"When {open_ones[0].name} fails, the other branches are aborted")
