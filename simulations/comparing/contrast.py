"""How the measures of a candidate differ from the baseline's, and where the differences lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Final, TypeAlias

import numpy as np

from schemas.study import Change, Interval, Measure
from simulations.comparing.bootstrap import Estimate, Ints, bca, resampled, scaled
from simulations.comparing.quantities import Currency
from simulations.comparing.screens import p_values
from simulations.measuring.sums import Tally
from simulations.specs.measures import measures
from simulations.specs.simulation import Simulation

ALL: Final = ""
"""What stands for all customers where segments have names."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A measure under both policies, exactly, and where its difference lies."""

    measure: Measure
    baseline: int
    candidate: int
    interval: tuple[int, int] | None
    """None: there are too few customers to say."""
    p_value: float | None
    """Of no difference."""

    @property
    def difference(self) -> int:
        """Return how much more it is under the candidate."""
        return self.candidate - self.baseline

    def change(self, currency: Currency) -> Change:
        """Return it as reports hold it."""

        def written(value: int) -> str | int:
            return currency.quantity(value, self.measure.unit)

        lies = self.interval
        return Change(
            measure=self.measure.name,
            baseline=written(self.baseline),
            candidate=written(self.candidate),
            difference=written(self.difference),
            share=None if self.baseline == 0 else self.difference / abs(self.baseline),
            interval=None if lies is None else Interval(low=written(lies[0]), high=written(lies[1])),
        )


Contrasts: TypeAlias = Mapping[str, tuple[Contrast, ...]]
"""By segment, those with too few customers left out, and of all customers: every measure in order."""


def contrasts(simulation: Simulation, tally: Tally, candidate: int) -> Contrasts:
    """Return how a candidate (by its place among the policies) differs from the baseline, and how sure that is."""
    groups = _groups(simulation, tally, candidate)
    if tally.customers.sum() < simulation.floor:
        return differences(simulation, tally, candidate)
    return dict(zip(groups, _compared(simulation, list(groups.values())), strict=True))


def differences(simulation: Simulation, tally: Tally, candidate: int) -> Contrasts:
    """Return how a candidate differs from the baseline, without intervals."""
    groups = _groups(simulation, tally, candidate)
    return {name: tuple(_exact(simulation, group)) for name, group in groups.items()}


@dataclass(frozen=True, slots=True)
class _Group:
    """Some customers by block: how many, and their measures (measures, blocks) under both policies."""

    customers: Ints
    baseline: Ints
    candidate: Ints


def _groups(simulation: Simulation, tally: Tally, candidate: int) -> dict[str, _Group]:
    """Return all customers, then each segment with enough of them."""
    before, after = tally.policies[0].values, tally.policies[candidate].values
    groups = {ALL: _Group(tally.customers.sum(axis=0), before.sum(axis=1), after.sum(axis=1))}
    for place, name in enumerate(tally.segments):
        if tally.customers[place].sum() >= simulation.floor:
            groups[name] = _Group(tally.customers[place], before[:, place], after[:, place])
    return groups


def _compared(simulation: Simulation, groups: Sequence[_Group]) -> Iterator[tuple[Contrast, ...]]:
    """Yield the contrasts of each group, all on the same resamples of blocks that have customers."""
    rows = [np.concatenate([group.candidate - group.baseline, group.customers[None]]) for group in groups]
    values = np.concatenate(rows)[:, groups[0].customers > 0]
    again = resampled(values, simulation.resamples, simulation.seed)
    count = len(rows[0])
    for place, group in enumerate(groups):
        sums = range(place * count, (place + 1) * count)
        yield tuple(_sure(simulation, group, again.estimate(sums, scaled(int(group.customers.sum())))))


def _sure(simulation: Simulation, group: _Group, estimate: Estimate) -> Iterator[Contrast]:
    """Yield the contrasts of a group with their intervals, which are never narrowed by rounding."""
    low, high = bca(estimate, simulation.confidence)
    chances = p_values(estimate.drawn).tolist()
    for place, one in enumerate(_exact(simulation, group)):
        yield replace(one, interval=(floor(low[place]), ceil(high[place])), p_value=chances[place])


def _exact(simulation: Simulation, group: _Group) -> Iterator[Contrast]:
    before, after = group.baseline.sum(axis=1).tolist(), group.candidate.sum(axis=1).tolist()
    for measure, baseline, candidate in zip(measures(simulation), before, after, strict=True):
        yield Contrast(measure, baseline, candidate, None, None)
