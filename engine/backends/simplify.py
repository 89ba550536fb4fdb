"""Rewrite expressions into smaller ones of exactly the same meaning, unknown included."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from engine.backends.reference import meaning, quantified
from engine.program.nodes import (
    And,
    Assume,
    AtLeast,
    Case,
    Compare,
    Comparison,
    Const,
    Failure,
    Given,
    Input,
    Known,
    Named,
    Node,
    Not,
    Or,
    Quantify,
    Variable,
)
from engine.program.share import Pool
from engine.program.types import BOOL, Kind, kind_of
from engine.program.walk import operands, postorder, rebuilt

Logic = TypeVar("Logic", And, Or)

TRUE: Final = Const(True, BOOL)
FALSE: Final = Const(False, BOOL)
ATOMS: Final = (Const, Failure, Input, Variable)
LENIENT: Final = (And, Or, AtLeast, Case, Known, Assume, Quantify)
"""Nodes that may be known although an operand is not."""


class Simplifier:
    """Rewrites expressions bottom-up, equal results being one object across calls."""

    def __init__(self) -> None:
        """Begin with nothing rewritten."""
        self.pool = Pool()
        self._done: dict[Node, Node] = {}

    def rewrite(self, roots: Sequence[Node]) -> tuple[Node, ...]:
        """Return what stands for each root."""
        for node in postorder(roots, self._below):
            if node not in self._done:
                self._done[node] = self._one(node)
        return tuple(self._done[root] for root in roots)

    def settled(self, node: Node) -> Node:
        """Return the smallest form of a node, whose operands have theirs, that the steps lead to."""
        node = self.pool.one(node)
        while (smaller := simplified(node)) is not node:
            node = self.pool.one(rebuilt(smaller, tuple(map(self.pool.one, operands(smaller)))))
        return node

    def _below(self, node: Node) -> tuple[Node, ...]:
        """Return the operands that were not rewritten yet."""
        return () if node in self._done else operands(node)

    def _one(self, node: Node) -> Node:
        """Return what stands for a node whose operands were rewritten."""
        if isinstance(node, Named):
            return self._done[node.of]
        return self.settled(rebuilt(node, tuple([self._done[part] for part in operands(node)])))


class Stripper:
    """Rewrites simplified expressions for an evaluation that gives up where something certain is unknown.

    Certain is what reads none of the doubtful inputs; what would be assumed of it when unknown does not matter.
    """

    def __init__(self, simplifier: Simplifier, doubtful: Collection[str]) -> None:
        """Begin with nothing rewritten."""
        self._simplifier = simplifier
        self._doubtful = doubtful
        self._done: dict[Node, Node] = {}
        self._uncertain: set[Node] = set()

    def rewrite(self, roots: Sequence[Node]) -> tuple[Node, ...]:
        """Return what stands for each root."""
        roots = self._simplifier.rewrite(roots)
        for node in postorder(roots, self._below):
            if node not in self._done:
                self._done[node] = self._one(node)
        return tuple(self._done[root] for root in roots)

    def _below(self, node: Node) -> tuple[Node, ...]:
        """Return the operands that were not rewritten yet."""
        return () if node in self._done else operands(node)

    def _one(self, node: Node) -> Node:
        """Return what stands for a node whose operands were rewritten."""
        below = operands(node)
        if (isinstance(node, Input) and node.name in self._doubtful) or not self._uncertain.isdisjoint(below):
            self._uncertain.add(node)
        if isinstance(node, Assume) and node.of not in self._uncertain:
            return self._done[node.of]
        parts = tuple([self._done[part] for part in below])
        return node if parts == below else self._simplifier.settled(rebuilt(node, parts))


def simplified(node: Node) -> Node:
    """Return the node one step simpler, or itself."""
    if isinstance(node, ATOMS):
        return node
    if isinstance(node, Quantify):
        empty = isinstance(node.over, Const) and not node.over.value
        return _constant(quantified(node.kind, (), ()), node) if empty else node
    parts = operands(node)
    constants = [part.value for part in parts if isinstance(part, Const)]
    if len(constants) == len(parts):
        return _constant(meaning(node, tuple(constants)), node)
    if not isinstance(node, LENIENT) and any(isinstance(part, Failure) for part in parts):
        return Failure(node.type)
    return _reduced(node)


def _constant(value: object | None, node: Node) -> Node:
    """Return the constant of a node's type; what has no value is a failure."""
    return Failure(node.type) if value is None else Const(value, node.type)


