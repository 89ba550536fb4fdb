"""Functions of lists and maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.choosing import together
from engine.backends.columnar.equality import same
from engine.backends.columnar.logic import both, filled, only_where
from engine.backends.columnar.moving import compact, gathered, moved, reordered, within
from engine.backends.columnar.reducing import (
    MOST,
    counted,
    first,
    ordered,
    reduced,
    size,
    smallest,
    total,
    total_of_numbers,
)
from engine.backends.columnar.sheet import TRUE, Picks, Sheet, Term
from engine.backends.columnar.state import Level, State
from engine.backends.columnar.table import Offsets
from engine.backends.columnar.texts import recoded
from engine.backends.columnar.values import Cell, Listed, Value, known, level_of
from engine.program.types import Kind, Type, kind_of

FUNCTIONS: Final = frozenset(["size_list", "size_map", "min_list", "max_list", "sum_list", "top", "bottom", "keys"])


def call(sheet: Sheet, name: str, args: Sequence[Value], gives: Type) -> Value:
    """Return what a function of a list or a map gives."""
    listed, rest = args[0], args[1:]
    assert isinstance(listed, Listed)
    match name:
        case "size_list" | "size_map":
            return Cell(only_where(sheet, listed.known, size(sheet, listed)), gives, low=0, high=MOST)
        case "sum_list":
            return _sum(sheet, listed, gives)
        case "min_list" | "max_list":
            return _extreme(sheet, compact(sheet, listed), name == "max_list", gives)
        case "keys":
            assert listed.key is not None
            return replace(listed, type=gives, value=listed.key, key=None)
        case _:
            (count,) = rest
            assert isinstance(count, Cell)
            return _best(sheet, listed, name == "top", count)


def concatenated(sheet: Sheet, lists: Sequence[Value], type_: Type) -> Listed:
    """Return lists one after the other."""
    given = [one for one in lists if isinstance(one, Listed)]
    level = max((one.owner for one in given), key=lambda owner: owner.depth)
    given = [moved(sheet, one, level) for one in given]
    made = together(sheet, level, given, [None for _ in given])
    return replace(made, type=type_, known=both(sheet, [one.known for one in given]))


def items(sheet: Sheet, values: Sequence[Value], type_: Type) -> Listed:
    """Return the list of values, which is unknown where one is."""
    there = [known(sheet, value) for value in values]
    level = level_of(*values) or sheet.unit
    given = [Listed(type_, TRUE, level, value) for value in values]
    made = together(sheet, level, given, [None for _ in values])
    return replace(made, known=both(sheet, there))


def at(sheet: Sheet, listed: Listed, position: Cell) -> tuple[Listed, Picks]:
    """Return the list as it has its items in a row, and the item at a position, none outside the list."""
    listed = compact(sheet, listed)
    level = level_of(listed, position)
    assert level is not None
    inner = listed.items
    begin = sheet.made(listed.owner, lambda state: pl.Series(state.offsets[inner][:-1]), (inner.name,), sure=True)

    def build(start: pl.Expr, count: pl.Expr, place: pl.Expr) -> pl.Expr:
        return pl.when((place >= 0) & (place < count)).then((start + place).cast(pl.UInt32))

    index = sheet.combined(build, begin, size(sheet, listed), sheet.named(position.value))
    return listed, Picks(level, inner, only_where(sheet, listed.known, index))


def entry(sheet: Sheet, listed: Listed, key: Cell) -> tuple[Listed, Picks]:
    """Return the map in the rows of the key, and the entry of that key, none where it has none."""
    listed = moved(sheet, listed, level_of(listed, key) or listed.owner)
    assert listed.key is not None
    return listed, first(sheet, listed, filled(sheet, same(sheet, listed.key, key), False))


def contains(sheet: Sheet, item: Value, listed: Listed) -> Term:
    """Return whether an item is in a list, or a text is a key of a map."""
    there = known(sheet, item)
    listed = moved(sheet, listed, level_of(listed, item) or listed.owner)
    equal = filled(sheet, same(sheet, listed.key or listed.value, item), False)
    found = sheet.combined(lambda count: count > 0, counted(sheet, listed, equal), sure=True)
    return only_where(sheet, both(sheet, (there, listed.known)), found)


def _sum(sheet: Sheet, listed: Listed, gives: Type) -> Cell:
    """Return the sum of a list's items."""
    listed = compact(sheet, listed)
    assert isinstance(listed.value, Cell)
    numbers = kind_of(gives) is Kind.NUMBER
    found = reduced(sheet, listed, total_of_numbers if numbers else total, _held(sheet, listed.value))
    return Cell(only_where(sheet, listed.known, found), gives)


def _held(sheet: Sheet, cell: Cell) -> Term:
    """Return the values of known items, with 0 for those of unknown lists."""
    return sheet.combined(lambda expr: expr.fill_null(0), cell.value, sure=True)


def _extreme(sheet: Sheet, listed: Listed, largest: bool, gives: Type) -> Value:
    """Return the smallest or largest item of a list, the first of equals; unknown where there is none."""
    assert isinstance(listed.value, Cell)

    def run(keys: pl.Series, offsets: Offsets) -> pl.Series:
        return smallest(_turned(keys, largest), offsets)

    index = reduced(sheet, listed, run, _key(sheet, listed.value))
    index = only_where(sheet, listed.known, index)
    found = gathered(sheet, listed.value, Picks(listed.owner, listed.items, index))
    assert isinstance(found, Cell)
    return replace(found, type=gives)


def _best(sheet: Sheet, listed: Listed, largest: bool, count: Cell) -> Listed:
    """Return the few smallest or largest items of a list in order; unknown for a count below 0."""
    listed = compact(sheet, moved(sheet, listed, level_of(listed, count) or listed.owner))
    assert isinstance(listed.value, Cell)
    keys = sheet.named(_key(sheet, listed.value), listed.items)
    most = sheet.named(sheet.combined(lambda expr: expr.fill_null(0).clip(0), count.value, sure=True), listed.owner)
    before = listed.items

    def run(state: State, _: Level) -> tuple[Offsets, list[pl.Series]]:
        (key,), (limit,) = keys.reads, most.reads
        offsets = state.offsets[before]
        turned = _turned(state.columns[key], largest)
        order, sizes = ordered(turned, offsets, state.columns[limit].to_numpy())
        kept = order[within(offsets[:-1], sizes)]
        return np.concatenate(([0], np.cumsum(sizes))), [pl.Series(kept.astype(np.uint32))]

    reads = (*keys.reads, *most.reads, before.name)
    items, (index,) = sheet.level(listed.owner, run, reads, 1)
    made = reordered(sheet, listed, Picks(items, before, index))
    enough = sheet.combined(lambda expr: expr >= 0, count.value, sure=count.value.sure)
    return replace(made, known=both(sheet, (listed.known, filled(sheet, enough, False))))


def _key(sheet: Sheet, cell: Cell) -> Term:
    """Return ints or numbers that have the order of the items."""
    if cell.texts is not None:
        return _held(sheet, replace(cell, value=recoded(sheet, cell, sorted(cell.texts))))
    if kind_of(cell.type) is Kind.TEXT:
        return sheet.called(lambda series: series.rank("dense").fill_null(0), cell.value, sure=True)
    return _held(sheet, cell)


def _turned(keys: pl.Series, largest: bool) -> np.ndarray:
    """Return keys as an array, turned where the largest come first."""
    values = keys.to_numpy()
    if values.dtype == np.float64:
        return -values if largest else values
    return ~values.astype(np.int64) if largest else values.astype(np.int64)
