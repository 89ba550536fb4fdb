"""What a search traded off: every setting it tried, and those that no other beats."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.study import Measure, Quantity, Tuning
from simulations.reports.formats import exact
from simulations.reports.plots.picture import ACCENT, BAD, INK, QUIET, Picture, label
from simulations.reports.subject import Subject
from simulations.reports.titles import short

Scores: TypeAlias = Mapping[str, Quantity]
Pair: TypeAlias = Callable[[Sequence[Scores]], list[tuple[float, float]]]
"""Scores in the two objectives that are drawn."""


def pareto(subject: Subject) -> Iterator[Picture]:
    """Yield the settings that were tried by the first two objectives; nothing where there is only one."""
    tuning = subject.study.tuning
    if tuning is not None and len(tuning.objectives) > 1:
        first, second = (short(one.title) for one in tuning.objectives[:2])
        yield Picture(
            "pareto",
            f"{first} against {second}, for every setting that was tried",
            "A dot is a setting. The line joins those that no other beats in everything at once; crosses break a gate; "
            "the diamond is the baseline, stars are as far from it as the finalists are on customers that the "
            "search had not seen.",
            (7.4, 4),
            functools.partial(_draw, subject=subject, tuning=tuning),
        )


def _draw(figure: Figure, subject: Subject, tuning: Tuning) -> None:
    axes = figure.add_subplot()
    across, up = tuning.objectives[:2]
    pair = functools.partial(_pairs, first=across, second=up)
    inside = pair([one.objectives for one in tuning.trials if one.feasible and not one.front])
    outside = pair([one.objectives for one in tuning.trials if not one.feasible])
    _dots(axes, inside, ("o", QUIET, "tried"))
    _dots(axes, outside, ("x", BAD, "breaks a gate"))
    front = sorted(pair([one.objectives for one in tuning.trials if one.front]))
    if front:
        axes.plot(*zip(*front, strict=True), "o-", color=ACCENT, markersize=6, label="not beaten")
    _dots(axes, pair([tuning.baseline]), ("D", INK, "baseline"))
    _dots(axes, _moved(pair, tuning), ("*", INK, "finalist"))
    axes.grid(axis="y")
    axes.set(xlabel=label(short(across.title)), ylabel=label(short(up.title)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: subject.formats.tick(value, across.unit)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: subject.formats.tick(value, up.unit)))
    figure.legend(loc="outside upper left", ncols=5)


def _moved(pair: Pair, tuning: Tuning) -> list[tuple[float, float]]:
    """Return the finalists as far from the baseline as they are on the customers held out."""
    ends = pair([one.held_out for one in tuning.finalists])
    starts = pair([tuning.baseline_held_out, tuning.baseline])
    if len(starts) < 2:
        return []
    (x, y), (origin_x, origin_y) = starts
    return [(origin_x + across - x, origin_y + up - y) for across, up in ends]


def _pairs(scores: Sequence[Scores], first: Measure, second: Measure) -> list[tuple[float, float]]:
    """Return the scores in two objectives, of the settings that have both."""
    found = ((one[first.name], one[second.name]) for one in scores)
    return [(float(exact(x)), float(exact(y))) for x, y in found if x is not None and y is not None]


def _dots(axes: Axes, points: Sequence[tuple[float, float]], style: tuple[str, str, str]) -> None:
    """Draw points with a marker, a colour and a name."""
    marker, colour, name = style
    if points:
        size = 10 if marker == "*" else 5
        axes.plot(*zip(*points, strict=True), marker, color=colour, markersize=size, label=name)
