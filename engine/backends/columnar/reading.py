"""Facts as values: what a table has at each path, and constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import polars as pl

from engine.backends.columnar.cell import Bound
from engine.backends.columnar.rows import below, table_of
from engine.backends.columnar.shape import Column, Shape, shape_of
from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term
from engine.backends.columnar.state import Level, State
from engine.backends.columnar.table import KINDS, Items, Offsets, Table
from engine.backends.columnar.taking import take
from engine.backends.columnar.values import CODE, Cell, Entry, Listed, Value, cell_of, unknown
from engine.backends.times import FIRST_DAY, FIRST_MOMENT, LAST_DAY, LAST_MOMENT
from engine.program.types import NULL, TEXT, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type, kind_of

MOST_TEXTS: Final = 2**16 - 2
"""An enum of more values is held as text."""
NARROW: Final[Mapping[int, pl.DataType]] = {15: pl.Int16(), 31: pl.Int32()}
"""Smaller types of ints, by how many bits they have."""

Finder: TypeAlias = Callable[[State], Table]


@dataclass(frozen=True, eq=False)
class Source:
    """A table whose rows are a level."""

    sheet: Sheet
    level: Level
    shape: Shape
    find: Finder
    declared: Type | None
    """What its rows are, where that is known: what codes in its columns stand for."""
    read: dict[tuple[str, Type], Value]

    def value(self, path: str, type_: Type) -> Value:
        """Return the fact at a path."""
        if (path, type_) not in self.read:
            self.read[path, type_] = self._value(path, type_)
        return self.read[path, type_]

    def _value(self, path: str, type_: Type) -> Value:
        """Return the fact at a path, newly read."""
        match type_:
            case Plain() | Enum():
                return self._cell(path, type_)
            case Record():
                there = self.shape.present.get(path, not path)
                present = TRUE if there else self._flags(path, lambda table: _present(table, path))

                def find(name: str, member: Type) -> Value:
                    return self.value(below(path, name), member)

                return Entry(type_, self.level, present, self._none(path), find)
            case ListOf() | MapOf():
                return self._listed(path, type_)

    def _flags(self, path: str, find: Callable[[Table], pl.Series | None]) -> Term:
        """Return truths about the rows, false where there are none; never null."""

        def series(state: State) -> pl.Series:
            found = find(self.find(state))
            return pl.repeat(False, state.rows[self.level], dtype=pl.Boolean, eager=True) if found is None else found

        return self.sheet.made(self.level, series, sure=True)

    def _none(self, path: str) -> Term | None:
        """Return where the fact is none; None: nowhere."""
        return self._flags(path, lambda table: table.nones.get(path)) if path in self.shape.nones else None

    def _cell(self, path: str, type_: Plain | Enum) -> Cell:
        """Return the single value at a path."""
        none = self._none(path)
        column = self.shape.cells.get(path)
        if column is None:
            there = unknown(self.sheet, type_)
            assert isinstance(there, Cell)
            return replace(there, none=none)
        texts = self._texts(path, type_, column)
        convert = _converter(type_, column.dtype, texts)

        def series(state: State) -> pl.Series:
            found = self.find(state).cells.get(path)
            if found is None:
                found = pl.repeat(None, state.rows[self.level], dtype=column.dtype, eager=True)
            return convert(found)

        low, high = _bounds(type_, column.width)
        whole = texts is None or column.dtype != pl.String
        term = self.sheet.made(self.level, series, sure=whole and not column.nulls)
        self._narrow(term, column)
        return Cell(term, type_, none, texts, low, high, whole and not column.unknown)

    def _narrow(self, term: Term, column: Column) -> None:
        """Keep a column of ints in a smaller type too, where they fit one."""
        if column.width in NARROW and column.dtype == KINDS[Kind.INT]:
            dtype = NARROW[column.width]
            narrow = self.sheet.called(lambda ints: ints.cast(dtype), term, sure=term.sure)
            self.sheet.narrow[term] = narrow, dtype, column.width

    def _texts(self, path: str, type_: Plain | Enum, column: Column) -> tuple[str, ...] | None:
        """Return the texts that a fact can be, where they are few and known."""
        if kind_of(type_) is not Kind.TEXT:
            return None
        if isinstance(column.dtype, pl.Enum):
            return tuple(column.dtype.categories.to_list())
        if column.dtype.is_integer():
            declared = type_ if self.declared is None else member_type(self.declared, path)
            if not isinstance(declared, Enum):
                raise TypeError(f"what the codes at `{path}` stand for is not declared")
            return declared.values
        return type_.values if isinstance(type_, Enum) and len(type_.values) <= MOST_TEXTS else None

    def _listed(self, path: str, type_: ListOf | MapOf) -> Listed:
        """Return the list or map at a path."""
        none = self._none(path)
        if path not in self.shape.lists:
            nothing = unknown(self.sheet, type_)
            assert isinstance(nothing, Listed)
            return replace(nothing, none=none)
        sure, shape = self.shape.lists[path]
        known = TRUE if sure else self._flags(path, lambda table: _list_known(table, path))
        inner = self._items(path, shape)
        if isinstance(type_, ListOf):
            return Listed(type_, known, inner.level, inner.value("", type_.item), none=none)
        key = inner.value("key", TEXT)
        assert isinstance(key, Cell)
        return Listed(type_, known, inner.level, inner.value("value", type_.value), key, none=none)

    def _items(self, path: str, shape: Shape) -> Source:
        """Return the items of the lists at a path."""

        def run(state: State, level: Level) -> tuple[Offsets, list[pl.Series]]:
            items = self.find(state).lists.get(path)
            if items is None:
                items = Items(np.zeros(state.rows[self.level] + 1, np.int64), Table(0, {}))
            first, last = items.offsets[0], items.offsets[-1]
            whole = first == 0 and last == items.table.rows
            state.tables[level] = items.table if whole else take(items.table, np.arange(first, last))
            return items.offsets - first, []

        level, _ = self.sheet.level(self.level, run)
        declared = None if self.declared is None else _item_type(member_type(self.declared, path))
        return Source(self.sheet, level, shape, lambda state: state.tables[level], declared, {})


def constant(sheet: Sheet, value: object, type_: Type) -> Value:
    """Return a constant."""
    match type_:
        case Plain() | Enum() if value is NULL:
            return replace(cell_of(None, type_), none=TRUE, settled=True)
        case Plain() | Enum():
            return cell_of(value, type_)
        case Record():
            members = value if isinstance(value, dict) else {}

            def find(name: str, member: Type) -> Value:
                return constant(sheet, members[name], member) if name in members else unknown(sheet, member)

            return Entry(type_, None, FALSE if value is NULL else TRUE, TRUE if value is NULL else None, find)
        case ListOf() | MapOf():
            declared = Record((Member("it", type_),))
            table = table_of(declared, [{"it": value}])
            return Source(sheet, sheet.unit, shape_of(table), lambda _: table, declared, {}).value("it", type_)


def member_type(type_: Type, path: str) -> Type | None:
    """Return the type at a path below a type; of a map, `key` and `value` are its members."""
    found: Type | None = type_
    for name in path.split(".") if path else ():
        match found:
            case Record():
                member = found.find(name)
                found = None if member is None else member.type
            case MapOf(value=value):
                found = value if name == "value" else TEXT
            case _:
                return None
    return found


def _item_type(type_: Type | None) -> Type | None:
    """Return the type of a list's items; of a map itself, whose items have `key` and `value`."""
    return type_.item if isinstance(type_, ListOf) else type_


