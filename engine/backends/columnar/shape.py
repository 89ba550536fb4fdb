"""What there is to know of a table before its values are read: a plan is written for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from engine.backends.columnar.table import Table

WIDTHS: Final = (15, 31, 43, 58, 63)
"""How many bits ints may have, the sign aside; a column has the first that is enough."""


@dataclass(frozen=True)
class Column:
    """What there is to know of a column."""

    dtype: pl.DataType
    nulls: bool
    unknown: bool
    """Whether it is unknown in some row, rather than none."""
    width: int = WIDTHS[0]


@dataclass(frozen=True)
class Shape:
    """What there is to know of a table; what it does not name is unknown in every row."""

    cells: Mapping[str, Column]
    present: Mapping[str, bool]
    """Records by path: whether all are there."""
    lists: Mapping[str, tuple[bool, Shape]]
    """Lists and maps by path: whether all are known, and their items."""
    nones: frozenset[str]

    def names(self, path: str) -> bool:
        """Return whether it names the path or one below."""
        paths = (*self.cells, *self.present, *self.lists, *self.nones)
        return any(one == path or one.startswith(f"{path}.") for one in paths)


def shape_of(table: Table) -> Shape:
    """Return the shape of a table."""
    return Shape(
        cells={path: _column(column, table.nones.get(path)) for path, column in table.cells.items()},
        present={path: there is None or bool(there.all()) for path, there in table.present.items()},
        lists={
            path: (items.known is None or bool(items.known.all()), shape_of(items.table))
            for path, items in table.lists.items()
        },
        nones=frozenset(path for path, none in table.nones.items() if none.any()),
    )


def widest(one: Shape, other: Shape) -> Shape | None:
    """Return the shape that tables of both have; None where columns hold different things."""
    cells = {path: _wider(one.cells.get(path), other.cells.get(path)) for path in _paths(one.cells, other.cells)}
    inner = {path: _both(one.lists.get(path), other.lists.get(path)) for path in _paths(one.lists, other.lists)}
    real_cells = {path: column for path, column in cells.items() if column is not None}
    real_lists = {path: items for path, items in inner.items() if items is not None}
    if len(real_cells) < len(cells) or len(real_lists) < len(inner):
        return None
    present = {
        path: one.present.get(path) is True and other.present.get(path) is True
        for path in _paths(one.present, other.present)
    }
    return Shape(real_cells, present, real_lists, one.nones | other.nones)


def _paths(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """Return the paths of both, each once."""
    return list(dict.fromkeys((*one, *other)))


def _column(column: pl.Series, none: pl.Series | None) -> Column:
    """Return what there is to know of a column."""
    nulls = column.null_count()
    unknown = nulls > (0 if none is None else int(none.sum()))
    return Column(column.dtype, nulls > 0, unknown, _width(column))


def _width(column: pl.Series) -> int:
    """Return how many bits the ints of a column need at least."""
    if column.dtype != pl.Int64:
        return WIDTHS[0]
    low, high = column.min(), column.max()
    size = max(-low, high) if isinstance(low, int) and isinstance(high, int) else 0
    return next((width for width in WIDTHS if size < 2**width), WIDTHS[-1])


def _wider(one: Column | None, other: Column | None) -> Column | None:
    """Return what holds of both columns; a missing one is unknown in every row."""
    if one is None or other is None:
        there = one or other
        return None if there is None else replace(there, nulls=True, unknown=True)
    if one.dtype != other.dtype:
        return None
    nulls, unknown = one.nulls or other.nulls, one.unknown or other.unknown
    return Column(one.dtype, nulls, unknown, max(one.width, other.width))


def _both(one: tuple[bool, Shape] | None, other: tuple[bool, Shape] | None) -> tuple[bool, Shape] | None:
    """Return what holds of both lists; a missing one is unknown in every row."""
    if one is None or other is None:
        there = one or other
        return None if there is None else (False, there[1])
    items = widest(one[1], other[1])
    return None if items is None else (one[0] and other[0], items)
