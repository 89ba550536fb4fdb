"""Tables as columns of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

import numpy as np
import polars as pl

from engine.backends.columnar.rows import below
from engine.backends.columnar.table import KINDS, Items, Table
from engine.program.types import TEXT, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type
from simulations.populations.columns.structures import NONE

CASTS: Final[Mapping[Kind, pl.DataType]] = {
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us", "UTC"),
    Kind.DURATION: pl.Duration("us"),
}
"""What a file holds in place of the engine's ints."""


@dataclass(frozen=True)
class Filing:
    """Writes columns that `Reading` reads; those of a type are the same for every table."""

    digits: int
    """How many decimals the currency has."""

    def members(self, table: Table, path: str, type_: Record) -> Iterator[pl.Series]:
        """Yield the columns of the members of records, and which of them are none."""
        for member in type_:
            yield self.value(table, below(path, member.name), member.type).alias(member.name)
        none = [
            pl.when(pl.lit(table.nones[at])).then(pl.lit(member.name))
            for member in type_
            if (at := below(path, member.name)) in table.nones
        ]
        if none:
            yield pl.select(pl.concat_list(none).list.drop_nulls().alias(NONE)).to_series()
        else:
            yield pl.repeat(None, table.rows, dtype=pl.List(pl.String), eager=True).alias(NONE)

    def value(self, table: Table, path: str, type_: Type) -> pl.Series:
        """Return the column of a fact."""
        match type_:
            case Plain() | Enum():
                return self._single(table, path, type_)
            case ListOf(item=item):
                items = _items(table, path)
                return _listed(items, self.value(items.table, "", item))
            case MapOf(value=value):
                items = _items(table, path)
                entry = Record((Member("key", TEXT), Member("value", value)))
                members = [self.value(items.table, one.name, one.type).alias(one.name) for one in entry]
                return _listed(items, pl.DataFrame(members).to_struct())
            case Record():
                record = pl.DataFrame(list(self.members(table, path, type_))).to_struct()
                there = table.present.get(path) if path in table.present or not path else _never(table.rows)
                return record if there is None else pl.select(pl.when(there).then(record)).to_series()
            case _ as never:
                assert_never(never)

    def _single(self, table: Table, path: str, type_: Plain | Enum) -> pl.Series:
        """Return a column of single values."""
        kind = type_.kind if isinstance(type_, Plain) else Kind.TEXT
        cells = table.cells.get(path)
        if cells is None:
            cells = pl.repeat(None, table.rows, dtype=KINDS[kind], eager=True)
        if isinstance(type_, Enum) and cells.dtype.is_integer():
            return pl.Series(type_.values, dtype=pl.String).gather(cells)
        if kind is Kind.MONEY:
            exact = pl.Decimal(38, self.digits)
            return pl.select(pl.lit(cells).cast(exact) / pl.lit(10**self.digits).cast(exact)).to_series().cast(exact)
        return cells.cast(CASTS.get(kind, KINDS[kind]))


def _items(table: Table, path: str) -> Items:
    """Return the lists or maps at a path; unknown where the table says nothing."""
    if path in table.lists:
        return table.lists[path]
    return Items(np.zeros(table.rows + 1, np.int64), Table(0, {}), _never(table.rows))


def _listed(items: Items, values: pl.Series) -> pl.Series:
    """Return lists of values, null where they are not known."""
    counts = np.diff(items.offsets)
    owners = pl.Series("row", np.repeat(np.arange(len(counts)), counts), dtype=pl.Int64)
    held = values.slice(int(items.offsets[0]), len(owners)).alias("values")
    gathered = pl.DataFrame([owners, held]).group_by("row", maintain_order=True).agg("values")
    rows = pl.DataFrame({"row": pl.Series(np.arange(len(counts)), dtype=pl.Int64)})
    lists = rows.join(gathered, on="row", how="left", maintain_order="left")["values"]
    known = _never(len(counts)).not_() if items.known is None else items.known
    empty = pl.lit(pl.Series([[]], dtype=lists.dtype))
    return pl.select(pl.when(known).then(pl.when(lists.is_null()).then(empty).otherwise(lists))).to_series()


def _never(rows: int) -> pl.Series:
    """Return false for every row."""
    return pl.repeat(False, rows, dtype=pl.Boolean, eager=True)
