"""A synthetic population: customers and asks drawn from a spec, a batch at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from engine.language.diagnostics import Diagnostics
from engine.release import Release
from simulations.populations.drawing.asking import Customers, asks_of
from simulations.populations.drawing.levels import Level, customers
from simulations.populations.drawing.listing import draw_all, facts_of
from simulations.populations.drawing.spec import ASKED_HOW, Spec
from simulations.populations.drawing.tables import beside
from simulations.populations.population import Batch, Numbers, Origin
from simulations.populations.reading.read import read_spec

OF_ASK: Final = ("now", "as_of", "history", "promises", *ASKED_HOW)
"""What asks have beside the facts, where it is not the same in all of them."""


def read_population(file: Path, release: Release, found: Diagnostics) -> Synthetic:
    """Return the population that a file specifies; raise `PolicyError` with all that is wrong with it."""
    return Synthetic(read_spec(file, release, found))


@dataclass(frozen=True, eq=False)
class Synthetic:
    """Customers drawn from a spec; each is the same whatever the batch, and whoever draws it."""

    spec: Spec

    @property
    def origin(self) -> Origin:
        """Return what kind of population it is."""
        return "synthetic"

    @property
    def hash(self) -> str:
        """Return `sha256:...` over all that it is made from."""
        text = f"{self.spec.hash}/{self.spec.customers}"
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        return self.spec.customers

    @property
    def fixed(self) -> Mapping[str, object]:
        """Return the inputs that are the same in every ask."""
        return dict(self.spec.fixed)

    def of(self, customers: int) -> Synthetic:
        """Return the population of so many customers, the same as far as both have them."""
        return Synthetic(replace(self.spec, customers=customers))

    def in_batches(self, most: int) -> Synthetic:
        """Return the same customers in batches of so many at most."""
        return replace(self, spec=replace(self.spec, batch=min(most, self.spec.batch)))

    def __len__(self) -> int:
        """Return how many batches there are."""
        return 1 + (self.spec.customers - 1) // self.spec.batch

    def batch(self, number: int) -> Batch:
        """Return a batch by its place, from 0."""
        first = number * self.spec.batch
        numbers = np.arange(first, min(first + self.spec.batch, self.spec.customers))
        level = customers(self.spec.seed, numbers)
        draw_all(level, self.spec.entries, self.spec.copula)
        facts = facts_of(level, [entry for entry in self.spec.entries if entry.path not in OF_ASK])
        ids = self._ids(level, numbers)
        inputs = beside(level.rows, [facts, level.facts(OF_ASK)])
        return Batch(facts, numbers, ids, asks_of(Customers(self.spec, level, inputs, pl.Series(ids), numbers)))

    def _ids(self, level: Level, numbers: Numbers) -> list[str]:
        """Return how each customer is called."""
        if self.spec.customer_id is None:
            return list(map(str, (numbers + 1).tolist()))
        column = level.value(self.spec.customer_id)
        texts, places = column.texts or (), column.values.tolist()
        if column.known is None:
            return [texts[place] for place in places]
        named = zip(places, column.known.tolist(), (numbers + 1).tolist(), strict=True)
        return [texts[place] if known else str(number) for place, known, number in named]
