"""A simulation from its specification to what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, TypeAlias

import numpy as np

from engine.release import Release
from engine.values.json import moment_json
from schemas.study import Comparison, Measure, Reproduction, Study
from simulations.attributing import Attempt, Attempts, attempts, divided
from simulations.comparing.compare import Counted, Details, Identity, comparison, run_of
from simulations.comparing.quantities import Currency
from simulations.comparing.shapley import Division
from simulations.measuring.cases import cases_of
from simulations.measuring.job import Job
from simulations.measuring.sums import Tally
from simulations.policies import Policies
from simulations.populations.population import Population
from simulations.specs.measures import measures
from simulations.specs.simulation import Candidate, Simulation

BASELINE: Final = "baseline"
Runner: TypeAlias = Callable[[Job], Tally]
"""Measures all batches of a job."""


@dataclass(frozen=True)
class Order:
    """What to study, on which customers, and where the work is done."""

    policies: Policies
    population: Population
    candidates: tuple[Candidate, ...]
    run: Runner
    command: str
    attribution: bool = True
    """Whether to divide each difference over the edits that make it."""

    @property
    def simulation(self) -> Simulation:
        """Return the simulation as it was specified."""
        return self.policies.simulation


def study_of(order: Order) -> Study:
    """Return what a simulation found of the baseline and the candidates; the same order gives the same study.

    Raises `PolicyError` where a patch is wrong, `PopulationError` where the population is.
    """
    releases = {one.name: order.policies.release(one) for one in order.candidates}
    baseline = order.policies.baseline
    told = [Identity(BASELINE, "the policy as it is", baseline.policy.release)]
    told += [order.policies.told(one, releases[one.name]) for one in order.candidates]
    tries = tuple(_attempts(order, told))
    job = Job(order.simulation, order.population, (baseline, *releases.values()), tuple(one.trial for one in tries))
    tally = order.run(job)
    counts = Counted(order.simulation, tally, _currency(baseline))
    header = baseline.policy.pack.header
    return Study(
        simulation=order.simulation.name,
        title=order.simulation.title,
        pack=header.name,
        currency=header.currency,
        digits=header.digits,
        measures=_measures(order),
        runs=tuple(run_of(counts, number, policy) for number, policy in enumerate(told)),
        comparisons=tuple(
            _compared(Found(order, job, tries, counts), number, policy)
            for number, policy in enumerate(told)
            if number > 0
        ),
        reproduction=_reproduction(order, tally, {one.name: one.release for one in told}),
        floor=order.simulation.floor,
    )


def _measures(order: Order) -> tuple[Measure, ...]:
    """Return what is measured; how often people asked is a matter of record where the asks are recorded ones."""
    recorded = order.population.origin != "synthetic"
    replayed = {"evidence": "replayed"}
    found = measures(order.simulation)
    return tuple(one.model_copy(update=replayed) if recorded and one.name == "asks" else one for one in found)


def _currency(release: Release) -> Currency:
    header = release.policy.pack.header
    return Currency(header.currency, header.digits)


def _attempts(order: Order, told: Sequence[Identity]) -> Iterator[Attempt]:
    """Yield what is tried of the edits of every candidate."""
    if order.attribution:
        for number, candidate in enumerate(order.candidates, 1):
            yield from attempts(order.policies, number, candidate, len(told[number].edits))


@dataclass(frozen=True)
class Found:
    """What was ordered, what was tried for it, and what came of it."""

    order: Order
    job: Job
    tries: tuple[Attempt, ...]
    counts: Counted


def _compared(found: Found, number: int, policy: Identity) -> Comparison:
    """Return a comparison with its changed cases opened and its difference divided over its edits."""
    cases = cases_of(found.job, found.counts.tally, number)
    divides = found.order.attribution and len(policy.edits) > 1
    division = _division(found, number, len(policy.edits)) if divides else None
    return comparison(found.counts, number, policy, Details(cases, division))


def _division(found: Found, number: int, edits: int) -> Division | None:
    order, tally = found.order, found.counts.tally
    tried = {
        attempt.edits: one.totals
        for attempt, one in zip(found.tries, tally.tried, strict=True)
        if attempt.number == number and one.totals is not None
    }
    before, after = (np.array(list(tally.totals(place).values())) for place in (0, number))
    candidate = order.candidates[number - 1]
    return divided(Attempts(order.policies, candidate, edits, found.job, order.run, tried), after - before)


def _reproduction(order: Order, tally: Tally, releases: Mapping[str, str]) -> Reproduction:
    now = order.population.fixed.get("now")
    zone = order.policies.pack.policy.conventions.zone
    return Reproduction(
        command=order.command,
        leeway=version("leeway"),
        seed=order.simulation.seed,
        population=order.population.origin,
        population_hash=order.population.hash,
        customers=int(tally.customers.sum()),
        asks=tally.totals(0)["asks"],
        now=moment_json(now, zone) if isinstance(now, int) else None,
        resamples=order.simulation.resamples,
        confidence=order.simulation.confidence,
        releases=dict(releases),
    )
