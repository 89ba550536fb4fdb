"""Comparison of known values as columns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Final, TypeAlias

import polars as pl

from engine.backends.columnar.cell import Inline, Kernel, Operand, Operation
from engine.backends.columnar.intervals import EXACT_NUMBERS, LIMITS, Interval, bounded, interval_of
from engine.program.nodes import Comparison
from engine.program.types import Kind, kind_of

Compares: TypeAlias = Callable[[pl.Expr, pl.Expr], pl.Expr]

OPERATORS: Final[dict[Comparison, Compares]] = {
    Comparison.EQ: operator.eq,
    Comparison.NE: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GE: operator.ge,
}
TURNED: Final = {
    Comparison.EQ: Comparison.EQ,
    Comparison.NE: Comparison.NE,
    Comparison.LT: Comparison.GT,
    Comparison.LE: Comparison.GE,
    Comparison.GT: Comparison.LT,
    Comparison.GE: Comparison.LE,
}
"""What holds of two values when the key holds of them in the other order."""


def _compares(op: Comparison) -> Compares:
    """Return how a comparison is written, a constant on the right.

    Of a constant on the left and a choice between constants, Polars 2.1 makes a single row where all choose alike.
    """
    plain, turned = OPERATORS[op], OPERATORS[TURNED[op]]
    return lambda left, right: plain(left, right) if left.meta.root_names() else turned(right, left)


COMPARE: Final[dict[Comparison, Compares]] = {op: _compares(op) for op in Comparison}
CONTRARY: Final = {Comparison.LT: Comparison.GE, Comparison.GT: Comparison.LE}
PAST_INTS: Final = 2.0**64


def compare(op: Comparison, left: Operand, right: Operand) -> Inline:
    """Return how two known values of one kind compare, or an int with a number."""
    match kind_of(left.type), kind_of(right.type):
        case Kind.INT, Kind.NUMBER:
            of_numbers = _int_with_number(op, left)
            return Inline(of_numbers)
        case Kind.NUMBER, Kind.INT:
            turned = _int_with_number(TURNED[op], right)
            return Inline(lambda first, second: turned(second, first))
        case _:
            return Inline(COMPARE[op])


def _int_with_number(op: Comparison, whole: Operand) -> Callable[[pl.Expr, pl.Expr], pl.Expr]:
    """Return how ints compare with numbers: as numbers where each int is one, else as ints."""
    if interval_of(whole).inside(EXACT_NUMBERS):
        return lambda ints, numbers: COMPARE[op](ints.cast(pl.Float64), numbers)
    return lambda ints, numbers: _as_ints(op, ints.cast(pl.Int128), numbers)


def _as_ints(op: Comparison, ints: pl.Expr, numbers: pl.Expr) -> pl.Expr:
    """Return how ints compare with the ints next to the numbers."""
    near = numbers.clip(-PAST_INTS, PAST_INTS)
    below, above = near.floor().cast(pl.Int128), near.ceil().cast(pl.Int128)
    match op:
        case Comparison.EQ:
            return (ints == below) & (ints == above)
        case Comparison.NE:
            return (ints != below) | (ints != above)
        case Comparison.LT | Comparison.GE:
            return COMPARE[op](ints, above)
        case Comparison.LE | Comparison.GT:
            return COMPARE[op](ints, below)


def extreme(op: Comparison, *operands: Operand) -> Operation:
    """Return the operand that compares so with all others, the first of equals."""

    def pick(kept: pl.Expr, other: pl.Expr) -> pl.Expr:
        is_past, is_short = COMPARE[op](other, kept), COMPARE[CONTRARY[op]](other, kept)
        return pl.when(is_past).then(other).when(is_short).then(kept)

    def run(*columns: pl.Series) -> pl.Series:
        return reduce(lambda kept, other: pl.select(pick(pl.lit(kept), pl.lit(other))).to_series(), columns)

    operation: Operation = Inline(pick) if len(operands) == 2 else Kernel(run)
    if kind_of(operands[0].type) not in LIMITS:
        return operation
    spans, best = [interval_of(operand) for operand in operands], min if op is Comparison.LT else max
    return bounded(operation, Interval(best(span.low for span in spans), best(span.high for span in spans)))
