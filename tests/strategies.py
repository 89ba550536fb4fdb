"""Random typed programs over random inputs, drawn by hypothesis or by a seeded generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from random_values import ORDERED, PLAINS, SUMMED, ZONES, Chooser, Drawn, Seeded, constant, facts, inputs_type, one

from engine.backends.operations import arithmetic_kinds
from engine.backends.python_risk import RARELY, TOTAL
from engine.program.functions import FUNCTIONS, Function
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
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.program import Program, Stage
from engine.program.share import share
from engine.program.types import (
    BOOL,
    INT,
    MONEY,
    NUMBER,
    TEXT,
    Kind,
    ListOf,
    MapOf,
    Plain,
    Record,
    Type,
    kind_of,
    nullable,
    required,
)

__all__ = ["Drawn", "Seeded", "facts", "program", "programs"]

T = TypeVar("T")


@dataclass
class Writer:
    """Writes random expressions of a type over the inputs."""

    inputs: Record
    chooser: Chooser
    calm: bool = False
    """Whether to write only what seldom fails."""
    variables: list[Type] = field(default_factory=list)
    written: list[Node] = field(default_factory=list)

    def one(self, options: Sequence[T]) -> T:
        return one(self.chooser, options)

    def expression(self, type_: Type, depth: int) -> Node:
        """Return an expression of the type; an earlier one again now and then."""
        again = [node for node in self.written if node.type == type_ and not self.variables]
        if again and self.chooser.below(6) == 0:
            return self.one(again)
        if depth <= 0:
            node = self.leaf(type_)
        else:
            node = self.general(type_, depth) if self.chooser.below(5) == 0 else self.specific(type_, depth)
        if not self.variables:
            self.written.append(node)
        return node

    def leaf(self, type_: Type) -> Node:
        """Return a fact of the type where there is one, or a constant."""
        found = [node for node in self.reachable() if matches(node.type, type_)]
        if found and self.chooser.below(4):
            node = self.one(found)
            return Given(node, type_) if node.type.nullable and not type_.nullable else node
        return Const(constant(type_, self.chooser, self.calm), type_)

    def reachable(self) -> Iterator[Node]:
        """Return the facts and variables in reach."""
        pending: list[Node] = [Input(member.name, member.type) for member in self.inputs]
        pending += [Variable(depth, f"v{depth}", type_) for depth, type_ in enumerate(self.variables)]
        while pending:
            node = pending.pop()
            yield node
            if isinstance(node.type, Record):
                of = Given(node, required(node.type)) if node.type.nullable and node.type.members else node
                pending += [Field(of, member.name, member.type) for member in node.type]

    def general(self, type_: Type, depth: int) -> Node:
        """Return an expression of a form that any type has."""
        inner = depth - 1
        match self.one((0, 1, 6)) if self.calm else self.chooser.below(7):
            case 0:
                branches = tuple((self.boolean(inner), self.expression(type_, inner)) for _ in range(self.size()))
                return Case(branches, self.expression(type_, inner), type_)
            case 1:
                return Assume(self.expression(type_, inner), self.expression(type_, inner), type_)
            case 2:
                return Given(self.expression(nullable(type_), inner), type_) if not type_.nullable else self.leaf(type_)
            case 3:
                return Index(self.expression(ListOf(type_), inner), self.expression(INT, 0), type_)
            case 4:
                return Index(self.expression(MapOf(type_), inner), Const("k", TEXT), type_)
            case 5:
                return self.quantify(Quantifier.FIND, ListOf(type_), type_, inner)
            case _:
                return Named("a", self.expression(type_, inner), ("about ", self.expression(INT, 0)), type_)

    def specific(self, type_: Type, depth: int) -> Node:
        """Return an expression of a form that the type has."""
        if type_ == BOOL:
            return self.boolean(depth)
        makers = [*self.functions(type_), *self.operators(type_), *self.collections(type_)]
        return self.one(makers)(depth - 1) if makers and not type_.nullable else self.leaf(type_)

    def size(self) -> int:
        return self.one((1, 2, 2, 3, 5, 8))

    def boolean(self, depth: int) -> Node:
        """Return a condition."""
        if depth <= 0:
            return self.leaf(BOOL)
        inner = depth - 1
        match self.chooser.below(12):
            case 0 | 1 | 2 | 3 as choice:
                return self.logic(choice, inner)
            case 4:
                return Not(self.boolean(inner), BOOL)
            case 5:
                return Known(self.expression(self.one(PLAINS), inner), BOOL)
            case 6:
                return Has(self.expression(nullable(self.one(PLAINS)), inner), BOOL)
            case 7:
                return self.contains(inner)
            case 8:
                kind = self.one((Quantifier.ALL, Quantifier.EXISTS, Quantifier.EXISTS_ONE))
                return self.quantify(kind, self.listed(), BOOL, inner)
            case 9:
                return self.one(list(self.functions(BOOL)))(inner)
            case _:
                return self.compare(inner)

    def logic(self, choice: int, depth: int) -> Node:
        """Return conditions together."""
        items = tuple(self.boolean(depth) for _ in range(self.size()))
        if choice == 0:
            return AtLeast(self.chooser.below(len(items) + 2), items, BOOL)
        return And(items, BOOL) if choice == 1 else Or(items, BOOL)

    def compare(self, depth: int) -> Node:
        """Return a comparison of two values of a kind, or of an int with a number."""
        op = self.one(tuple(Comparison))
        if op in {Comparison.EQ, Comparison.NE}:
            type_ = self.one((*PLAINS, nullable(TEXT), nullable(MONEY), ListOf(INT)))
            return Compare(op, self.expression(type_, depth), self.expression(type_, depth), BOOL)
        left, right = self.one(((INT, NUMBER), (NUMBER, INT), (BOOL, BOOL), *((each, each) for each in ORDERED)))
        return Compare(op, self.expression(left, depth), self.expression(right, depth), BOOL)

    def contains(self, depth: int) -> Node:
        """Return whether an item is in a list, or a key in a map."""
        if self.chooser.below(3) == 0:
            return Contains(self.expression(TEXT, depth), self.expression(MapOf(INT), depth), BOOL)
        type_ = self.one((TEXT, INT, NUMBER, nullable(TEXT)))
        return Contains(self.expression(type_, depth), self.expression(ListOf(type_), depth), BOOL)

    def listed(self) -> Type:
        """Return the type of something to go over."""
        found = [node.type for node in self.reachable() if isinstance(node.type, ListOf | MapOf)]
        return required(self.one([*found, ListOf(INT)]))

    def quantify(self, kind: Quantifier, over: Type, gives: Type, depth: int) -> Node:
        """Return a quantifier over a list or a map."""
        source = self.expression(over, depth)
        body_type = gives.item if kind is Quantifier.MAP and isinstance(gives, ListOf) else BOOL
        at = len(self.variables)
        self.variables.append(over.item if isinstance(over, ListOf) else TEXT)
        body = self.expression(body_type, min(depth, 2))
        self.variables.pop()
        return Quantify(kind, at, source, body, gives)

    def collections(self, type_: Type) -> Iterator[Callable[[int], Node]]:
        """Return makers of lists, and of what is counted."""
        if type_ == INT:
            yield lambda depth: self.quantify(Quantifier.COUNT, self.listed(), INT, depth)
        if isinstance(type_, ListOf):
            item = type_.item
            yield lambda depth: Items(tuple(self.expression(item, depth) for _ in range(self.size())), type_)
            yield lambda depth: self.quantify(Quantifier.FILTER, type_, type_, depth)
            yield lambda depth: self.quantify(Quantifier.MAP, self.listed(), type_, depth)

    def operators(self, type_: Type) -> Iterator[Callable[[int], Node]]:
        """Return makers of arithmetic that gives the type."""
        for op, (left, right) in arithmetic_kinds():
            if self.calm and (op in {Operator.DIV, Operator.MOD} or Kind.DATE in {left, right}):
                continue
            if isinstance(type_, ListOf) and left is None:
                yield lambda depth, op=op: self.arithmetic(op, type_, type_, type_, depth)
            elif left and right and result_kind(op, left, right) == kind_of(type_) and isinstance(type_, Plain):
                plain = (Plain(left), Plain(right))
                yield lambda depth, op=op, plain=plain: self.arithmetic(op, *plain, type_, depth)

    def arithmetic(self, op: Operator, left: Type, right: Type, gives: Type, depth: int) -> Node:
        return Arithmetic(op, self.expression(left, depth), self.expression(right, depth), gives)

    def functions(self, type_: Type) -> Iterator[Callable[[int], Node]]:
        """Return makers of calls that give the type."""
        for function in FUNCTIONS:
            if self.calm and function.name not in TOTAL | RARELY:
                continue
            for of in operand_types(function, type_):
                yield lambda depth, function=function, of=of: self.call(function, of, type_, depth)

    def call(self, function: Function, of: Type, gives: Type, depth: int) -> Node:
        """Return a call; `of` is what stands for the type variable of its signature."""
        if function.name in {"min", "max"}:
            return Call(function.name, tuple(self.expression(of, depth) for _ in range(self.size())), gives)
        args = [self.argument(function, place, of, depth) for place in range(len(function.takes))]
        return Call(function.name, tuple(args), gives)

    def argument(self, function: Function, place: int, of: Type, depth: int) -> Node:
        """Return an operand of a call: a constant where the type checker would have one."""
        takes = function.takes[place]
        fixed: dict[tuple[str, int], Sequence[object]] = {
            ("matches", 1): ("^a", "[0-9]+$", "b|é"),
            ("at", 1): ("15:00", "02:30", "00:00:01", "25:00"),
            ("part", 1): ("getFullYear", "getHours", "getDayOfWeek", "getDayOfYear", "getMilliseconds", "getX"),
            ("duration_part", 1): ("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
        }
        if takes in {"zone", "calendar"}:
            return Const(self.one(ZONES if takes == "zone" else ("", "US", "US-NY")), TEXT)
        if (function.name, place) in fixed:
            return Const(self.one(fixed[function.name, place]), TEXT)
        if function.name in {"money_of_number", "money_of_int", "number_of_money"} and place == 1:
            return Const(100, INT)
        return self.expression(signature_type(takes, of), depth)


def matches(have: Type, want: Type) -> bool:
    return have == want or (have.nullable and required(have) == want)


def signature_type(text: str, of: Type) -> Type:
    """Return the type that a signature writes, `of` standing for its variable."""
    if text.startswith("list<"):
        return ListOf(signature_type(text[5:-1], of))
    if text.startswith("map<"):
        return MapOf(signature_type(text[4:-1], of))
    return of if text in {"T", "ordered"} else Plain(Kind(text))


def operand_types(function: Function, gives: Type) -> list[Type]:
    """Return what may stand for the variable of a signature when the function gives the type; none if it cannot."""
    if function.name in {"sum_list", "abs"}:
        return [gives] if gives in SUMMED else []
    if function.gives == "ordered":
        return [gives] if gives in ORDERED else []
    if function.gives == "list<ordered>":
        return [gives.item] if isinstance(gives, ListOf) and gives.item in ORDERED else []
    return [INT] if signature_type(function.gives, INT) == gives else []


def result_kind(op: Operator, left: Kind, right: Kind) -> Kind:
    """Return the kind of an arithmetic result."""
    kinds = {left, right}
    if op is Operator.SUB and left is right and left in {Kind.DATE, Kind.TIMESTAMP}:
        return Kind.DURATION
    if op is Operator.DIV and left is right:
        return Kind.NUMBER
    for kind in (Kind.MONEY, Kind.TIMESTAMP, Kind.DATE, Kind.DURATION, Kind.NUMBER):
        if kind in kinds:
            return kind
    return left


def program(chooser: Chooser, outputs: int = 6, depth: int = 4, calm: bool = False) -> Program:
    """Return a program of one action with three stages, the later ones reading what the first named."""
    inputs = inputs_type(chooser)
    writer = Writer(inputs, chooser, calm)
    types = (*PLAINS, BOOL, BOOL, BOOL, ListOf(INT), nullable(MONEY), ListOf(TEXT))
    first = tuple((f"first_{place}", writer.expression(one(chooser, types), depth)) for place in range(outputs))
    again = tuple((f"again_{place}", second(node, chooser)) for place, (_, node) in enumerate(first[:3]))
    later = tuple((f"later_{place}", writer.expression(one(chooser, types), depth)) for place in range(2))
    last = tuple((f"last_{place}", second(node, chooser)) for place, (_, node) in enumerate((*first, *later)))
    stages = (Stage("first", first), Stage("second", (*again, *later)), Stage("third", last))
    return share(Program(inputs, (("act", stages),)))


def second(node: Node, chooser: Chooser) -> Node:
    """Return an expression over an output of an earlier stage."""
    if node.type != BOOL:
        return Known(node, BOOL)
    return one(chooser, (Not(node, BOOL), Assume(node, Const(True, BOOL), BOOL), And((node, Known(node, BOOL)), BOOL)))


@st.composite
def programs(draw: Callable[[Any], Any], outputs: int = 6, depth: int = 4, calm: bool = False) -> Program:
    """Programs that hypothesis draws and shrinks."""
    return program(Drawn(draw), outputs, depth, calm)
