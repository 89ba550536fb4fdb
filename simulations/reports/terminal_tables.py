"""Tables in a terminal: side by side where they fit, else row after row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from schemas.study import Evidence
from simulations.reports.document import Cell, Table, Tone
from simulations.reports.formats import printable

TONES: Final[Mapping[Tone, str]] = {
    "plain": "",
    "good": "green",
    "bad": "red",
    "doubtful": "yellow",
    "quiet": "dim",
}
RUNGS: Final[Mapping[Evidence, str]] = {"replayed": "bold", "accounted": "", "assumed": "italic"}
MOST_ROWS: Final = 40
WIDE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Fitting:
    """A table in the form that its width allows; no number is ever broken."""

    table: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the table, and how many rows are left out."""
        grid = _grid(self.table)
        least = Measurement.get(console, options.update(max_width=WIDE), grid).minimum
        if least <= options.max_width:
            yield grid
        else:
            yield from _records(self.table)
        if len(self.table.rows) > MOST_ROWS:
            yield Text(f"and {len(self.table.rows) - MOST_ROWS} more in the HTML and JSON reports", style="dim")


def _grid(table: Table) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in table.columns:
        heading = Text(printable(column.title))
        grid.add_column(heading, justify="right" if column.numeric else "left", overflow="fold", no_wrap=column.drawn)
    for row in table.rows[:MOST_ROWS]:
        grid.add_row(*map(cell_text, row))
    return grid


def _records(table: Table) -> Iterator[RenderableType]:
    """Yield each row as its name and a line for each of its other cells."""
    for row in table.rows[:MOST_ROWS]:
        yield cell_text(row[0])
        lines = (
            Text.assemble(f"{printable(column.title)}: ", cell_text(cell, " "))
            for column, cell in zip(table.columns[1:], row[1:], strict=True)
        )
        yield Padding(Text("\n").join(lines), (0, 0, 0, 4))


def cell_text(cell: Cell, between: str = "\n") -> Text:
    """Return what a cell says, with its rung of evidence and what qualifies it."""
    text = Text(printable(cell.text), style=TONES[cell.tone])
    parts = ([text] if cell.text else []) + list(rung(cell.evidence))
    said = Text(" ").join(parts)
    return said.append(f"{between}{printable(cell.detail)}", style="dim") if cell.detail else said


def rung(evidence: Evidence | None) -> tuple[Text, ...]:
    """Return a rung of evidence as it stands beside what rests on it."""
    return () if evidence is None else (Text(f"[{evidence}]", style=RUNGS[evidence]),)
