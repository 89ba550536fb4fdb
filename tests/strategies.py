"""Random typed programs over random facts, drawn by hypothesis or by a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

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
    Quantifier,
    Quantify,
    Variable,
)
from engine.program.program import Program, Stage
from engine.program.share import share
from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Enum,
    Kind,
    ListOf,
    MapOf,
    Member,
    Plain,
    Record,
    Type,
    kind_of,
    nullable,
    required,
)

T = TypeVar("T")
DAY = 86_400_000_000
SPRING_2024_NEW_YORK = 1_710_054_000_000_000
COLOURS = Enum(("red", "green", "blue"))
PLAINS: tuple[Type, ...] = (BOOL, INT, NUMBER, MONEY, TEXT, DATE, TIMESTAMP, DURATION, COLOURS)
ORDERED: tuple[Type, ...] = (INT, NUMBER, MONEY, TEXT, DATE, TIMESTAMP, DURATION)
SUMMED: tuple[Type, ...] = (INT, NUMBER, MONEY, DURATION)
ZONES = ("America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe")
CALM = 5
"""How many values of each kind, from the first, are everyday ones."""

TEXTS = ("", "a", "ab", "Ab c", "42", "-7", "1.5", "é", "x" * 5, "red", " b ", "2024-02-29", "PT36H", "1h30m")
TEXTS += ("2024-03-10T02:30:00", "2024-11-03T01:30:00Z", "99999999999999999999", "1e999")
INTS = (0, 1, 2, 3, 5, 10, -1, -3, 29, 100, 2**31, 2**63 - 1, -(2**63))
NUMBERS = (0.0, 1.0, 0.1, 0.5, -2.5, 0.29, 1e-7, 3.0, 1e308, -1e308, 1e19, 12.345)
MONIES = (0, 1, 5, 50, 99, 100, 250, 10_000, -75, 2**62)
DATES = (0, 1, 31, 59, 19_782, 19_783, 19_800, -719_162, 2_932_896)
SPANS = (0, 1, DAY, -DAY, 3_600_000_000, 30 * DAY, 90 * 60_000_000, 2**62)
TIMES = (0, SPRING_2024_NEW_YORK, SPRING_2024_NEW_YORK - 1, 1_730_613_600_000_000, 1_700_000_000_123_456)
TIMES += (-62_135_596_800_000_000, 253_402_300_799_999_999)


class Chooser(Protocol):
    """Where choices come from."""

    def below(self, count: int) -> int:
        """Return an int from 0 up to the count."""
        ...


@dataclass
class Drawn:
    """Choices that hypothesis draws, and shrinks."""

    draw: Callable[[Any], Any]

    def below(self, count: int) -> int:
        return int(self.draw(st.integers(0, count - 1))) if count > 1 else 0


@dataclass
class Seeded:
    """Choices of a seeded generator."""

    random: random.Random

    def below(self, count: int) -> int:
        return self.random.randrange(count)


def one(chooser: Chooser, options: Sequence[T]) -> T:
    return options[chooser.below(len(options))]


def constant(type_: Type, chooser: Chooser, calm: bool = False) -> object:
    """Return a value of the type, often an awkward one; a calm one is small and not null."""
    if type_.nullable and not calm and chooser.below(4) == 0:
        return NULL
    match type_:
        case Enum(values=values):
            return one(chooser, values)
        case ListOf(item=item):
            return tuple(constant(item, chooser, calm) for _ in range(chooser.below(4)))
        case MapOf(value=value):
            return {key: constant(value, chooser, calm) for key in ("k", "é", "a")[: chooser.below(4)]}
        case Record(members=members):
            return {member.name: constant(member.type, chooser, calm) for member in members}
        case Plain(kind=kind):
            return one(chooser, VALUES[kind][:CALM] if calm else VALUES[kind])


VALUES: dict[Kind, Sequence[object]] = {
    Kind.BOOL: (True, False),
    Kind.INT: INTS,
    Kind.NUMBER: NUMBERS,
    Kind.MONEY: MONIES,
    Kind.TEXT: TEXTS,
    Kind.DATE: DATES,
    Kind.TIMESTAMP: TIMES,
    Kind.DURATION: SPANS,
    Kind.NULL: (NULL,),
}


def record_type(chooser: Chooser, depth: int) -> Record:
    """Return a record of a few members of every kind."""
    members = [Member(f"m{place}", member_type(chooser, depth)) for place in range(2 + chooser.below(5))]
    return Record(tuple(members))


def member_type(chooser: Chooser, depth: int) -> Type:
    """Return the type of a member, a third of them nullable."""
    type_: Type
    match chooser.below(7) if depth > 0 else 0:
        case 4:
            type_ = ListOf(one(chooser, PLAINS))
        case 5:
            type_ = ListOf(record_type(chooser, depth - 1)) if chooser.below(2) else MapOf(one(chooser, PLAINS))
        case 6:
            type_ = record_type(chooser, depth - 1)
        case _:
            type_ = one(chooser, PLAINS)
    return nullable(type_) if chooser.below(3) == 0 else type_


def inputs_type(chooser: Chooser) -> Record:
    """Return the inputs: each plain kind on the top level, and what has structure."""
    plain = [Member(f"{kind_of(type_)}{place}", type_) for place, type_ in enumerate(PLAINS)]
    fixed = Record((Member("n", INT), Member("s", TEXT), Member("b", BOOL), Member("c", nullable(MONEY))))
    listed = [Member("things", ListOf(fixed)), Member("ints", ListOf(INT)), Member("notes", MapOf(TEXT))]
    customer = [Member("customer", record_type(chooser, 2)), Member("order", record_type(chooser, 1))]
    return Record((*customer, *listed, *plain))


def facts(
    inputs: Record, chooser: Chooser, missing: int, calm: bool = False, only: Sequence[str] = ()
) -> dict[str, object]:
    """Return random facts; about one member in `missing` is absent (0: none is), in these inputs alone if named."""
    found = {}
    for member in inputs:
        value = constant(member.type, chooser, calm)
        share = missing if not only or member.name in only else 0
        if not share or chooser.below(share):
            found[member.name] = knocked_out(value, chooser, share)
    return found


def knocked_out(value: object, chooser: Chooser, missing: int) -> object:
    """Return a value with members of its records absent here and there."""
    match value:
        case dict() if all(key[0] == "m" or key in "nsbc" for key in value):
            kept = {key: each for key, each in value.items() if not missing or chooser.below(missing)}
            return {key: knocked_out(each, chooser, missing) for key, each in kept.items()}
        case tuple():
            return tuple(knocked_out(each, chooser, missing) for each in value)
        case _:
            return value


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
        choice = self.chooser.below(12)
        items = tuple(self.boolean(inner) for _ in range(self.size())) if choice < 4 else ()
        match choice:
            case 0 | 1:
                return And(items, BOOL) if choice else Or(items, BOOL)
            case 2:
                return Or(items[:1], BOOL)
            case 3:
                return AtLeast(self.chooser.below(len(items) + 2), items, BOOL)
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
    """Return a program of one action with two stages, the second reading what the first named."""
    inputs = inputs_type(chooser)
    writer = Writer(inputs, chooser, calm)
    types = (*PLAINS, BOOL, BOOL, BOOL, ListOf(INT), nullable(MONEY), ListOf(TEXT))
    first = tuple((f"first_{place}", writer.expression(one(chooser, types), depth)) for place in range(outputs))
    again = tuple((f"again_{place}", second(node, chooser)) for place, (_, node) in enumerate(first[:3]))
    later = tuple((f"later_{place}", writer.expression(one(chooser, types), depth)) for place in range(2))
    stages = (Stage("first", first), Stage("second", (*again, *later)))
    return share(Program(inputs, (("act", stages),)))


def second(node: Node, chooser: Chooser) -> Node:
    """Return an expression over an output of an earlier stage."""
    if node.type != BOOL:
        return Known(node, BOOL)
    return one(chooser, (Not(node, BOOL), Assume(node, Const(True, BOOL), BOOL), And((node, Known(node, BOOL)), BOOL)))


def failure(type_: Type) -> Node:
    return Failure(type_)


@st.composite
def programs(draw: Callable[[Any], Any], outputs: int = 6, depth: int = 4, calm: bool = False) -> Program:
    """Programs that hypothesis draws and shrinks."""
    return program(Drawn(draw), outputs, depth, calm)
