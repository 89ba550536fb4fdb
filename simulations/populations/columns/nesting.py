"""Tables of single values, put together to tables of records."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
import polars as pl

from engine.backends.columnar.rows import below, joined, table_of, take
from engine.backends.columnar.table import Table
from engine.program.types import Member, Record, Type

T = TypeVar("T")


def nested(members: Mapping[str, Table], rows: int) -> Table:
    """Return the table of records by the tables of their members; it says nothing about what no row knows."""
    kept = {name: table for name, table in members.items() if known(table).any()}
    return Table(
        rows,
        cells=_under({name: table.cells for name, table in kept.items()}),
        present=_under({name: table.present for name, table in kept.items()}),
        lists=_under({name: table.lists for name, table in kept.items()}),
        nones=_under({name: table.nones for name, table in kept.items()}),
    )


def _under(members: Mapping[str, Mapping[str, T]]) -> dict[str, T]:
    """Return what stands at the paths of members, by the paths from the record on."""
    return {below(name, path) if path else name: each for name, of in members.items() for path, each in of.items()}


def beside(*tables: Table) -> Table:
    """Return a table of the same rows with what all of these say; where two say something, the later one's."""
    return Table(
        tables[0].rows,
        cells={path: each for table in tables for path, each in table.cells.items()},
        present={path: each for table in tables for path, each in table.present.items()},
        lists={path: each for table in tables for path, each in table.lists.items()},
        nones={path: each for table in tables for path, each in table.nones.items()},
    )


def of_members(table: Table, names: Collection[str]) -> Table:
    """Return the table of some members of its records."""
    return Table(
        table.rows,
        cells=_chosen(table.cells, names),
        present=_chosen(table.present, names),
        lists=_chosen(table.lists, names),
        nones=_chosen(table.nones, names),
    )


def _chosen(paths: Mapping[str, T], names: Collection[str]) -> dict[str, T]:
    """Return what stands at and below the members."""
    return {path: each for path, each in paths.items() if path.partition(".")[0] in names}


def unknown(type_: Type, rows: int) -> Table:
    """Return the table of values that are unknown in every row."""
    nowhere = pl.repeat(False, rows, dtype=pl.Boolean, eager=True)
    return Table(rows, {}, present={"": nowhere} if isinstance(type_, Record) else {})


def known(table: Table) -> pl.Series:
    """Return in which rows the value at the path `""` is known; none is."""
    nowhere = pl.repeat(False, table.rows, dtype=pl.Boolean, eager=True)
    found = table.nones.get("", nowhere)
    if "" in table.cells:
        return found | table.cells[""].is_not_null()
    everywhere = ~nowhere
    if "" in table.lists:
        there = table.lists[""].known
        return everywhere if there is None else found | there
    if "" in table.present:
        there = table.present[""]
        return everywhere if there is None else found | there
    return found


def filled(table: Table, where: pl.Series, member: Member) -> Table:
    """Return the table of a member with its default in some rows."""
    if not where.any():
        return table
    defaults = table_of(Record((replace(member, name=""),)), [{"": member.default[0]}])
    places = np.where(where.to_numpy(), table.rows, np.arange(table.rows))
    return take(joined([table, defaults]), places)
