"""Three-valued logic on terms: null is unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias

import polars as pl

from engine.backends.columnar.sheet import FALSE, TRUE, Sheet, Term
from engine.backends.columnar.state import Level

Join: TypeAlias = Callable[..., pl.Expr]


def both(sheet: Sheet, terms: Sequence[Term]) -> Term:
    """Return false where any is false, else null where any is null, else true."""
    return _joined(sheet, terms, TRUE, pl.all_horizontal)


def either(sheet: Sheet, terms: Sequence[Term]) -> Term:
    """Return true where any is true, else null where any is null, else false."""
    return _joined(sheet, terms, FALSE, pl.any_horizontal)


def no(sheet: Sheet, term: Term) -> Term:
    """Return the opposite, null of null."""
    if term in (TRUE, FALSE):
        return FALSE if term is TRUE else TRUE
    return sheet.combined(lambda expr: ~expr, term, sure=term.sure)


def at_least(sheet: Sheet, count: int, terms: Sequence[Term]) -> Term:
    """Return true where `count` are true, false where even the null ones could not make it, else null."""
    sure = all(term.sure for term in terms)
    true = sheet.named(sheet.combined(_counted, *(filled(sheet, term, False) for term in terms), sure=True))
    if sure:
        return sheet.combined(lambda found: found >= count, true, sure=True)
    nulls = sheet.combined(lambda *exprs: _counted(*(expr.is_null() for expr in exprs)), *terms, sure=True)

    def build(found: pl.Expr, open_: pl.Expr) -> pl.Expr:
        return pl.when(found >= count).then(True).when(found + open_ < count).then(False)

    return sheet.combined(build, true, nulls)


def not_null(sheet: Sheet, term: Term) -> Term:
    """Return where a term is not null; never null itself."""
    if term.sure:
        return TRUE
    if term.constant == (None,):
        return FALSE
    return sheet.combined(pl.Expr.is_not_null, term, sure=True)


def only_where(sheet: Sheet, condition: Term, term: Term) -> Term:
    """Return a term where a condition (never null) holds, else null."""
    if condition is TRUE:
        return term
    return sheet.combined(lambda holds, value: pl.when(holds).then(value), condition, term)


def filled(sheet: Sheet, term: Term, value: bool) -> Term:
    """Return a condition with a truth for null."""
    if term.sure:
        return term
    return sheet.combined(lambda expr: expr.fill_null(value), term, sure=True)


def _joined(sheet: Sheet, terms: Sequence[Term], neutral: Term, join: Join) -> Term:
    """Return an `and` or an `or`: first of the terms on each level, then of what those give."""
    kept = [term for term in dict.fromkeys(terms) if term is not neutral]
    opposite = no(sheet, neutral)
    if opposite in kept:
        return opposite
    by_level: dict[Level | None, list[Term]] = {}
    for term in kept:
        by_level.setdefault(term.level, []).append(term)
    groups = [_together(sheet, group, join) for group in by_level.values()]
    return reduce(lambda one, other: _together(sheet, (one, other), join), groups) if groups else neutral


def _together(sheet: Sheet, terms: Sequence[Term], join: Join) -> Term:
    """Return terms joined in one expression; a single one as it is."""
    if len(terms) == 1:
        return terms[0]
    return sheet.combined(lambda *exprs: join(exprs), *terms, sure=all(term.sure for term in terms))


def _counted(*exprs: pl.Expr) -> pl.Expr:
    """Return how many conditions hold."""
    return pl.sum_horizontal([expr.cast(pl.UInt32) for expr in exprs])
