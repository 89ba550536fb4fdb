"""Texts whose values are few and known, held as codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from engine.backends.columnar.sheet import Sheet, Term, literal
from engine.backends.columnar.table import KINDS
from engine.backends.columnar.values import CODE, Cell
from engine.backends.failed import Failed
from engine.program.types import Kind, Type, kind_of

ABSENT: Final = 2**16 - 1
"""The code of a text that is not among those known."""


def looked_up(sheet: Sheet, places: Term, found: Sequence[object], dtype: pl.DataType) -> Term:
    """Return what stands at each place of a list; null of null."""
    if places.constant:
        place = places.constant[0]
        return literal(found[place] if isinstance(place, int) else None, dtype)
    values = pl.Series(found, dtype=dtype)
    sure = places.sure and not values.null_count()
    return sheet.combined(lambda expr: pl.lit(values).gather(expr), places, sure=sure)


def opened(sheet: Sheet, cell: Cell) -> Cell:
    """Return a text as itself rather than as a code; anything else as it is."""
    if cell.texts is None:
        return cell
    return replace(cell, value=looked_up(sheet, cell.value, cell.texts, KINDS[Kind.TEXT]), texts=None)


def recoded(sheet: Sheet, cell: Cell, texts: Sequence[str]) -> Term:
    """Return the codes of a text among other texts, `ABSENT` where it is none of them."""
    assert cell.texts is not None
    if tuple(texts[: len(cell.texts)]) == cell.texts:
        return cell.value
    places = {text: place for place, text in enumerate(texts)}
    return looked_up(sheet, cell.value, [places.get(text, ABSENT) for text in cell.texts], CODE)


def alike(sheet: Sheet, cells: Sequence[Cell]) -> tuple[list[Cell], tuple[str, ...] | None]:
    """Return cells that hold texts in the same way, and the texts that their codes stand for."""
    if all(cell.texts is None for cell in cells):
        return list(cells), None
    every = list(dict.fromkeys(text for cell in cells for text in cell.texts or ()))
    if any(cell.texts is None for cell in cells) or len(every) >= ABSENT:
        return [opened(sheet, cell) for cell in cells], None
    texts = tuple(every)
    return [replace(cell, value=recoded(sheet, cell, texts), texts=texts) for cell in cells], texts


def by_text(sheet: Sheet, run: Callable[[str], object], cell: Cell, gives: Type) -> Cell:
    """Return an operation on a text that is held as a code, done once for each that it can be; null where it fails."""
    assert cell.texts is not None
    found = [_attempt(run, text) for text in cell.texts]
    if kind_of(gives) is not Kind.TEXT:
        kind = kind_of(gives)
        assert kind is not None
        return Cell(looked_up(sheet, cell.value, found, KINDS[kind]), gives)
    texts = tuple(dict.fromkeys(text for text in found if isinstance(text, str)))
    places: dict[object, int] = {text: place for place, text in enumerate(texts)}
    return Cell(looked_up(sheet, cell.value, [places.get(text) for text in found], CODE), gives, texts=texts)


def _attempt(run: Callable[[str], object], text: str) -> object | None:
    """Return what an operation gives on a text; None where it fails."""
    try:
        return run(text)
    except Failed:
        return None
