"""One of several values in each row, by conditions in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from engine.backends.columnar.cell import Bound
from engine.backends.columnar.logic import both, filled, no, not_null
from engine.backends.columnar.moving import Part, gathered, joined_parts, moved
from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term
from engine.backends.columnar.state import Level
from engine.backends.columnar.texts import alike, looked_up
from engine.backends.columnar.values import CODE, Cell, Entry, Listed, Value, condition, dtype_of, known, level_of
from engine.program.types import Type

FEW: Final = 8
"""How many branches one expression has; more are a column for each so many."""
WORTH_A_TABLE: Final = 3
"""From how many constants on they are looked up by the place of the condition that holds."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The conditions of all values but the last, which is for where none of them holds; a null one makes unknown."""

    conditions: tuple[Term, ...]

    @property
    def sure(self) -> bool:
        """Return whether some value is chosen in every row."""
        return all(term.sure for term in self.conditions)


def choice(sheet: Sheet, conditions: Sequence[Term]) -> Choice:
    """Return a choice by conditions, each of which is computed once."""
    return Choice(tuple(sheet.named(term) for term in conditions))


def chosen(sheet: Sheet, by: Choice, values: Sequence[Value], type_: Type) -> Value:
    """Return in each row the value of the first condition that holds."""
    first = values[0]
    match first:
        case Cell():
            return _cell(sheet, by, [value for value in values if isinstance(value, Cell)], type_)
        case Entry():
            return _entry(sheet, by, [value for value in values if isinstance(value, Entry)], type_)
        case Listed():
            return _listed(sheet, by, [value for value in values if isinstance(value, Listed)], type_)


def assumed(sheet: Sheet, value: Value, otherwise: Value, type_: Type) -> Value:
    """Return a value where it is known, else another."""
    if isinstance(value, Cell) and isinstance(otherwise, Cell) and value.none is None:
        return _assumed_cell(sheet, value, otherwise, type_)
    return chosen(sheet, choice(sheet, [known(sheet, value)]), (value, otherwise), type_)


def _assumed_cell(sheet: Sheet, value: Cell, otherwise: Cell, type_: Type) -> Cell:
    """Return a single value that is never none where it is known, else another."""
    if value.settled:
        return replace(value, type=type_)
    (first, second), texts = alike(sheet, (value, otherwise))
    none = otherwise.none
    if none is not None:
        first = replace(first, value=sheet.named(first.value))
        none = both(sheet, (no(sheet, not_null(sheet, first.value)), none))
    term = sheet.combined(pl.Expr.fill_null, first.value, second.value, sure=second.value.sure)
    return Cell(term, type_, none, texts, *_bounds((value, otherwise)), otherwise.settled)


def _bounds(cells: Sequence[Cell]) -> tuple[Bound, Bound]:
    """Return between what one of several values is; null is of no matter."""
    real = [cell for cell in cells if cell.value.constant != (None,)]
    low = min((cell.low for cell in real if cell.low is not None), default=None)
    high = max((cell.high for cell in real if cell.high is not None), default=None)
    return (
        None if any(cell.low is None for cell in real) else low,
        None if any(cell.high is None for cell in real) else high,
    )


def picked(sheet: Sheet, by: Choice, terms: Sequence[Term]) -> Term:
    """Return in each row the term of the first condition that holds, null where one before it is null."""
    if by.sure and all(term is terms[0] for term in terms):
        return terms[0]
    made = terms[-1]
    pairs = list(zip(by.conditions, terms, strict=False))
    for start in reversed(range(0, len(pairs), FEW)):
        made = _branches(sheet, pairs[start : start + FEW], made)
    return made


def _branches(sheet: Sheet, pairs: Sequence[tuple[Term, Term]], otherwise: Term) -> Term:
    """Return a few branches as one expression."""
    count = len(pairs)
    unsure = [not condition.sure for condition, _ in pairs]
    sure = otherwise.sure and all(condition.sure and term.sure for condition, term in pairs)

    def build(*exprs: pl.Expr) -> pl.Expr:
        made = exprs[-1]
        for place in reversed(range(count)):
            made = pl.when(exprs[place]).then(exprs[count + place]).otherwise(made)
            if unsure[place]:
                made = pl.when(exprs[place].is_not_null()).then(made)
        return made

    conditions, terms = zip(*pairs, strict=True)
    return sheet.combined(build, *conditions, *terms, otherwise, sure=sure)


