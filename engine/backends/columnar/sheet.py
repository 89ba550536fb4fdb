"""Expressions over the rows of levels, and the columns they become."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.state import Act, Level, Select, State, Step
from engine.backends.columnar.table import Offsets

TALL: Final = 24
"""How many operations an expression may have before it becomes a column."""


@dataclass(frozen=True, eq=False)
class Term:
    """An expression on the rows of a level, and what is known of it beforehand."""

    expr: pl.Expr
    level: Level | None = None
    """None: the same in every row of every level."""
    reads: frozenset[str] = frozenset()
    size: int = 0
    """How many operations it has: 0 for a column and a constant."""
    sure: bool = False
    """Whether it is never null."""
    constant: tuple[object, ...] = ()
    """Its one value, where that is the same in every row (None: null)."""


@dataclass(frozen=True, eq=False)
class Picks:
    """Rows of the level `source`, one for each row of `level`: null where there is none."""

    level: Level
    source: Level
    index: Term


TRUE: Final = Term(pl.lit(True), sure=True, constant=(True,))
FALSE: Final = Term(pl.lit(False), sure=True, constant=(False,))


def literal(value: object, dtype: pl.DataType) -> Term:
    """Return a constant; None is null."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    return Term(pl.lit(value, dtype=dtype), sure=value is not None, constant=(value,))


