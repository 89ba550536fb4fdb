"""How good a setting is: its objectives and gates, on customers that are held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from engine.release import Release
from simulations.comparing.contrast import ALL, Contrasts, differences
from simulations.comparing.gates import excess
from simulations.comparing.quantities import Currency
from simulations.measuring.job import Job
from simulations.measuring.measuring import Measurer
from simulations.measuring.runners import Local, run
from simulations.measuring.sums import Tally, merged
from simulations.populations.part import Derived
from simulations.populations.population import Batch, Population
from simulations.specs.simulation import Simulation
from simulations.tuning.keeping import beside
from simulations.tuning.opening import Open
from simulations.tuning.searching import Score, Setting


@dataclass
class Held(Derived):
    """A population whose batches are in memory, in which parameters are columns."""

    whole: Population
    open: Open
    setting: Setting

    @cached_property
    def _batches(self) -> tuple[Batch, ...]:
        columns = self.open.kept.columns(self.fixed, self.open.release.policy.inputs)
        batches = map(self.whole.batch, range(len(self)))
        return tuple(
            replace(batch, asks=tuple(replace(one, table=beside(one.table, columns)) for one in batch.asks))
            for batch in batches
        )

    def batch(self, number: int) -> Batch:
        """Return a batch in which the parameters are as they are set."""
        batch = self._batches[number]
        asks = (replace(one, table=self.open.set(one.table, self.setting)) for one in batch.asks)
        return replace(batch, asks=tuple(asks))


class Scorer:
    """Scores settings against the baseline, on the same customers, asks and draws."""

    def __init__(self, simulation: Simulation, population: Population, baseline: Release, open_: Open) -> None:
        """Measure the baseline; whatever is compiled for the first setting serves the others."""
        self._simulation = simulation
        self._held = Held(population, open_, ())
        header = baseline.policy.pack.header
        self._currency = Currency(header.currency, header.digits)
        self.baseline = run(Job(simulation, self._held, (baseline,)), Local(), lambda: None)
        self._measurer = Measurer(Job(simulation, self._held, (open_.release,)))

    def score(self, setting: Setting) -> Score:
        """Return what a setting comes to."""
        self._held.setting = setting
        tally = reduce(merged, map(self._measurer.tally, range(len(self._held))))
        both = replace(self.baseline, policies=(*self.baseline.policies, *tally.policies))
        return scored(self._simulation, both, self._currency)


def scored(simulation: Simulation, tally: Tally, currency: Currency) -> Score:
    """Return the objectives of a tally's last policy, and by how much it crosses each gate that fails."""
    seen = differences(simulation, tally, len(tally.policies) - 1)
    fails = [gate for gate in simulation.gates if gate.level == "fail"]
    return Score(
        objectives=tuple(reached(simulation, seen, currency)),
        excesses=tuple(excess(gate, seen, currency) for gate in fails),
    )


def reached(simulation: Simulation, seen: Contrasts, currency: Currency) -> Sequence[float]:
    """Return what the candidate's objectives come to, money in whole units of the currency."""
    by_name = {one.measure.name: one for one in seen[ALL]}
    found = [by_name[objective.measure] for objective in simulation.objectives]
    return [currency.amount(one.candidate, one.measure.unit) for one in found]
