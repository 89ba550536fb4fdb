"""All that a worker needs to measure a batch or a trial, as it is sent to other processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

from engine.language.diagnostics import PolicyError
from engine.program.plan import Policy
from engine.release import Release, release_of
from simulations.patches.patch import Patch
from simulations.patches.patched import patched
from simulations.populations.part import sampled
from simulations.populations.population import Population
from simulations.specs.simulation import Simulation

SAMPLE: Final = 50_000
"""Customers on whom edits are tried by themselves, where there are more."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The pack in a folder with some of the edits of a patch, by place from 0, on top of another patch."""

    folder: Path
    patch: Patch
    edits: frozenset[int]
    base: Patch | None

    def release(self) -> Release | None:
        """Return its release; None where the edits make no pack by themselves."""
        try:
            return patched(self.folder, self.patch, self.edits, self.base)
        except PolicyError:
            return None


Trial: TypeAlias = int | Variant
"""What is tried on a sample: a release of the job, by its place, or a variant."""


@dataclass(frozen=True, eq=False)
class Job:
    """A simulation, its population, the releases to decide under, the baseline first, and what to try on a sample."""

    simulation: Simulation
    population: Population
    releases: tuple[Release, ...]
    trials: tuple[Trial, ...] = ()

    @property
    def units(self) -> int:
        """Return how many batches and trials there are."""
        return len(self.population) + len(self.trials)

    @cached_property
    def sample(self) -> Population:
        """The customers on whom edits are tried: all, where there are few."""
        return sampled(self.population, SAMPLE)

    def __reduce__(self) -> tuple[Callable[..., Job], tuple[object, ...]]:
        """Return how it is made again: a release is its policy, and compiles there what it needs."""
        policies = tuple(release.policy for release in self.releases)
        return _job, (self.simulation, self.population, policies, self.trials)


def _job(
    simulation: Simulation, population: Population, policies: tuple[Policy, ...], trials: tuple[Trial, ...]
) -> Job:
    return Job(simulation, population, tuple(release_of(policy) for policy in policies), trials)
