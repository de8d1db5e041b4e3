"""Tokens -> raw syntax tree: a Pratt parser ("top down operator precedence") with the reference's binding powers.

The raw tree still has `.`, `[`, `^`, `{`, `@`, `#`, `:=` and `~>` as binary nodes; `shape` turns it into the tree
that is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Final, TypeAlias

from treadle.asl.jsonata.errors import Failure
from treadle.asl.jsonata.lexer import DOUBLE, DOUBLE_2_1, OPERATORS, Lexer, Token
from treadle.asl.jsonata.nodes import Node
from treadle.asl.jsonata.signature import Signature

# How deep brackets, conditions and the like may be nested.
DEPTH: Final = 120
_LITERALS: Final = frozenset({"name", "variable", "string", "number", "value", "end"})
_BINARY: Final = frozenset(
    {".", "+", "-", "*", "/", "%", "=", "<", ">", "!=", "<=", ">=", "&", "and", "or", "in", "~>"}
)
_LED: Final = _BINARY | {"(", "[", "^", "{", ":=", "@", "#", "?", "??", "?:"}


def parse(source: str, newer: bool = False) -> Node:
    """The raw tree of an expression; with `newer` it may use `??` and `?:` of JSONata 2.1. Raises JsonataError."""
    parser = Parser(source, newer)
    tree = parser.expression(0)
    if parser.token.type != "end":
        raise Failure("S0201", parser.token.position, token=parser.token.value)
    return tree


class Parser:
    """The current token, and one method per kind of syntax."""

    def __init__(self, source: str, newer: bool) -> None:
        self.lexer = Lexer(source, DOUBLE_2_1 if newer else DOUBLE)
        self.token = self.lexer.next(False)
        self.depth = 0

    def at(self, value: str) -> bool:
        """Whether the current token is the operator `value`."""
        return self.token.type == "operator" and self.token.value == value

    def advance(self, infix: bool = False) -> None:
        self.token = self.lexer.next(infix)
        if self.token.type == "operator" and self.token.value in ("!", "~"):
            raise Failure("S0204", self.token.position, token=self.token.value)

    def expect(self, value: str, infix: bool = False) -> None:
        token = self.token
        if not self.at(value):
            code = "S0203" if token.type == "end" else "S0202"
            raise Failure(code, token.position, token=token.value, value=value)
        self.advance(infix)

    def binding(self) -> int:
        """The left binding power of the current token."""
        token = self.token
        return OPERATORS[token.value] if token.type == "operator" and token.value in _LED else 0

    def expression(self, power: int) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise Failure("U1001", self.token.position)
        token = self.token
        self.advance(True)
        left = self.prefix(token)
        while power < self.binding():
            token = self.token
            self.advance()
            rule = _INFIX.get(token.value)
            left = rule(self, token, left) if rule else self.binary(token, left)
        self.depth -= 1
        return left

    def prefix(self, token: Token) -> Node:
        if token.type in _LITERALS:
            return Node(token.type, token.value, token.position)
        if token.type == "regex":
            return Node("regex", token.value, token.position, flags=token.flags)
        rule = _PREFIX.get(token.value)
        if rule is None:
            raise Failure("S0211", token.position, token=token.value)
        return rule(self, token)

    def binary(self, token: Token, left: Node) -> Node:
        right = self.expression(OPERATORS[token.value])
        return Node("binary", token.value, token.position, [left, right])

    def keyword(self, token: Token) -> Node:
        """`and`, `or` and `in` are names where no operator can be."""
        return Node("name", token.value, token.position)

    def negation(self, token: Token) -> Node:
        return Node("unary", "-", token.position, [self.expression(70)])

    def wildcard(self, token: Token) -> Node:
        return Node("wildcard", "*", token.position)

    def descendant(self, token: Token) -> Node:
        return Node("descendant", "**", token.position)

    def parent(self, token: Token) -> Node:
        return Node("parent", "%", token.position)

    def block(self, token: Token) -> Node:
        node = Node("block", "(", token.position)
        while not self.at(")"):
            node.parts.append(self.expression(0))
            if not self.at(";"):
                break
            self.advance()
        self.expect(")", True)
        return node

    def array(self, token: Token) -> Node:
        node = Node("unary", "[", token.position)
        if not self.at("]"):
            while True:
                item = self.expression(0)
                if self.at(".."):
                    position = self.token.position
                    self.advance()
                    item = Node("binary", "..", position, [item, self.expression(0)])
                node.parts.append(item)
                if not self.at(","):
                    break
                self.advance()
        self.expect("]", True)
        return node

    def object(self, token: Token) -> Node:
        return Node("unary", "{", token.position, pairs=self.pairs())

    def grouping(self, token: Token, left: Node) -> Node:
        return Node("binary", "{", token.position, [left], self.pairs())

    def pairs(self) -> list[tuple[Node, Node]]:
        pairs: list[tuple[Node, Node]] = []
        if not self.at("}"):
            while True:
                key = self.expression(0)
                self.expect(":")
                pairs.append((key, self.expression(0)))
                if not self.at(","):
                    break
                self.advance()
        self.expect("}", True)
        return pairs

    def transform(self, token: Token) -> Node:
        node = Node("transform", "|", token.position)
        node.parts.append(self.expression(0))
        self.expect("|")
        node.parts.append(self.expression(0))
        if self.at(","):
            self.advance()
            node.parts.append(self.expression(0))
        self.expect("|")
        return node

    def call(self, token: Token, left: Node) -> Node:
        node = Node("function", "(", token.position, [left])
        if not self.at(")"):
            while True:
                if self.at("?"):
                    node.type = "partial"
                    node.parts.append(Node("operator", "?", self.token.position))
                    self.advance()
                else:
                    node.parts.append(self.expression(0))
                if not self.at(","):
                    break
                self.advance()
        self.expect(")", True)
        return self.function(node) if left.type == "name" and left.value in ("function", "λ") else node

    def function(self, node: Node) -> Node:
        """A function definition: `node` was read as a call of `function`."""
        parameters = node.parts[1:]
        for index, parameter in enumerate(parameters):
            if parameter.type != "variable":
                raise Failure("S0208", parameter.position, token=parameter.value, value=index + 1)
        node.type = "lambda"
        node.parameters = [parameter.value for parameter in parameters]
        if self.at("<"):
            node.signature = self.signature()
        self.expect("{")
        node.parts = [self.expression(0)]
        self.expect("}")
        return node

    def signature(self) -> Signature:
        start = self.token.position
        text, depth = "<", 1
        while depth > 0 and not self.at("{") and self.token.type != "end":
            self.advance()
            depth += self.at("<") - self.at(">")
            text += str(self.token.value)
        self.expect(">")
        try:
            signature = Signature(text)
            signature.pattern()
        except Failure as failure:
            failure.position = start + (failure.position or 0)
            raise
        except re.error:
            raise Failure("S0201", start, token=text) from None
        return signature

    def predicate(self, token: Token, left: Node) -> Node:
        if self.at("]"):
            # `[]`: keep arrays of one item.
            step = left
            while step.type == "binary" and step.value == "[":
                step = step.parts[0]
            step.keep_array = True
            self.advance()
            return left
        node = Node("binary", "[", token.position, [left, self.expression(0)])
        self.expect("]", True)
        return node

    def order(self, token: Token, left: Node) -> Node:
        self.expect("(")
        terms: list[tuple[bool, Node]] = []
        while True:
            descending = self.at(">")
            if descending or self.at("<"):
                self.advance()
            terms.append((descending, self.expression(0)))
            if not self.at(","):
                break
            self.advance()
        self.expect(")")
        return Node("binary", "^", token.position, [left], terms=terms)

    def bind(self, token: Token, left: Node) -> Node:
        if left.type != "variable":
            raise Failure("S0212", left.position, token=left.value)
        return Node("binary", ":=", token.position, [left, self.expression(OPERATORS[":="] - 1)])

    def binding_variable(self, token: Token, left: Node) -> Node:
        right = self.expression(OPERATORS[token.value])
        if right.type != "variable":
            raise Failure("S0214", right.position, token=token.value)
        return Node("binary", token.value, token.position, [left, right])

    def condition(self, token: Token, left: Node) -> Node:
        node = Node("condition", "?", token.position, [left, self.expression(0)])
        if self.at(":"):
            self.advance()
            node.parts.append(self.expression(0))
        return node

    def default(self, token: Token, left: Node) -> Node:
        """`a ?: b` is `a ? a : b`; `a ?? b` is `$exists(a) ? a : b`."""
        test = left
        if token.value == "??":
            test = Node("function", "(", token.position, [Node("variable", "exists", token.position), left])
        # The tree is shaped in place, so each use of the left side needs its own copy.
        return Node("condition", "?", token.position, [deepcopy(test), left, self.expression(0)])


_Prefix: TypeAlias = Callable[[Parser, Token], Node]
_Infix: TypeAlias = Callable[[Parser, Token, Node], Node]

_PREFIX: Final[dict[str, _Prefix]] = {
    "-": Parser.negation,
    "*": Parser.wildcard,
    "**": Parser.descendant,
    "%": Parser.parent,
    "(": Parser.block,
    "[": Parser.array,
    "{": Parser.object,
    "|": Parser.transform,
    "and": Parser.keyword,
    "or": Parser.keyword,
    "in": Parser.keyword,
}
_INFIX: Final[dict[str, _Infix]] = {
    "(": Parser.call,
    "[": Parser.predicate,
    "^": Parser.order,
    "{": Parser.grouping,
    ":=": Parser.bind,
    "@": Parser.binding_variable,
    "#": Parser.binding_variable,
    "?": Parser.condition,
    "??": Parser.default,
    "?:": Parser.default,
}
