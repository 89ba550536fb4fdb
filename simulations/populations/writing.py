"""A population as rows of a file, which read back to the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.rows import table_of, take
from engine.backends.columnar.table import Table
from engine.language.packs.inputs import ASKED, RUNG
from engine.program.plan import Policy
from engine.program.types import INT, Record, Type
from simulations.populations.columns.filing import Filing
from simulations.populations.columns.nesting import beside
from simulations.populations.framed import ACCEPTED, CUSTOMER, ID
from simulations.populations.population import Asks, Batch, Numbers, Population

ORDER: Final = ("@person", "@number")
"""What rows are sorted by."""


def write_parquet(policy: Policy, population: Population, file: Path, step: Callable[[], None] = lambda: None) -> int:
    """Write a population to a file, whole or not at all, and return how many rows it has; `step` after each batch."""
    rows = 0
    with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        parts = [Path(folder) / f"{number}.parquet" for number in range(len(population))]
        for number, part in enumerate(parts):
            frame = to_frame(policy, population.batch(number), population.fixed)
            frame.write_parquet(part)
            rows += frame.height
            step()
        whole = Path(folder) / "whole.parquet"
        pl.scan_parquet(parts, glob=False).sink_parquet(whole)
        whole.replace(file)
    return rows


def to_frame(policy: Policy, batch: Batch, fixed: Mapping[str, object]) -> pl.DataFrame:
    """Return a batch as rows: one for each ask, and one for each customer who asks nothing, in order.

    `fixed` are the inputs that are the same in every ask of the population. All batches have the same columns.
    """
    writer = _Writer(policy, batch, fixed)
    silent = np.setdiff1d(np.arange(batch.people.rows), np.concatenate([[-1], *(asks.people for asks in batch.asks)]))
    frames = [writer.silent(silent), *(writer.asking(asks) for asks in batch.asks)]
    return pl.concat(frames).sort(*ORDER).drop(*ORDER)


class _Writer:
    """Writes the rows of a batch."""

    def __init__(self, policy: Policy, batch: Batch, fixed: Mapping[str, object]) -> None:
        self._batch, self._policy = batch, policy
        self._filing = Filing(policy.conventions.digits)
        said = Record(tuple(one for one in policy.inputs if one.name not in ("ask", ASKED, RUNG)))
        self._said, self._fixed = said, table_of(said, [fixed])
        ask = policy.inputs.find("ask")
        assert ask is not None
        assert isinstance(ask.type, Record)
        self._ask = Record(tuple(one for one in ask.type if one.name != "amount"))

    def silent(self, people: Numbers) -> pl.DataFrame:
        """Return the rows of customers who ask nothing."""
        rows = Table(len(people), {})
        numbers = np.full(len(people), -1)
        return self._rows(take(self._batch.people, people), people, numbers).with_columns(
            pl.lit(None, pl.Boolean).alias(ACCEPTED),
            pl.lit(None, pl.String).alias(ID),
            *self._asked(rows, INT),
        )

    def asking(self, asks: Asks) -> pl.DataFrame:
        """Return the rows of the asks for an action."""
        amount = self._policy.plans[asks.action].amount_type
        accepted = pl.lit(None, pl.Boolean) if asks.accepted is None else pl.lit(asks.accepted)
        return self._rows(asks.table, asks.people, asks.numbers).with_columns(
            accepted.alias(ACCEPTED),
            pl.Series(ID, list(asks.ids), dtype=pl.String),
            *self._asked(asks.table, amount),
        )

    def _rows(self, table: Table, people: Numbers, numbers: Numbers) -> pl.DataFrame:
        """Return the inputs beside the ask, with the numbers that order the rows."""
        whole = beside(take(self._fixed, np.zeros(table.rows, np.int64)), table)
        ids = pl.Series(CUSTOMER, [self._batch.ids[person] for person in people.tolist()], dtype=pl.String)
        order = [pl.Series(name, column, dtype=pl.Int64) for name, column in zip(ORDER, (people, numbers), strict=True)]
        return pl.DataFrame([*order, ids, *self._filing.members(whole, "", self._said)])

    def _asked(self, table: Table, amount: Type) -> Iterator[pl.Series]:
        """Yield what is asked, a column for each member; an amount is a decimal, whatever it counts."""
        for column in self._filing.members(table, "ask", self._ask):
            yield column.alias(f"ask.{column.name}")
        amounts = self._filing.value(table, "ask.amount", amount)
        yield amounts.cast(pl.Decimal(38, self._filing.digits)).alias("ask.amount")
