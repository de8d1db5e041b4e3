"""The tree -> closures: each node becomes a Python function of the context value and the frame of variables."""

from __future__ import annotations

from typing import Final

from treadle.asl.jsonata import calls, operators, paths, tuples
from treadle.asl.jsonata.analysis import leaks_functions
from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.library import BUILTINS
from treadle.asl.jsonata.nodes import Node
from treadle.asl.jsonata.paths import Filter, Finish, Step
from treadle.asl.jsonata.regexes import Matcher
from treadle.asl.jsonata.run import Closure, Frame
from treadle.asl.jsonata.scopes import ABSENT, Scope, assigned, children, height, stream_names
from treadle.asl.jsonata.values import (
    UNDEFINED,
    Outer,
    Sequence,
    Value,
    collapse,
    collapse_flagged,
    collapse_kept,
    lookup,
)

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%"})


class Program:
    """A compiled tree. `untidy` results may hold flagged arrays or functions; `scoped`: the top level has variables."""

    __slots__ = ("closure", "scoped", "untidy")

    def __init__(self, tree: Node) -> None:
        compiler = Compiler(tree)
        names = assigned([tree])
        self.closure = compiler.node(tree, Scope(None, frozenset(), names))
        self.untidy = compiler.flagged or leaks_functions(tree)


def _raw(items: Value) -> Value:
    """The `finish` of an expression that something behind it goes on with."""
    return items


