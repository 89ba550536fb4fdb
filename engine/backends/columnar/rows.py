"""The engine's values of many cases to columns and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Final, assert_never

import numpy as np
import polars as pl

from engine.backends.columnar.table import KINDS, Items, Table
from engine.backends.columnar.taking import joined, take
from engine.program.types import NULL, TEXT, Enum, Kind, ListOf, MapOf, Plain, Record, Type

__all__ = ["below", "joined", "rows_of", "table_of", "take"]

CODE: Final = pl.UInt16()
"""What the column of an enum holds: the place of its value among those that it may have."""
CODES: Final = 2**16
"""More values than that have no code, and stay text."""


def table_of(type_: Record, rows: Sequence[Mapping[str, object]]) -> Table:
    """Return the table of records; what no row has, it says nothing about."""
    filling = _Filling()
    filling.members("", type_, rows)
    return filling.table(len(rows))


def rows_of(table: Table, type_: Record, where: Sequence[int] | None = None) -> list[dict[str, object]]:
    """Return the records of a table, or of some of its rows in that order; unknown members are absent."""
    if where is not None:
        table = take(table, np.asarray(where, dtype=np.int64))
    return _members(table, "", type_)


def below(path: str, name: str) -> str:
    """Return the path of a member of the record at a path."""
    return f"{path}.{name}" if path else name


def coded(type_: Enum) -> bool:
    """Return whether a column of the enum holds codes."""
    return len(type_.values) <= CODES


class _Filling:
    """A table as it is being filled with values, a path at a time."""

    def __init__(self) -> None:
        self._cells: dict[str, pl.Series] = {}
        self._present: dict[str, pl.Series | None] = {}
        self._lists: dict[str, Items] = {}
        self._nones: dict[str, pl.Series] = {}

    def table(self, rows: int) -> Table:
        """Return what was filled."""
        return Table(rows, self._cells, self._present, self._lists, self._nones)

    def members(self, path: str, type_: Record, rows: Iterable[object]) -> None:
        """Fill in the members of records."""
        records = [row if isinstance(row, Mapping) else {} for row in rows]
        for member in type_:
            self.values(below(path, member.name), member.type, [record.get(member.name) for record in records])

    def values(self, path: str, type_: Type, values: Sequence[object]) -> None:
        """Fill in the values at a path."""
        known = [value is not None for value in values]
        if path and not any(known):
            return
        none = [value is NULL for value in values]
        if any(none):
            self._nones[path] = pl.Series(none, dtype=pl.Boolean)
            known = [value is not None and value is not NULL for value in values]
        match type_:
            case Plain() | Enum():
                self._plain(path, type_, values)
            case ListOf(item=item):
                self._lists[path] = _list(item, values, known)
            case MapOf(value=value):
                self._lists[path] = _map(value, values, known)
            case Record():
                self._present[path] = None if all(known) else pl.Series(known, dtype=pl.Boolean)
                self.members(path, type_, values)
            case _ as never:
                assert_never(never)

    def _plain(self, path: str, type_: Plain | Enum, values: Sequence[object]) -> None:
        """Fill in single values."""
        given = [None if value is NULL else value for value in values]
        match type_:
            case Plain(kind=Kind.NULL):
                return
            case Plain(kind=kind):
                self._cells[path] = pl.Series(given, dtype=KINDS[kind])
            case Enum(values=texts) if coded(type_):
                codes: dict[object, int] = {text: code for code, text in enumerate(texts)}
                places = [None if value is None else codes[value] for value in given]
                self._cells[path] = pl.Series(places, dtype=CODE)
            case Enum():
                self._cells[path] = pl.Series(given, dtype=KINDS[Kind.TEXT])


def _list(item: Type, values: Sequence[object], known: Sequence[bool]) -> Items:
    """Return the items of lists."""
    lists = [value if isinstance(value, tuple) else () for value in values]
    filling = _Filling()
    filling.values("", item, [each for items in lists for each in items])
    return _items(filling, [len(items) for items in lists], known)


def _map(type_: Type, values: Sequence[object], known: Sequence[bool]) -> Items:
    """Return the entries of maps, each map's in code-point order of their keys."""
    maps = [sorted(value.items()) if isinstance(value, dict) else [] for value in values]
    filling = _Filling()
    filling.values("key", TEXT, [key for entries in maps for key, _ in entries])
    filling.values("value", type_, [value for entries in maps for _, value in entries])
    return _items(filling, [len(entries) for entries in maps], known)


def _items(filling: _Filling, sizes: Sequence[int], known: Sequence[bool]) -> Items:
    """Return what was filled as the items of rows of these sizes."""
    offsets = np.fromiter(accumulate(sizes, initial=0), np.int64, len(sizes) + 1)
    table = filling.table(int(offsets[-1]))
    return Items(offsets, table, None if all(known) else pl.Series(known, dtype=pl.Boolean))


def _members(table: Table, path: str, type_: Record) -> list[dict[str, object]]:
    """Return records with the members that are known."""
    made: list[dict[str, object]] = [{} for _ in range(table.rows)]
    for member in type_:
        for record, value in zip(made, _values(table, below(path, member.name), member.type), strict=True):
            if value is not None:
                record[member.name] = value
    return made


def _values(table: Table, path: str, type_: Type) -> Sequence[object]:
    """Return the values at a path."""
    values = _present(table, path, type_)
    none = table.nones.get(path)
    if none is None:
        return values
    return [NULL if is_none else value for is_none, value in zip(none, values, strict=True)]


def _present(table: Table, path: str, type_: Type) -> Sequence[object]:
    """Return the values at a path, where they are not none."""
    unknown = [None] * table.rows
    match type_:
        case Plain() | Enum():
            cells = table.cells.get(path)
            return unknown if cells is None else _single(cells, type_)
        case ListOf() | MapOf():
            items = table.lists.get(path)
            return unknown if items is None else list(_collections(items, type_))
        case Record():
            if path and path not in table.present:
                return unknown
            known = table.present.get(path)
            made = _members(table, path, type_)
            return made if known is None else [one if there else None for there, one in zip(known, made, strict=True)]
        case _ as never:
            assert_never(never)


def _single(cells: pl.Series, type_: Plain | Enum) -> Sequence[object]:
    """Return single values; codes of an enum as the texts that they stand for."""
    values = cells.to_list()
    if isinstance(type_, Enum) and cells.dtype.is_integer():
        return [None if code is None else type_.values[code] for code in values]
    return values


def _collections(items: Items, type_: ListOf | MapOf) -> Iterator[object]:
    """Yield the list or map of every row."""
    values = _values(items.table, *(("", type_.item) if isinstance(type_, ListOf) else ("value", type_.value)))
    keys = _values(items.table, "key", TEXT) if isinstance(type_, MapOf) else ()
    known = repeat(True) if items.known is None else items.known.to_list()
    for (start, end), there in zip(pairwise(items.offsets.tolist()), known, strict=False):
        if not there:
            yield None
        elif isinstance(type_, ListOf):
            yield tuple(values[start:end])
        else:
            yield dict(zip(keys[start:end], values[start:end], strict=True))
