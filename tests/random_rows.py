"""Many distinct random facts at little cost: a column at a time, and what columns answer as rows again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from random_values import CALM, VALUES

from engine.backends.columnar.rows import rows_of
from engine.backends.columnar.table import Table
from engine.backends.columns import Columns
from engine.program.nodes import Node
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type

KEYS = ((), ("k",), ("é", "k"), ("a", "k", "é"))


@dataclass(frozen=True)
class Drawing:
    """How facts are drawn; about one member of a record in `missing` is absent (0: none is)."""

    draw: random.Random
    missing: int = 0
    calm: bool = False

    def rows(self, inputs: Record, count: int) -> list[dict[str, object]]:
        """Return random facts."""
        return [row for row in self._records(inputs, count) if isinstance(row, dict)]

    def _values(self, type_: Type, count: int) -> Sequence[object]:
        """Return random values of a type, some null where it may be."""
        values = self._given(type_, count)
        return values if not type_.nullable or self.calm else self._replaced(values, NULL, 4)

    def _given(self, type_: Type, count: int) -> Sequence[object]:
        """Return random values of a type, none of them null."""
        match type_:
            case Enum(values=texts):
                return self.draw.choices(texts, k=count)
            case ListOf(item=item):
                offsets = list(accumulate(self.draw.choices(range(4), k=count), initial=0))
                items = self._values(item, offsets[-1])
                return [tuple(items[start:end]) for start, end in pairwise(offsets)]
            case MapOf(value=value):
                keys = self.draw.choices(KEYS, k=count)
                entries = iter(self._values(value, sum(map(len, keys))))
                return [{key: next(entries) for key in some} for some in keys]
            case Record():
                return self._records(type_, count)
            case Plain(kind=kind):
                return self.draw.choices(self._pool(kind), k=count)

    def _pool(self, kind: Kind) -> Sequence[object]:
        """Return values of a kind to choose from: awkward ones, and a few drawn anew."""
        if self.calm:
            return VALUES[kind][:CALM]
        if kind in {Kind.INT, Kind.MONEY, Kind.DURATION}:
            return (*VALUES[kind], *(self.draw.randint(-(10**6), 10**6) for _ in range(20)))
        if kind is Kind.NUMBER:
            return (*VALUES[kind], *(self.draw.uniform(-100, 100) for _ in range(20)))
        return VALUES[kind]

    def _records(self, type_: Record, count: int) -> list[object]:
        """Return random records, some members absent."""
        names = [member.name for member in type_]
        columns = [self._replaced(self._values(member.type, count), None, self.missing) for member in type_]
        if not columns:
            return [{} for _ in range(count)]
        rows = zip(*columns, strict=True)
        return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]

    def _replaced(self, values: Sequence[object], by: object, share: int) -> Sequence[object]:
        """Return values of which about one in `share` is replaced (0: none is)."""
        if not share:
            return values
        kept = list(values)
        for place in self.draw.sample(range(len(kept)), len(kept) // share):
            kept[place] = by
        return kept


def answers(columns: Columns, table: Table, outputs: Sequence[tuple[str, Node]]) -> list[tuple[object, ...]]:
    """Return what each row's outputs are, in order; None where unknown."""
    type_ = Record(tuple(Member(name, node.type) for name, node in outputs))
    found = rows_of(table, type_)
    decoded = [name for name in columns.texts if not isinstance(dict(outputs)[name].type, Enum)]
    for row in found:
        for name in decoded:
            if isinstance(code := row.get(name), int):
                row[name] = columns.texts[name][code]
    return [tuple([row.get(name) for name, _ in outputs]) for row in found]


def differences(
    expected: Sequence[tuple[object, ...]], found: Sequence[tuple[object, ...]], names: Sequence[str]
) -> list[str]:
    """Return where answers differ, so that 1, 1.0 and true do."""
    rows = [place for place, (one, other) in enumerate(zip(expected, found, strict=True)) if repr(one) != repr(other)]
    return [
        f"row {row}, {name}: expected {one!r}, found {other!r}"
        for row in rows[:5]
        for name, one, other in zip(names, expected[row], found[row], strict=True)
        if repr(one) != repr(other)
    ]
