"""A population by its file: drawn from a specification, or read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.language.diagnostics import Diagnostics
from engine.release import Release
from simulations.populations import files, synthetic
from simulations.populations.columns.structures import Nulls
from simulations.populations.population import Population

SPECIFICATIONS: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a population is read: the moment of asks that do not say, what nulls mean, and how many customers to draw."""

    now: int | None = None
    nulls: Nulls = "unknown"
    customers: int | None = None
    """None: as many as the specification says; of a file, all are read."""


def opened(file: Path, release: Release, reading: Reading = Reading()) -> Population:
    """Return the population of a file.

    Raises `PolicyError` where a specification is wrong, `PopulationError` where a file of asks is.
    """
    if file.suffix in SPECIFICATIONS:
        found = Diagnostics()
        drawn = synthetic.read_population(file, release, found)
        found.check()
        return drawn if reading.customers is None else drawn.of(reading.customers)
    return files.read_population(release, file, reading.now, reading.nulls)
