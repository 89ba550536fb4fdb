"""Tables beside each other, within each other, and in parts; and how paths lie to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from engine.backends.columnar.table import Items, Table


def related(path: str, other: str) -> bool:
    """Return whether one of two paths is the other, or lies in it."""
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")


def above_of(path: str) -> list[str]:
    """Return the paths of the records that a path lies in."""
    steps = path.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps))]


def below(path: str, table: Table) -> Table:
    """Return the table as the members of a record at a path."""
    return Table(
        table.rows,
        {f"{path}.{name}": cells for name, cells in table.cells.items()},
        {path: None, **{f"{path}.{name}": known for name, known in table.present.items()}},
        {f"{path}.{name}": items for name, items in table.lists.items()},
        {f"{path}.{name}": none for name, none in table.nones.items()},
    )


def beside(rows: int, tables: Sequence[Table]) -> Table:
    """Return what all tables say of the same rows; of the same path, what the last says."""
    nones: dict[str, pl.Series] = {}
    for table in tables:
        nones = {path: one for path, one in nones.items() if path not in table.cells} | dict(table.nones)
    return Table(
        rows,
        {path: one for table in tables for path, one in table.cells.items()},
        {path: one for table in tables for path, one in table.present.items()},
        {path: one for table in tables for path, one in table.lists.items()},
        nones,
    )


def part_of(table: Table, first: int, last: int) -> Table:
    """Return the rows from `first` up to `last`, which is excluded, without copying them."""

    def cut(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
        return {path: series.slice(first, last - first) for path, series in columns.items()}

    present = {path: series for path, series in table.present.items() if series is not None}
    return Table(
        last - first,
        cut(table.cells),
        {**dict.fromkeys(table.present), **cut(present)},
        {path: _part_of(items, first, last) for path, items in table.lists.items()},
        cut(table.nones),
    )


def _part_of(items: Items, first: int, last: int) -> Items:
    """Return the lists of some rows that follow each other."""
    offsets = items.offsets[first : last + 1]
    known = None if items.known is None else items.known.slice(first, last - first)
    return Items(offsets - offsets[0], part_of(items.table, int(offsets[0]), int(offsets[-1])), known)
