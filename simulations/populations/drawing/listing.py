"""Everything of a level: its facts, its lists and maps, in the order in which they can be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Items, Table
from engine.program.types import MapOf, Record
from simulations.populations.drawing.columns import Column, Places, Truths, merged
from simulations.populations.drawing.copula import Copula
from simulations.populations.drawing.draws import Draw
from simulations.populations.drawing.levels import Level, under
from simulations.populations.drawing.spec import Entry, Fact, Listing
from simulations.populations.drawing.values import Site, drawn, true_of


def draw_all(level: Level, entries: Iterable[Entry], copula: Copula | None) -> None:
    """Draw everything for the rows of a level."""
    if copula is not None:
        level.uniform.update(copula.joined({path: level.uniforms(path) for path in copula.paths}))
    for entry in entries:
        match entry:
            case Fact():
                level.add(entry.path, fact(entry, level), entry.type)
            case Listing():
                _listing(entry, level)


def fact(entry: Fact, level: Level) -> Column:
    """Return a fact of every row; what stands in for it where it is unknown."""
    site = Site(level, entry.path)
    column = drawn(entry.draw, site)
    if entry.default is None or column.known is None:
        return column
    none = np.zeros(level.rows, np.bool_) if column.none is None else column.none
    there = column.known | none
    kept, lost = np.flatnonzero(there), np.flatnonzero(~there)
    return merged(level.rows, [(kept, column.at(kept)), (lost, drawn(entry.default, site.narrowed(lost)))])


def _listing(entry: Listing, level: Level) -> None:
    """Draw a list or map of every row."""
    there = _there(entry, level)
    if entry.over:
        items = _for_each(entry, level, there)
    elif entry.texts:
        items = _each_of(entry, level, there)
    else:
        count = drawn(entry.count, Site(level, f"{entry.path}/count"))
        known = there if count.known is None else there & count.known
        items = under(level, entry.path, np.where(known, count.values, 0))
    draw_all(items, entry.entries, entry.copula)
    level.items[entry.path] = items
    level.lists[entry.path] = items_of(entry, items, level, there)


def _there(entry: Listing, level: Level) -> Truths:
    """Return where there is a list; where it is known that there is none, it is kept so."""
    none, missing = (
        level.uniforms(f"{entry.path}/{what}") < share if share else np.zeros(level.rows, np.bool_)
        for what, share in (("none", entry.none), ("missing", entry.missing))
    )
    if entry.none:
        level.absent[entry.path] = pl.Series(none & ~missing)
    return ~(none | missing)


def _for_each(entry: Listing, level: Level, there: Truths) -> Level:
    """Return a row for each item of another list that a condition holds for."""
    source, offsets = level.items[entry.over], level.lists[entry.over].offsets
    fits = np.ones(source.rows, np.bool_) if entry.where is None else true_of(source.value(entry.where))
    fits = fits & there[source.owners]
    before = np.concatenate(([0], np.cumsum(fits)))[offsets]
    items = under(level, entry.path, before[1:] - before[:-1])
    items.each = (source, np.flatnonzero(fits))
    return items


def _each_of(entry: Listing, level: Level, there: Truths) -> Level:
    """Return a row for each text that the list of a row holds."""
    holds = np.stack([_held(text, chance, entry, level) for text, chance in entry.texts], axis=1) & there[:, None]
    items = under(level, entry.path, holds.sum(axis=1))
    type_ = entry.type.item if not isinstance(entry.type, MapOf) else entry.type.value
    items.add("", Column(np.nonzero(holds)[1], tuple(text for text, _ in entry.texts)), type_)
    return items


def _held(text: str, chance: Draw, entry: Listing, level: Level) -> Truths:
    """Return whether the list of each row holds a text."""
    purpose = f"{entry.path}/{text}"
    of_all = drawn(chance, Site(level, f"{purpose}/chance"))
    held: Truths = level.uniforms(purpose) < of_all.values
    return held if of_all.known is None else held & of_all.known


def items_of(entry: Listing, items: Level, level: Level, there: Truths) -> Items:
    """Return the lists or maps of all rows as a table has them."""
    table = facts_of(items, entry.entries) if not entry.texts else items.facts([""])
    ends = np.concatenate(([0], np.cumsum(np.bincount(items.owners, minlength=level.rows))))
    known = None if there.all() else pl.Series(there)
    if isinstance(entry.type, MapOf):
        rows = _keys_in_order(items)
        ends = np.concatenate(([0], np.cumsum(np.bincount(items.owners[rows], minlength=level.rows))))
        return Items(ends, take(table, rows), known)
    if isinstance(entry.type.item, Record):
        table = Table(table.rows, table.cells, {"": None, **table.present}, table.lists, table.nones)
    return Items(ends, table, known)


def _keys_in_order(items: Level) -> Places:
    """Return the rows of maps, those of each in code-point order of their keys; of the same key twice, the first."""
    keys = items.columns["key"]
    assert keys.texts is not None
    order = {text: rank for rank, text in enumerate(sorted(keys.texts))}
    ranks = np.array([order[text] for text in keys.texts], np.int64)[keys.values]
    rows = np.lexsort((ranks, items.owners))
    owners, ranks = items.owners[rows], ranks[rows]
    again = (owners[1:] == owners[:-1]) & (ranks[1:] == ranks[:-1])
    return rows[np.concatenate(([True], ~again))] if len(rows) else rows


def facts_of(level: Level, entries: Sequence[Entry]) -> Table:
    """Return what was drawn of the pack's own facts."""
    return level.facts([entry.path for entry in entries if entry.own])
