"""How much hangs on what is assumed, and at which take-up a candidate pays."""

from __future__ import annotations

from itertools import chain
from typing import Final

from schemas.study import Assumption, BreakEven, Change, Comparison
from simulations.reports.document import Cell, Column, Listing, Note, Section, Table
from simulations.reports.formats import exact, short_percent
from simulations.reports.sections.tornado_text import bars
from simulations.reports.subject import Subject
from simulations.reports.titles import short, words

MOST_POINTS: Final = 10
"""About how many points of the curve are listed."""


def assumptions(subject: Subject, comparison: Comparison) -> Section | None:
    """Return what is assumed, and what the difference would be at both of its ends; what matters most first."""
    if not comparison.assumptions:
        return None
    found = by_reach(comparison.assumptions)
    columns = (
        Column("Assumed", numeric=False),
        Column("At the low end"),
        Column("At the high end"),
        Column("From least to most", numeric=False, drawn=True),
    )
    drawn = bars(found, paying(comparison))
    rows = tuple(_assumption(subject, one, bar) for one, bar in zip(found, drawn, strict=True))
    caption = f"Difference of {_paying_title(subject, comparison)} if one assumption is off, all others as assumed"
    stated = Listing("What is assumed", "\n".join(chain.from_iterable(map(_stated, comparison.assumptions))))
    return Section("assumptions", "What hangs on assumptions", (Table(caption, columns, rows, "assumed"), stated))


def by_reach(found: tuple[Assumption, ...]) -> tuple[Assumption, ...]:
    """Return assumptions, those first between whose ends the difference moves most."""
    return tuple(sorted(found, key=_reach, reverse=True))


def _reach(one: Assumption) -> float:
    return 0.0 if one.at_low is None or one.at_high is None else abs(float(exact(one.at_high) - exact(one.at_low)))


def paying(comparison: Comparison) -> Change | None:
    """Return the difference that break-even and assumptions are about."""
    names = (comparison.break_even.measure,) if comparison.break_even is not None else ("net", "margin")
    by_name = {change.measure: change for change in comparison.changes}
    return next((by_name[name] for name in names if name in by_name), None)


def _paying_title(subject: Subject, comparison: Comparison) -> str:
    change = paying(comparison)
    title = "net benefit" if change is None else short(subject.measures[change.measure].title)
    return title[:1].lower() + title[1:]


def _assumption(subject: Subject, one: Assumption, bar: str) -> tuple[Cell, ...]:
    ends = (subject.formats.difference(end, "money") for end in (one.at_low, one.at_high))
    return (Cell(words(one.name), detail=one.title), *map(Cell, ends), Cell(bar))


def _stated(one: Assumption) -> tuple[str, ...]:
    """Return the lines that state an assumption: its expression at the low end, as assumed, at the high end."""
    ends = (("low", one.low), ("assumed", one.base), ("high", one.high))
    return (one.name, *(f"  {end:8} {expression}" for end, expression in ends))


def break_even(subject: Subject, comparison: Comparison) -> Section | None:
    """Return how far take-up may fall before the candidate stops paying."""
    found = comparison.break_even
    if found is None:
        return None
    said = Note(pays(found), "good" if found.pays else "bad")
    if not found.points:
        return Section("break-even", "When it pays", (said,))
    unit = subject.measures[found.measure].unit
    step = max(1, len(found.points) // MOST_POINTS)
    columns = (Column("Take-up, of what is assumed", numeric=False), Column("Difference"))
    rows = tuple(
        (Cell(short_percent(at)), Cell(subject.formats.difference(value, unit))) for at, value in found.points[::step]
    )
    caption = f"Difference of {_paying_title(subject, comparison)} by take-up"
    return Section("break-even", "When it pays", (said, Table(caption, columns, rows, "assumed")))


def pays(found: BreakEven) -> str:
    """Return when a candidate pays, in a sentence."""
    if found.points and all(value is not None and exact(value) == 0 for _, value in found.points):
        return "It makes no difference at any take-up."
    match found.pays, found.factor:
        case True, None:
            return "It pays even if nobody takes the offers."
        case True, float(factor):
            return f"It pays as long as take-up is at least {short_percent(factor)} of what is assumed."
        case False, float(factor):
            return f"It does not pay as assumed: take-up would have to be {short_percent(factor)} of what is assumed."
        case _:
            return f"It does not pay{_up_to(found)}."


def _up_to(found: BreakEven) -> str:
    """Return how far take-up was raised in search of where it pays."""
    most = max((at for at, _ in found.points), default=1.0)
    return f", not even with take-up at {short_percent(most)} of what is assumed" if most > 1 else " as assumed"
