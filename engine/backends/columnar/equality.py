"""Whether values are the same: single ones, and lists item by item."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.backends.columnar.applying import compared
from engine.backends.columnar.logic import both, either, filled, no, only_where
from engine.backends.columnar.moving import compact, gathered, moved
from engine.backends.columnar.reducing import counted, size
from engine.backends.columnar.sheet import FALSE, Picks, Sheet, Term
from engine.backends.columnar.state import State
from engine.backends.columnar.values import Cell, Listed, Value, known
from engine.program.nodes import Comparison


def same(sheet: Sheet, left: Value, right: Value) -> Term:
    """Return whether two single values or lists are equal, none being equal to none alone; null where unknown."""
    match left, right:
        case Cell(), Cell():
            return compared(sheet, Comparison.EQ, left, right)
        case Listed(), Listed():
            return _same_lists(sheet, left, right)
        case _:
            raise TypeError("records are not compared")


def _same_lists(sheet: Sheet, left: Listed, right: Listed) -> Term:
    """Return whether two lists are equal."""
    level = max(left.owner, right.owner, key=lambda owner: owner.depth)
    left, right = (compact(sheet, moved(sheet, one, level)) for one in (left, right))
    pairs = Picks(left.items, right.items, _opposite(sheet, left, right))
    equal = filled(sheet, same(sheet, left.value, gathered(sheet, right.value, pairs)), False)
    differing = counted(sheet, left, no(sheet, equal))
    sizes = sheet.combined(pl.Expr.eq, size(sheet, left), size(sheet, right), sure=True)
    lists = both(
        sheet, (left.known, right.known, sizes, sheet.combined(lambda count: count == 0, differing, sure=True))
    )
    nones = both(sheet, (left.none or FALSE, right.none or FALSE))
    return only_where(sheet, both(sheet, (known(sheet, left), known(sheet, right))), either(sheet, (lists, nones)))


def _opposite(sheet: Sheet, left: Listed, right: Listed) -> Term:
    """Return for each item of the left lists the item at its position in the right ones, null where there is none."""

    def series(state: State) -> pl.Series:
        ours, theirs = state.offsets[left.items], state.offsets[right.items]
        rows = np.repeat(np.arange(len(ours) - 1), np.diff(ours))
        places = np.arange(len(rows)) - ours[rows] + theirs[rows]
        there = pl.Series(places < theirs[rows + 1])
        return pl.select(pl.when(there).then(pl.Series(places, dtype=pl.UInt32))).to_series()

    return sheet.made(left.items, series, (left.items.name, right.items.name))
