"""Operations on whole columns at once, with the few rows that this leaves unsure done exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.cell import Kernel, Operand
from engine.backends.columnar.table import KINDS
from engine.backends.columnar.unique import by_unique
from engine.program.types import Type, kind_of

Ints: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of whole columns at once."""

    values: Ints | Numbers
    failed: Flags | None = None
    """Where there is no value."""
    unsure: Flags | None = None
    """Where it has to be done exactly."""


def attempted(
    at_once: Callable[..., Attempt], exactly: Callable[..., object], gives: Type, operands: Sequence[Operand]
) -> Kernel:
    """Return the operation on arrays (the value itself where constant, 0 where null), then exactly where unsure."""
    exact = by_unique(exactly, gives)
    kind = kind_of(gives)
    if kind is None or all(operand.constant is not None for operand in operands):
        return exact

    def run(*columns: pl.Series) -> pl.Series:
        with np.errstate(all="ignore"):
            attempt = at_once(*map(_values, operands, columns))
        result = _kept(attempt, columns).cast(KINDS[kind])
        if attempt.unsure is None or not attempt.unsure.any():
            return result
        rows = np.flatnonzero(np.broadcast_to(attempt.unsure, attempt.values.shape))
        return result.scatter(rows, exact.run(*(_taken(column, rows) for column in columns)))

    return Kernel(run)


def _values(operand: Operand, column: pl.Series) -> object:
    """Return the constant, or the column's values, 0 where null."""
    match operand.constant:
        case None:
            return (column.fill_null(0) if column.null_count() else column).to_numpy()
        case int() as whole:
            return np.int64(whole)
        case constant:
            return constant


def _kept(attempt: Attempt, columns: Sequence[pl.Series]) -> pl.Series:
    """Return the values, null where an operand is, where it failed and where it is unsure."""
    values = pl.Series(attempt.values)
    kept = [column.is_not_null() for column in columns if column.null_count()]
    lost = [flags for flags in (attempt.failed, attempt.unsure) if flags is not None and flags.any()]
    kept += [pl.Series(np.broadcast_to(~flags, attempt.values.shape)) for flags in lost]
    return pl.select(pl.when(reduce(and_, kept)).then(values)).to_series() if kept else values


def _taken(column: pl.Series, rows: npt.NDArray[np.int64]) -> pl.Series:
    """Return the rows of a column; a constant is one row that counts for all."""
    return column.gather(rows) if len(column) > 1 else column
