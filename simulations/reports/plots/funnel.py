"""How far asks get under each policy."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from schemas.study import Run
from simulations.reports.formats import count
from simulations.reports.plots.picture import ACCENT, QUIET, Picture, label
from simulations.reports.subject import Subject, title_of
from simulations.reports.titles import STAGES

LIGHTEST: Final = 0.35


def funnel(subject: Subject) -> Iterator[Picture]:
    """Yield the funnels of all policies beside each other."""
    runs = [run for run in subject.study.runs if run.funnel]
    if runs:
        stages = len(runs[0].funnel)
        yield Picture(
            "funnel",
            "How many asks get how far",
            "A bar for each policy at each stage, from what is asked for to what the agent may grant.",
            (7.4, 0.9 + stages * (0.3 + 0.2 * len(runs))),
            functools.partial(_draw, runs=runs),
        )


def _draw(figure: Figure, runs: Sequence[Run]) -> None:
    axes = figure.add_subplot()
    thick = 0.8 / len(runs)
    for number, run in enumerate(runs):
        _bars(axes, run, (number, thick), _shade(number, len(runs)))
    axes.set_yticks([row + 0.4 - thick / 2 for row in range(len(runs[0].funnel))], list(STAGES.values()))
    axes.invert_yaxis()
    axes.margins(x=0.14)
    axes.set_xlim(left=0)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(round(value))))
    if len(runs) > 1:
        figure.legend(loc="outside upper left", ncols=2)


def _shade(number: int, runs: int) -> tuple[str, float]:
    """Return the colour of a policy and how dense it is: the baseline quiet, each candidate lighter than the last."""
    if number == 0:
        return QUIET, 0.6
    return ACCENT, 1 - (1 - LIGHTEST) * (number - 1) / max(1, runs - 1)


def _bars(axes: Axes, run: Run, place: tuple[int, float], shade: tuple[str, float]) -> None:
    number, thick = place
    colour, alpha = shade
    rows = [row + number * thick for row in range(len(run.funnel))]
    bars = axes.barh(
        rows, [stage.asks for stage in run.funnel], thick * 0.92, color=colour, alpha=alpha, label=label(title_of(run))
    )
    axes.bar_label(bars, [count(stage.asks) for stage in run.funnel], padding=3, fontsize=8)
