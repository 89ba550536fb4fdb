"""Some of the customers of a population: samples, parts, and what is the same about them as in the whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from drawn_people import EVERY, drawn

from simulations.populations.part import Derived, Part, sampled
from simulations.populations.population import Batch, Population


@dataclass(frozen=True)
class Undivided(Derived):
    """A population whose batches stay as large as they are."""

    whole: Population

    def batch(self, number: int) -> Batch:
        return self.whole.batch(number)


def people(population: Population) -> list[int]:
    """Return the numbers of all customers."""
    found = [population.batch(place).numbers for place in range(len(population))]
    return sorted(np.concatenate(found).tolist())


def batches(population: Population) -> list[Batch]:
    return [population.batch(place) for place in range(len(population))]


def test_all_are_the_sample_where_there_are_few(tmp_path: Path) -> None:
    whole = drawn(tmp_path, EVERY, customers=4000, batch=1000)
    assert sampled(whole, 4000) is whole


def test_a_sample_of_drawn_customers_is_about_as_large_as_wanted_in_batches_no_larger(tmp_path: Path) -> None:
    whole = drawn(tmp_path, EVERY, customers=4000, batch=4000)
    some = sampled(whole, 500)
    assert 400 <= len(people(some)) <= 600
    assert max(len(one.numbers) for one in batches(some)) <= 500
    assert set(people(some)) < set(people(whole))


@pytest.mark.parametrize("batch", [4000, 1000, 300])
def test_a_sample_of_read_customers_is_about_as_large_as_wanted_and_from_all_over(batch: int, tmp_path: Path) -> None:
    whole = Undivided(drawn(tmp_path, EVERY, customers=4000, batch=batch))
    found = people(sampled(whole, 500))
    assert 350 <= len(found) <= 650
    assert set(found) < set(people(whole))


def test_a_part_and_the_rest_are_the_whole_and_share_nobody(tmp_path: Path) -> None:
    whole = drawn(tmp_path, EVERY, customers=4000, batch=1000)
    seen, held = Part(whole, 0, 0.5, 7), Part(whole, 0.5, 1, 7)
    assert sorted(people(seen) + people(held)) == people(whole)
    assert 1800 <= len(people(seen)) <= 2200
    assert seen.hash != held.hash


def test_customers_of_a_part_ask_what_they_ask_in_the_whole(tmp_path: Path) -> None:
    whole = drawn(tmp_path, EVERY, customers=1000, batch=1000)
    (all_of,), (some,) = batches(whole), batches(Part(whole, 0.2, 0.7, 7))
    chosen = set(some.numbers.tolist())
    for one, part in zip(all_of.asks, some.asks, strict=True):
        asked = [(who, ask) for who, ask in zip(owners(all_of, one.people), one.ids, strict=True) if who in chosen]
        assert list(zip(owners(some, part.people), part.ids, strict=True)) == asked


def owners(batch: Batch, places: object) -> list[int]:
    """Return the numbers of the customers at some places of a batch."""
    found: list[int] = batch.numbers[places].tolist()  # type: ignore[index]  # places are numbers
    return found
