"""Many distinct random facts at little cost: a column at a time, and what columns answer as rows again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate, pairwise

from random_values import CALM, VALUES

from engine.backends.columnar.rows import rows_of
from engine.backends.columnar.table import Table
from engine.backends.columns import Columns
from engine.program.nodes import Node
from engine.program.types import NULL, Enum, Kind, ListOf, MapOf, Member, Plain, Record, Type

KEYS = ((), ("k",), ("é", "k"), ("a", "k", "é"))


def random_rows(
    inputs: Record, count: int, draw: random.Random, missing: int, calm: bool = False
) -> list[dict[str, object]]:
    """Return random facts; about one member in `missing` is absent (0: none is)."""
    made = _records(inputs, count, draw, missing, calm)
    return [row for row in made if isinstance(row, dict)]


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


def _values(type_: Type, count: int, draw: random.Random, missing: int, calm: bool) -> Sequence[object]:
    """Return random values of a type, some null where it may be."""
    values = _given(type_, count, draw, missing, calm)
    return values if not type_.nullable or calm else _replaced(values, NULL, draw, 4)


def _given(type_: Type, count: int, draw: random.Random, missing: int, calm: bool) -> Sequence[object]:
    """Return random values of a type, none of them null."""
    match type_:
        case Enum(values=texts):
            return draw.choices(texts, k=count)
        case ListOf(item=item):
            return _lists(item, count, draw, missing, calm)
        case MapOf(value=value):
            keys = draw.choices(KEYS, k=count)
            entries = iter(_values(value, sum(map(len, keys)), draw, missing, calm))
            return [{key: next(entries) for key in some} for some in keys]
        case Record():
            return _records(type_, count, draw, missing, calm)
        case Plain(kind=kind):
            return draw.choices(_pool(kind, draw, calm), k=count)


def _pool(kind: Kind, draw: random.Random, calm: bool) -> Sequence[object]:
    """Return values of a kind to choose from: awkward ones, and a few drawn anew."""
    if calm:
        return VALUES[kind][:CALM]
    if kind in {Kind.INT, Kind.MONEY, Kind.DURATION}:
        return (*VALUES[kind], *(draw.randint(-(10**6), 10**6) for _ in range(20)))
    if kind is Kind.NUMBER:
        return (*VALUES[kind], *(draw.uniform(-100, 100) for _ in range(20)))
    return VALUES[kind]


def _lists(item: Type, count: int, draw: random.Random, missing: int, calm: bool) -> list[object]:
    """Return random lists."""
    offsets = list(accumulate(draw.choices(range(4), k=count), initial=0))
    items = _values(item, offsets[-1], draw, missing, calm)
    return [tuple(items[start:end]) for start, end in pairwise(offsets)]


def _records(type_: Record, count: int, draw: random.Random, missing: int, calm: bool) -> list[object]:
    """Return random records, some members absent."""
    names = [member.name for member in type_]
    columns = [_replaced(_values(member.type, count, draw, missing, calm), None, draw, missing) for member in type_]
    if not columns:
        return [{} for _ in range(count)]
    rows = zip(*columns, strict=True)
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]


def _replaced(values: Sequence[object], by: object, draw: random.Random, share: int) -> Sequence[object]:
    """Return values of which about one in `share` is replaced (0: none is)."""
    if not share:
        return values
    kept = list(values)
    for place in draw.sample(range(len(kept)), len(kept) // share):
        kept[place] = by
    return kept
