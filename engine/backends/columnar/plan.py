"""Expressions as a plan: waves of columns, and where in them the outputs are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from engine.backends.columnar.choosing import together
from engine.backends.columnar.logic import both, not_null
from engine.backends.columnar.moving import compact, moved
from engine.backends.columnar.reading import Source
from engine.backends.columnar.rows import below
from engine.backends.columnar.shape import Shape
from engine.backends.columnar.sheet import TRUE, Sheet, Term
from engine.backends.columnar.state import Level, State, Wave, waves_of
from engine.backends.columnar.table import Items, Table
from engine.backends.columnar.texts import opened, recoded
from engine.backends.columnar.values import Cell, Entry, Listed, Value, known
from engine.backends.columnar.writer import Writer
from engine.program.nodes import Node
from engine.program.types import MapOf, Record


@dataclass(frozen=True)
class Task:
    """What a plan is for: named expressions over tables of a shape."""

    outputs: tuple[tuple[str, Node], ...]
    texts: Mapping[str, tuple[str, ...]]
    """Outputs that come as codes, and what they stand for."""
    declared: Record | None


@dataclass(eq=False)
class Outputs:
    """Where the parts of a table are among the columns."""

    level: Level
    cells: dict[str, str] = field(default_factory=dict)
    present: dict[str, str | None] = field(default_factory=dict)
    nones: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str | None, Outputs]] = field(default_factory=dict)

    def columns(self) -> Iterator[str]:
        """Yield the columns and levels that it is made of."""
        yield self.level.name
        yield from self.cells.values()
        yield from self.nones.values()
        yield from (name for name in self.present.values() if name is not None)
        for known_, inner in self.lists.values():
            yield from () if known_ is None else (known_,)
            yield from inner.columns()

    def table(self, state: State) -> Table:
        """Return the table."""
        columns = state.columns
        return Table(
            rows=state.rows[self.level],
            cells={path: columns[name] for path, name in self.cells.items()},
            present={path: None if name is None else columns[name] for path, name in self.present.items()},
            lists={
                path: Items(state.offsets[inner.level], inner.table(state), None if name is None else columns[name])
                for path, (name, inner) in self.lists.items()
            },
            nones={path: columns[name] for path, name in self.nones.items()},
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """Waves of columns that lead to outputs."""

    root: Level
    nothing: Level
    waves: tuple[Wave, ...]
    outputs: Outputs
    sure: str | None
    """The column that says in which rows the outputs hold (true or false); None: in all."""

    def run(self, table: Table) -> tuple[Table, pl.Series | None]:
        """Return the outputs for each row of a table, and where they hold."""
        state = State(table)
        assert self.root.parent is not None
        state.rows[self.root.parent] = 1
        state.add(self.root, np.array([0, table.rows]))
        state.add(self.nothing, np.array([0, 0]))
        for wave in self.waves:
            wave.run(state)
        return self.outputs.table(state), None if self.sure is None else state.columns[self.sure]


def plan_of(task: Task, shape: Shape, taken: Sequence[Node] | None = None) -> Plan:
    """Return the plan of a task for tables of a shape.

    `taken`: what the expressions take as known, so that the outputs hold where it is; None: they take nothing so.
    """
    sheet = Sheet()
    inputs = Source(sheet, sheet.root, shape, lambda state: state.table, task.declared, {})
    roots = [node for _, node in task.outputs]
    writer = Writer(sheet, inputs, [*roots, *(taken or ())], taken is not None)
    values = [(name, writer.value(node)) for name, node in task.outputs]
    assumed = [known(sheet, writer.value(node)) for node in taken or ()]
    sure = both(sheet, [*assumed, *(not_null(sheet, term) for term in writer.taken)])
    emitter = Emitter(sheet, task.texts)
    outputs = Outputs(sheet.root)
    for name, value in values:
        emitter.emit(outputs, name, value)
    column = None if sure is TRUE else emitter.column(sure, sheet.root)
    wanted = [*outputs.columns(), *(() if column is None else (column,))]
    return Plan(sheet.root, sheet.nothing, waves_of(sheet.steps, wanted), outputs, column)


class Emitter:
    """Writes values as parts of a table."""

    def __init__(self, sheet: Sheet, texts: Mapping[str, tuple[str, ...]]) -> None:
        """Write into a sheet; `texts` come as codes."""
        self._sheet = sheet
        self._texts = texts

    def column(self, term: Term, level: Level) -> str:
        """Return the column of a term on a level."""
        (name,) = self._sheet.named(term, level).reads
        return name

    def emit(self, outputs: Outputs, path: str, value: Value) -> None:
        """Add a value at a path."""
        if value.none is not None:
            outputs.nones[path] = self.column(value.none, outputs.level)
        match value:
            case Cell():
                outputs.cells[path] = self.column(self._held(outputs, path, value), outputs.level)
            case Entry():
                self._entry(outputs, path, value)
            case Listed():
                self._listed(outputs, path, value)

    def _held(self, outputs: Outputs, path: str, cell: Cell) -> Term:
        """Return a single value as it comes: a text as a code where that was promised."""
        if path in self._texts and outputs.level is self._sheet.root:
            return recoded(self._sheet, cell, self._texts[path])
        return opened(self._sheet, cell).value

    def _entry(self, outputs: Outputs, path: str, entry: Entry) -> None:
        """Add a record at a path."""
        everywhere = entry.present is TRUE
        outputs.present[path] = None if everywhere else self.column(entry.present, outputs.level)
        assert isinstance(entry.type, Record)
        for member in entry.type:
            self.emit(outputs, below(path, member.name), entry.member(member.name, member.type))

    def _listed(self, outputs: Outputs, path: str, listed: Listed) -> None:
        """Add a list or a map at a path; one that is not known has no items."""
        sheet = self._sheet
        takes = None if listed.known is TRUE else listed.known
        if listed.owner is not outputs.level:
            listed = moved(sheet, listed, outputs.level)
        if takes is not None or listed.mask is not None:
            listed = _without_rest(sheet, outputs.level, listed, takes)
        inner = Outputs(listed.items)
        if isinstance(listed.type, MapOf):
            assert listed.key is not None
            self.emit(inner, "key", listed.key)
        self.emit(inner, "value" if isinstance(listed.type, MapOf) else "", listed.value)
        outputs.lists[path] = None if takes is None else self.column(takes, outputs.level), inner


def _without_rest(sheet: Sheet, level: Level, listed: Listed, takes: Term | None) -> Listed:
    """Return lists without the items that are masked, and those of lists that are not known."""
    listed = compact(sheet, listed)
    return together(sheet, level, [listed], [takes])
