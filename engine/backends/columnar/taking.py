"""Rows of tables: some of one, and all of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np
import polars as pl

from engine.backends.columnar.table import Items, Offsets, Table


def take(table: Table, rows: Offsets) -> Table:
    """Return some rows of a table, in that order; a row may come more than once."""
    index = pl.Series(rows, dtype=pl.UInt32)
    present = {path: series for path, series in table.present.items() if series is not None}
    return Table(
        rows=len(rows),
        cells=_taken(table.cells, index),
        present={**dict.fromkeys(table.present), **_taken(present, index)},
        lists={path: _taken_items(items, rows, index) for path, items in table.lists.items()},
        nones=_taken(table.nones, index),
    )


def joined(tables: Sequence[Table]) -> Table:
    """Return the rows of all tables, one after the other; what a table says nothing about is unknown in its rows."""
    if len(tables) == 1:
        return tables[0]
    return Table(
        rows=sum(table.rows for table in tables),
        cells={path: _joined_cells(tables, path) for path in _paths(table.cells for table in tables)},
        present={path: _joined_present(tables, path) for path in _paths(table.present for table in tables)},
        lists={path: _joined_items(tables, path) for path in _paths(table.lists for table in tables)},
        nones={path: _joined_nones(tables, path) for path in _paths(table.nones for table in tables)},
    )


def _taken(columns: Mapping[str, pl.Series], index: pl.Series) -> dict[str, pl.Series]:
    """Return some rows of columns."""
    return pl.DataFrame(columns).select(pl.all().gather(index)).to_dict() if columns else {}


def _taken_items(items: Items, rows: Offsets, index: pl.Series) -> Items:
    """Return the lists of some rows."""
    starts = items.offsets[rows]
    sizes = items.offsets[rows + 1] - starts
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes)
    return Items(offsets, take(items.table, places), None if items.known is None else items.known.gather(index))


def _paths(columns: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the paths of all tables, each once."""
    return list(dict.fromkeys(path for each in columns for path in each))


def _joined_cells(tables: Sequence[Table], path: str) -> pl.Series:
    """Return the cells of all tables at a path."""
    kind = next(table.cells[path].dtype for table in tables if path in table.cells)
    return _concatenated(
        table.cells[path] if path in table.cells else pl.repeat(None, table.rows, dtype=kind, eager=True)
        for table in tables
    )


def _joined_present(tables: Sequence[Table], path: str) -> pl.Series | None:
    """Return which records at a path are there in all tables."""
    if all(path in table.present and table.present[path] is None for table in tables):
        return None
    return _concatenated(_present(table, path) for table in tables)


def _present(table: Table, path: str) -> pl.Series:
    """Return which records at a path are there in a table, the rows' own where it does not say otherwise."""
    known = table.present.get(path)
    return _all(table.rows, path in table.present or not path) if known is None else known


def _joined_nones(tables: Sequence[Table], path: str) -> pl.Series:
    """Return which facts at a path are none in all tables."""
    return _concatenated(table.nones[path] if path in table.nones else _all(table.rows, False) for table in tables)


def _joined_items(tables: Sequence[Table], path: str) -> Items:
    """Return the lists of all tables at a path."""
    parts = [_compact(table.lists[path]) if path in table.lists else _unknown(table.rows) for table in tables]
    starts = accumulate((part.table.rows for part in parts), initial=0)
    ends = [part.offsets[1:] + start for part, start in zip(parts, starts, strict=False)]
    known = (
        _all(len(each), True) if part.known is None else part.known for part, each in zip(parts, ends, strict=True)
    )
    return Items(
        offsets=np.concatenate(([0], *ends)),
        table=joined([part.table for part in parts]),
        known=None if all(part.known is None for part in parts) else _concatenated(known),
    )


def _compact(items: Items) -> Items:
    """Return the same lists over a table that holds nothing before the first and after the last."""
    first, last = items.offsets[0], items.offsets[-1]
    if first == 0 and last == items.table.rows:
        return items
    return Items(items.offsets - first, take(items.table, np.arange(first, last)), items.known)


def _unknown(rows: int) -> Items:
    """Return lists that are unknown in every row."""
    return Items(np.zeros(rows + 1, np.int64), Table(0, {}), _all(rows, False))


def _all(rows: int, value: bool) -> pl.Series:
    """Return the same truth for every row."""
    return pl.repeat(value, rows, dtype=pl.Boolean, eager=True)


def _concatenated(parts: Iterable[pl.Series]) -> pl.Series:
    """Return series one after the other."""
    return pl.concat(list(parts), rechunk=True)
