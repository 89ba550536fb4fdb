"""Which edit did it: the difference that a candidate makes, divided over its edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.release import Release
from simulations.comparing.shapley import MOST_EXACT, Division, Edits, shapley
from simulations.measuring.job import Job
from simulations.measuring.sums import Tally
from simulations.policies import Policies
from simulations.populations.part import sampled
from simulations.populations.population import Population
from simulations.specs.simulation import Candidate

SAMPLE: Final = 50_000
"""Customers on whom edits are tried by themselves, where there are more."""


@dataclass(frozen=True)
class Attempts:
    """A candidate's edits tried in every combination (or those that are asked for) on a sample of customers."""

    policies: Policies
    candidate: Candidate
    edits: int
    population: Population
    run: Callable[[Job], Tally]

    @cached_property
    def sample(self) -> Population:
        """The customers on whom edits are tried."""
        return sampled(self.population, SAMPLE)

    @cached_property
    def totals(self) -> dict[Edits, npt.NDArray[np.int64]]:
        """What each combination comes to, by measure; of many edits, those alone that were asked for."""
        if self.edits > MOST_EXACT:
            return {}
        chosen = (Edits(some) for size in range(self.edits + 1) for some in combinations(range(self.edits), size))
        releases = {
            some: release for some in chosen if (release := self.policies.attempt(self.candidate, some)) is not None
        }
        return dict(zip(releases, self._measured(tuple(releases.values())), strict=True))

    def feasible(self, edits: Edits) -> bool:
        """Return whether some edits make a pack by themselves."""
        return edits in self.totals or (
            self.edits > MOST_EXACT and self.policies.attempt(self.candidate, edits) is not None
        )

    def worth(self, edits: Edits) -> npt.NDArray[np.int64]:
        """Return what some edits come to, by measure."""
        if edits not in self.totals:
            self.totals[edits] = self._measured((self.policies.release(self.candidate, edits),))[0]
        return self.totals[edits]

    def _release(self, edits: Edits) -> Release | None:
        return self.policies.attempt(self.candidate, edits)

    def _measured(self, releases: tuple[Release, ...]) -> list[npt.NDArray[np.int64]]:
        tally = self.run(Job(self.policies.simulation, self.sample, releases))
        return [np.array(list(tally.totals(place).values())) for place in range(len(releases))]


def divided(attempts: Attempts, whole: npt.NDArray[np.int64]) -> Division | None:
    """Return each edit's share of the whole difference, by measure; None where no order of the edits makes packs.

    Of a sample of the customers, shares are those of the sample's difference, scaled to the whole one.
    """
    division = shapley(attempts.edits, attempts.worth, attempts.feasible, attempts.policies.simulation.seed)
    if division is None or attempts.sample is attempts.population:
        return division
    return Division(_scaled(division.shares, whole.tolist()), division.exact)


def _scaled(shares: tuple[tuple[Fraction, ...], ...], whole: list[int]) -> tuple[tuple[Fraction, ...], ...]:
    """Return the shares scaled to whole differences; of a difference that the sample does not show, nothing."""
    sums = [sum(parts, Fraction(0)) for parts in zip(*shares, strict=True)]
    factors = [Fraction(total) / seen if seen else Fraction(0) for total, seen in zip(whole, sums, strict=True)]
    return tuple(tuple(part * factor for part, factor in zip(parts, factors, strict=True)) for parts in shares)
