"""Columns as files hold them to tables of the engine's own values: records, lists and maps.

A list is a list, a map a list of structs of `key` and `value`. Null is unknown, but that a null item is none, and that
a record may name in a list `@none` which of its members are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
import polars as pl

from engine.backends.columnar.rows import rows_of, take
from engine.backends.columnar.table import Items, Table
from engine.language.cel.scope import Conventions
from engine.language.diagnostics import did_you_mean
from engine.program.types import TEXT, Enum, ListOf, MapOf, Member, Plain, Record, Type
from engine.values.limits import Limits, inner, tests
from engine.values.problem import Issue
from simulations.populations.columns.cells import Form, cells_of
from simulations.populations.columns.faults import Faults, Place
from simulations.populations.columns.groups import Column, Group, given, opened
from simulations.populations.columns.nesting import filled, known, nested, unknown
from simulations.populations.population import Numbers

Nulls: TypeAlias = Literal["unknown", "none"]
"""What a null means where the fact may be none."""
NONE: Final = "@none"
"""The column of a record that names which of its members are none."""
NOT_NONE: Final = Issue("", "wrong-type", "this may not be null")
WANTED: Final[dict[type[Type], Issue]] = {
    Plain: Issue("", "wrong-type", "this is a list or an object"),
    Enum: Issue("", "wrong-type", "this is a list or an object"),
    ListOf: Issue("", "wrong-type", "this is not a list", "a list is kept in Parquet, as a list"),
    MapOf: Issue("", "wrong-type", "this is not a map", "a map is kept in Parquet, as a list of `key` and `value`"),
    Record: Issue("", "wrong-type", "this is not an object", "give a column to each member, or a struct"),
}
"""What to say of a column of another structure."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a value is to be."""

    type: Type
    limits: Limits = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """Reads columns by what is declared, and collects what is wrong with them."""

    conventions: Conventions
    nulls: Nulls
    faults: Faults

    def members(self, group: Group, type_: Record, at: Place) -> Table:
        """Return the table of records that all rows have."""
        for name in group.members:
            if name != NONE and type_.find(name) is None:
                near = did_you_mean(name, [member.name for member in type_])
                self.faults.whole(at.below(name).path, Issue("", "unknown-fact", "this is not declared", near))
        return nested({member.name: self._member(group, member, at) for member in type_}, len(group.there))

    def _member(self, group: Group, member: Member, at: Place) -> Table:
        """Return the table of a member of records, with its default where records lack it."""
        column = group.members.get(member.name)
        if column is None:
            table = unknown(member.type, len(group.there))
        else:
            table = self.value(column, Declared(member.type, member.constraints), at.below(member.name))
            none = self._none(group, member, at) & ~known(table)
            table = replace(table, nones={**table.nones, "": none}) if none.any() else table
        if not member.default:
            return table
        return filled(table, group.there & ~known(table), member)

    def _none(self, group: Group, member: Member, at: Place) -> pl.Series:
        """Return where a member of records is known to be none, but for where it has a value."""
        said = group.members.get(NONE)
        if isinstance(said, pl.Series):
            none = said.list.contains(member.name).fill_null(False)
            if not member.type.nullable:
                self.faults.add(at.below(member.name), none.arg_true().to_list(), NOT_NONE)
            return none
        return group.there & (self.nulls == "none" and member.type.nullable)

    def value(self, column: Column, declared: Declared, at: Place) -> Table:
        """Return the table of values, which are at the path `""`; null is unknown."""
        if isinstance(column, pl.Series) and column.dtype == pl.Null:
            return unknown(declared.type, len(column))
        match declared.type, column:
            case Plain() | Enum() as type_, pl.Series():
                return self._single(column, Form(type_, declared.limits, self.conventions), at)
            case ((ListOf() | MapOf() as type_), pl.Series(dtype=pl.List())):
                return self._several(column, Declared(type_, declared.limits), at)
            case Record() as type_, Group():
                table = self.members(column, type_, at)
                there = None if column.there.all() else column.there
                return replace(table, present={**table.present, "": there})
            case type_, _:
                self.faults.add(at, given(column).arg_true().to_list(), WANTED[type(type_)])
                return unknown(type_, len(given(column)))

    def _single(self, column: pl.Series, form: Form, at: Place) -> Table:
        """Return the table of single values."""
        values, wrong = cells_of(column, form)
        for one in wrong:
            self.faults.add(at, one.places.to_list(), one.issue)
        return Table(len(column), {"": values})

    def _several(self, column: pl.Series, declared: Declared, at: Place) -> Table:
        """Return the table of lists or maps."""
        counts = column.list.len().fill_null(0).cast(pl.Int64).to_numpy()
        flat = column.filter(counts > 0).explode()
        inside = Place(f"{at.path}[]", np.repeat(at.rows, counts))
        if isinstance(declared.type, MapOf):
            of = Declared(declared.type.value, inner(declared.limits))
            items = self._entries(flat, of, inside, np.repeat(np.arange(len(column)), counts))
        else:
            assert isinstance(declared.type, ListOf)
            items = self._items(flat, Declared(declared.type.item, inner(declared.limits)), inside)
        there = column.is_not_null()
        offsets = np.concatenate(([0], np.cumsum(counts)))
        table = Table(len(column), {}, lists={"": Items(offsets, items, None if there.all() else there)})
        self._hold(table, declared, at)
        return table

    def _items(self, flat: pl.Series, declared: Declared, at: Place) -> Table:
        """Return the table of the items of lists, or of the values of maps; null is none."""
        table = self.value(opened(flat), declared, at)
        none = flat.is_null()
        if not none.any():
            return table
        if not declared.type.nullable:
            self.faults.add(at, none.arg_true().to_list(), NOT_NONE)
        return replace(table, nones={**table.nones, "": none})

    def _entries(self, flat: pl.Series, declared: Declared, at: Place, owners: Numbers) -> Table:
        """Return the table of the entries of maps, each map's in code-point order of their keys."""
        entries = opened(flat)
        if not isinstance(entries, Group) or set(entries.members) != {"key", "value"}:
            self.faults.add(at, range(len(flat)), WANTED[MapOf])
            return Table(len(flat), {})
        keys = self._single(flat.struct.field("key"), Form(TEXT, (), self.conventions), at.below("key"))
        values = self._items(flat.struct.field("value"), declared, at.below("value"))
        ordered = pl.DataFrame({"owner": owners, "key": keys.cells[""]}).with_row_index("place").sort("owner", "key")
        again = ordered.filter(ordered.select("owner", "key").is_duplicated())["place"].to_list()
        self.faults.add(at.below("key"), keys.cells[""].is_null().arg_true().to_list(), NOT_NONE)
        self.faults.add(at.below("key"), again, Issue("", "duplicate-key", "a map has a key twice"))
        return take(nested({"key": keys, "value": values}, len(flat)), ordered["place"].cast(pl.Int64).to_numpy())

    def _hold(self, table: Table, declared: Declared, at: Place) -> None:
        """Hold lists against their limits."""
        held = tests(declared.type, declared.limits, self.conventions.digits)
        if held:
            record = Record((Member("list", declared.type),))
            lists = [row.get("list") for row in rows_of(nested({"list": table}, table.rows), record)]
            for holds, message in held:
                broken = [row for row, one in enumerate(lists) if one is not None and not holds(one)]
                self.faults.add(at, broken, Issue("", "out-of-range", message))
