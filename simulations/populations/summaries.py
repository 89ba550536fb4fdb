"""What facts look like, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, assert_never

import numpy as np
import polars as pl

from engine.backends.columnar.rows import below
from engine.backends.columnar.table import Table
from engine.language.cel.scope import Conventions
from engine.program.types import INT, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type, kind_of
from engine.values.json import to_json
from schemas.description import FactSummary, Spread, Value, ValueCount

FEW: Final = 12
"""Up to how many distinct values are told of one by one."""
SHARES: Final = {"low": 0.0, "p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "high": 1.0}
UNORDERED: Final = (Kind.BOOL, Kind.TEXT, Kind.NULL)


@dataclass(frozen=True)
class Summaries:
    """Describes columns by what they are declared to be."""

    conventions: Conventions

    def members(self, table: Table, path: str, type_: Record, label: str) -> Iterator[FactSummary]:
        """Yield the summaries of the members of records; `label` is how the record is called."""
        for member in type_:
            yield from self._fact(table, below(path, member.name), member, below(label, member.name))

    def _fact(self, table: Table, path: str, member: Member, label: str) -> Iterator[FactSummary]:
        """Yield the summaries of a fact, and of what it holds."""
        match member.type:
            case Plain() | Enum() as type_:
                yield self._single(table, path, replace(member, type=type_), label)
            case ListOf(item=item):
                yield from self._several(table, path, member, label)
                if path in table.lists:
                    yield from self._fact(table.lists[path].table, "", replace(member, type=item), f"{label}[]")
            case MapOf(value=value):
                yield from self._several(table, path, member, label)
                if path in table.lists:
                    yield from self._fact(table.lists[path].table, "value", replace(member, type=value), f"{label}[]")
            case Record() as type_:
                inner = tuple(replace(one, pii=one.pii or member.pii) for one in type_)
                yield from self.members(table, path, replace(type_, members=inner), label)
            case _ as never:
                assert_never(never)

    def _single(self, table: Table, path: str, member: Member, label: str) -> FactSummary:
        """Return the summary of single values; those about persons are counted, and not told."""
        values = table.cells.get(path, pl.Series([], dtype=pl.Null)).drop_nulls()
        distinct = values.n_unique()
        counts = () if member.pii or distinct > FEW else tuple(self._counts(values, member.type))
        spread = None if member.pii or kind_of(member.type) in UNORDERED else self._spread(values, member.type)
        return _summary(table, path, label, str(member.type), len(values)).model_copy(
            update={"distinct": distinct, "values": counts, "spread": spread}
        )

    def _several(self, table: Table, path: str, member: Member, label: str) -> Iterator[FactSummary]:
        """Yield the summary of how many items lists or maps have."""
        items = table.lists.get(path)
        sizes = pl.Series([] if items is None else np.diff(items.offsets), dtype=pl.Int64)
        if items is not None and items.known is not None:
            sizes = sizes.filter(items.known)
        found = _summary(table, path, label, str(member.type), len(sizes))
        yield found.model_copy(update={"distinct": sizes.n_unique(), "spread": self._spread(sizes, INT)})

    def _counts(self, values: pl.Series, type_: Type) -> Iterator[ValueCount]:
        """Yield each value and how often it comes, the most frequent first."""
        for value, count in values.alias("value").value_counts(sort=True).rows():
            text = type_.values[value] if isinstance(type_, Enum) and isinstance(value, int) else value
            yield ValueCount(value=self._told(text, type_), count=count)

    def _spread(self, values: pl.Series, type_: Type) -> Spread | None:
        """Return where values lie; None where there are none."""
        if values.is_empty():
            return None
        ordered = values.sort()
        told = {name: self._told(ordered[int(share * (len(ordered) - 1))], type_) for name, share in SHARES.items()}
        return Spread.model_validate({**told, "mean": self._mean(values, type_)})

    def _mean(self, values: pl.Series, type_: Type) -> float | None:
        """Return the mean of amounts and numbers."""
        mean: Any = values.mean()
        match kind_of(type_):
            case Kind.INT | Kind.NUMBER:
                return float(mean)
            case Kind.MONEY:
                return float(mean / 10**self.conventions.digits)
            case _:
                return None

    def _told(self, value: object, type_: Type) -> Value:
        """Return a value as JSON."""
        told = to_json(value, type_, self.conventions.digits, self.conventions.zone)
        assert isinstance(told, str | int | float)
        return told


def _summary(table: Table, path: str, label: str, type_: str, given: int) -> FactSummary:
    """Return the summary of a fact that so many rows have."""
    none = int(table.nones[path].sum()) if path in table.nones else 0
    of = max(table.rows, 1)
    return FactSummary(fact=label, type=type_, of=table.rows, known=(given + none) / of, none=none / of, distinct=0)