class Sheet:
    """Collects the steps that make columns and levels; each term, and each move of one, becomes a column once."""

    def __init__(self) -> None:
        """Begin with the one row of constants and the rows of the table."""
        self.unit = Level("unit")
        self.root = Level("rows", self.unit, 1)
        self.nothing = Level("nothing", self.unit, 1)
        self.steps: list[Step] = []
        self.narrow: dict[Term, tuple[Term, pl.DataType, int]] = {}
        """Columns of ints that fit a smaller type: in that type, and how many bits those have; quicker to compare."""
        self._waves = {self.unit.name: 0, self.root.name: 0, self.nothing.name: 0}
        self._numbers = count()
        self._columns: dict[tuple[Term, Level], Term] = {}
        self._gathered: dict[tuple[Term, Picks], Term] = {}
        self._inward: dict[tuple[Level, Level], Picks] = {}
        self.inner: dict[tuple[Level, Picks], Picks] = {}
        """The items of lists in picked rows, by the items of the lists and the picks."""
        self.compact: dict[tuple[Level, Term], Picks] = {}
        """The items of which a mask is true, by the items and the mask."""

    def combined(self, build: Callable[..., pl.Expr], *terms: Term, sure: bool = False) -> Term:
        """Return an expression of terms, on the rows of the innermost of their levels."""
        level = deepest(terms)
        moved = [term if level is None else self.lifted(term, level) for term in terms]
        made = Term(
            build(*(term.expr for term in moved)),
            level,
            frozenset[str]().union(*(term.reads for term in moved)),
            1 + sum(term.size for term in moved),
            sure,
        )
        return self.named(made) if made.size > TALL else made

    def named(self, term: Term, level: Level | None = None) -> Term:
        """Return the term as a column, of its own level where no other is named; a constant as it is."""
        if level is None:
            return term if term.level is None or term.size == 0 else self._column(term, term.level)
        if term.level is level and term.size == 0:
            return term
        return self._column(term, level)

    def lifted(self, term: Term, level: Level) -> Term:
        """Return the term on the rows of its own level or one further in; a constant as it is."""
        return term if term.level is None or term.level is level else self._column(term, level)

    def gathered(self, term: Term, picks: Picks) -> Term:
        """Return the term's value in the rows picked, null where none is."""
        if term.level is None:
            return term if picks.index.sure else self.combined(_where_picked, picks.index, term)
        if (term, picks) not in self._gathered:
            index = self.named(picks.index, picks.level)
            source = self.named(term, picks.source)
            sure = term.sure and index.sure
            self._gathered[term, picks] = self.act(picks.level, _gather, (source, index), sure)
        return self._gathered[term, picks]

    def inward(self, outer: Level, level: Level) -> Picks:
        """Return for each row of a level the row of an outer one that it is in."""
        if (outer, level) not in self._inward:
            rows = self.made(outer, lambda state: pl.Series(np.arange(state.rows[outer], dtype=np.uint32)), sure=True)
            self._inward[outer, level] = Picks(level, outer, self.lifted(rows, level))
        return self._inward[outer, level]

    def called(self, run: Callable[..., pl.Series], *terms: Term, sure: bool = False) -> Term:
        """Return what a function of whole series gives; a constant is a series of one row."""
        level = deepest(terms)
        if level is None:
            made = run(*(pl.select(term.expr).to_series() for term in terms))
            return literal(made[0], made.dtype)
        given = [term if term.level is None else self.named(term, level) for term in terms]
        return self.act(level, run, tuple(given), sure)

    def act(self, level: Level, run: Callable[..., pl.Series], terms: tuple[Term, ...], sure: bool = False) -> Term:
        """Return the column that a function makes of columns (of any level) and constants."""
        names = [_name(term) for term in terms]
        alone = {place: pl.select(term.expr).to_series() for place, term in enumerate(terms) if term.level is None}

        def series(state: State) -> pl.Series:
            given = [alone[place] if place in alone else state.columns[name] for place, name in enumerate(names)]
            return run(*given)

        return self.made(level, series, (name for name in names if name), sure)

    def made(
        self, level: Level, series: Callable[[State], pl.Series], reads: Iterable[str] = (), sure: bool = False
    ) -> Term:
        """Return the column that a function makes of what there is."""
        name = self._fresh()

        def run(state: State) -> None:
            state.columns[name] = series(state)

        read = frozenset(reads) | {level.name}
        self._add(Act((name,), run, read, self._after(read)))
        return Term(pl.col(name), level, frozenset((name,)), 0, sure)

    def level(
        self,
        parent: Level,
        run: Callable[[State, Level], tuple[Offsets, list[pl.Series]]],
        reads: Iterable[str] = (),
        columns: int = 0,
    ) -> tuple[Level, tuple[Term, ...]]:
        """Return a level of items in a parent's rows and the columns, never null, that come with it."""
        read = frozenset(reads) | {parent.name}
        wave = self._after(read)
        level = Level(self._fresh(), parent, parent.depth + 1, wave)
        names = [self._fresh() for _ in range(columns)]

        def act(state: State) -> None:
            offsets, made = run(state, level)
            state.add(level, offsets)
            state.columns.update(zip(names, made, strict=True))

        self._add(Act((level.name, *names), act, read, wave))
        return level, tuple(Term(pl.col(name), level, frozenset((name,)), 0, True) for name in names)

    def _column(self, term: Term, level: Level) -> Term:
        """Return the term as a column of a level."""
        if (term, level) not in self._columns:
            self._columns[term, level] = self._new_column(term, level)
        return self._columns[term, level]

    def _new_column(self, term: Term, level: Level) -> Term:
        """Return a new column of a level: computed there, moved in from its parent, or a constant."""
        if term.level is None:
            alone = pl.select(term.expr).to_series()
            return self.made(level, lambda state: alone.new_from_index(0, state.rows[level]), sure=term.sure)
        if term.level is level:
            name = self._fresh()
            reads = term.reads | {level.name}
            self._add(Select(name, level, term.expr, reads, self._after(reads)))
            return Term(pl.col(name), level, frozenset((name,)), 0, term.sure)
        assert level.parent is not None
        (source,) = self.named(self.lifted(term, level.parent)).reads
        return self.made(
            level, lambda state: state.columns[source].gather(state.parents(level)), (source,), sure=term.sure
        )

    def _add(self, step: Step) -> None:
        """Keep a step."""
        self.steps.append(step)
        self._waves.update(dict.fromkeys(step.makes, step.wave))

    def _after(self, reads: Iterable[str]) -> int:
        """Return the first wave in which all of these are there."""
        return 1 + max(self._waves[name] for name in reads)

    def _fresh(self) -> str:
        """Return a new name."""
        return f"c{next(self._numbers)}"


def deepest(terms: Iterable[Term]) -> Level | None:
    """Return the innermost level of terms; None where all are constants."""
    levels = [term.level for term in terms if term.level is not None]
    return max(levels, key=lambda level: level.depth) if levels else None


def taken_as_sure(term: Term) -> Term:
    """Return the term as one that is never null."""
    return replace(term, sure=True)


def _name(term: Term) -> str:
    """Return the name of a column; empty for a constant."""
    return next(iter(term.reads), "")


def _gather(source: pl.Series, index: pl.Series) -> pl.Series:
    """Return the rows of an index, null where it is null."""
    return source.gather(index)


def _where_picked(index: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return a constant where a row is picked."""
    return pl.when(index.is_not_null()).then(value)
