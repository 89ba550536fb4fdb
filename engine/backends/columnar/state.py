"""What a plan computes as it runs: columns by name, wave by wave, each dropped after its last use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np
import polars as pl

from engine.backends.columnar.table import Offsets, Table


@dataclass(frozen=True, eq=False)
class Level:
    """Rows to evaluate on: the table's, the items of lists in the rows of `parent`, or the one row of constants."""

    name: str
    parent: Level | None = None
    depth: int = 0
    wave: int = 0


@dataclass(frozen=True, eq=False)
class Select:
    """A column that is an expression of others on its level."""

    name: str
    level: Level
    expr: pl.Expr
    reads: frozenset[str]
    wave: int

    @property
    def makes(self) -> tuple[str, ...]:
        """Return the name of the column."""
        return (self.name,)


@dataclass(frozen=True, eq=False)
class Act:
    """Columns or levels that a function makes; levels stand among the names."""

    makes: tuple[str, ...]
    run: Callable[[State], None]
    reads: frozenset[str]
    wave: int


Step: TypeAlias = Select | Act


class State:
    """The columns and levels there are while a plan runs."""

    def __init__(self, table: Table) -> None:
        """Begin with the facts alone."""
        self.table = table
        self.tables: dict[Level, Table] = {}
        """The facts of items, by level."""
        self.columns: dict[str, pl.Series] = {}
        self.rows: dict[Level, int] = {}
        self.offsets: dict[Level, Offsets] = {}
        """By level: where the items of each of its parent's rows begin, and where the last ones end."""
        self._parents: dict[Level, pl.Series] = {}

    def add(self, level: Level, offsets: Offsets) -> None:
        """Begin a level whose items lie so in its parent's rows."""
        self.offsets[level] = offsets
        self.rows[level] = int(offsets[-1])

    def parents(self, level: Level) -> pl.Series:
        """Return the parent's row of each item of a level."""
        if level not in self._parents:
            sizes = np.diff(self.offsets[level])
            self._parents[level] = pl.Series(np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes))
        return self._parents[level]


@dataclass(frozen=True)
class Wave:
    """Steps none of which needs another's result, and the columns that nothing after them reads."""

    acts: tuple[Act, ...]
    selects: tuple[tuple[tuple[str, ...], tuple[pl.Expr, ...]], ...]
    """By level: the columns to read, and the expressions."""
    last: tuple[str, ...]

    def run(self, state: State) -> None:
        """Compute the wave's columns."""
        for act in self.acts:
            act.run(state)
        for reads, exprs in self.selects:
            frame = pl.DataFrame({name: state.columns[name] for name in reads}).select(exprs)
            state.columns.update(frame.to_dict())
        for name in self.last:
            state.columns.pop(name, None)


def waves_of(steps: Iterable[Step], wanted: Iterable[str]) -> tuple[Wave, ...]:
    """Return the waves of the steps that lead to the columns wanted."""
    wanted = frozenset(wanted)
    needed = set(wanted)
    kept: list[Step] = []
    last: dict[str, int] = {}
    for step in sorted(steps, key=lambda step: -step.wave):
        if needed.isdisjoint(step.makes):
            continue
        kept.append(step)
        needed |= step.reads
        for name in (*step.makes, *step.reads):
            last.setdefault(name, step.wave)
    done: Mapping[int, list[str]] = {step.wave: [] for step in kept}
    for name, wave in last.items():
        if name not in wanted:
            done[wave].append(name)
    grouped = groupby(reversed(kept), key=lambda step: step.wave)
    return tuple(_wave(list(members), tuple(done[wave])) for wave, members in grouped)


def _wave(steps: Sequence[Step], last: tuple[str, ...]) -> Wave:
    """Return the steps of one wave as it runs them."""
    by_level: dict[Level, list[Select]] = {}
    for step in steps:
        if isinstance(step, Select):
            by_level.setdefault(step.level, []).append(step)
    selects = [
        (
            tuple(sorted(frozenset[str]().union(*(step.reads - {step.level.name} for step in members)))),
            tuple(step.expr.alias(step.name) for step in members),
        )
        for members in by_level.values()
    ]
    return Wave(tuple(step for step in steps if isinstance(step, Act)), tuple(selects), last)
