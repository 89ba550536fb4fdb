"""What the sections of a report are about: a study, with its measures by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from schemas.study import Change, Comparison, Measure, Run, Study
from simulations.reports.formats import POINTS, Formats, count, exact, percent, short_percent, signed

KEY: Final = ("net", "margin", "company_cost", "customer_value", "refusals_without_alternative")
"""The measures that matter most, most important first."""


@dataclass(frozen=True)
class Subject:
    """A study and how its quantities are written."""

    study: Study

    @cached_property
    def formats(self) -> Formats:
        """Return how quantities are written."""
        return Formats(self.study.currency, self.study.digits)

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Return the measures by name."""
        return {measure.name: measure for measure in self.study.measures}

    def key_measures(self, names: Collection[str]) -> list[Measure]:
        """Return those of the named measures that matter most, and the simulation's own."""
        return [one for one in self.study.measures if one.name in names and (one.name in KEY or one.custom)]

    @cached_property
    def sure(self) -> str:
        """Return how sure intervals are, as it stands above them."""
        return f"{short_percent(self.study.reproduction.confidence)} sure between"

    def interval(self, change: Change) -> str:
        """Return the ends of the interval of a difference; nothing where there is none."""
        if change.interval is None:
            return ""
        unit = self.measures[change.measure].unit
        low, high = (self.formats.difference(end, unit) for end in (change.interval.low, change.interval.high))
        return f"{low.removesuffix(POINTS)} and {high}"

    def difference(self, change: Change) -> str:
        """Return a difference, and what share of the baseline it is."""
        measure = self.measures[change.measure]
        text = self.formats.difference(change.difference, measure.unit)
        if change.share is None or measure.unit == "share":
            return text
        return f"{text} ({signed(percent(change.share), change.share)})"

    def asks(self, number: int) -> str:
        """Return a number of asks, and what share it is of all."""
        total = self.study.reproduction.asks
        return f"{count(number)} ({percent(number / total)})" if total else count(number)


def title_of(comparison: Comparison | Run) -> str:
    """Return what a policy is called."""
    return comparison.title or (comparison.candidate if isinstance(comparison, Comparison) else comparison.name)


def per_customer(quantity: str | int | float, customers: int) -> float:
    """Return what a total comes to for the average customer."""
    return float(exact(quantity)) / customers
