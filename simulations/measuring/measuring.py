"""A batch of customers to what policies come to over their asks: a frame in, small sums out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.backends.columnar.rows import joined
from engine.language.packs.inputs import ASKED, RUNG
from simulations.deciding.alternatives import Context
from simulations.deciding.deciding import whole
from simulations.deciding.positions import APPROVE, Ints
from simulations.deciding.programs import trimmed
from simulations.measuring.adding import Adding
from simulations.measuring.answers import numbers
from simulations.measuring.asked import Asked, Side
from simulations.measuring.changes import decided_else, pair_of
from simulations.measuring.job import Job, Trial
from simulations.measuring.panel import Panel, Policy, Sitting
from simulations.measuring.people import Grouping
from simulations.measuring.responding import Draws
from simulations.measuring.sums import Tally, Tried
from simulations.populations.population import Batch


@dataclass(frozen=True, eq=False, slots=True)
class Sampled:
    """A batch of the sample, as it is put to one policy after the other."""

    asked: Asked
    sitting: Sitting
    first: Side
    """What the baseline answers."""
    draws: Draws | None


class Measurer:
    """Measures the batches of a job, and its trials; what it compiles for one serves the others."""

    def __init__(self, job: Job) -> None:
        """Prepare; actions are compiled when they are first asked for."""
        self._job = job
        self._panel = Panel(job.population.fixed)
        self._policies = tuple(map(self._panel.policy, job.releases))
        self._baseline = self._policies[0].decider
        self._adding = Adding(job.simulation, self._baseline.setting)
        self._grouping = Grouping(job.simulation, self._baseline, job.population.customers)

    def unit(self, place: int) -> Tally | Tried:
        """Return what a unit of the job comes to: the batches come first, then the trials."""
        batches = len(self._job.population)
        return self.tally(place) if place < batches else self.tried(place - batches)

    def tally(self, place: int) -> Tally:
        """Return what the policies come to over one batch."""
        batch = self._job.population.batch(place)
        sides = list(map(Sitting(batch).side, self._policies))
        refused = np.flatnonzero(np.any([side.answers.position != APPROVE for side in sides], axis=0))
        options = frozenset[str]().union(*(policy.options.reads for policy in self._policies))
        asked = self._asked(batch, options | {RUNG}, refused)
        draws = self._adding.draws(asked)
        most = self._job.simulation.cases
        return Tally(
            measures=self._adding.names,
            segments=asked.people.segments,
            guesses=tuple(guess.name for guess in self._adding.guesses),
            paying="margin" if self._job.simulation.response is None else "net",
            customers=asked.people.summed(np.ones(asked.batch.people.rows, np.int64)),
            policies=tuple(
                self._adding.sums(policy.release, asked, side, _replayed(draws, sides[0], side))
                for policy, side in zip(self._policies, sides, strict=True)
            ),
            pairs=tuple(pair_of(self._job.releases[0].policy, asked, (sides[0], side), most) for side in sides[1:]),
            most=most,
        )

    def tried(self, place: int) -> Tried:
        """Return what a trial comes to over the sample."""
        policy = self._policy(self._job.trials[place])
        if policy is None:
            return Tried(None)
        return Tried(np.sum([self._totals(policy, one) for one in self._sample], axis=0))

    def _totals(self, policy: Policy, sampled: Sampled) -> Ints:
        """Return what a policy comes to over a batch of the sample."""
        side = sampled.sitting.side(policy)
        return self._adding.totals(sampled.asked, side, _replayed(sampled.draws, sampled.first, side))

    def _policy(self, trial: Trial) -> Policy | None:
        if isinstance(trial, int):
            return self._policies[trial]
        release = trial.release()
        return None if release is None else self._panel.policy(release)

    @cached_property
    def _sample(self) -> tuple[Sampled, ...]:
        """The customers on whom edits are tried; any trial may refuse any ask, and any input may matter then."""
        reads = {member.name for member in self._job.releases[0].policy.inputs} - {"ask", ASKED}
        made = []
        for batch in map(self._job.sample.batch, range(len(self._job.sample))):
            asked = self._asked(batch, frozenset(reads), np.arange(sum(len(asks.numbers) for asks in batch.asks)))
            sitting = Sitting(batch)
            made.append(Sampled(asked, sitting, sitting.side(self._policies[0]), self._adding.draws(asked)))
        return tuple(made)

    def _asked(self, batch: Batch, context_reads: frozenset[str], refused: Ints) -> Asked:
        """Return the asks of a batch; alternatives read some inputs, of the asks that some policy refuses."""
        tables = [self._baseline.table(asks.table) for asks in batch.asks]
        context = joined([trimmed(table, context_reads) for table in tables])
        return Asked(
            batch=batch,
            people=self._grouping.people(batch),
            numbers=numbers(asks.numbers for asks in batch.asks),
            whose=numbers(asks.people for asks in batch.asks),
            table=joined([trimmed(table, self._adding.reads) for table in tables]),
            context=Context(context, whole(RUNG, context, self._baseline.setting.fixed), refused),
        )


def _replayed(draws: Draws | None, first: Side, side: Side) -> Draws | None:
    """Return the draws for a policy: what happened then holds where the answer is as the baseline's."""
    if draws is None or first is side or not draws.known.any():
        return draws
    return draws.where(~decided_else(first, side))
