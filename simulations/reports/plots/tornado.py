"""How much hangs on each assumption."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.study import Assumption, Change, Comparison
from simulations.reports.formats import exact, signed
from simulations.reports.plots.picture import ACCENT, BAD, INK, Picture, label
from simulations.reports.sections.assumptions import by_reach, paying
from simulations.reports.subject import Subject
from simulations.reports.titles import words


def tornado(subject: Subject, comparison: Comparison) -> Iterator[Picture]:
    """Yield the tornado of the assumptions, the widest on top."""
    found = [one for one in by_reach(comparison.assumptions) if one.at_low is not None and one.at_high is not None]
    if found:
        yield Picture(
            "tornado",
            "What the difference would be if one assumption is off",
            "A bar reaches from the difference at the low end of an assumption to that at its high end; the dashed "
            "line is the difference as assumed.",
            (7.4, 1.1 + 0.42 * len(found)),
            functools.partial(_draw, subject=subject, found=found, base=paying(comparison)),
        )


def _draw(figure: Figure, subject: Subject, found: Sequence[Assumption], base: Change | None) -> None:
    axes = figure.add_subplot()
    axes.use_sticky_edges = False
    for row, one in enumerate(found):
        _bar(axes, row, one, subject)
    axes.axvline(0, color=INK, linewidth=0.9)
    if base is not None and base.difference is not None:
        axes.axvline(float(exact(base.difference)), color=INK, linewidth=0.9, linestyle="--")
    axes.set_yticks(range(len(found)), [label(words(one.name)) for one in found])
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(subject, value)))


def _bar(axes: Axes, row: int, one: Assumption, subject: Subject) -> None:
    """Draw one assumption, its part below 0 in the colour of a loss, and write at each end which end it is."""
    assert one.at_low is not None
    assert one.at_high is not None
    (least, first), (most, last) = sorted(((float(exact(one.at_low)), "low"), (float(exact(one.at_high)), "high")))
    axes.barh(row, most - least, 0.6, left=least, color=ACCENT)
    if least < 0:
        axes.barh(row, min(most, 0) - least, 0.6, left=least, color=BAD)
    for value, text, aside, side in ((least, first, -4, "right"), (most, last, 4, "left")):
        said = f"{text} {_signed(subject, value)}"
        axes.annotate(said, (value, row), (aside, 0), textcoords="offset points", ha=side, va="center", fontsize=8)


def _signed(subject: Subject, value: float) -> str:
    return signed(subject.formats.tick(value, "money"), value)
