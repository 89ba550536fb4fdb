"""Which rows of a population are whose, so that a customer's are in one batch."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.populations.population import Numbers


@dataclass(frozen=True, eq=False)
class Index:
    """Rows by customer; customers are numbered as they first come."""

    ids: Sequence[str]
    """How each customer is called."""
    whose: Numbers
    """Each row's customer."""
    firsts: Numbers
    """The number of each row's first ask; at the end, how many asks there are."""
    order: Numbers
    """The rows by customer."""
    cuts: Numbers
    """Each batch's first customer; at the end, how many customers there are."""
    starts: Numbers
    """Where in `order` each batch starts; at the end, how many rows there are."""

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.cuts) - 1

    def customers(self, batch: int) -> range:
        """Return the customers of a batch."""
        return range(int(self.cuts[batch]), int(self.cuts[batch + 1]))

    def places(self, batch: int) -> Numbers:
        """Return the rows of a batch, ascending."""
        return np.sort(self.order[self.starts[batch] : self.starts[batch + 1]])


class Indexing:
    """An index as it is made, row by row."""

    def __init__(self) -> None:
        """Begin with no rows."""
        self._known: dict[str, int] = {}
        self._ids: list[str] = []
        self._whose = array("q")
        self._asks = array("q")

    def add(self, customer: str | None, otherwise: str, asks: int) -> None:
        """Add a row with so many asks; one of no known customer is about somebody else than all others."""
        number = len(self._ids)
        if customer is not None:
            number = self._known.setdefault(customer, number)
        if number == len(self._ids):
            self._ids.append(otherwise if customer is None else customer)
        self._whose.append(number)
        self._asks.append(asks)

    def index(self, rows: int) -> Index:
        """Return the index of what was added, in batches of at most so many rows where customers have fewer."""
        return index_of(self._ids, np.array(self._whose, np.int64), np.array(self._asks, np.int64), rows)


def index_of(ids: Sequence[str], whose: Numbers, asks: Numbers, rows: int) -> Index:
    """Return the index of rows by their customer and their number of asks."""
    ends = np.concatenate(([0], np.cumsum(np.bincount(whose, minlength=len(ids)))))
    cuts = [0]
    while cuts[-1] < len(ids):
        reach = int(np.searchsorted(ends, ends[cuts[-1]] + rows, side="right")) - 1
        cuts.append(max(reach, cuts[-1] + 1))
    firsts = np.concatenate(([0], np.cumsum(asks)))
    order = np.argsort(whose, kind="stable")
    return Index(ids, whose, firsts, order, np.array(cuts), ends[cuts])
