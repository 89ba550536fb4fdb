"""Which plots stand in which section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from schemas.study import Comparison
from simulations.reports.plots.alluvial import transitions
from simulations.reports.plots.break_even import break_even
from simulations.reports.plots.forest import forest
from simulations.reports.plots.funnel import funnel
from simulations.reports.plots.pareto import pareto
from simulations.reports.plots.picture import Picture
from simulations.reports.plots.tornado import tornado
from simulations.reports.subject import Subject

OF_CANDIDATE: Final[Mapping[str, Callable[[Subject, Comparison], Iterator[Picture]]]] = {
    "transitions": transitions,
    "segments": forest,
    "assumptions": tornado,
    "break-even": break_even,
}
OF_STUDY: Final[Mapping[str, Callable[[Subject], Iterator[Picture]]]] = {"funnel": funnel, "search": pareto}
