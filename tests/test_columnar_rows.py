import random
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_values import Chooser, Drawn, Seeded, facts, inputs_type, record_type

from engine.backends.columnar.rows import joined, rows_of, table_of, take
from engine.backends.columnar.table import Items, Table
from engine.program.types import INT, MONEY, NULL, TEXT, Enum, Kind, ListOf, MapOf, Member, Plain, Record, nullable

INNER = Record((Member("a", INT), Member("b", nullable(TEXT))))
NESTED = Record(
    (
        Member("record", nullable(INNER)),
        Member("records", nullable(ListOf(nullable(Record((Member("inner", INNER), Member("deep", ListOf(INNER)))))))),
        Member("lists", ListOf(ListOf(nullable(INT)))),
        Member("maps", ListOf(MapOf(ListOf(INT)))),
        Member("map", nullable(MapOf(nullable(INNER)))),
        Member("plan", nullable(Enum(("basic", "full")))),
        Member("nothing", Plain(Kind.NULL, nullable=True)),
    )
)
AWKWARD: tuple[dict[str, object], ...] = (
    {},
    {"record": {}},
    {"record": NULL},
    {"record": {"a": 1}},
    {"record": {"b": NULL}},
    {"records": ()},
    {"records": NULL},
    {"records": (NULL, {}, {"inner": {}}, {"inner": {"a": 2, "b": NULL}, "deep": ()}, {"deep": ({}, {"a": 3})})},
    {"lists": ((), (1, NULL), (2,))},
    {"maps": ({}, {"x": (1, 2), "y": ()})},
    {"map": {}},
    {"map": NULL},
    {"map": {"one": NULL, "three": {"a": 1}, "two": {}}},
    {"plan": NULL, "nothing": NULL},
    {"plan": "full"},
)
"""What differs by no more than unknown, none and empty."""


def settled(value: object) -> object:
    """Return a value whose equals are written alike."""
    if isinstance(value, dict):
        return {key: settled(value[key]) for key in sorted(value)}
    return tuple(map(settled, value)) if isinstance(value, tuple) else value


def differences(found: Sequence[object], wanted: Sequence[object]) -> list[tuple[str, str]]:
    """Return the values that are not written alike, the first few."""
    pairs = [(repr(settled(one)), repr(settled(other))) for one, other in zip(found, wanted, strict=True)]
    return [(one, other) for one, other in pairs if one != other][:3]


def random_rows(chooser: Chooser, count: int) -> tuple[Record, list[dict[str, object]]]:
    """Return a random type of inputs, and rows of it with members missing here and there."""
    type_ = Record((*inputs_type(chooser), *(Member(f"of_{name.name}", name.type) for name in record_type(chooser, 3))))
    return type_, [facts(type_, chooser, place % 4) for place in range(count)]


@settings(deadline=None)
@given(st.data())
def test_what_comes_back_from_columns_is_what_went_in(data: st.DataObject) -> None:
    type_, rows = random_rows(Drawn(data.draw), 5)
    assert not differences(rows_of(table_of(type_, rows), type_), rows)


@pytest.mark.parametrize("seed", range(20))
def test_many_rows_come_back_from_columns_as_they_went_in(seed: int) -> None:
    type_, rows = random_rows(Seeded(random.Random(seed)), 200)
    assert not differences(rows_of(table_of(type_, rows), type_), rows)


def test_unknown_none_and_empty_stay_apart() -> None:
    assert not differences(rows_of(table_of(NESTED, AWKWARD), NESTED), AWKWARD)
    for row in AWKWARD:
        assert not differences(rows_of(table_of(NESTED, [row]), NESTED), [row])


@pytest.mark.parametrize("seed", range(10))
def test_rows_can_be_taken_in_any_order_and_again(seed: int) -> None:
    generator = random.Random(seed)
    type_, rows = random_rows(Seeded(generator), 40)
    chosen = [generator.randrange(40) for _ in range(100)]
    table = table_of(type_, rows)
    wanted = [rows[place] for place in chosen]
    assert not differences(rows_of(take(table, np.array(chosen)), type_), wanted)
    assert not differences(rows_of(table, type_, where=chosen), wanted)
    assert not differences(rows_of(take(take(table, np.array(chosen)), np.arange(10, 20)), type_), wanted[10:20])


@pytest.mark.parametrize("seed", range(10))
def test_tables_can_be_joined_that_say_nothing_of_what_others_do(seed: int) -> None:
    generator = random.Random(seed)
    type_, rows = random_rows(Seeded(generator), 30)
    parts = [rows[:0], rows[:1], rows[1:4], [{}], rows[4:]]
    wanted = [row for part in parts for row in part]
    assert not differences(rows_of(joined([table_of(type_, part) for part in parts]), type_), wanted)


def test_tables_of_a_row_each_can_be_joined() -> None:
    assert not differences(rows_of(joined([table_of(NESTED, [row]) for row in AWKWARD]), NESTED), AWKWARD)


def test_lists_over_a_longer_table_can_be_joined() -> None:
    type_ = Record((Member("ints", ListOf(INT)),))
    items = Table(5, {"": pl.Series([9, 1, 2, 3, 9], dtype=pl.Int64)})
    part = Table(2, {}, lists={"ints": Items(np.array([1, 3, 4]), items)})
    found = rows_of(joined([part, table_of(type_, [{"ints": (7,)}]), part]), type_)
    assert [row["ints"] for row in found] == [(1, 2), (3,), (7,), (1, 2), (3,)]


def test_a_table_holds_no_column_for_what_no_row_says() -> None:
    type_ = Record((Member("a", INT), Member("b", MONEY), Member("c", Record((Member("d", INT),)))))
    table = table_of(type_, [{"a": 1}, {}])
    assert list(table.cells) == ["a"]
    assert not table.present
    assert not table.nones


def test_an_enum_of_more_values_than_codes_stays_text() -> None:
    type_ = Record((Member("a", Enum(tuple(map(str, range(70_000))))),))
    rows = [{"a": "69999"}, {}]
    table = table_of(type_, rows)
    assert table.cells["a"].dtype == pl.String
    assert rows_of(table, type_) == rows
