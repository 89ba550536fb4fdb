"""What a candidate is worth at each take-up, and where it stops paying."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.study import BreakEven, Comparison
from simulations.reports.formats import exact, short_percent, signed
from simulations.reports.plots.picture import ACCENT, BAD, GOOD, INK, QUIET, Picture
from simulations.reports.subject import Subject


def break_even(subject: Subject, comparison: Comparison) -> Iterator[Picture]:
    """Yield the curve of the difference by take-up."""
    found = comparison.break_even
    if found is not None and len(found.points) > 1:
        yield Picture(
            "break-even",
            "The difference by take-up",
            "Where the line is above 0 the candidate pays, all other assumptions as they are.",
            (7.4, 3.2),
            functools.partial(_draw, subject=subject, found=found),
        )


def _draw(figure: Figure, subject: Subject, found: BreakEven) -> None:
    axes = figure.add_subplot()
    known = [(at, float(exact(value))) for at, value in found.points if value is not None]
    at, values = [one for one, _ in known], [value for _, value in known]
    axes.plot(at, values, color=ACCENT, linewidth=2)
    for colour, side in ((GOOD, [value >= 0 for value in values]), (BAD, [value <= 0 for value in values])):
        axes.fill_between(at, values, 0, where=side, interpolate=True, color=colour, alpha=0.2, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.axvline(1, color=QUIET, linewidth=0.9, linestyle="--")
    axes.annotate("as assumed", (1, axes.get_ylim()[1]), (4, -2), textcoords="offset points", va="top", fontsize=8)
    if found.factor is not None:
        axes.plot([found.factor], [0], "o", color=INK, markersize=6)
        axes.annotate(
            f"break-even at {short_percent(found.factor)}", (found.factor, 0), (6, -14), textcoords="offset points"
        )
    axes.grid(axis="y")
    axes.set_xlabel("take-up, of what is assumed")
    unit = subject.measures[found.measure].unit
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_percent(value)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(subject.formats.tick(value, unit), value)))
