"""A population: customers and what they ask for, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.backends.columnar.table import Table

Numbers: TypeAlias = npt.NDArray[np.int64]
Origin: TypeAlias = Literal["asks", "ledger", "synthetic"]


@dataclass(frozen=True, slots=True)
class Asks:
    """Asks for one action, a row each."""

    action: str
    table: Table
    """Every input of the pack's expressions that is not the same for the whole population: the facts, `ask` with the
    action's inputs (and `ask.action`; `ask.amount` where one was named), `@amount` (0 for none), `@rung`, `agent`, and
    `now`, `as_of`, `channel`, `history`, ... where they differ. Texts below `ask` are texts, never codes of an enum:
    which values an input may have differs from rule to rule."""
    people: Numbers
    """Whose ask it is: a row of the batch's people."""
    numbers: Numbers
    """The ask's number in the whole population, from 0."""
    ids: Sequence[str]
    accepted: pl.Series | None = None
    """Whether the customer took what was offered then; null where nobody knows. None: nothing is known."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers with all they ask for."""

    people: Table
    """The facts of each customer (and no other input): as of the first ask where they differ between asks."""
    numbers: Numbers
    """Each customer's number in the whole population, from 0; nobody is in two batches."""
    ids: Sequence[str]
    """How each customer is called."""
    asks: tuple[Asks, ...]


class Population(Protocol):
    """Where batches come from; the same batch whenever and wherever it is made. It can be pickled."""

    @property
    def origin(self) -> Origin:
        """Return what kind of population it is."""
        ...

    @property
    def hash(self) -> str:
        """Return `sha256:...` over all that it is made from."""
        ...

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        ...

    @property
    def fixed(self) -> Mapping[str, object]:
        """Return the inputs (engine values) that are the same in every ask: `now`, `as_of`, `history`, ..."""
        ...

    def __len__(self) -> int:
        """Return how many batches there are."""
        ...

    def batch(self, number: int) -> Batch:
        """Return a batch by its place, from 0."""
        ...
