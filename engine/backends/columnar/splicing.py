"""Rows of a table replaced by others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from engine.backends.columnar.table import Offsets, Table
from engine.backends.columnar.taking import joined, take


def spliced(table: Table, rows: Offsets, others: Table) -> Table:
    """Return the table with the rows of another, which has the same cells, in these places."""
    index = pl.Series(rows, dtype=pl.UInt32)
    lists = _spliced_lists(table, rows, others).lists if table.lists else {}
    present = {
        path: _scattered(there, others.present[path], index, table.rows) for path, there in table.present.items()
    }
    none = dict.fromkeys((*table.nones, *others.nones))
    return Table(
        rows=table.rows,
        cells={path: _replaced(cells, index, others.cells[path]) for path, cells in table.cells.items()},
        present=present,
        lists=lists,
        nones={
            path: _none(table.nones, path, table.rows).scatter(index, _none(others.nones, path, len(rows)))
            for path in none
        },
    )


def _replaced(cells: pl.Series, index: pl.Series, others: pl.Series) -> pl.Series:
    """Return cells with some rows replaced; those of no type are null everywhere."""
    return cells if cells.dtype == pl.Null else cells.clone().scatter(index, others)


def _scattered(there: pl.Series | None, others: pl.Series | None, index: pl.Series, rows: int) -> pl.Series | None:
    """Return which records are there, with some rows replaced."""
    if there is None and others is None:
        return None
    return _or_all(there, rows, True).scatter(index, _or_all(others, len(index), True))


def _none(nones: Mapping[str, pl.Series], path: str, rows: int) -> pl.Series:
    """Return where a fact is none."""
    return _or_all(nones.get(path), rows, False)


def _or_all(series: pl.Series | None, rows: int, value: bool) -> pl.Series:
    """Return a copy of a column, or one value for every row where there is no column."""
    return pl.repeat(value, rows, dtype=pl.Boolean, eager=True) if series is None else series.clone()


def _spliced_lists(table: Table, rows: Offsets, others: Table) -> Table:
    """Return the lists of the table with the rows of another in these places."""
    places = np.arange(table.rows)
    places[rows] = table.rows + np.arange(len(rows))
    plain = [replace(each, cells={}, present={}, nones={}) for each in (table, others)]
    return take(joined(plain), places)
