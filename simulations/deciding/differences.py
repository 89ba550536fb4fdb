"""Where two tables of the same rows say different things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Items, Table
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import bits_of

T = TypeVar("T")


def differing(one: Table, other: Table) -> Bits:
    """Return the rows in which any fact of two tables differs; unknown is like nothing but unknown."""
    found = np.zeros(one.rows, np.bool_)
    for first, second in _pairs(one.cells, other.cells):
        found |= _cells(first, second)
    for path in {*one.present, *other.present}:
        found |= _present(one, path) != _present(other, path)
    for nones in _pairs(one.nones, other.nones):
        truths = [np.zeros(one.rows, np.bool_) if none is None else bits_of(none) for none in nones]
        found |= truths[0] != truths[1]
    for lists in _pairs(one.lists, other.lists):
        found |= _lists(*(items or _unknown(one.rows) for items in lists))
    return found


def _pairs(one: Mapping[str, T], other: Mapping[str, T]) -> Iterator[tuple[T | None, T | None]]:
    for path in {*one, *other}:
        yield one.get(path), other.get(path)


def _cells(one: pl.Series | None, other: pl.Series | None) -> Bits:
    if one is None or other is None:
        given = one if other is None else other
        assert given is not None
        return bits_of(given.is_not_null())
    return bits_of(one.ne_missing(other))


def _present(table: Table, path: str) -> Bits:
    known = table.present.get(path)
    return np.full(table.rows, path in table.present) if known is None else bits_of(known)


def _lists(one: Items, other: Items) -> Bits:
    """Return the rows whose lists differ: in being known, in length, or in an item."""
    sizes, others = np.diff(one.offsets), np.diff(other.offsets)
    found: Bits = (sizes != others) | (_known(one) != _known(other))
    alike = np.flatnonzero(~found)
    lengths = sizes[alike]
    owners = np.repeat(alike, lengths)
    items = differing(_items(one, alike), _items(other, alike))
    found[owners[items]] = True
    return found


def _items(items: Items, rows: Ints) -> Table:
    """Return the items of some rows."""
    return take(Table(len(items.offsets) - 1, {}, lists={"": items}), rows).lists[""].table


def _known(items: Items) -> Bits:
    return np.ones(len(items.offsets) - 1, np.bool_) if items.known is None else bits_of(items.known)


def _unknown(rows: int) -> Items:
    return Items(np.zeros(rows + 1, np.int64), Table(0, {}), pl.repeat(False, rows, dtype=pl.Boolean, eager=True))