def _converter(type_: Type, dtype: pl.DataType, texts: tuple[str, ...] | None) -> Callable[[pl.Series], pl.Series]:
    """Return how a column becomes what its type is held as."""
    if texts is None:
        kind = kind_of(type_)
        target = pl.Null() if kind is None or kind is Kind.NULL else KINDS[kind]
        return (lambda series: series) if dtype == target else (lambda series: series.cast(target))
    if dtype == pl.String:
        among = pl.Enum(texts)
        return lambda series: series.cast(among, strict=False).to_physical().cast(CODE)
    return lambda series: series.to_physical().cast(CODE)


def _bounds(type_: Type, width: int) -> tuple[Bound, Bound]:
    """Return between what the ints of a column of that width are; None: as its kind says."""
    match kind_of(type_):
        case Kind.DATE:
            return FIRST_DAY, LAST_DAY
        case Kind.TIMESTAMP:
            return FIRST_MOMENT, LAST_MOMENT
        case Kind.INT | Kind.MONEY | Kind.DURATION if width < 63:
            return -(2**width), 2**width
        case _:
            return None, None


def _present(table: Table, path: str) -> pl.Series | None:
    """Return which records at a path are there; None: none is."""
    there = table.present.get(path)
    if there is None and path in table.present:
        return pl.repeat(True, table.rows, dtype=pl.Boolean, eager=True)
    return there


def _list_known(table: Table, path: str) -> pl.Series | None:
    """Return which lists at a path are known; None: none is."""
    items = table.lists.get(path)
    if items is None:
        return None
    return pl.repeat(True, table.rows, dtype=pl.Boolean, eager=True) if items.known is None else items.known
