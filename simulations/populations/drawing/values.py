"""A draw, as a spec has it, to its values in every row of a level."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

import numpy as np
import polars as pl

from simulations.populations.drawing.columns import Column, Places, Truths, Values, merged, nothing
from simulations.populations.drawing.draws import (
    Ago,
    Chance,
    Chosen,
    Computed,
    Constant,
    Draw,
    Figure,
    Formula,
    Nothing,
    Numbered,
    Picked,
    Scale,
    Shares,
    Sometimes,
)
from simulations.populations.drawing.levels import ITEM_NUMBER, Level
from simulations.populations.drawing.marginals import Figures, steps
from simulations.populations.streams import Uniforms


@dataclass(frozen=True)
class Site:
    """Where something is drawn: rows of a level (None for all), the purpose, and how many draws it lies in."""

    level: Level
    purpose: str
    rows: Places | None = None
    depth: int = 0
    kept: dict[str, Uniforms] = field(default_factory=dict)
    """Numbers for all rows of the level, by purpose."""

    @property
    def size(self) -> int:
        """Return how many rows there are."""
        return self.level.rows if self.rows is None else len(self.rows)

    def uniforms(self, part: str = "") -> Uniforms:
        """Return a number above 0 and below 1 for each row."""
        if part not in self.kept:
            self.kept[part] = self.level.uniforms(self.purpose + part)
        kept = self.kept[part]
        return kept if self.rows is None else kept[self.rows]

    def column(self, path: str) -> Column:
        """Return what was drawn before at a path."""
        found = self.level.column(path)
        return found if self.rows is None else found.at(self.rows)

    def value(self, formula: Formula) -> Column:
        """Return what an expression comes to."""
        return self.level.value(formula, self.rows)

    def narrowed(self, rows: Places) -> Site:
        """Return some of the rows."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def deeper(self) -> Site:
        """Return the site of a draw within a draw that is sometimes none."""
        return replace(self, depth=self.depth + 1)


def drawn(draw: Draw, site: Site) -> Column:  # noqa: C901 - one case for each kind of draw
    """Return what is drawn for each row."""
    match draw:
        case Constant(value=value):
            return Column(np.full(site.size, value))
        case Nothing(known=known):
            return nothing(site.size, known)
        case Shares():
            return _shares(draw, site)
        case Chance(share=share):
            return Column(site.uniforms() > 1 - share)
        case Figure(marginal=marginal, scale=scale):
            return Column(scaled(marginal.quantile(site.uniforms()), scale))
        case Ago():
            return _ago(draw, site)
        case Chosen():
            return _chosen(draw, site)
        case Computed():
            return _computed(draw, site)
        case Numbered(before=before, after=after):
            return _numbered(before, after, site)
        case Picked():
            return _picked(draw, site)
        case Sometimes():
            return _sometimes(draw, site)
        case _ as never:
            assert_never(never)


def scaled(figures: Figures, scale: Scale) -> Values:
    """Return figures in the engine's units: rounded, cut, and whole where the unit is."""
    if scale.step is not None:
        figures = _rounded(figures, scale.step)
    if scale.low is not None or scale.high is not None:
        figures = np.clip(figures, scale.low, scale.high)
    return np.rint(figures * scale.unit).astype(np.int64) if scale.whole else figures * scale.unit


def _rounded(figures: Figures, step: float) -> Figures:
    """Return figures in whole steps; of a step such as 0.1, as the decimals nearest to them."""
    if step < 1 and (1 / step).is_integer():
        return np.rint(figures / step) / (1 / step)
    return np.rint(figures / step) * step


def _shares(draw: Shares, site: Site) -> Column:
    alone = len(draw.values) == 1
    places = np.zeros(site.size, np.intp) if alone else steps(site.uniforms(), np.cumsum(draw.shares))
    texts = tuple(value for value in draw.values if isinstance(value, str))
    return Column(places, texts) if texts else Column(np.asarray(draw.values)[places])