def _reduced(node: Node) -> Node:
    """Return a node with an operand that is not constant one step simpler, or itself."""
    match node:
        case And():
            return _joined(node, True)
        case Or():
            return _joined(node, False)
        case AtLeast():
            return _counted(node)
        case Not(of=Not(of=of)):
            return of
        case Given(of=of) if not of.type.nullable:
            return of
        case Compare():
            return _compared(node)
        case Case():
            return _branched(node)
        case Known() | Assume():
            return _assumed(node)
        case _:
            return node


def _joined(node: Logic, neutral: bool) -> Node:
    """Return an `and` (neutral true) or an `or` (neutral false) without repetition and constants."""
    items = dict.fromkeys(node.items)
    kept = tuple(item for item in items if not (isinstance(item, Const) and item.value is neutral))
    if any(isinstance(item, Const) for item in kept):
        return Const(not neutral, BOOL)
    if len(kept) == 1:
        return kept[0]
    return node if kept == node.items else replace(node, items=kept)


def _counted(node: AtLeast) -> Node:
    """Return an `at least` as an `or` or an `and` where it is one."""
    if node.count <= 0:
        return TRUE
    if node.count > len(node.items):
        return FALSE
    if node.count == 1:
        return Or(node.items, BOOL)
    return And(node.items, BOOL) if node.count == len(node.items) else node


def _compared(node: Compare) -> Node:
    """Return a comparison with true or false as the operand or its opposite."""
    match node:
        case Compare(op=Comparison.EQ, left=of, right=Const(value=bool(value))):
            plain = value
        case Compare(op=Comparison.NE, left=of, right=Const(value=bool(value))):
            plain = not value
        case _:
            return node
    if kind_of(of.type) is not Kind.BOOL or of.type.nullable:
        return node
    return of if plain else Not(of, BOOL)


def _branched(node: Case) -> Node:
    """Return a choice without branches that are never taken, and flat."""
    branches: list[tuple[Node, Node]] = []
    otherwise = node.otherwise
    for condition, value in node.branches:
        if isinstance(condition, Failure) or (isinstance(condition, Const) and condition.value):
            otherwise = value if isinstance(condition, Const) else Failure(node.type)
            break
        if not isinstance(condition, Const):
            branches.append((condition, value))
    if isinstance(otherwise, Case):
        branches += otherwise.branches
        otherwise = otherwise.otherwise
    match branches, otherwise:
        case [], _:
            return otherwise
        case [(condition, Const(value=True))], Const(value=False):
            return condition
        case [(condition, Const(value=False))], Const(value=True):
            return Not(condition, BOOL)
    same = tuple(branches) == node.branches and otherwise is node.otherwise
    return node if same else replace(node, branches=tuple(branches), otherwise=otherwise)


def _assumed(node: Known | Assume) -> Node:
    """Return what is left of asking whether a node is known where that is plain."""
    match node:
        case Known(of=of) if plainly_known(of):
            return TRUE
        case Known(of=Failure()):
            return FALSE
        case Assume(of=Failure(), otherwise=otherwise):
            return otherwise
        case Assume(of=of) if plainly_known(of):
            return of
        case _:
            return node


def plainly_known(node: Node) -> bool:
    """Return whether a node is plainly never unknown."""
    return isinstance(node, Const | Known) or (isinstance(node, Assume) and isinstance(node.otherwise, Const))
