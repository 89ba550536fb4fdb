"""The values of one table input, cut into parts that every cell of its column holds whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

from engine.program.nodes import Call, Field, Given, Input, Named, Node, Quantifier, Quantify
from engine.program.types import NULL, Enum, Kind, Member, Record, kind_of

Value: TypeAlias = Any
"""A constant of the column's kind, as the engine holds it; all of one column have an order."""
DISCRETE = (Kind.INT, Kind.MONEY, Kind.DATE, Kind.TIMESTAMP, Kind.DURATION)
SIZES = ("size_list", "size_map", "size_text")


@dataclass(frozen=True, slots=True)
class Point:
    """One value; `NULL` is one."""

    value: Value


@dataclass(frozen=True, slots=True)
class Gap:
    """All values between two that cells name; None: without end."""

    low: Value
    high: Value


Atom: TypeAlias = Point | Gap


@dataclass(frozen=True, slots=True)
class Span:
    """What a cell asks: values from one end to the other; None: without end."""

    low: Value
    low_in: bool
    high: Value
    high_in: bool

    def holds(self, atom: Atom) -> bool:
        """Return whether a part lies within; null lies in no span but its own."""
        if self.low is NULL or (isinstance(atom, Point) and atom.value is NULL):
            return isinstance(atom, Point) and self.low is atom.value
        if isinstance(atom, Gap):
            above = self.low is None or (atom.low is not None and atom.low >= self.low)
            return above and (self.high is None or (atom.high is not None and atom.high <= self.high))
        value = atom.value
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        return above and (self.high is None or value < self.high or (self.high_in and value == self.high))


def only(value: Value) -> Span:
    """Return the span of one value."""
    return Span(value, True, value, True)


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and the largest value that an input can have, both in; None: without limit."""

    low: Value = None
    high: Value = None


def atoms(node: Node, spans: Iterable[Span], limits: Limits) -> tuple[Atom, ...]:
    """Return the parts of a column's values, in order, null last where it is allowed."""
    parts: list[Atom]
    if isinstance(node.type, Enum):
        parts = [Point(value) for value in node.type.values]
    elif kind_of(node.type) is Kind.BOOL:
        parts = [Point(value=True), Point(value=False)]
    else:
        ends = (end for span in spans for end in (span.low, span.high))
        limited = (*ends, limits.low, limits.high)
        points = sorted({end for end in limited if end is not None and end is not NULL})
        parts = _ordered(points, kind_of(node.type) in DISCRETE)
        parts = [part for part in parts if Span(limits.low, True, limits.high, True).holds(part)]
    return (*parts, Point(NULL)) if node.type.nullable else tuple(parts)


def _ordered(points: Sequence[Value], discrete: bool) -> list[Atom]:
    ends = (None, *points, None)
    parts: list[Atom] = []
    for low, high in pairwise(ends):
        if not discrete or low is None or high is None or math.floor(low) + 1 < high:
            parts.append(Gap(low, high))
        if high is not None and not (discrete and high != math.floor(high)):
            parts.append(Point(high))
    return parts


def limits_of(node: Node, inputs: Record, unit: int) -> Limits:
    """Return the limits that an input has by its declaration, or as a count."""
    match node:
        case Given(of=of) | Named(of=of):
            return limits_of(of, inputs, unit)
        case Call(function=function) if function in SIZES:
            return Limits(0)
        case Quantify(kind=Quantifier.COUNT):
            return Limits(0)
        case Input(name=name):
            return _declared(inputs.find(name), unit)
        case Field(of=of, name=name) if isinstance(of.type, Record):
            return _declared(of.type.find(name), unit)
        case _:
            return Limits()


def _declared(member: Member | None, unit: int) -> Limits:
    kind = None if member is None else kind_of(member.type)
    if member is None or kind not in (Kind.INT, Kind.NUMBER, Kind.MONEY):
        return Limits()
    given = {name: _number(value, unit if kind is Kind.MONEY else 1) for name, value in member.constraints}
    low, high = given.get("minimum"), given.get("maximum")
    if kind is not Kind.NUMBER:
        low = _inner(given.get("exclusiveMinimum"), low, 1, max)
        high = _inner(given.get("exclusiveMaximum"), high, -1, min)
    return Limits(low, high)


def _number(value: object, unit: int) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    scaled = Decimal(str(value)) * unit
    return int(scaled) if scaled == int(scaled) else value * unit


def _inner(excluded: Value, end: Value, step: int, narrower: Any) -> Value:
    if excluded is None:
        return end
    return excluded + step if end is None else narrower(end, excluded + step)
