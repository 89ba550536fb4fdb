"""Whom the asks of a batch are about: which segment each customer is in, and with whom they are drawn again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from simulations.deciding.deciding import Decider
from simulations.deciding.positions import Bits, Ints
from simulations.deciding.programs import Found, ints_of, read_by
from simulations.populations.population import Batch
from simulations.specs.simulation import Simulation
from simulations.specs.subjects import UNKNOWN

SINGLE: Final = 20_000
"""Up to so many customers, each is drawn again by itself."""
BLOCKS: Final = 4096
"""How many blocks there are of more."""


@dataclass(frozen=True, slots=True)
class People:
    """The customers of a batch."""

    segments: tuple[str, ...]
    """In order of their names; none where customers are not told apart."""
    segment: Ints
    """Of each customer: a place in `segments`, or 0."""
    block: Ints
    blocks: int

    @property
    def rows(self) -> int:
        """Return how many rows an array by segment has."""
        return max(len(self.segments), 1)

    def summed(self, values: Ints, whose: Ints | None = None) -> Ints:
        """Return values by segment and block: of each customer, or of asks that are `whose`."""
        cells = self.segment * self.blocks + self.block
        found = np.zeros(self.rows * self.blocks, np.int64)
        np.add.at(found, cells if whose is None else cells[whose], values)
        return found.reshape(self.rows, self.blocks)

    def counted(self, some: Bits) -> Ints:
        """Return how many of some customers each segment has."""
        return np.bincount(self.segment[some], minlength=self.rows)

    def named(self, customer: int) -> str:
        """Return the segment of a customer; empty where customers are not told apart."""
        return self.segments[self.segment[customer]] if self.segments else ""


class Grouping:
    """Tells the customers of a simulation apart, by the facts as the baseline's parameters see them."""

    def __init__(self, simulation: Simulation, decider: Decider, customers: int) -> None:
        """Prepare for a population of so many customers."""
        self._node, self._decider = simulation.segment, decider
        self._columns = None if self._node is None else decider.setting.compiled((("segment", self._node),))
        self._single = customers <= SINGLE
        self._blocks = customers if self._single else BLOCKS

    def people(self, batch: Batch) -> People:
        """Return the customers of a batch."""
        names, places = self._segments(batch)
        numbers = batch.numbers
        blocks = numbers if self._single else (mixed(numbers) % np.uint64(BLOCKS)).astype(np.int64)
        return People(names, places, blocks, self._blocks)

    def _segments(self, batch: Batch) -> tuple[tuple[str, ...], Ints]:
        if self._node is None or self._columns is None:
            return (), np.zeros(batch.people.rows, np.int64)
        missing = (read_by([self._node]) & {"now", "as_of"}) - self._decider.setting.fixed.keys()
        table = batch.people
        if missing:
            clocks = {name: _first(batch, self._decider, name) for name in missing}
            table = replace(table, cells={**table.cells, **clocks})
        texts = Found(self._columns, table).plain(frozenset({"segment"})).cells["segment"].fill_null(UNKNOWN)
        names = sorted(texts.unique())
        return tuple(names), ints_of(texts.cast(pl.Enum(names)).to_physical())


def _first(batch: Batch, decider: Decider, name: str) -> pl.Series:
    """Return a time that asks have, for each customer that of the first; unknown for those who ask for nothing."""
    tables = [decider.table(asks.table) for asks in batch.asks]
    times = pl.DataFrame(
        {
            "person": np.concatenate([asks.people for asks in batch.asks]),
            "number": np.concatenate([asks.numbers for asks in batch.asks]),
            "time": pl.concat([table.cells[name] for table in tables]),
        }
    )
    first = times.sort("number").unique("person", keep="first")
    people = pl.DataFrame({"person": np.arange(batch.people.rows)})
    return people.join(first, on="person", how="left", maintain_order="left")["time"]


def mixed(numbers: Ints) -> npt.NDArray[np.uint64]:
    """Return a lot for each number, by which they fall into no order of their own (the finish of SplitMix64)."""
    lots = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    lots = (lots ^ (lots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    lots = (lots ^ (lots >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return lots ^ (lots >> np.uint64(31))
