"""Rows while they are drawn: customers, the items of their lists, or their asks for one action.

Every row belongs to a customer, and has a place that tells it from the customer's other rows (`services[1].`). What is
drawn for it comes from the stream of that place and the fact's path, at the customer's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import ReferenceType, ref

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Items, Table
from engine.program.types import INT, TEXT, Enum, Type
from simulations.populations.drawing.columns import Column, Places, cell, column_of
from simulations.populations.drawing.draws import VALUE, Formula
from simulations.populations.drawing.tables import above_of, below, beside, related
from simulations.populations.population import Numbers
from simulations.populations.streams import Uniforms, stretch

ITEM_NUMBER: Final = "@n"
"""The row's number among those that belong together, from 1; a customer's among all."""
EACH: Final = "each"
"""The item of another list that a row is made for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Rows with the same place, at most one of each customer; `rows` are None where they are all."""

    label: str
    rows: Places | None
    first: int
    """The first customer that has one."""
    after: Numbers
    """How far after the first the customer of each is, ascending."""

    def uniforms(self, seed: int, purpose: str) -> Uniforms:
        """Return a number above 0 and below 1 for each row."""
        drawn = stretch(seed, self.label + purpose, self.first, self.first + int(self.after[-1]) + 1)
        return drawn if len(drawn) == len(self.after) else drawn[self.after]


@dataclass(eq=False)
class Level:
    """Rows with what has been drawn for them so far, by the paths that expressions know."""

    seed: int
    numbers: Numbers
    """The customer of each row."""
    places: Sequence[Place]
    above: ReferenceType[Level] | None = None
    """The level that the rows belong to; it knows its lists, so a full reference would keep both for long."""
    owners: Places = field(default_factory=lambda: np.empty(0, np.int64))
    """The row there that each row belongs to."""
    of_asks: bool = False
    each: tuple[Level, Places] | None = None
    """The rows of another level that these are made for."""
    columns: dict[str, Column] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    cells: dict[str, pl.Series] = field(default_factory=dict)
    """The columns as tables have them, as far as some table has had them."""
    lists: dict[str, Items] = field(default_factory=dict)
    absent: dict[str, pl.Series] = field(default_factory=dict)
    """Where a list is known to be none."""
    items: dict[str, Level] = field(default_factory=dict)
    """The rows of each list or map."""
    uniform: dict[str, Uniforms] = field(default_factory=dict)
    """Numbers that are not drawn by themselves: those of correlated facts, by path."""

    @property
    def parent(self) -> Level:
        """The level that the rows belong to."""
        parent = None if self.above is None else self.above()
        assert parent is not None
        return parent

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.numbers)

    def uniforms(self, purpose: str) -> Uniforms:
        """Return a number above 0 and below 1 for each row."""
        if purpose in self.uniform:
            return self.uniform[purpose]
        if len(self.places) == 1 and self.places[0].rows is None:
            return self.places[0].uniforms(self.seed, purpose)
        drawn = np.empty(self.rows)
        for place in self.places:
            drawn[place.rows] = place.uniforms(self.seed, purpose)
        return drawn

    def add(self, path: str, column: Column, type_: Type) -> None:
        """Keep what was drawn."""
        # Which actions there are, and which values an input may have, differs from policy to policy: they stay texts.
        as_text = isinstance(type_, Enum) and (self.of_asks or path == "action" or path.startswith("ask."))
        self.columns[path], self.types[path] = column, TEXT if as_text else type_

    def cell(self, path: str) -> pl.Series:
        """Return a column as tables have it."""
        if path not in self.cells:
            self.cells[path] = cell(self.columns[path], self.types[path])
        return self.cells[path]

    def column(self, path: str) -> Column:
        """Return what was drawn at a path, here or at the level that the rows belong to."""
        if path in self.columns:
            return self.columns[path]
        if self.each is not None and path.startswith(f"{EACH}."):
            source, rows = self.each
            return source.column(path.removeprefix(f"{EACH}.")).at(rows)
        return self.parent.column(path).at(self.owners)

    def table(self, paths: Iterable[str]) -> Table:
        """Return what was drawn at, below and above paths."""
        own, above, each = {}, [], []
        for path in paths:
            found = [one for one in (*self.columns, *self.lists) if related(one, path)]
            own.update(dict.fromkeys(found))
            if not found and self.each is not None and path.split(".")[0] == EACH:
                each.append(path.partition(".")[2])
            elif not found:
                above.append(path)
        tables = [self.facts(own)]
        if above and self.above is not None:
            tables.append(take(self.parent.table(above), self.owners))
        if each and self.each is not None:
            tables.append(below(EACH, take(self.each[0].table(each), self.each[1])))
        return beside(self.rows, tables)

    def facts(self, paths: Iterable[str]) -> Table:
        """Return what was drawn at exactly these paths."""
        paths = tuple(paths)
        columns = {path: self.columns[path] for path in paths if path in self.columns}
        nones = {path: pl.Series(one.none) for path, one in columns.items() if one.none is not None}
        return Table(
            self.rows,
            {path: self.cell(path) for path in columns},
            dict.fromkeys(one for path in paths for one in above_of(path)),
            {path: self.lists[path] for path in paths if path in self.lists},
            {**nones, **{path: self.absent[path] for path in paths if path in self.absent}},
        )

    def value(self, formula: Formula, rows: Places | None = None) -> Column:
        """Return what an expression comes to in every row, or in some."""
        if (path := formula.path) and path in formula.reads:
            return self.column(path) if rows is None else self.column(path).at(rows)
        table = self.table(formula.reads)
        made = formula.columns.run(table if rows is None else take(table, rows))
        return column_of(made.cells[VALUE], made.nones.get(VALUE), formula.columns.texts.get(VALUE))


def customers(seed: int, numbers: Numbers) -> Level:
    """Return the level of customers with numbers that follow each other, before anything is drawn."""
    level = Level(seed, numbers, (Place("", None, int(numbers[0]), numbers - numbers[0]),))
    level.add(ITEM_NUMBER, Column(numbers + 1), INT)
    return level


def under(parent: Level, path: str, counts: Places, of_asks: bool = False) -> Level:
    """Return the level of so many rows for each row of another, in that order."""
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(parent.rows), counts)
    places = tuple(_places(parent, path, counts, starts))
    level = Level(parent.seed, parent.numbers[owners], places, ref(parent), owners, of_asks or parent.of_asks)
    level.add(ITEM_NUMBER, Column(np.arange(len(owners)) - starts[owners] + 1), INT)
    return level


def _places(parent: Level, path: str, counts: Places, starts: Places) -> Iterator[Place]:
    """Yield the places of so many rows for each row of another level."""
    for above in parent.places:
        rows = np.flatnonzero(counts) if above.rows is None else above.rows[counts[above.rows] > 0]
        number = 0
        while len(rows):
            numbers = parent.numbers[rows]
            first = int(numbers[0])
            yield Place(f"{above.label}{path}[{number}].", starts[rows] + number, first, numbers - first)
            number += 1
            rows = rows[counts[rows] > number]
