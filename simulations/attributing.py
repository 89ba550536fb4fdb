"""Which edit did it: the difference that a candidate makes, divided over its edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import numpy.typing as npt

from simulations.comparing.shapley import MOST_EXACT, Division, Edits, shapley
from simulations.measuring.job import Job, Trial
from simulations.measuring.sums import Tally
from simulations.policies import Policies
from simulations.specs.simulation import Candidate


@dataclass(frozen=True, slots=True)
class Attempt:
    """Some of a candidate's edits tried by themselves."""

    number: int
    """The candidate's place among the releases, from 1."""
    edits: Edits
    trial: Trial


def attempts(policies: Policies, number: int, candidate: Candidate, edits: int) -> Iterator[Attempt]:
    """Yield a candidate's edits in every combination; none of a single edit, and none of more than can all be tried."""
    if not 1 < edits <= MOST_EXACT:
        return
    ends = {0: 0, edits: number}
    for size in range(edits + 1):
        for some in map(Edits, combinations(range(edits), size)):
            yield Attempt(number, some, ends[size] if size in ends else policies.variant(candidate, some))


@dataclass(frozen=True)
class Attempts:
    """What a candidate's edits come to by themselves, in the combinations that were tried; of many, as asked for."""

    policies: Policies
    candidate: Candidate
    edits: int
    job: Job
    run: Callable[[Job], Tally]
    found: dict[Edits, npt.NDArray[np.int64]]
    """By measure."""

    def feasible(self, edits: Edits) -> bool:
        """Return whether some edits make a pack by themselves."""
        return edits in self.found or (
            self.edits > MOST_EXACT and self.policies.variant(self.candidate, edits).release() is not None
        )

    def worth(self, edits: Edits) -> npt.NDArray[np.int64]:
        """Return what some edits come to, by measure."""
        if edits not in self.found:
            release = self.policies.variant(self.candidate, edits).release()
            assert release is not None
            tally = self.run(Job(self.job.simulation, self.job.sample, (release,)))
            self.found[edits] = np.array(list(tally.totals(0).values()))
        return self.found[edits]


def divided(attempts: Attempts, whole: npt.NDArray[np.int64]) -> Division | None:
    """Return each edit's share of the whole difference, by measure; None where no order of the edits makes packs.

    Of a sample of the customers, shares are those of the sample's difference, scaled to the whole one.
    """
    division = shapley(attempts.edits, attempts.worth, attempts.feasible, attempts.policies.simulation.seed)
    if division is None or attempts.job.sample is attempts.job.population:
        return division
    return Division(_scaled(division.shares, whole.tolist()), division.exact)


def _scaled(shares: tuple[tuple[Fraction, ...], ...], whole: list[int]) -> tuple[tuple[Fraction, ...], ...]:
    """Return the shares scaled to whole differences; of a difference that the sample does not show, nothing."""
    sums = [sum(parts, Fraction(0)) for parts in zip(*shares, strict=True)]
    factors = [Fraction(total) / seen if seen else Fraction(0) for total, seen in zip(whole, sums, strict=True)]
    return tuple(tuple(part * factor for part, factor in zip(parts, factors, strict=True)) for parts in shares)