class Compiler:
    def __init__(self, tree: Node) -> None:
        # Only $distinct, and `[]`, can tell a result sequence from an array: without them no array needs a flag.
        self.flagged = _tells_sequences(tree)
        self.streams = stream_names(tree)
        self.collapse: Finish = collapse_flagged if self.flagged else collapse

    def node(self, node: Node, scope: Scope) -> Closure:
        """The closure of a node with everything behind it: predicates, grouping, `[]`."""
        finish: Finish = collapse_kept if node.keep_array else self.collapse
        behind = node.predicate is not None or (node.group is not None and node.type != "path")
        closure = self._base(node, scope, _raw if behind else finish)
        if node.predicate is not None:
            filters = [self._filter(stage, scope, node.tuple) for stage in node.predicate]
            closure = paths.filtered(closure, filters, _raw if node.group else finish)
        if node.group is not None and node.type != "path":
            closure = self._grouped(closure, node, scope, node.tuple)
        return closure

    def _base(self, node: Node, scope: Scope, finish: Finish) -> Closure:
        match node.type:
            case "path":
                return self._path(node, scope)
            case "string" | "number" | "value":
                return _constant(node.value)
            case "variable":
                return self._variable(node.value, scope)
            case "binary":
                return self._binary(node, scope)
            case "unary":
                return self._unary(node, scope)
            case "name":
                return _field(node.value, finish)
            case "condition":
                return self._condition(node, scope)
            case "block":
                return self._block(node, scope)
            case "bind":
                return _bind(node.value, self.node(node.parts[0], scope))
            case "function":
                return self._call(node, scope, finish)
            case "lambda":
                return self._lambda(node, scope)
            case "apply":
                return self._apply(node, scope, finish)
            case _:
                return self._rare(node, scope, finish)

    def _rare(self, node: Node, scope: Scope, finish: Finish) -> Closure:
        match node.type:
            case "partial":
                return self._partial(node, scope)
            case "transform":
                parts = [self.node(part, scope) for part in node.parts]
                return calls.transform(parts, self._variable("clone", scope), node)
            case "regex":
                return _constant(Matcher(node.value, node.flags))
            case "wildcard":
                return paths.wildcard(finish)
            case "descendant":
                return paths.descendants(finish)
            case "parent" if node.slot is not None:
                return self._variable(node.slot.label, scope)
            case "operator":
                raise Failure("S0201", node.position, token=node.value)
            case _:
                raise Failure("S0206", node.position, token=node.value)

    def _variable(self, name: str, scope: Scope) -> Closure:
        if name == "":
            return _context
        if name == "$":
            return lambda context, frame: frame.run.root
        hops, certain = scope.find(name)
        if not hops:
            return _global(name)
        if certain and len(hops) == 1:
            return _certain(name, hops[0])
        return _possible(name, hops, _global(name))

    def is_global(self, node: Node, scope: Scope) -> bool:
        """Whether a node is a plain reference to a variable from outside the expression."""
        plain = node.type == "variable" and node.value not in ("", "$") and node.predicate is None
        return plain and node.group is None and not scope.find(node.value)[0]

    def _binary(self, node: Node, scope: Scope) -> Closure:
        operator = node.value
        if operator in ("and", "or"):
            operands = [(self.node(operand, scope), link.position) for operand, link in _chain(node, {operator})]
            combine = operators.conjunction if operator == "and" else operators.disjunction
            return combine(operands[0][0], operands[1:])
        if operator == "..":
            first, last = (self.node(part, scope) for part in node.parts)
            return operators.number_range(first, last, node.position)
        if operator in _ARITHMETIC or operator == "&":
            chain = _chain(node, _ARITHMETIC if operator != "&" else {"&"})
            if len(chain) > 2:
                closures = [self.node(operand, scope) for operand, _ in chain]
                if operator == "&":
                    return operators.concat_chain(closures)
                rest = [
                    (link.value, closure, link.position)
                    for closure, (_, link) in zip(closures[1:], chain[1:], strict=True)
                ]
                return operators.arithmetic_chain(closures[0], rest)
        left, right = self.node(node.parts[0], scope), self.node(node.parts[1], scope)
        literal = node.parts[1]
        if operator in ("<", "<=", ">", ">=") and literal.type == "number" and literal.predicate is None:
            return operators.comparison_with(operator, left, literal.value, node.position)
        return operators.binary(operator, left, right, node.position)

    def _unary(self, node: Node, scope: Scope) -> Closure:
        if node.value == "{":
            return self._object(node, scope)
        if node.value == "-":
            return operators.negation(self.node(node.parts[0], scope), node.position)
        items = [(self.node(part, scope), part.value == "[" and part.type == "unary") for part in node.parts]
        return calls.array(items)

    def _object(self, node: Node, scope: Scope) -> Closure:
        pairs = [(self.node(key, scope), self.node(value, scope)) for key, value in node.pairs]
        general = paths.group(pairs, node.position, False)
        keys = [key.value for key, _ in node.pairs if key.type == "string" and key.predicate is None]
        if len(set(keys)) < len(pairs):
            return general
        return calls.literal_object([(key, value) for key, (_, value) in zip(keys, pairs, strict=True)], general)

    def _condition(self, node: Node, scope: Scope) -> Closure:
        closures = [self.node(part, scope) for part in node.parts]
        return calls.condition(closures[0], closures[1], closures[2] if len(closures) > 2 else _constant(UNDEFINED))

    def _block(self, node: Node, scope: Scope) -> Closure:
        names = assigned(node.parts)
        inner = Scope(scope, frozenset(), names) if names else scope
        return calls.block([self.node(part, inner) for part in node.parts], bool(names))

    def _lambda(self, node: Node, scope: Scope) -> Closure:
        body = node.parts[0]
        inner = Scope(scope, frozenset(node.parameters), assigned([body]))
        return calls.definition(node.parameters, self.node(body, inner), height(body) + 1, node.signature)

    def _call(self, node: Node, scope: Scope, finish: Finish) -> Closure:
        callee = node.parts[0]
        arguments = [self.node(argument, scope) for argument in node.parts[1:]]
        place = calls.Place(node.position, _callee_name(callee), self._forgotten(callee, scope))
        if node.tail:
            return calls.tail_call(self.node(callee, scope), arguments, place)
        if self.is_global(callee, scope) and callee.value in BUILTINS:
            return calls.builtin_call(callee.value, BUILTINS[callee.value], arguments, place, finish)
        return calls.call(self.node(callee, scope), arguments, place, finish)

    def _forgotten(self, callee: Node, scope: Scope) -> Closure | None:
        """For a callee without `$`: the variable that may have been meant."""
        if callee.type != "path":
            return None
        return self._variable(str(callee.parts[0].value), scope)

    def _apply(self, node: Node, scope: Scope, finish: Finish) -> Closure:
        left, right = node.parts
        subject = self.node(left, scope)
        plain = right.predicate is None and right.group is None
        if right.type == "function" and plain:
            callee = right.parts[0]
            arguments = [subject, *(self.node(argument, scope) for argument in right.parts[1:])]
            place = calls.Place(right.position, _callee_name(callee), self._forgotten(callee, scope))
            return calls.apply_call(self.node(callee, scope), arguments, place, finish)
        return calls.apply(subject, self.node(right, scope), node.position, finish)

    def _partial(self, node: Node, scope: Scope) -> Closure:
        callee = node.parts[0]
        given = [None if part.type == "operator" else self.node(part, scope) for part in node.parts[1:]]
        place = calls.Place(node.position, _callee_name(callee), self._forgotten(callee, scope))
        return calls.partial(self.node(callee, scope), given, place)

    def _filter(self, stage: Node, scope: Scope, streamed: bool) -> Filter:
        """A predicate. With `streamed` the value may be a tuple stream: the predicate has a frame of its own."""
        predicate = stage.parts[0]
        if predicate.type == "number":
            return paths.index_filter(predicate.value)
        inner = Scope(scope, frozenset(), self.streams | assigned([predicate])) if streamed else scope
        return paths.predicate_filter(self.node(predicate, inner), streamed)

    def _grouped(self, closure: Closure, node: Node, scope: Scope, streamed: bool) -> Closure:
        assert node.group is not None
        inner = Scope(scope, frozenset(), self.streams) if streamed else scope
        pairs = [(self.node(key, inner), self.node(value, inner)) for key, value in node.group.pairs]
        group = paths.group(pairs, node.group.position, streamed)
        return lambda context, frame: group(closure(context, frame), frame)

    def _path(self, node: Node, scope: Scope) -> Closure:
        started = next((at for at, step in enumerate(node.parts) if step.tuple), None)
        if started is not None:
            return self._stream(node, started, scope)
        if node.group is None and not node.keep_singleton and not node.keep_array:
            short = self._fields(node, scope)
            if short is not None:
                return short
        last = node.parts[-1]
        wraps = node.keep_singleton and last.consarray and last.stages is None
        finish: Finish = collapse_kept if node.keep_singleton or node.keep_array else self.collapse
        items = self._walk(node.parts, len(node.parts), scope)
        if node.group is not None:
            return self._grouped(items, node, scope, False)
        return paths.path(items, finish, wraps, node.keep_singleton and node.parts[0].consarray)

    def _fields(self, node: Node, scope: Scope) -> Closure | None:
        """The closure of `$variable.name.name` and the like; None for other paths."""
        if self.flagged:
            return None
        head, *rest = node.parts
        if not all(map(_is_plain_name, rest)):
            return None
        keys = [str(step.value) for step in rest]
        if _is_plain_name(head):
            return paths.context_fields([str(head.value), *keys])
        if head.stages is not None or not keys or head.type != "variable":
            return None
        if self.is_global(head, scope):
            return paths.variable_fields(head.value, keys, BUILTINS.get(head.value, UNDEFINED))
        return paths.fields(self.node(head, scope), keys)

    def _walk(self, steps: list[Node], size: int, scope: Scope) -> paths.Walk:
        """The steps of a path, or those before a tuple stream begins."""
        head = self.node(steps[0], scope) if steps[0].consarray and size > 0 else None
        begin = 1 if head is not None else 0
        taken = [self._step(steps[at], at == len(steps) - 1, scope) for at in range(begin, size)]
        return paths.walk(head, steps[0].type == "variable", taken)

    def _step(self, node: Node, last: bool, scope: Scope) -> Step:
        if node.type == "sort":
            terms = [(descending, self.node(term, scope)) for descending, term in node.terms]
            filters = [self._filter(stage, scope, False) for stage in node.stages or ()]
            return paths.sort_step(paths.order(terms, node.position, False), filters)
        if _is_plain_name(node):
            return paths.name_step(node.value, last)
        filters = [self._filter(stage, scope, node.tuple) for stage in node.stages or ()]
        constructs = node.type == "unary" and node.consarray
        return paths.step(self.node(node, scope), filters, last, constructs)

    def _stream(self, node: Node, started: int, scope: Scope) -> Closure:
        """A path with `@`, `#` or `%`: from step `started` on it carries tuples."""
        begin = self._walk(node.parts, started, scope)
        steps = [self._tuple_step(step, scope) for step in node.parts[started:]]
        walk = tuples.tuple_walk(begin, steps)
        if node.group is not None:
            return self._grouped(walk, node, scope, True)
        if node.tuple:
            return walk
        finish: Finish = collapse_kept if node.keep_singleton or node.keep_array else self.collapse
        return lambda context, frame: finish(tuples.items_of(walk(context, frame)))

    def _tuple_step(self, node: Node, scope: Scope) -> tuples.TupleStep:
        stages = [
            tuples.index_stage(stage.value) if stage.type == "index" else self._filter(stage, scope, True)
            for stage in node.stages or ()
        ]
        inner = Scope(scope, frozenset(), self.streams | assigned([node]))
        if node.type == "sort":
            within = [(descending, self.node(term, inner)) for descending, term in node.terms]
            before = [(descending, self.node(term, scope)) for descending, term in node.terms]
            return tuples.tuple_sort(
                paths.order(within, node.position, True),
                paths.order(before, node.position, False),
                node.index,
                stages,
            )
        ancestor = node.ancestor.label if node.ancestor is not None else None
        return tuples.tuple_step(self.node(node, inner), tuples.Bindings(node.focus, node.index, ancestor), stages)


