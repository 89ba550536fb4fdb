"""Ints and numbers as columns: 64 bits without overflow, doubles that are finite."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import polars as pl

from engine.backends import numeric, operations
from engine.backends.columnar.attempts import Attempt, Ints, Numbers, attempted
from engine.backends.columnar.cell import Inline, Kernel, Operand
from engine.backends.columnar.intervals import INT64, LIMITS, Interval, bounded, interval_of
from engine.program.nodes import Operator
from engine.program.types import NUMBER, Kind, Type, kind_of

COMBINE: Final[dict[Operator, Callable[[Any, Any], Any]]] = {
    Operator.ADD: operator.add,
    Operator.SUB: operator.sub,
    Operator.MUL: operator.mul,
}
"""Of expressions and of intervals alike."""
NUMPY: Final[dict[Operator, np.ufunc]] = {
    Operator.ADD: np.add,
    Operator.SUB: np.subtract,
    Operator.MUL: np.multiply,
    Operator.DIV: np.divide,
}


def within(value: pl.Expr, limit: Interval) -> pl.Expr:
    """Return the value where it keeps to the limit."""
    return pl.when(value.is_between(limit.low, limit.high)).then(value)


def on_ints(op: Operator, left: Operand, right: Operand, gives: Type) -> Inline:
    """Return the sum, difference or product of ints (money, timestamps and durations are ints here)."""
    combine, limit = COMBINE[op], LIMITS[kind_of(gives)]
    found: Interval = combine(interval_of(left), interval_of(right))

    def build(first: pl.Expr, second: pl.Expr) -> pl.Expr:
        if found.inside(INT64):
            result = combine(first, second)
        else:
            result = combine(first.cast(pl.Int128), second.cast(pl.Int128)).cast(pl.Int64, strict=False)
        return result if limit == INT64 or found.inside(limit) else within(result, limit)

    return bounded(Inline(build), found.cut(limit))


def remainder(left: Operand, right: Operand, gives: Type) -> Kernel:
    """Return what is left of a division towards zero; it has the sign of the left operand."""

    def at_once(first: Ints | int, second: Ints | int) -> Attempt:
        failed = np.equal(second, 0)
        return Attempt(np.fmod(first, np.where(failed, 1, second)), failed)

    kernel = attempted(at_once, numeric.remainder, gives, (left, right))
    over, by = interval_of(left), interval_of(right)
    if by.low <= 0 <= by.high:
        return kernel
    largest = min(over.size, by.size - 1)
    return bounded(kernel, Interval(-largest if over.low < 0 else 0, largest if over.high > 0 else 0))


def on_numbers(op: Operator, left: Operand, right: Operand) -> Kernel:
    """Return the sum, difference, product or quotient of numbers.

    By NumPy, for Polars takes x + 0 for x, though -0.0 + 0.0 is 0.0, and x / c for x times 1 / c.
    """
    combine = NUMPY[op]

    def at_once(first: Numbers | Ints, second: Numbers | Ints) -> Attempt:
        result = combine(first, second)
        return Attempt(result, ~np.isfinite(result))

    exactly = operations.arithmetic(op, left.type, right.type)
    return attempted(at_once, exactly, NUMBER, (left, right))


def floor(number: pl.Expr) -> pl.Expr:
    """Return the largest int not above the number."""
    return number.floor().cast(pl.Int64, strict=False)


def ceil(number: pl.Expr) -> pl.Expr:
    """Return the smallest int not below the number."""
    return number.ceil().cast(pl.Int64, strict=False)


def whole(number: pl.Expr) -> pl.Expr:
    """Return the number without its fraction."""
    return number.cast(pl.Int64, strict=False)


def number_of_int(value: pl.Expr) -> pl.Expr:
    """Return the nearest number."""
    return value.cast(pl.Float64)


def text_of_int(value: pl.Expr) -> pl.Expr:
    """Return the decimal digits."""
    return value.cast(pl.String)


def absolute(operand: Operand) -> Inline:
    """Return the value without its sign."""
    if kind_of(operand.type) is Kind.NUMBER:
        return Inline(lambda value: value.abs())
    found = interval_of(operand)
    if found.low >= 0:
        return bounded(Inline(lambda value: value), found)
    positive = Interval(max(0, -found.high), found.size).cut(INT64)
    if found.low > INT64.low:
        return bounded(Inline(lambda value: value.abs()), positive)
    return bounded(Inline(lambda value: pl.when(value > INT64.low).then(value.abs())), positive)