def _cell(sheet: Sheet, by: Choice, cells: Sequence[Cell], type_: Type) -> Cell:
    """Return in each row one of single values."""
    cells, texts = alike(sheet, cells)
    terms = [cell.value for cell in cells]
    ranked = by.sure and len(by.conditions) >= WORTH_A_TABLE and all(term.constant for term in terms)
    dtype = CODE if texts is not None else dtype_of(type_)
    value = _ranked(sheet, by, terms, dtype) if ranked else picked(sheet, by, terms)
    none = _none(sheet, by, cells)
    return Cell(value, type_, none, texts, *_bounds(cells), by.sure and all(cell.settled for cell in cells))


def _ranked(sheet: Sheet, by: Choice, terms: Sequence[Term], dtype: pl.DataType) -> Term:
    """Return one of constants, looked up by the place of the first condition that holds."""
    count = len(by.conditions)
    code = pl.UInt8() if count < 2**8 else pl.UInt16()

    def places(*exprs: pl.Expr) -> pl.Expr:
        zero = pl.lit(0, dtype=code)
        ranks = [
            pl.when(expr).then(pl.lit(count - place, dtype=code)).otherwise(zero) for place, expr in enumerate(exprs)
        ]
        return pl.max_horizontal(ranks)

    rank = sheet.combined(places, *by.conditions, sure=True)
    return looked_up(sheet, rank, [term.constant[0] for term in reversed(terms)], dtype)


def _entry(sheet: Sheet, by: Choice, entries: Sequence[Entry], type_: Type) -> Entry:
    """Return in each row one of records."""
    present = filled(sheet, picked(sheet, by, [entry.present for entry in entries]), False)
    none = _none(sheet, by, entries)

    def find(name: str, member: Type) -> Value:
        return chosen(sheet, by, [entry.member(name, member) for entry in entries], member)

    level = level_of(*entries, *map(condition, by.conditions))
    return Entry(type_, level, present, none, find)


def _listed(sheet: Sheet, by: Choice, lists: Sequence[Listed], type_: Type) -> Listed:
    """Return in each row one of lists or maps."""
    level = level_of(*lists, *map(condition, by.conditions))
    assert level is not None
    lists = [moved(sheet, one, level) for one in lists]
    known_ = filled(sheet, picked(sheet, by, [one.known for one in lists]), False)
    none = _none(sheet, by, lists)
    return replace(together(sheet, level, lists, _taken(sheet, by)), type=type_, known=known_, none=none)


def _none(sheet: Sheet, by: Choice, values: Sequence[Value]) -> Term | None:
    """Return where one of several values is none; None: nowhere."""
    if all(value.none is None for value in values):
        return None
    return filled(sheet, picked(sheet, by, [value.none or FALSE for value in values]), False)


def _taken(sheet: Sheet, by: Choice) -> list[Term]:
    """Return for each value where it is the one chosen; never null."""
    taken: list[Term] = []
    open_ = TRUE
    for holds in by.conditions:
        taken.append(sheet.named(both(sheet, (open_, filled(sheet, holds, False)))))
        open_ = sheet.named(both(sheet, (open_, filled(sheet, no(sheet, holds), False))))
    return [*taken, open_]


def together(sheet: Sheet, level: Level, lists: Sequence[Listed], takes: Sequence[Term | None]) -> Listed:
    """Return lists that have the items of several in turn, each where it is taken; known everywhere."""
    parts = [Part(one.items, None, where) for one, where in zip(lists, takes, strict=True)]
    items, picks, code = joined_parts(sheet, level, parts)
    by = choice(sheet, [_is_part(sheet, code, place) for place in range(len(parts) - 1)])

    def of(values: Sequence[Value]) -> Value:
        there = [gathered(sheet, value, pick) for value, pick in zip(values, picks, strict=True)]
        return chosen(sheet, by, there, there[0].type)

    value = of([one.value for one in lists])
    key = of([one.key for one in lists if one.key is not None]) if lists[0].key is not None else None
    mask = of([condition(one.mask or TRUE) for one in lists])
    assert key is None or isinstance(key, Cell)
    assert isinstance(mask, Cell)
    masked = any(one.mask is not None for one in lists)
    return Listed(lists[0].type, TRUE, items, value, key, filled(sheet, mask.value, False) if masked else None)


def _is_part(sheet: Sheet, code: Term, place: int) -> Term:
    """Return whether an item is of the part at a place."""
    return sheet.combined(lambda expr: expr == pl.lit(place, dtype=pl.UInt16), code, sure=True)