def _is_plain_name(step: Node) -> bool:
    return step.type == "name" and not step.stages and step.predicate is None and step.group is None


def _tells_sequences(tree: Node) -> bool:
    """Whether the source has `[]` behind an expression, or mentions $distinct."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if node.keep_array or node.keep_singleton or (node.type == "variable" and node.value == "distinct"):
            return True
        pending.extend(children(node))
    return False


def _chain(node: Node, family: frozenset[str] | set[str]) -> list[tuple[Node, Node]]:
    """The operands of `a + b - c ...`, each with the operator node to its left (the first with any)."""
    links: list[Node] = [node]
    while _continues(links[-1].parts[0], family):
        links.append(links[-1].parts[0])
    operands = [(links[-1].parts[0], links[-1])]
    operands += [(link.parts[1], link) for link in reversed(links)]
    return operands


def _continues(node: Node, family: frozenset[str] | set[str]) -> bool:
    return node.type == "binary" and node.value in family and node.predicate is None and node.group is None


def _callee_name(callee: Node) -> str | None:
    name = callee.parts[0].value if callee.type == "path" else callee.value if callee.type == "variable" else None
    return name if isinstance(name, str) else None


def _constant(value: Value) -> Closure:
    return lambda context, frame: value


def _context(context: Value, frame: Frame) -> Value:
    return context[0] if context.__class__ is Outer else context


def _field(name: str, finish: Finish) -> Closure:
    """A name as a step of a path."""

    def evaluate(context: Value, frame: Frame) -> Value:
        found = lookup(context, name)
        return finish(found) if found.__class__ is Sequence else found

    return evaluate


def _global(name: str) -> Closure:
    """A variable from outside, or else a built-in function."""
    missing: Value = BUILTINS.get(name, UNDEFINED)
    return lambda context, frame: frame.run.variables.get(name, missing)


def _certain(name: str, hops: int) -> Closure:
    if hops == 0:
        return lambda context, frame: frame.names[name]
    if hops == 1:
        return lambda context, frame: frame.parent.names[name]

    def evaluate(context: Value, frame: Frame) -> Value:
        for _ in range(hops):
            frame = frame.parent
        return frame.names[name]

    return evaluate


def _possible(name: str, hops: list[int], otherwise: Closure) -> Closure:
    """A variable that may be assigned in one of several frames."""

    def evaluate(context: Value, frame: Frame) -> Value:
        at = 0
        for hop in hops:
            while at < hop:
                frame = frame.parent
                at += 1
            value = frame.names.get(name, ABSENT)
            if value is not ABSENT:
                return value
        return otherwise(context, frame)

    return evaluate


def _bind(name: str, value: Closure) -> Closure:
    def evaluate(context: Value, frame: Frame) -> Value:
        bound = frame.names[name] = value(context, frame)
        return bound

    return evaluate