def _ago(draw: Ago, site: Site) -> Column:
    days = drawn(draw.days, site)
    base = draw.base if isinstance(draw.base, int) else site.value(draw.base).values
    return replace(days, values=base - np.rint(days.values * draw.per_day).astype(np.int64) * draw.step)


def _chosen(draw: Chosen, site: Site) -> Column:
    given = site.value(draw.given)
    left = np.ones(site.size, np.bool_) if given.known is None else given.known.copy()
    parts: list[tuple[Places, Column]] = []
    for key, row in draw.rows:
        rows = np.flatnonzero(left & _equal(given, key))
        left[rows] = False
        parts.append((rows, drawn(row, site.narrowed(rows))))
    rows = np.flatnonzero(left if given.known is None else left | ~given.known)
    parts.append((rows, drawn(draw.otherwise, site.narrowed(rows))))
    return merged(site.size, [part for part in parts if len(part[0])] or parts[:1])


def _equal(column: Column, key: str | int | float | bool) -> Truths:
    """Return where a column has a value."""
    if column.texts is None:
        equal: Truths = column.values == key
        return equal
    place = column.texts.index(str(key)) if key in column.texts else -1
    found: Truths = column.values == place
    return found


def _computed(draw: Computed, site: Site) -> Column:
    column = site.value(draw.formula)
    if draw.scale is None:
        return column
    scale = draw.scale
    return replace(column, values=scaled(column.values / scale.unit, scale))


def _numbered(before: str, after: str, site: Site) -> Column:
    numbers = site.column(ITEM_NUMBER).values
    if len(numbers) == 0:
        return Column(numbers, ())
    first, last = int(numbers.min()), int(numbers.max())
    texts = before + pl.int_range(first, last + 1, eager=True).cast(pl.String) + after
    return Column(numbers - first, tuple(texts.to_list()))


def _picked(draw: Picked, site: Site) -> Column:
    owner, rows = _owner(draw.path, site)
    items, offsets = owner.items[draw.path], owner.lists[draw.path].offsets
    starts, sizes = offsets[rows], offsets[rows + 1] - offsets[rows]
    before = np.cumsum(sizes) - sizes
    inside = np.arange(sizes.sum()) + np.repeat(starts - before, sizes)
    if draw.where is not None:
        fits = true_of(items.value(draw.where, inside))
        counted = np.concatenate(([0], np.cumsum(fits)))
        inside, sizes, before = inside[fits], counted[before + sizes] - counted[before], counted[before]
    chosen = np.minimum((site.uniforms() * sizes).astype(np.int64), sizes - 1)
    there, empty = np.flatnonzero(sizes > 0), np.flatnonzero(sizes == 0)
    parts = [(there, items.column(draw.member).at(inside[before[there] + chosen[there]]))]
    if len(empty):
        parts.append((empty, drawn(draw.otherwise, site.narrowed(empty))))
    return merged(site.size, parts)


def _owner(path: str, site: Site) -> tuple[Level, Places]:
    """Return the level that has a list, and the row there of each row of a site."""
    level, rows = site.level, np.arange(site.level.rows) if site.rows is None else site.rows
    while path not in level.items:
        level, rows = level.parent, level.owners[rows]
    return level, rows


def true_of(column: Column) -> Truths:
    """Return where a truth is known to be true."""
    values: Truths = column.values if column.known is None else column.values & column.known
    return values


def _sometimes(draw: Sometimes, site: Site) -> Column:
    column = drawn(draw.draw, site.deeper())
    depth = "'" * site.depth
    known = np.ones(site.size, np.bool_) if column.known is None else column.known
    none = np.zeros(site.size, np.bool_) if column.none is None else column.none
    if draw.none:
        is_none = site.uniforms(f"/none{depth}") < draw.none
        known, none = known & ~is_none, none | is_none
    if draw.missing:
        is_missing = site.uniforms(f"/missing{depth}") < draw.missing
        known, none = known & ~is_missing, none & ~is_missing
    return replace(column, known=known, none=none if none.any() else None)
