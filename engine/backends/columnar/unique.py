"""Operations done once for each distinct combination of values: exact, and fast where those are few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.cell import Kernel
from engine.backends.columnar.table import KINDS
from engine.backends.failed import Failed
from engine.program.types import Type, kind_of

SPREAD: Final = 4
"""Ints need no sorting where those from the least to the greatest are at most so many times as many."""


def by_unique(run: Callable[..., object], gives: Type) -> Kernel:
    """Return the operation by its meaning on single values; null of null, and where it raises `Failed`."""
    kind = kind_of(gives)
    assert kind is not None
    return Kernel(lambda *columns: _results(run, KINDS[kind], columns))


def _results(run: Callable[..., object], dtype: pl.DataType, columns: Sequence[pl.Series]) -> pl.Series:
    """Return what the operation gives in each row; a column of one row counts for all."""
    alone = {place: column[0] for place, column in enumerate(columns) if len(column) == 1}
    several = {place: column for place, column in enumerate(columns) if len(column) != 1}

    def once(values: Sequence[object]) -> object | None:
        of = alone | dict(zip(several, values, strict=True))
        return _attempt(run, [of[place] for place in range(len(columns))])

    if not several:
        return pl.Series([once(())], dtype=dtype)
    first = next(iter(several.values()))
    if len(several) == 1 and first.dtype.is_integer():
        return _by_int(once, dtype, first)
    return _by_key(once, dtype, pl.DataFrame([column.alias(str(place)) for place, column in several.items()]))


def _attempt(run: Callable[..., object], values: Sequence[object]) -> object | None:
    """Return what the operation gives on one combination of values."""
    if None in values:
        return None
    try:
        return run(*values)
    except Failed:
        return None


def distinct(values: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the distinct ints in order, and the place of each value among them."""
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    if high - low >= SPREAD * values.size:
        return np.unique(values, return_inverse=True)
    places = values - low
    seen = np.zeros(high - low + 1, dtype=np.bool_)
    seen[places] = True
    return np.flatnonzero(seen) + low, (np.cumsum(seen) - 1)[places]


def _by_int(once: Callable[[Sequence[object]], object], dtype: pl.DataType, column: pl.Series) -> pl.Series:
    """Return what is given for each int, found by its place."""
    values, places = distinct(column.fill_null(0).cast(pl.Int64).to_numpy())
    found = pl.Series([once((value,)) for value in values.tolist()], dtype=dtype).gather(places)
    return pl.select(pl.when(column.is_not_null()).then(found)).to_series()


def _by_key(once: Callable[[Sequence[object]], object], dtype: pl.DataType, rows: pl.DataFrame) -> pl.Series:
    """Return what is given for each combination, found by its values."""
    keyed = rows.select(_key(column) for column in rows)
    first = keyed.lazy().with_row_index("row").drop_nulls().group_by(keyed.columns).agg(pl.col("row").first()).collect()
    result = pl.Series("result", [once(values) for values in rows[first["row"]].rows()], dtype=dtype)
    found = first.select(keyed.columns).with_columns(result)
    return keyed.join(found, on=keyed.columns, how="left", maintain_order="left")["result"]


def _key(column: pl.Series) -> pl.Series:
    """Return what tells values apart: of numbers their bits, for 0.0 equals -0.0."""
    if column.dtype != pl.Float64:
        return column
    bits = pl.Series(column.name, column.fill_null(0.0).to_numpy().view(np.int64))
    return pl.select(pl.when(column.is_not_null()).then(bits)).to_series()
