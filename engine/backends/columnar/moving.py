"""Values moved to the rows of another level, and levels made of the items of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.logic import filled
from engine.backends.columnar.sheet import Picks, Sheet, Term
from engine.backends.columnar.state import Level, State
from engine.backends.columnar.table import Offsets
from engine.backends.columnar.values import Cell, Entry, Listed, Value
from engine.program.types import Type

Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """Items that each row of a level takes: all of a row of `items`' parent, or one where it is `items` itself."""

    items: Level
    rows: Term | None = None
    """Which row of the parent, null for none; None: the same row."""
    takes: Term | None = None
    """Where it takes them, never null; None: everywhere."""


def gathered(sheet: Sheet, value: Value, picks: Picks) -> Value:
    """Return the value in the rows picked, unknown where none is."""
    match value:
        case Cell():
            none = _none(sheet, value, picks)
            settled = value.settled and picks.index.sure
            return replace(value, value=sheet.gathered(value.value, picks), none=none, settled=settled)
        case Entry():
            return _gathered_entry(sheet, value, picks)
        case Listed():
            return _gathered_list(sheet, value, picks)


def moved(sheet: Sheet, listed: Listed, level: Level) -> Listed:
    """Return lists in the rows of a level further in."""
    return listed if listed.owner is level else _gathered_list(sheet, listed, sheet.inward(listed.owner, level))


def compact(sheet: Sheet, listed: Listed) -> Listed:
    """Return lists without the items that they mask."""
    if listed.mask is None:
        return listed
    place = (listed.items, listed.mask)
    if place not in sheet.compact:
        sheet.compact[place] = _unmasked(sheet, *place)
    return reordered(sheet, listed, sheet.compact[place])


def _unmasked(sheet: Sheet, before: Level, flags: Term) -> Picks:
    """Return the items of which a mask is true."""
    mask = sheet.named(flags, before)
    assert before.parent is not None

    def run(state: State, _: Level) -> tuple[Offsets, list[pl.Series]]:
        there = flags_of(state, mask)
        offsets = np.concatenate(([0], np.cumsum(there)))[state.offsets[before]]
        return offsets, [pl.Series(np.flatnonzero(there).astype(np.uint32))]

    items, (index,) = sheet.level(before.parent, run, (*mask.reads, before.name), 1)
    return Picks(items, before, index)


def reordered(sheet: Sheet, listed: Listed, picks: Picks) -> Listed:
    """Return lists with those of their items that are picked."""
    key = None if listed.key is None else gathered(sheet, listed.key, picks)
    assert key is None or isinstance(key, Cell)
    return replace(listed, items=picks.level, value=gathered(sheet, listed.value, picks), key=key, mask=None)


def joined_parts(sheet: Sheet, level: Level, parts: Sequence[Part]) -> tuple[Level, list[Picks], Term]:
    """Return a level with the items of all parts in turn, what each part picks, and the part of each item."""
    columns = [None if part.rows is None else sheet.named(part.rows, level) for part in parts]
    flags = [None if part.takes is None else sheet.named(part.takes, level) for part in parts]
    named = [term for term in (*columns, *flags) if term is not None]
    reads = [name for term in named for name in term.reads] + [part.items.name for part in parts]

    def run(state: State, _: Level) -> tuple[Offsets, list[pl.Series]]:
        spans = [
            _spans(state, level, Part(part.items, rows, takes))
            for part, rows, takes in zip(parts, columns, flags, strict=True)
        ]
        return _laid_out(spans)

    items, (code, *indexes) = sheet.level(level, run, reads, 1 + len(parts))
    sure = len(parts) == 1
    picks = [Picks(items, part.items, replace(index, sure=sure)) for part, index in zip(parts, indexes, strict=True)]
    return items, picks, code


def flags_of(state: State, term: Term) -> Flags:
    """Return a column of conditions; null (of rows that a hasty plan takes wrongly) is false."""
    (name,) = term.reads
    return state.columns[name].fill_null(False).to_numpy()


