"""What ints an operand can be, and so what can come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from engine.backends.columnar.cell import Operand, Operation
from engine.backends.numeric import HIGHEST, LOWEST
from engine.backends.times import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT
from engine.program.types import Kind, kind_of

Bounded = TypeVar("Bounded", bound=Operation)


@dataclass(frozen=True, slots=True)
class Interval:
    """The ints from `low` to `high`."""

    low: int
    high: int

    def __add__(self, other: Interval) -> Interval:
        """Return where the sums are."""
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        """Return where the differences are."""
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        """Return where the products are."""
        corners = [first * second for first in (self.low, self.high) for second in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    @property
    def size(self) -> int:
        """Return the largest distance from 0."""
        return max(abs(self.low), abs(self.high))

    def inside(self, limit: Interval) -> bool:
        """Return whether all of it is within the limit."""
        return limit.low <= self.low and self.high <= limit.high

    def cut(self, limit: Interval) -> Interval:
        """Return the part within the limit, or the limit's nearer end where none is."""
        return Interval(
            min(max(self.low, limit.low), limit.high),
            max(min(self.high, limit.high), limit.low),
        )


INT64: Final = Interval(LOWEST, HIGHEST)
EXACT_NUMBERS: Final = Interval(-(2**53), 2**53)
"""Ints that are numbers too, each its own."""
LIMITS: Final[Mapping[Kind | None, Interval]] = {
    Kind.INT: INT64,
    Kind.MONEY: INT64,
    Kind.DURATION: INT64,
    Kind.DATE: Interval(FIRST_DAY, LAST_DAY),
    Kind.TIMESTAMP: Interval(FIRST_MOMENT, LAST_MOMENT),
}
"""What a value of each kind keeps to."""


def interval_of(operand: Operand) -> Interval:
    """Return what an int, money, date, timestamp or duration can be."""
    if isinstance(operand.constant, int):
        return Interval(operand.constant, operand.constant)
    limit = LIMITS[kind_of(operand.type)]
    low = limit.low if operand.low is None else operand.low
    high = limit.high if operand.high is None else operand.high
    return Interval(low, high)


def bounded(operation: Bounded, found: Interval) -> Bounded:
    """Return the operation with the bounds of what it gives; inside of those of its kind, it never fails."""
    return replace(operation, low=found.low, high=found.high)
