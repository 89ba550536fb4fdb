"""Drawn values in columns, and as cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.rows import CODE, coded
from engine.backends.columnar.table import KINDS
from engine.program.types import Enum, Kind, Type, kind_of

Values: TypeAlias = npt.NDArray[Any]
Truths: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of every row; of texts, the place of each among `texts`."""

    values: Values
    texts: tuple[str, ...] | None = None
    known: Truths | None = None
    """False where the value is unknown or none; None where it never is."""
    none: Truths | None = None
    """True where it is known to be none; None where it never is."""

    def at(self, rows: Places) -> Column:
        """Return some rows."""
        return Column(
            self.values[rows],
            self.texts,
            None if self.known is None else self.known[rows],
            None if self.none is None else self.none[rows],
        )


def nothing(rows: int, known: bool) -> Column:
    """Return a column that is none, or unknown, in every row."""
    return Column(np.zeros(rows, np.int64), None, np.zeros(rows, np.bool_), np.ones(rows, np.bool_) if known else None)


def merged(rows: int, parts: Sequence[tuple[Places, Column]]) -> Column:
    """Return the column that has each part in its rows; all rows are in some part."""
    columns = [part for _, part in parts]
    texts = _all_texts(columns)
    values = np.zeros(rows, np.result_type(*(one.values.dtype for one in _with_values(columns))))
    for where, part in parts:
        values[where] = part.values if texts is None else recoded(part, texts)
    known, none = ([(where, truths(one)) for where, one in parts] for truths in (_known, _none))
    return Column(values, texts, _scattered(rows, known, True), _scattered(rows, none, False))


def _known(column: Column) -> Truths | None:
    return column.known


def _none(column: Column) -> Truths | None:
    return column.none


def _scattered(rows: int, parts: Sequence[tuple[Places, Truths | None]], otherwise: bool) -> Truths | None:
    """Return the truths of all rows, where they differ from what they are otherwise."""
    said = [(where, truths) for where, truths in parts if truths is not None]
    if not said:
        return None
    made = np.full(rows, otherwise)
    for where, truths in said:
        made[where] = truths
    return made


def _with_values(columns: Sequence[Column]) -> Sequence[Column]:
    """Return the columns that have a value somewhere, all where none has."""
    return [one for one in columns if one.known is None or one.known.any()] or columns


def _all_texts(columns: Sequence[Column]) -> tuple[str, ...] | None:
    """Return the texts of all columns, each once; None where they hold no texts."""
    texts = [one.texts for one in columns if one.texts is not None]
    return tuple(dict.fromkeys(text for each in texts for text in each)) if texts else None


def recoded(column: Column, texts: tuple[str, ...]) -> Values:
    """Return the places of a column's values among other texts, which hold all of its own."""
    if column.texts == texts or column.texts is None:
        return column.values
    places = {text: place for place, text in enumerate(texts)}
    return np.array([places[text] for text in column.texts], np.uint32)[column.values]


def cell(column: Column, type_: Type) -> pl.Series:
    """Return the values as a table holds them, null where there is none."""
    series = _filled(column, type_)
    if column.known is None:
        return series
    return series.set(pl.Series(~column.known), None)


def _filled(column: Column, type_: Type) -> pl.Series:
    """Return the values as a table holds them, anything where there is none."""
    if isinstance(type_, Enum) and coded(type_):
        return pl.Series(recoded(column, type_.values), dtype=CODE)
    if kind_of(type_) is Kind.TEXT:
        texts = pl.Series(column.texts or ("",), dtype=pl.String)
        return texts.gather(pl.Series(column.values, dtype=pl.UInt32))
    kind = kind_of(type_)
    assert kind is not None
    return pl.Series(column.values).cast(KINDS[kind])


def column_of(series: pl.Series, none: pl.Series | None, texts: tuple[str, ...] | None) -> Column:
    """Return what a table holds of a fact; texts as places, whatever they were."""
    known = None if series.null_count() == 0 else series.is_not_null().to_numpy()
    absent = None if none is None else none.to_numpy()
    if series.dtype == pl.String:
        distinct = series.drop_nulls().unique(maintain_order=True)
        texts = tuple(distinct)
        series = series.replace_strict(distinct, pl.int_range(len(texts), dtype=pl.UInt32, eager=True), default=None)
    filled = series if known is None else series.fill_null(False if series.dtype == pl.Boolean else 0)
    return Column(filled.to_numpy(), texts, known, absent)
