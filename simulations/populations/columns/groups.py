"""The columns of a file by the paths that their names are.

A record is a struct, or columns whose names begin with its path (`customer.plan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeAlias

import polars as pl

Column: TypeAlias = "pl.Series | Group"


@dataclass(frozen=True, slots=True)
class Group:
    """Records, by the columns of their members."""

    members: Mapping[str, Column]
    there: pl.Series
    """Whether the row has the record."""


def grouped(columns: Iterable[pl.Series], rows: int) -> Group:
    """Return columns by the paths that their names are."""
    parts: dict[str, list[pl.Series]] = {}
    for column in columns:
        head, _, rest = column.name.partition(".")
        parts.setdefault(head, []).append(column.alias(rest))
    return Group(
        {name: _column(of, rows) for name, of in parts.items()}, pl.repeat(True, rows, dtype=pl.Boolean, eager=True)
    )


def _column(parts: Sequence[pl.Series], rows: int) -> Column:
    """Return what stands at a path: a column, or those below it; a row has the record where any of them has a value."""
    if not parts[0].name:
        return opened(parts[0])
    members = grouped(parts, rows).members
    return Group(members, reduce(or_, (given(member) for member in members.values())))


def opened(column: pl.Series) -> Column:
    """Return a column, or the columns of its structs."""
    if not isinstance(column.dtype, pl.Struct):
        return column
    members = {field.name: opened(field) for field in column.struct.unnest()}
    return Group(members, column.is_not_null())


def given(column: Column) -> pl.Series:
    """Return which rows have a value."""
    return column.there if isinstance(column, Group) else column.is_not_null()
