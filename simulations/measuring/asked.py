"""The asks of a batch, one kind after the other, as every policy is asked them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from engine.backends.columnar.table import Table
from simulations.deciding.alternatives import Context, Wanted
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import bits_of
from simulations.measuring.answers import Answers, truths
from simulations.measuring.people import People
from simulations.measuring.sums import Listed, Move
from simulations.populations.population import Asks, Batch


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """The asks of a batch."""

    batch: Batch
    people: People
    numbers: Ints
    """Each ask's number in the whole population."""
    whose: Ints
    """Whose each ask is: a row of the batch's people."""
    table: Table
    """What the expressions of the simulation read."""
    context: Context
    """What alternatives are decided on."""

    def parts(self) -> Iterator[tuple[Asks, int]]:
        """Yield the asks by kind, with the row of the first."""
        start = 0
        for asks in self.batch.asks:
            yield asks, start
            start += len(asks.numbers)

    def by_customer(self, values: Ints) -> Ints:
        """Return values of asks, added up for each customer."""
        found = np.zeros(len(self.people.block), np.int64)
        np.add.at(found, self.whose, values)
        return found

    def told(self, answers: Mapping[str, pl.Series]) -> Table:
        """Return what the expressions of the simulation read, with what one policy answers."""
        return replace(self.table, cells={**self.table.cells, **answers})

    def accepted(self) -> tuple[Bits, Bits]:
        """Return of which asks it is known whether the customer took what was offered then, and where they did."""
        cells = list(map(_accepted, self.batch.asks))
        known = truths(bits_of(one.is_not_null()) for one in cells)
        return known, truths(bits_of(one.fill_null(False)) for one in cells)

    def listed(self, row: int, move: Move, lot: int) -> Listed:
        """Return an ask as one that is answered differently, without its inputs."""
        asks, start = next(part for part in reversed(list(self.parts())) if part[1] <= row)
        person = int(self.whose[row])
        return Listed(
            id=asks.ids[row - start],
            customer=self.batch.ids[person],
            segment=self.people.named(person),
            action=asks.action,
            move=move,
            number=int(self.numbers[row]),
            lot=lot,
            inputs={},
        )


def _accepted(asks: Asks) -> pl.Series:
    """Return whether customers took what was offered then; null where nobody knows."""
    if asks.accepted is not None:
        return asks.accepted
    return pl.repeat(None, len(asks.numbers), dtype=pl.Boolean, eager=True)


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """What one policy answers to the asks of a batch, and what it looks at instead."""

    answers: Answers
    wanted: Wanted
