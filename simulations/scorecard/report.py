"""A scorecard in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from schemas.scorecard import Breakdown, Figure, FigureColumn, Measure, Part, Scorecard
from simulations.reports.document import Cell, Column, Table
from simulations.reports.formats import count, percent, printable
from simulations.reports.printing import printed
from simulations.reports.terminal_tables import Fitting

NO_DATA: Final = "no data"
MOST_ROWS: Final = 30
TITLE: Final = "How customer-centric are we?"


def rendered(scorecard: Scorecard, width: int, colour: bool = False) -> str:
    """Return a scorecard in lines of a width, with colour where it goes to a terminal that has it."""
    return printed(_report(scorecard), width, colour)


def _report(scorecard: Scorecard) -> Iterator[RenderableType]:
    yield Text(TITLE, style="bold")
    yield Text(_rests_on(scorecard))
    yield Text()
    yield Fitting(_overview(scorecard))
    for measure in scorecard.measures:
        yield from _measure(measure)
    yield from _insights(scorecard)


def _rests_on(scorecard: Scorecard) -> str:
    """Return what the scorecard is about, and what it was counted from."""
    period = scorecard.period
    packs = ", ".join(f"{pack.pack} ({count(pack.rules)} rules)" for pack in scorecard.packs) or "no pack"
    zone = ZoneInfo(period.timezone)
    span = f"From {_moment(period.start, zone)} until {_moment(period.end, zone)}, {period.timezone} time"
    last = "" if scorecard.last_event is None else f", the last of {_moment(scorecard.last_event, zone)}"
    return printable(f"{span}; {count(scorecard.events)} events{last}; {packs}.")


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _overview(scorecard: Scorecard) -> Table:
    columns = (Column("Measure", numeric=False), Column("Share"), Column("Counted"), Column("Of"))
    rows = tuple((Cell(one.title), *_share(one)) for one in scorecard.measures)
    return Table("", columns, rows)


def _share(found: Measure | Part) -> tuple[Cell, Cell, Cell]:
    """Return a share with both of its counts."""
    return _value(found.value), Cell(count(found.numerator)), Cell(count(found.denominator))


def _value(value: str | None) -> Cell:
    return Cell(NO_DATA, "quiet") if value is None else Cell(percent(Decimal(value)))


def _heading(title: str) -> Iterator[RenderableType]:
    yield Text()
    yield Text(printable(title), style="bold")
    yield Rule()


def _measure(measure: Measure) -> Iterator[RenderableType]:
    """Yield a measure with its definition, its parts, and what would improve it."""
    yield from _heading(measure.title)
    yield Text(printable(measure.definition), style="dim")
    yield Text.assemble(
        f"{_value(measure.value).text}: ", f"{count(measure.numerator)} of {count(measure.denominator)}"
    )
    also = [f"{column.title} {_figure(measure.figures[column.name])}" for column in _totalled(measure)]
    if also:
        yield Text(printable(f"Beside that: {', '.join(also)}."))
    for breakdown in measure.breakdowns:
        yield from _breakdown(measure, breakdown)
    if measure.improved_by:
        yield Text("\nWhat would improve it", style="italic")
        yield from (Text(printable(f"- {line}")) for line in measure.improved_by)


def _totalled(measure: Measure) -> Iterator[FigureColumn]:
    """Yield the further figures that the whole measure has."""
    return (column for column in measure.columns if measure.figures.get(column.name) is not None)


def _breakdown(measure: Measure, breakdown: Breakdown) -> Iterator[RenderableType]:
    if not breakdown.parts:
        return
    columns = tuple(one for one in measure.columns if any(part.figures.get(one.name) for part in breakdown.parts))
    headings = (
        *(Column(name.capitalize(), numeric=False) for name in breakdown.by),
        *(Column(title) for title in ("Share", "Counted", "Of")),
        *(Column(column.title.capitalize()) for column in columns),
    )
    rows = tuple(
        (*_keys(part), *_share(part), *(Cell(_figure(part.figures.get(column.name))) for column in columns))
        for part in breakdown.parts[:MOST_ROWS]
    )
    yield Text(f"\nBy {_and(breakdown.by)}", style="italic")
    yield Fitting(Table("", headings, rows))
    if len(breakdown.parts) > MOST_ROWS:
        yield Text(f"and {count(len(breakdown.parts) - MOST_ROWS)} more in the JSON", style="dim")


def _and(names: tuple[str, ...]) -> str:
    """Return names in a row, as people say them."""
    first = ", ".join(names[:-1])
    return f"{first} and {names[-1]}" if first else names[-1]


def _keys(part: Part) -> tuple[Cell, ...]:
    return (*(Cell(key) for key in part.keys[:-1]), Cell(part.keys[-1], detail=part.title))


def _figure(figure: Figure) -> str:
    """Return a figure; one that is unknown is a dash."""
    match figure:
        case None:
            return "-"
        case int():
            return count(figure)
        case _:
            return figure


def _insights(scorecard: Scorecard) -> Iterator[RenderableType]:
    """Yield the insights without a rule, and what rules name and nobody recorded."""
    if scorecard.unanswered:
        yield from _heading("Active insights that no rule names")
        columns = tuple(Column(title, numeric=False) for title in ("Insight", "What was learned", "From", "Since"))
        yield from _listed(columns, [(one.insight, one.title, one.source, one.since) for one in scorecard.unanswered])
    if scorecard.unrecorded:
        yield from _heading("Named under because, and not recorded as an insight")
        columns = (Column("Named", numeric=False), Column("By the rules", numeric=False))
        yield from _listed(columns, [(one.insight, ", ".join(one.rules)) for one in scorecard.unrecorded])


def _listed(columns: tuple[Column, ...], rows: list[tuple[str, ...]]) -> Iterator[RenderableType]:
    shown = tuple(tuple(Cell(text) for text in row) for row in rows[:MOST_ROWS])
    yield Fitting(Table("", columns, shown))
    if len(rows) > MOST_ROWS:
        yield Text(f"and {count(len(rows) - MOST_ROWS)} more in the JSON", style="dim")
