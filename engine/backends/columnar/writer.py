"""Nodes as values of a sheet: each node once in each scope that it is read in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from engine.backends.columnar import applying, listing
from engine.backends.columnar.choosing import assumed, choice, chosen
from engine.backends.columnar.equality import same
from engine.backends.columnar.logic import at_least, both, either, no
from engine.backends.columnar.moving import gathered, moved
from engine.backends.columnar.quantifying import quantified
from engine.backends.columnar.reading import Source, constant
from engine.backends.columnar.sheet import Sheet, Term, taken_as_sure
from engine.backends.columnar.state import Level
from engine.backends.columnar.values import Cell, Entry, Listed, Value, condition, given, has, known, unknown
from engine.program.nodes import (
    And,
    Arithmetic,
    Assume,
    AtLeast,
    Call,
    Case,
    Compare,
    Comparison,
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
    Operator,
    Or,
    Quantify,
    Variable,
)
from engine.program.types import NULL, Kind, ListOf, Type, kind_of
from engine.program.walk import Free, evaluated, free_variables, operands, postorder

Leaf: TypeAlias = Const | Failure | Input | Variable
Part: TypeAlias = Field | Given | Named | Index
Simple: TypeAlias = Not | And | Or | AtLeast | Has | Known | Compare | Contains


@dataclass(eq=False)
class Scope:
    """What the nodes read that a quantifier (or none) binds the innermost variable of."""

    level: Level
    depth: int = -1
    item: Value | None = None
    outer: Scope | None = None
    values: dict[Node, Value] = field(default_factory=dict)
    inner: dict[tuple[Node, int], Scope] = field(default_factory=dict)


class Writer:
    """Writes nodes into a sheet.

    `hasty` takes conditions of choices and what is compared for size as known, and keeps in `taken` what it took so:
    where one of those is null, the rows are worth nothing.
    """

    def __init__(self, sheet: Sheet, inputs: Source, roots: Sequence[Node], hasty: bool) -> None:
        """Begin with nothing written; `roots` are all that is to be."""
        self.sheet = sheet
        self.taken: dict[Term, Term] = {}
        self._inputs = inputs
        self._hasty = hasty
        self._free: Free = free_variables(roots, {})
        self._uses = Counter(part for node in postorder(roots) for part in operands(node))
        self._uses.update(roots)
        self._outermost = Scope(inputs.level)

    def value(self, node: Node, scope: Scope | None = None) -> Value:
        """Return the value of a node in a scope."""
        owner = self._owner(node, scope or self._outermost)
        if node not in owner.values:
            for part in postorder([node], lambda part: self._missing(part, owner)):
                self._write(part, owner)
        return owner.values[node]

    def _owner(self, node: Node, scope: Scope) -> Scope:
        """Return the scope that binds the innermost variable which the node reads."""
        depth = max(self._free[node], default=-1)
        while scope.depth > depth and scope.outer is not None:
            scope = scope.outer
        return scope

    def _missing(self, node: Node, scope: Scope) -> tuple[Node, ...]:
        """Return the operands to write first, none where the node is written."""
        return () if node in self._owner(node, scope).values else evaluated(node)

    def _write(self, node: Node, scope: Scope) -> None:
        """Keep the value of a node whose operands are written; as columns where it is read more than once."""
        owner = self._owner(node, scope)
        if node in owner.values:
            return
        value = self._written(node, owner)
        if isinstance(value, Cell) and self._uses[node] > 1:
            none = None if value.none is None else self.sheet.named(value.none)
            value = replace(value, value=self.sheet.named(value.value), none=none)
        owner.values[node] = value

    def _get(self, node: Node, scope: Scope) -> Value:
        """Return the value of an operand."""
        return self._owner(node, scope).values[node]

    def _cells(self, nodes: Sequence[Node], scope: Scope) -> list[Cell]:
        """Return the values of operands that are single values."""
        values = [self._get(node, scope) for node in nodes]
        return [value for value in values if isinstance(value, Cell)]

    def _terms(self, nodes: Sequence[Node], scope: Scope) -> list[Term]:
        """Return operands that are conditions."""
        return [cell.value for cell in self._cells(nodes, scope)]

    def _written(self, node: Node, scope: Scope) -> Value:
        """Return the value of a node whose operands are written."""
        match node:
            case Const() | Failure() | Input() | Variable():
                return self._leaf(node, scope)
            case Field() | Given() | Named() | Index():
                return self._part(node, scope)
            case Not() | And() | Or() | AtLeast() | Has() | Known() | Compare() | Contains():
                return condition(self._condition(node, scope))
            case Case() | Assume():
                return self._chosen(node, scope)
            case Arithmetic() | Call() | Items():
                return self._combined(node, scope)
            case Quantify():
                return self._quantified(node, scope)
            case _ as never:
                assert_never(never)

    def _leaf(self, node: Leaf, scope: Scope) -> Value:
        """Return the value of a node that reads no other."""
        match node:
            case Const(value=value, type=type_):
                return constant(self.sheet, value, type_)
            case Failure(type=type_):
                return unknown(self.sheet, type_)
            case Input(name=name, type=type_):
                return self._inputs.value(name, type_)
            case Variable():
                assert scope.item is not None
                return scope.item
            case _ as never:
                assert_never(never)

    def _part(self, node: Part, scope: Scope) -> Value:
        """Return the value of a node that reads a part of another, or the other as it is."""
        value = self._get(node.of, scope)
        match node:
            case Field(name=name, type=type_):
                assert isinstance(value, Entry)
                return value.member(name, type_)
            case Given():
                return given(value)
            case Named():
                return value
            case Index(key=key):
                return self._indexed(value, self._get(key, scope))
            case _ as never:
                assert_never(never)

    def _condition(self, node: Simple, scope: Scope) -> Term:
        """Return a condition."""
        sheet = self.sheet
        match node:
            case Not():
                return no(sheet, *self._terms(operands(node), scope))
            case And():
                return both(sheet, self._terms(node.items, scope))
            case Or():
                return either(sheet, self._terms(node.items, scope))
            case AtLeast(count=count):
                return at_least(sheet, count, [sheet.named(term) for term in self._terms(node.items, scope)])
            case Has(of=of):
                return has(sheet, self._get(of, scope))
            case Known(of=of):
                return known(sheet, self._get(of, scope))
            case Compare():
                return self._compared(node, scope)
            case Contains(item=item, of=of):
                return self._contains(item, of, scope)
            case _ as never:
                assert_never(never)

    def _compared(self, node: Compare, scope: Scope) -> Term:
        """Return how two values compare."""
        left, right = self._get(node.left, scope), self._get(node.right, scope)
        if isinstance(left, Cell) and isinstance(right, Cell):
            return applying.compared(self.sheet, node.op, left, right)
        equal = same(self.sheet, left, right)
        return equal if node.op is Comparison.EQ else no(self.sheet, equal)

    def _contains(self, item: Node, of: Node, scope: Scope) -> Term:
        """Return whether a list has an item, or a map a key."""
        value, listed = self._get(item, scope), self._get(of, scope)
        assert isinstance(listed, Listed)
        match value, of:
            case Cell(none=None), Const(value=tuple() as values) if _all_of(kind_of(value.type), of.type):
                return applying.among(self.sheet, value, [one for one in values if one is not NULL])
            case _:
                return listing.contains(self.sheet, value, listed)

    def _chosen(self, node: Case | Assume, scope: Scope) -> Value:
        """Return the value of the first branch whose condition holds, or the operand where it is known."""
        if isinstance(node, Assume):
            value, otherwise = self._get(node.of, scope), self._get(node.otherwise, scope)
            return assumed(self.sheet, value, otherwise, node.type)
        conditions = self._terms([condition for condition, _ in node.branches], scope)
        values = [self._get(value, scope) for _, value in node.branches]
        by = choice(self.sheet, [self._sure(term) for term in conditions])
        return chosen(self.sheet, by, (*values, self._get(node.otherwise, scope)), node.type)

    def _sure(self, term: Term) -> Term:
        """Return the term; where haste allows, as one that is known."""
        sheet = self.sheet
        if not self._hasty or term.sure or term.level not in (sheet.unit, self._outermost.level):
            return term
        term = sheet.named(term)
        return self.taken.setdefault(term, taken_as_sure(term))

    def _combined(self, node: Arithmetic | Call | Items, scope: Scope) -> Value:
        """Return operands combined."""
        values = [self._get(part, scope) for part in operands(node)]
        match node:
            case Items():
                return listing.items(self.sheet, values, node.type)
            case Call(function=name) if name in listing.FUNCTIONS:
                return listing.call(self.sheet, name, values, node.type)
            case Arithmetic(op=Operator.ADD) if isinstance(node.type, ListOf):
                return listing.concatenated(self.sheet, values, node.type)
        cells = [value for value in values if isinstance(value, Cell)]
        if isinstance(node, Arithmetic):
            return applying.arithmetic(self.sheet, node.op, cells, node.type)
        if node.function in applying.LARGEST and kind_of(node.type) in applying.COUNTED:
            cells = [replace(cell, value=self._sure(cell.value)) for cell in cells]
        return applying.call(self.sheet, node.function, cells, node.type)

    def _indexed(self, of: Value, key: Value) -> Value:
        """Return the item at a position or of a key."""
        assert isinstance(of, Listed)
        assert isinstance(key, Cell)
        find = listing.at if of.key is None else listing.entry
        listed, picks = find(self.sheet, of, key)
        return gathered(self.sheet, listed.value, picks)

    def _quantified(self, node: Quantify, scope: Scope) -> Value:
        """Return what a quantifier makes of its list."""
        over = self._get(node.over, scope)
        assert isinstance(over, Listed)
        listed = moved(self.sheet, over, scope.level)
        place = (node.over, node.depth)
        if place not in scope.inner:
            item = listed.value if listed.key is None else listed.key
            scope.inner[place] = Scope(listed.items, node.depth, item, scope)
        body = self.value(node.body, scope.inner[place])
        return quantified(self.sheet, node, listed, body)


def _all_of(kind: Kind | None, type_: Type) -> bool:
    """Return whether a list is of values of a kind."""
    return kind is not None and isinstance(type_, ListOf) and kind_of(type_.item) is kind
