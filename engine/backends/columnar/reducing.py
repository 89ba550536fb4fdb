"""What the rows of lists make of their items: how many, how much, which first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.logic import both, only_where
from engine.backends.columnar.moving import flags_of
from engine.backends.columnar.sheet import Picks, Sheet, Term
from engine.backends.columnar.state import State
from engine.backends.columnar.table import Offsets
from engine.backends.columnar.values import Listed

Numbers: TypeAlias = npt.NDArray[np.float64]
LOW_BITS: Final = 2**32 - 1
MOST: Final = 2**32 - 1
"""How many items there can be."""


def size(sheet: Sheet, listed: Listed) -> Term:
    """Return how many items there are; 0 where the list is unknown."""
    if listed.mask is not None:
        return counted(sheet, listed, listed.mask)
    items = listed.items
    return sheet.made(listed.owner, lambda state: pl.Series(np.diff(state.offsets[items])), (items.name,), sure=True)


def counted(sheet: Sheet, listed: Listed, condition: Term) -> Term:
    """Return of how many items a condition (never null) holds."""
    flags = sheet.named(_within(sheet, listed, condition), listed.items)
    items = listed.items

    def series(state: State) -> pl.Series:
        totals = np.concatenate(([0], np.cumsum(flags_of(state, flags))))
        return pl.Series(np.diff(totals[state.offsets[items]]))

    return sheet.made(listed.owner, series, (*flags.reads, items.name), sure=True)


def first(sheet: Sheet, listed: Listed, condition: Term) -> Picks:
    """Return the first item of which a condition (never null) holds."""
    flags = sheet.named(_within(sheet, listed, condition), listed.items)
    items = listed.items

    def series(state: State) -> pl.Series:
        offsets = state.offsets[items]
        places = np.flatnonzero(flags_of(state, flags))
        found = np.append(places, offsets[-1])[np.searchsorted(places, offsets[:-1])]
        return where(found < offsets[1:], found)

    index = sheet.made(listed.owner, series, (*flags.reads, items.name))
    return Picks(listed.owner, items, only_where(sheet, listed.known, index))


def where(there: npt.NDArray[np.bool_], rows: Offsets) -> pl.Series:
    """Return rows as an index, null where there is none."""
    return pl.select(pl.when(pl.Series(there)).then(pl.Series(rows.astype(np.uint32)))).to_series()


def reduced(sheet: Sheet, listed: Listed, run: Callable[[pl.Series, Offsets], pl.Series], items: Term) -> Term:
    """Return what a function makes of a column of items and where each row's begin."""
    level = listed.items
    column = sheet.named(items, level)

    def series(state: State) -> pl.Series:
        (name,) = column.reads
        return run(state.columns[name], state.offsets[level])

    return sheet.made(listed.owner, series, (*column.reads, level.name))


def total(items: pl.Series, offsets: Offsets) -> pl.Series:
    """Return the sum of each row's ints, null beyond 64 bits: high and low halves are added apart."""
    values = items.to_numpy()
    high, low = (np.diff(_sums(part)[offsets]) for part in (values >> 32, values & LOW_BITS))
    high = high + (low >> 32)
    there = (high >= -(2**31)) & (high < 2**31)
    sums = np.where(there, (high << 32) | (low & LOW_BITS), 0)
    return pl.select(pl.when(pl.Series(there)).then(pl.Series(sums))).to_series()


def total_of_numbers(items: pl.Series, offsets: Offsets) -> pl.Series:
    """Return the sum of each row's numbers, added in their order; null where it is not finite."""
    values = items.to_numpy()
    starts, sizes = offsets[:-1], np.diff(offsets)
    sums = np.zeros(len(sizes))
    rows = np.flatnonzero(sizes > 0)
    place = 0
    with np.errstate(over="ignore", invalid="ignore"):
        while len(rows):
            sums[rows] += values[starts[rows] + place]
            place += 1
            rows = rows[sizes[rows] > place]
    return pl.select(pl.when(pl.Series(np.isfinite(sums))).then(pl.Series(sums))).to_series()


def smallest(keys: npt.NDArray[np.int64] | Numbers, offsets: Offsets) -> pl.Series:
    """Return the first item of each row whose key is the least; null where a row has none."""
    sizes = np.diff(offsets)
    if not len(keys):
        return where(np.zeros(len(sizes), np.bool_), offsets[:-1])
    least = np.zeros(len(sizes), keys.dtype)
    some = sizes > 0
    least[some] = np.minimum.reduceat(keys, offsets[:-1][some])
    places = np.flatnonzero(keys == np.repeat(least, sizes))
    found = np.append(places, 0)[np.searchsorted(places, offsets[:-1])]
    return where(some, found)


def ordered(keys: npt.NDArray[np.int64] | Numbers, offsets: Offsets, most: Offsets) -> tuple[Offsets, Offsets]:
    """Return the items of each row in the order of their keys, equals as they stand, and no more than so many."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    order = np.lexsort((keys, rows))
    sizes = np.minimum(np.diff(offsets), most)
    return order, sizes


def _sums(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the sum of all values before each place."""
    return np.concatenate(([0], np.cumsum(values)))


def _within(sheet: Sheet, listed: Listed, condition: Term) -> Term:
    """Return a condition, false of the items that the list masks."""
    return condition if listed.mask is None else both(sheet, (listed.mask, condition))
