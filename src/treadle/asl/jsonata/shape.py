"""Raw syntax tree -> the tree that is compiled: paths as lists of steps, predicates as stages, ancestors of `%` found.

Follows the reference's post-parse stage (`processAST`) rule by rule, because its quirks are JSONata's semantics.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.nodes import Group, Node, Slot

_SPECIAL: Final = frozenset({".", "[", "{", "^", ":=", "@", "#", "~>"})


def shape(tree: Node) -> Node:
    """The tree to compile. Raises JsonataError."""
    shaped = Shaper().node(tree)
    if shaped.type == "parent" or shaped.seeking is not None:
        raise Failure("S0217", shaped.position, token=shaped.type)
    return shaped


class Shaper:
    """One pass over a tree; it numbers the ancestors that `%` asks for."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []

    def node(self, raw: Node) -> Node:
        shaped = self._node(raw)
        if raw.keep_array:
            shaped.keep_array = True
        return shaped

    def _node(self, raw: Node) -> Node:
        match raw.type:
            case "binary":
                return self._binary(raw)
            case "unary":
                return self._unary(raw)
            case "function" | "partial":
                return self._call(raw)
            case "lambda":
                raw.parts[0] = mark_tail_calls(self.node(raw.parts[0]))
                return raw
            case "condition" | "transform" | "block":
                return self._parts(raw)
            case "name":
                return Node("path", None, raw.position, [raw], keep_singleton=raw.keep_array)
            case "parent":
                number = len(self.slots)
                raw.slot = Slot(f"!{number}", 1, number)
                self.slots.append(raw.slot)
                return raw
            case "end":
                raise Failure("S0207", raw.position, token=raw.value)
            case _:
                return raw

    def _parts(self, raw: Node) -> Node:
        raw.parts = [self.node(part) for part in raw.parts]
        for part in raw.parts:
            if raw.type != "transform":
                _inherit(raw, part)
            if raw.type == "block" and (part.consarray or (part.type == "path" and part.parts[0].consarray)):
                raw.consarray = True
        return raw

    def _call(self, raw: Node) -> Node:
        arguments = [self.node(argument) for argument in raw.parts[1:]]
        for argument in arguments:
            _inherit(raw, argument)
        raw.parts = [self.node(raw.parts[0]), *arguments]
        return raw

    def _unary(self, raw: Node) -> Node:
        if raw.value == "{":
            raw.pairs = self._pairs(raw.pairs)
            for pair in raw.pairs:
                _inherit(raw, pair[0])
                _inherit(raw, pair[1])
            return raw
        raw.parts = [self.node(part) for part in raw.parts]
        if raw.value == "-" and raw.parts[0].type == "number":
            literal = raw.parts[0]
            literal.value = -literal.value
            return literal
        for part in raw.parts:
            _inherit(raw, part)
        return raw

    def _pairs(self, pairs: Iterable[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        return [(self.node(key), self.node(value)) for key, value in pairs]

    def _binary(self, raw: Node) -> Node:
        match raw.value:
            case ".":
                return self._step(raw)
            case "[":
                return self._predicate(raw)
            case "{":
                return self._group(raw)
            case "^":
                return self._order(raw)
            case ":=":
                value = self.node(raw.parts[1])
                bound = Node("bind", raw.parts[0].value, raw.position, [value])
                _inherit(bound, value)
                return bound
            case "@":
                return self._focus(raw)
            case "#":
                return self._index(raw)
            case "~>":
                left, right = self.node(raw.parts[0]), self.node(raw.parts[1])
                return Node("apply", "~>", raw.position, [left, right], keep_array=left.keep_array or right.keep_array)
            case _:
                return self._operators(raw)

    def _operators(self, raw: Node) -> Node:
        """A chain of operators; long ones lean to the left, so that side is walked, not recursed into."""
        spine = [raw]
        while (left := spine[-1].parts[0]).type == "binary" and left.value not in _SPECIAL and not left.keep_array:
            spine.append(left)
        spine[-1].parts[0] = self.node(spine[-1].parts[0])
        for node in reversed(spine):
            node.parts[1] = self.node(node.parts[1])
            _inherit(node, node.parts[0])
            _inherit(node, node.parts[1])
        return raw

    def _step(self, raw: Node) -> Node:
        left = self.node(raw.parts[0])
        path = left if left.type == "path" else Node("path", None, left.position, [left])
        if left.slot is not None:
            path.seeking = [left.slot]
        rest = self.node(raw.parts[1])
        if rest.type == "path":
            path.parts.extend(rest.parts)
        else:
            if rest.predicate is not None:
                rest.stages, rest.predicate = rest.predicate, None
            path.parts.append(rest)
        for step in path.parts:
            if step.type in ("number", "value"):
                raise Failure("S0213", step.position, value=step.value)
            if step.type == "string":
                step.type = "name"
            if step.keep_array:
                path.keep_singleton = True
        for step in (path.parts[0], path.parts[-1]):
            if step.type == "unary" and step.value == "[":
                step.consarray = True
        self._resolve(path)
        return path

    def _predicate(self, raw: Node) -> Node:
        subject = self.node(raw.parts[0])
        is_path = subject.type == "path"
        step = subject.parts[-1] if is_path else subject
        if step.group is not None:
            raise Failure("S0209", raw.position)
        predicate = self.node(raw.parts[1])
        if predicate.seeking is not None:
            for slot in predicate.seeking:
                if slot.level == 1:
                    self._seek(step, slot)
                else:
                    slot.level -= 1
            _inherit(step, predicate)
        stage = Node("filter", None, raw.position, [predicate])
        if is_path:
            step.stages = [*(step.stages or []), stage]
        else:
            step.predicate = [*(step.predicate or []), stage]
        return subject

    def _group(self, raw: Node) -> Node:
        subject = self.node(raw.parts[0])
        if subject.group is not None:
            raise Failure("S0210", raw.position)
        subject.group = Group(self._pairs(raw.pairs), raw.position)
        return subject

    def _order(self, raw: Node) -> Node:
        subject = self.node(raw.parts[0])
        path = subject if subject.type == "path" else Node("path", None, subject.position, [subject])
        sort = Node("sort", None, raw.position)
        for descending, term in raw.terms:
            shaped = self.node(term)
            _inherit(sort, shaped)
            sort.terms.append((descending, shaped))
        path.parts.append(sort)
        self._resolve(path)
        return path

    def _focus(self, raw: Node) -> Node:
        subject = self.node(raw.parts[0])
        step = subject.parts[-1] if subject.type == "path" else subject
        if step.stages is not None or step.predicate is not None:
            raise Failure("S0215", raw.position)
        if step.type == "sort":
            raise Failure("S0216", raw.position)
        if raw.keep_array:
            step.keep_array = True
        step.focus = raw.parts[1].value
        step.tuple = True
        return subject

    def _index(self, raw: Node) -> Node:
        path = step = self.node(raw.parts[0])
        if path.type == "path":
            step = path.parts[-1]
        else:
            path = Node("path", None, step.position, [step])
            if step.predicate is not None:
                step.stages, step.predicate = step.predicate, None
        variable = raw.parts[1].value
        if step.stages is None:
            step.index = variable
        else:
            step.stages.append(Node("index", variable, raw.position))
        step.tuple = True
        return path

    def _resolve(self, path: Node) -> None:
        """Find, among the steps before the last, the ancestors that the last step asks for."""
        last = path.parts[-1]
        slots = last.seeking or []
        if last.slot is not None:
            slots.append(last.slot)
        for slot in list(slots):
            at = len(path.parts) - 2
            while slot.level > 0:
                if at < 0:
                    path.seeking = [*(path.seeking or []), slot]
                    break
                step = path.parts[at]
                at -= 1
                # Steps that bind the focus stand side by side: they count once.
                while at >= 0 and step.focus and path.parts[at].focus:
                    step = path.parts[at]
                    at -= 1
                self._seek(step, slot)

    def _seek(self, node: Node, slot: Slot) -> None:
        match node.type:
            case "name" | "wildcard":
                slot.level -= 1
                if slot.level == 0:
                    if node.ancestor is not None:
                        # Two `%` that mean the same step share its variable.
                        self.slots[slot.index].label = node.ancestor.label
                    node.ancestor = slot
                    node.tuple = True
            case "parent":
                slot.level += 1
            case "block":
                if node.parts:
                    node.tuple = True
                    self._seek(node.parts[-1], slot)
            case "path":
                node.tuple = True
                at = len(node.parts) - 1
                self._seek(node.parts[at], slot)
                while slot.level > 0 and at > 0:
                    at -= 1
                    self._seek(node.parts[at], slot)
            case _:
                raise Failure("S0217", node.position, token=node.type)


def _inherit(node: Node, part: Node) -> None:
    """`node` seeks the ancestors that `part` could not find within itself."""
    if part.seeking is None and part.type != "parent":
        return
    slots = part.seeking if part.seeking is not None else []
    if part.slot is not None:
        slots.append(part.slot)
    if node.seeking is None:
        node.seeking = slots
    else:
        node.seeking.extend(slots)


def mark_tail_calls(body: Node) -> Node:
    """Mark the calls that are the last thing a lambda's body does: they need not grow the stack."""
    if body.type == "function" and body.predicate is None:
        body.tail = True
    elif body.type == "condition":
        for branch in body.parts[1:]:
            mark_tail_calls(branch)
    elif body.type == "block" and body.parts:
        mark_tail_calls(body.parts[-1])
    return body
