"""A population from Parquet or CSV: a row for each ask, with the customer's facts; or for a customer who asks nothing.

A column's name is the path of what it holds: a fact's (`customer.plan`), `ask.action`, `ask.amount`, `ask.` and an
input of the action, `agent.role`, `channel`, `now`, `as_of`, `history`, ...; and beside those `@id` (how the ask is
called), `@customer` (how the customer is called, else as the pack's `customer_id` finds) and `@accepted` (whether what
was offered then was taken).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from engine.backends.columnar.rows import take
from engine.backends.columnar.table import Table
from engine.language.diagnostics import Diagnostic, Mark
from engine.program.plan import Policy
from engine.release import Release
from engine.values.problem import Issue
from simulations.populations.columns.faults import Faults, Place
from simulations.populations.columns.nesting import of_members
from simulations.populations.columns.structures import Nulls, Reading
from simulations.populations.fixed import fixed_of, reads
from simulations.populations.framed import CUSTOMER, ID, MISSING_NOW, Framed, root
from simulations.populations.index import Index, Indexing
from simulations.populations.population import Asks, Batch, Numbers, Origin
from simulations.populations.problem import PopulationError

ROWS: Final = 2**18
"""How many asks a batch has at most, but that a customer is not split."""
PLACE: Final = "@place"


@dataclass(frozen=True)
class Source:
    """A file of rows, and how it is read."""

    file: Path
    now: int | None = None
    """The moment of asks that do not say."""
    nulls: Nulls = "unknown"
    """What a null means where a fact may be none."""

    def scan(self) -> pl.LazyFrame:
        """Return the rows, unread; of CSV all columns are texts."""
        if self.file.suffix == ".csv":
            return pl.scan_csv(self.file, infer_schema=False, glob=False)
        return pl.scan_parquet(self.file, glob=False)

    def rows(self, places: Numbers, names: Sequence[str] | None = None) -> pl.DataFrame:
        """Return some rows, ascending; all columns, or some."""
        first, count = int(places[0]), int(places[-1] - places[0]) + 1
        scan = self.scan() if names is None else self.scan().select(names)
        part = scan.slice(first, count)
        if count == len(places):
            return part.collect()
        wanted = pl.Series(places, dtype=pl.get_index_type()).implode()
        return part.with_row_index(PLACE, first).filter(pl.col(PLACE).is_in(wanted)).drop(PLACE).collect()


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a file, by a pack."""

    policy: Policy
    source: Source
    fixed: Mapping[str, object]
    """The inputs that are the same in every row."""

    def framed(self, places: Numbers, names: Sequence[str] | None = None) -> Framed:
        """Return some rows, ascending; all columns, or some."""
        with readable(self.source.file):
            frame = self.source.rows(places, names)
        reading = Reading(self.policy.conventions, self.source.nulls, Faults(self.source.file))
        return Framed(self.policy, self.fixed, self.source.now, reading, frame, Place("", places))


@dataclass(frozen=True, eq=False)
class Frames:
    """A population from a file of rows."""

    rows: Rows
    hash: str
    index: Index

    @property
    def fixed(self) -> Mapping[str, object]:
        """Return the inputs that are the same in every row."""
        return self.rows.fixed

    @property
    def origin(self) -> Origin:
        """Return that these are asks from a file."""
        return "asks"

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        return len(self.index.ids)

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.index)

    def batch(self, number: int) -> Batch:
        """Return a batch by its place, from 0; raise `PopulationError` with the values that are not as declared."""
        places = self.index.places(number)
        framed = self.rows.framed(places)
        table, customers = framed.inputs(), self.index.customers(number)
        whose = self.index.whose[places] - customers.start
        facts = {member.name for member in self.rows.policy.pack.facts}
        made = Batch(
            people=of_members(take(table, np.unique(whose, return_index=True)[1]), facts),
            numbers=np.arange(customers.start, customers.stop),
            ids=[self.index.ids[customer] for customer in customers],
            asks=tuple(self._asks(framed, table, places, whose)),
        )
        framed.reading.faults.check()
        return made

    def _asks(self, framed: Framed, table: Table, places: Numbers, whose: Numbers) -> Iterator[Asks]:
        """Yield the asks for each action."""
        actions, accepted = framed.actions, framed.accepted()
        ids = framed.texts(ID) if ID in framed.frame.columns else pl.Series(called(places), dtype=pl.String)
        for plan in self.rows.policy.plans.values():
            rows = (actions == plan.action.name).arg_true().cast(pl.Int64).to_numpy()
            if len(rows):
                yield Asks(
                    action=plan.action.name,
                    table=framed.asking(plan, table, rows),
                    people=whose[rows],
                    numbers=self.index.firsts[places[rows]],
                    ids=ids.gather(rows).to_list(),
                    accepted=None if accepted is None else accepted.gather(rows),
                )


def frames(release: Release, source: Source, rows: int = ROWS) -> Frames:
    """Return the population of a file, in batches of so many rows; raise `PopulationError` where it is none.

    Values are held against the pack when their batch is made, but for those that say who the customer is.
    """
    policy, faults = release.policy, Faults(source.file)
    with readable(source.file):
        names = source.scan().collect_schema().names()
        _check_names(names, source, faults)
        with source.file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        total = int(source.scan().select(pl.len()).collect().item())
    fixed = fixed_of(policy, frozenset(map(root, names)), source.now)
    opened = Rows(policy, source, fixed)
    naming = reads(policy.customer_id) if CUSTOMER not in names and policy.customer_id is not None else {CUSTOMER}
    needed = [name for name in names if root(name) in naming or name in ("ask", "ask.action")]
    indexing = Indexing()
    for start in range(0, total, rows):
        _add(indexing, opened.framed(np.arange(start, min(start + rows, total)), needed))
    return Frames(opened, f"sha256:{digest}", indexing.index(rows))


def _add(indexing: Indexing, framed: Framed) -> None:
    """Add rows to an index."""
    customers, asks = framed.customers(), framed.actions.is_not_null()
    framed.reading.faults.check()
    for customer, name, asked in zip(customers, called(framed.at.rows), asks, strict=True):
        indexing.add(customer, name, int(asked))


def _check_names(names: Sequence[str], source: Source, faults: Faults) -> None:
    """Raise `PopulationError` where columns say the same, or none says when."""
    if "now" not in names and source.now is None and any(root(name) == "ask" for name in names):
        faults.whole("now", MISSING_NOW)
    for name in names:
        if any(other.startswith(f"{name}.") for other in names):
            faults.whole(name, Issue("", "duplicate-key", "this column and others that begin with it say the same"))
    faults.check()


def called(places: Numbers) -> list[str]:
    """Return how asks are called that have no name of their own."""
    return [f"row {place + 1}" for place in places.tolist()]


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Raise `PopulationError` where the file cannot be read."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError):
        raise PopulationError([Diagnostic(Mark(file.as_posix()), "not-a-file", "this cannot be read")]) from None