def _gathered_entry(sheet: Sheet, entry: Entry, picks: Picks) -> Entry:
    """Return records in the rows picked."""
    present = filled(sheet, sheet.gathered(entry.present, picks), False)
    none = _none(sheet, entry, picks)

    def find(name: str, type_: Type) -> Value:
        return gathered(sheet, entry.member(name, type_), picks)

    return Entry(entry.type, picks.level, present, none, find)


def _gathered_list(sheet: Sheet, listed: Listed, picks: Picks) -> Listed:
    """Return lists in the rows picked; `picks.source` has the lists or is further in."""
    if picks.source is not listed.owner:
        listed = moved(sheet, listed, picks.source)
    inner = _inner(sheet, listed.items, picks)
    known = filled(sheet, sheet.gathered(listed.known, picks), False)
    none = _none(sheet, listed, picks)
    mask = None if listed.mask is None else sheet.gathered(listed.mask, inner)
    key = None if listed.key is None else gathered(sheet, listed.key, inner)
    assert key is None or isinstance(key, Cell)
    return Listed(listed.type, known, inner.level, gathered(sheet, listed.value, inner), key, mask, none)


def _none(sheet: Sheet, value: Value, picks: Picks) -> Term | None:
    """Return where a value is none in the rows picked; None: nowhere."""
    return None if value.none is None else filled(sheet, sheet.gathered(value.none, picks), False)


def _inner(sheet: Sheet, items: Level, picks: Picks) -> Picks:
    """Return the items of the rows picked; the same ones for every list of those items."""
    if (items, picks) not in sheet.inner:
        _, (sheet.inner[items, picks],), _ = joined_parts(sheet, picks.level, [Part(items, picks.index)])
    return sheet.inner[items, picks]


def _spans(state: State, level: Level, part: Part) -> tuple[Offsets, Offsets]:
    """Return where the items of each row begin, and how many there are."""
    if part.items is level and part.rows is None:
        starts = np.arange(state.rows[level])
        sizes = np.ones(state.rows[level], np.int64)
    else:
        starts, sizes = _rows_spans(state, part)
    return starts, sizes if part.takes is None else np.where(flags_of(state, part.takes), sizes, 0)


def _rows_spans(state: State, part: Part) -> tuple[Offsets, Offsets]:
    """Return where the items of the row that each row takes begin, and how many there are."""
    offsets = state.offsets[part.items]
    if part.rows is None:
        return offsets[:-1], np.diff(offsets)
    (name,) = part.rows.reads
    index = state.columns[name]
    there = index.is_not_null().to_numpy()
    if len(offsets) == 1:
        return np.zeros(len(there), np.int64), np.zeros(len(there), np.int64)
    rows = index.fill_null(0).to_numpy()
    starts = offsets[rows]
    return starts, np.where(there, offsets[rows + np.uint32(1)] - starts, 0)


def _laid_out(spans: Sequence[tuple[Offsets, Offsets]]) -> tuple[Offsets, list[pl.Series]]:
    """Return the offsets of spans laid one after the other, the span of each item, and the items of each span."""
    offsets = np.concatenate(([0], np.cumsum(sum(sizes for _, sizes in spans))))
    if len(spans) == 1:
        items = within(*spans[0])
        return offsets, [pl.Series(np.zeros(len(items), np.uint16)), pl.Series(items.astype(np.uint32))]
    codes = np.zeros(offsets[-1], np.uint16)
    indexes = []
    begin = offsets[:-1]
    for code, (starts, sizes) in enumerate(spans):
        places = within(begin, sizes)
        codes[places] = code
        index = np.zeros(offsets[-1], np.uint32)
        index[places] = within(starts, sizes)
        indexes.append(index)
        begin = begin + sizes
    there = [pl.select(pl.when(pl.Series(codes == code)).then(pl.Series(index))) for code, index in enumerate(indexes)]
    return offsets, [pl.Series(codes), *(one.to_series() for one in there)]


def within(starts: Offsets, sizes: Offsets) -> Offsets:
    """Return the numbers of each span, one span after the other."""
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(ends[-1] if len(ends) else 0)
