"""Some of the customers of a population: a sample, or those that a search sees and those held out from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from engine.backends.columnar.taking import take
from simulations.populations.population import Asks, Batch, Numbers, Origin, Population
from simulations.populations.streams import uniforms

PURPOSE: Final = "part"
SEED: Final = -1
"""Of samples; no simulation has it, so that it can divide a sample again."""
ALL: Final = 2 / 3
"""Where a sample is a larger share of some customers than this, all are taken."""


class Derived:
    """A population made of another: whatever it does not say anew is as there."""

    whole: Population

    @property
    def origin(self) -> Origin:
        """Return what kind of population it is."""
        return self.whole.origin

    @property
    def hash(self) -> str:
        """Return the hash of the whole."""
        return self.whole.hash

    @property
    def customers(self) -> int:
        """Return how many customers the whole has, as numbers go; which are left is seen batch by batch."""
        return self.whole.customers

    @property
    def fixed(self) -> Mapping[str, object]:
        """Return the inputs that are the same in every ask."""
        return self.whole.fixed

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.whole)


@dataclass(frozen=True)
class Part(Derived):
    """The customers of a population whose lot, drawn from 0 to 1 by the seed, lies from `low` up to `high`."""

    whole: Population
    low: float
    high: float
    seed: int

    @property
    def hash(self) -> str:
        """Return the hash of the whole, and which part it is."""
        return f"{self.whole.hash} {self.low:g}..{self.high:g} of {self.seed}"

    def batch(self, number: int) -> Batch:
        """Return a batch of the whole without the customers that are not in the part."""
        batch = self.whole.batch(number)
        lots = uniforms(self.seed, PURPOSE, batch.numbers)
        return _some(batch, (self.low <= lots) & (lots < self.high))


def _some(batch: Batch, chosen: npt.NDArray[np.bool_]) -> Batch:
    """Return the chosen customers of a batch, with their asks."""
    rows = np.flatnonzero(chosen)
    places = np.cumsum(chosen) - 1
    asks = (_asks(one, np.flatnonzero(chosen[one.people]), places) for one in batch.asks)
    return Batch(
        people=take(batch.people, rows),
        numbers=batch.numbers[rows],
        ids=_Picked(batch.ids, rows),
        asks=tuple(one for one in asks if len(one.numbers)),
    )


def _asks(asks: Asks, rows: Numbers, places: Numbers) -> Asks:
    """Return some asks, their customers being at other places."""
    return replace(
        asks,
        table=take(asks.table, rows),
        people=places[asks.people[rows]],
        numbers=asks.numbers[rows],
        ids=_Picked(asks.ids, rows),
        accepted=None if asks.accepted is None else asks.accepted[rows],
    )


@dataclass(frozen=True, slots=True)
class _Picked(Sequence[str]):
    """Names at some places, made when they are read."""

    names: Sequence[str]
    places: Numbers

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]  # nobody slices names
        return self.names[int(self.places[place])]


@dataclass(frozen=True)
class Batches(Derived):
    """Some batches of a population, which holds no customer in two."""

    whole: Population
    places: tuple[int, ...]

    @property
    def hash(self) -> str:
        """Return the hash of the whole, and which batches these are."""
        return f"{self.whole.hash} {self.places}"

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.places)

    def batch(self, number: int) -> Batch:
        """Return one of these batches by its place among them."""
        return self.whole.batch(self.places[number])


@runtime_checkable
class Divisible(Protocol):
    """A population whose batches can be made smaller."""

    def in_batches(self, most: int) -> Population:
        """Return the same customers in batches of so many at most."""
        ...


def sampled(population: Population, customers: int) -> Population:
    """Return batches from all over a population that hold about so many customers; all where there are few.

    Customers who are drawn come in batches no larger than the sample; of a larger batch that is read, a part is taken.
    """
    whole = population.in_batches(customers) if isinstance(population, Divisible) else population
    share = customers / max(population.customers, 1)
    wanted = max(1, round(len(whole) * share))
    if wanted >= len(whole) and share > ALL:
        return population
    some = Batches(whole, tuple(place * len(whole) // wanted for place in range(wanted)))
    left = share * len(whole) / wanted
    return some if left > ALL else Part(some, 0, left, SEED)
