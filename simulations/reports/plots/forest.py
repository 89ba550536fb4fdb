"""What the average customer of each segment gains or costs, with how sure that is."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.study import Change, Comparison, Measure, SegmentChange
from simulations.reports.document import Tone
from simulations.reports.formats import MISSING, exact, signed
from simulations.reports.plots.picture import BAD, GOOD, INK, PAPER, QUIET, Picture, label
from simulations.reports.readings import reading
from simulations.reports.sections.segments import each, per_customer_measures
from simulations.reports.subject import Subject
from simulations.reports.titles import short

MOST: Final = 30
COLOURS: Final[dict[Tone, str]] = {"good": GOOD, "bad": BAD, "plain": INK, "doubtful": QUIET, "quiet": QUIET}


def forest(subject: Subject, comparison: Comparison) -> Iterator[Picture]:
    """Yield a forest plot for each measure that is shown by segment; of very many segments, the largest."""
    largest = sorted(comparison.segments, key=lambda one: one.customers, reverse=True)[:MOST]
    kept = [one for one in comparison.segments if one in largest]
    which = "each segment" if len(kept) == len(comparison.segments) else f"the {MOST} largest segments"
    for measure in per_customer_measures(subject, comparison.segments):
        yield Picture(
            f"forest-{measure.name}",
            f"{short(measure.title)}: difference for the average customer of {which} ({measure.evidence})",
            f"The difference is {subject.sure} the ends of the line. A hollow dot is not sure: its line reaches 0.",
            (7.4, 1.1 + 0.32 * len(kept)),
            functools.partial(_draw, subject=subject, measure=measure, segments=kept),
        )


def _draw(figure: Figure, subject: Subject, measure: Measure, segments: Sequence[SegmentChange]) -> None:
    axes = figure.add_subplot()
    for row, segment in enumerate(segments):
        change = each(segment, measure)
        if change is None:
            axes.text(0, row, f" {MISSING}", color=QUIET, va="center", style="italic")
        else:
            _row(axes, row, change, measure)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_yticks(range(len(segments)), [label(segment.segment) for segment in segments])
    axes.set_ylim(len(segments) - 0.4, -0.6)
    axes.margins(x=0.08)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: signed(subject.formats.tick(value, measure.unit), value))
    )


def _row(axes: Axes, row: int, change: Change, measure: Measure) -> None:
    """Draw one segment; a hollow dot where it is not sure."""
    assert change.difference is not None
    read = reading(change, measure)
    colour = COLOURS[read.tone]
    interval = change.interval
    if interval is not None and interval.low is not None and interval.high is not None:
        axes.plot([float(exact(interval.low)), float(exact(interval.high))], [row, row], color=colour, linewidth=2)
    face = PAPER if read.tone == "doubtful" else colour
    axes.plot([float(exact(change.difference))], [row], "o", color=colour, markerfacecolor=face, markersize=6)
