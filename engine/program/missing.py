"""Whether an unknown is for want of a fact, as an expression of its own."""

from __future__ import annotations

from typing import assert_never

from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Const,
    Contains,
    Failure,
    Field,
    Given,
    Has,
    Index,
    Input,
    Items,
    Known,
    Named,
    Node,
    Not,
    Or,
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.terms import FALSE, TRUE, both, certainly, either, known, no
from engine.program.types import BOOL
from engine.program.walk import operands


class Missing:
    """Writes, for nodes of one program, whether each is unknown because a fact below it is absent."""

    def __init__(self, beyond_ask: bool = False) -> None:
        """Begin with nothing written; `beyond_ask`: the ask's own inputs do not count as missing."""
        self._beyond_ask = beyond_ask
        self._written: dict[int, tuple[Node, Node]] = {}

    def of(self, node: Node) -> Node:
        """Return the expression; it is never unknown, and false where only failed operations are below."""
        if id(node) not in self._written:
            self._written[id(node)] = (node, self._write(node))
        return self._written[id(node)][1]

    def any(self, nodes: tuple[Node, ...]) -> Node:
        """Return whether any of the nodes is unknown for want of a fact."""
        return either(*dict.fromkeys(self.of(node) for node in nodes))

    def _write(self, node: Node) -> Node:
        match node:
            case Const() | Failure() | Variable() | Known() | Assume():
                return FALSE
            case Input():
                return no(known(node))
            case Field(of=Input(name="ask")) if self._beyond_ask:
                return FALSE
            case Field(of=of):
                return both(no(known(node)), either(self.of(of), known(of)))
            case Case():
                return both(no(known(node)), self._case(node))
            case Quantify():
                return both(no(known(node)), either(self.of(node.over), self._body(node)))
            case Named(of=of) | Given(of=of) | Not(of=of) | Has(of=of):
                return self.of(of)
            case And() | Or() | AtLeast() | Items() | Call() | Compare() | Arithmetic() | Contains() | Index():
                below = self.any(operands(node))
                return FALSE if below is FALSE else both(no(known(node)), below)
            case _ as never:
                assert_never(never)

    def _case(self, node: Case) -> Node:
        reached: Node = TRUE
        found: list[Node] = []
        for condition, value in node.branches:
            found.append(both(reached, self.of(condition)))
            found.append(both(reached, certainly(condition), self.of(value)))
            reached = both(reached, certainly(no(condition)))
        return either(*found, both(reached, self.of(node.otherwise)))

    def _body(self, node: Quantify) -> Node:
        body = self.of(node.body)
        if body is FALSE:
            return FALSE
        return certainly(Quantify(Quantifier.EXISTS, node.depth, node.over, body, BOOL))
