"""Operations on whole columns give what they give on single values, failures being null."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import polars as pl
import pytest
from random_values import DATES, DAY, INTS, MONIES, NUMBERS, SPANS, SPRING_2024_NEW_YORK, TEXTS, TIMES, ZONES

from engine.backends import operations as single
from engine.backends.columnar import operations as columnar
from engine.backends.columnar.cell import Inline, Kernel, Operand, Operation
from engine.backends.columnar.intervals import LIMITS
from engine.backends.columnar.table import KINDS
from engine.backends.failed import Failed
from engine.program.functions import FUNCTIONS
from engine.program.nodes import Comparison, Operator
from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Kind,
    Plain,
    kind_of,
)

ROWS = 2000
LISTED = {"size_list", "size_map", "min_list", "max_list", "sum_list", "top", "bottom", "keys"}
"""Functions of lists and maps, which are levels of their own."""
NARROW = {
    Kind.INT: 2**40,
    Kind.MONEY: 2**40,
    Kind.DURATION: 2**57,
    Kind.DATE: 50_000,
    Kind.TIMESTAMP: 50_000 * DAY,
}
FULL = 2**63 - 1
EDGES = tuple(sign * (2**bits + step) for bits in (31, 52, 53, 54, 61, 62) for step in (-1, 0, 1) for sign in (1, -1))
MORE_NUMBERS = (-0.0, 5e-324, 2.5, 0.15, 0.3, 0.1 + 0.2, 1.005, -0.5, 1e15, 2.0**53, 2.0**63, -(2.0**63), 1 / 3, 1e-320)
MORE_TEXTS = ("\uffff", "\U00010000", "A", "ÄÖ", "aé", "\u00a0x\u3000", "\x1cx", "+5", "10:30", "P1D", "a.c")
BASIC: dict[Kind, tuple[object, ...]] = {
    Kind.BOOL: (True, False),
    Kind.INT: (*INTS, *EDGES),
    Kind.NUMBER: (*NUMBERS, *MORE_NUMBERS),
    Kind.MONEY: (*MONIES, *EDGES, FULL, -FULL - 1),
    Kind.TEXT: (*TEXTS, *MORE_TEXTS),
    Kind.DATE: DATES,
    Kind.TIMESTAMP: TIMES,
    Kind.DURATION: (*SPANS, FULL, -FULL - 1, -5 * DAY),
}
EVERYDAY = {
    Kind.BOOL: True,
    Kind.INT: 3,
    Kind.NUMBER: 0.15,
    Kind.MONEY: 500,
    Kind.TEXT: "a",
    Kind.DATE: 19_800,
    Kind.TIMESTAMP: SPRING_2024_NEW_YORK,
    Kind.DURATION: 30 * DAY,
}


def drawn(kind: Kind, chance: random.Random) -> Any:
    """Return a random value: an awkward one, an everyday one or any at all."""
    if chance.random() < 0.3 or kind in {Kind.BOOL, Kind.TEXT}:
        return chance.choice(BASIC[kind])
    match kind:
        case Kind.NUMBER:
            near = chance.choice((round(chance.gauss(0, 100), chance.randrange(5)), chance.gauss(0, 1)))
            return chance.choice((near, near * 10.0 ** chance.randrange(-12, 20), float(chance.randrange(-50, 50))))
        case Kind.DATE:
            return chance.choice((chance.randrange(15_000, 22_000), chance.randrange(-719_162, 2_932_897)))
        case Kind.TIMESTAMP:
            near = SPRING_2024_NEW_YORK + chance.randrange(-3 * DAY, 3 * DAY)
            return chance.choice((near, chance.randrange(30_000 * DAY), chance.randrange(-60_000, 60_000) * DAY))
        case Kind.DURATION:
            return chance.choice((chance.randrange(-400, 400) * DAY, chance.randrange(-(10**13), 10**13)))
        case _:
            any_size = chance.randrange(-(2**63), 2**63) >> chance.randrange(63)
            return chance.choice((chance.randrange(-1000, 1000), chance.randrange(-(10**7), 10**7), any_size))


@dataclass(frozen=True)
class Given:
    """An operand, and its values in every row (one, where it is constant)."""

    operand: Operand
    values: list[Any]

    @property
    def dtype(self) -> pl.DataType:
        kind = kind_of(self.operand.type)
        assert kind is not None
        return KINDS[kind]

    @property
    def series(self) -> pl.Series:
        return pl.Series(self.values, dtype=self.dtype)

    @property
    def expr(self) -> pl.Expr:
        return pl.lit(self.values[0], dtype=self.dtype)


def column(kind: Kind, chance: random.Random, rows: int = ROWS, limit: int | None = None) -> Given:
    """Return an operand whose values, one in ten unknown, keep to a limit that it says, or to those of its kind."""
    values: list[Any] = []
    while len(values) < rows:
        value = drawn(kind, chance)
        if limit is None or abs(value) <= limit:
            values.append(None if chance.random() < 0.1 else value)
    known = [value for value in values if value is not None]
    bounds = (None, None) if limit is None else (min(known), max(known))
    return Given(Operand(Plain(kind), *bounds), values)


def columns(kind: Kind, chance: random.Random, rows: int) -> list[Given]:
    """Return operands that are columns, of wide bounds and of narrow ones."""
    wide = column(kind, chance, rows)
    return [wide, column(kind, chance, rows, NARROW[kind])] if kind in NARROW else [wide]


def constant(type_: Plain, value: object) -> Given:
    return Given(Operand(type_, constant=value), [value])


def constants(kind: Kind, chance: random.Random) -> list[Given]:
    """Return operands that are constant."""
    return [constant(Plain(kind), value) for value in (EVERYDAY[kind], drawn(kind, chance), drawn(kind, chance))]


def combinations(kinds: Sequence[Kind], seed: str) -> Iterator[tuple[Given, ...]]:
    """Return operands of kinds: all of them columns, and each in turn constant."""
    chance, rows = random.Random(seed), ROWS // len(kinds)
    yield from product(*(columns(kind, chance, rows) for kind in kinds))
    for place in range(len(kinds)) if len(kinds) > 1 else ():
        free = [columns(kind, chance, rows) for kind in kinds]
        yield from product(*free[:place], constants(kinds[place], chance), *free[place + 1 :])


def results(operation: Operation, given: Sequence[Given]) -> pl.Series:
    """Return what an operation gives, as the backend calls it."""
    if not isinstance(operation, Inline):
        return operation.run(*(each.series for each in given))
    free = {str(place): each for place, each in enumerate(given) if each.operand.constant is None}
    exprs = (pl.col(str(place)) if str(place) in free else each.expr for place, each in enumerate(given))
    frame = pl.DataFrame({name: each.series for name, each in free.items()})
    return frame.select(operation.build(*exprs).alias("result"))["result"]


def once(run: Callable[..., Any], values: Sequence[object]) -> Any:
    if None in values:
        return None
    try:
        return run(*values)
    except Failed:
        return None


def differences(operation: Operation, run: Callable[..., Any], given: Sequence[Given], gives: Kind) -> list[object]:
    """Return the rows where an operation on columns is not what it is on single values."""
    found = results(operation, given)
    rows = max(len(each.values) for each in given)
    assert found.dtype == KINDS[gives]
    assert len(found) == rows
    operands = list(
        zip(*(each.values if len(each.values) == rows else each.values * rows for each in given), strict=True)
    )
    wanted = [once(run, values) for values in operands]
    known = [value for value in wanted if value is not None]
    assert operation.low is None or all(value >= operation.low for value in known)
    assert operation.high is None or all(value <= operation.high for value in known)
    if within_limits(operation, gives):
        assert all(value is not None for value, values in zip(wanted, operands, strict=True) if None not in values)
    compared = zip(operands, found.to_list(), wanted, strict=True)
    return [row for row in compared if repr(row[1]) != repr(row[2])]


def within_limits(operation: Operation, gives: Kind) -> bool:
    """Return whether the bounds say that an operation never leaves those of its kind: then it never fails."""
    if gives not in LIMITS or operation.low is None or operation.high is None:
        return False
    return LIMITS[gives].low < operation.low and operation.high < LIMITS[gives].high


def gives_of(op: Operator, left: Kind, right: Kind) -> Plain:
    """Return the type of an arithmetic operation's result."""
    if op is Operator.SUB and left == right and left in {Kind.DATE, Kind.TIMESTAMP}:
        return DURATION
    if op is Operator.DIV and left == right == Kind.MONEY:
        return NUMBER
    for kind in (Kind.MONEY, Kind.DATE, Kind.TIMESTAMP, Kind.DURATION, Kind.NUMBER):
        if kind in {left, right}:
            return Plain(kind)
    return Plain(left)


ARITHMETIC = [(op, left, right) for op, (left, right) in single.arithmetic_kinds() if left and right]


@pytest.mark.parametrize(("op", "left", "right"), ARITHMETIC)
def test_arithmetic_on_columns_is_arithmetic_on_each_row(op: Operator, left: Kind, right: Kind) -> None:
    gives = gives_of(op, left, right)
    run = single.arithmetic(op, Plain(left), Plain(right))
    for given in combinations((left, right), f"{op}{left}{right}"):
        operation = columnar.arithmetic(op, given[0].operand, given[1].operand, gives)
        assert not differences(operation, run, given, gives.kind)[:3]


@pytest.mark.parametrize(("op", "left", "right"), ARITHMETIC)
def test_arithmetic_on_no_row_and_on_one(op: Operator, left: Kind, right: Kind) -> None:
    chance, gives = random.Random(f"{op}{left}{right}"), gives_of(op, left, right)
    run = single.arithmetic(op, Plain(left), Plain(right))
    for rows in (0, 1, 1, 1):
        given = (column(left, chance, rows), column(right, chance, rows))
        operation = columnar.arithmetic(op, given[0].operand, given[1].operand, gives)
        assert len(results(operation, given)) == rows
        assert not rows or not differences(operation, run, given, gives.kind)


@pytest.mark.parametrize("op", [Operator.MUL, Operator.DIV])
def test_money_is_rounded_half_even_at_and_near_a_tie(op: Operator) -> None:
    """A tie is where doubles mislead: 1.005 * 100 is 100.49999999999999 in doubles, and 100.5 in decimals."""
    decimals = [0.005, 0.015, 0.125, 0.5, 1.005, 2.675, -0.35, 1e-6, 1.5e-6, 1e-7]
    factors = [*decimals, 1 / 3, 0.1 + 0.2, 2.5 + 2**-51, 2.5 - 2**-51, 0.4, 8.0, 1e9 + 0.5, 1e13 + 0.5]
    monies = [*range(-300, 301), *(10**power + step for power in range(4, 18) for step in (-1, 0, 1))]
    given = (Given(Operand(MONEY), monies * len(factors)), Given(Operand(NUMBER), [f for f in factors for _ in monies]))
    operation = columnar.arithmetic(op, given[0].operand, given[1].operand, MONEY)
    assert not differences(operation, single.arithmetic(op, MONEY, NUMBER), given, Kind.MONEY)[:3]


SINGLE = {
    Comparison.EQ: operator.eq,
    Comparison.NE: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GE: operator.ge,
}
COMPARED = [*((kind, kind) for kind in BASIC), (Kind.INT, Kind.NUMBER), (Kind.NUMBER, Kind.INT)]


@pytest.mark.parametrize(("left", "right"), COMPARED)
@pytest.mark.parametrize("op", Comparison)
def test_comparison_of_columns_is_comparison_in_each_row(op: Comparison, left: Kind, right: Kind) -> None:
    for given in combinations((left, right), f"{op}{left}{right}"):
        operation = columnar.compare(op, given[0].operand, given[1].operand)
        assert not differences(operation, SINGLE[op], given, Kind.BOOL)[:3]


@pytest.mark.parametrize("op", Comparison)
def test_ints_and_numbers_that_are_close_compare_exactly(op: Comparison) -> None:
    ints = [FULL, -FULL - 1, *(2**bits + step for bits in (52, 53, 54, 62) for step in range(-3, 4))]
    near = [float(each) for each in (*ints, 2**64)]
    given = (Given(Operand(INT), ints * len(near)), Given(Operand(NUMBER), [each for each in near for _ in ints]))
    operation = columnar.compare(op, given[0].operand, given[1].operand)
    assert not differences(operation, SINGLE[op], given, Kind.BOOL)[:3]


@dataclass(frozen=True)
class Use:
    """A function on columns of some kinds, with constants after them."""

    name: str
    takes: tuple[Kind, ...]
    gives: Plain
    then: tuple[object, ...] = ()

    def __str__(self) -> str:
        return "-".join([self.name, *self.takes, *map(str, self.then)])


ORDERED_KINDS = (Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.TEXT, Kind.DATE, Kind.TIMESTAMP, Kind.DURATION)
NUMERIC_KINDS = (Kind.INT, Kind.NUMBER, Kind.MONEY, Kind.DURATION)
PARTS = ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear")
TIMES_OF_DAY = ("getHours", "getMinutes", "getSeconds", "getMilliseconds")
USES = [
    Use("size_text", (Kind.TEXT,), INT),
    Use("contains", (Kind.TEXT, Kind.TEXT), BOOL),
    Use("starts_with", (Kind.TEXT, Kind.TEXT), BOOL),
    Use("ends_with", (Kind.TEXT, Kind.TEXT), BOOL),
    *(Use("matches", (Kind.TEXT,), BOOL, (pattern,)) for pattern in ("a", "^[A-Z]", "a.c", "(")),
    Use("lower_ascii", (Kind.TEXT,), TEXT),
    Use("upper_ascii", (Kind.TEXT,), TEXT),
    Use("trim", (Kind.TEXT,), TEXT),
    Use("text_of_int", (Kind.INT,), TEXT),
    Use("int_of_text", (Kind.TEXT,), INT),
    Use("int_of_number", (Kind.NUMBER,), INT),
    Use("number_of_int", (Kind.INT,), NUMBER),
    Use("number_of_text", (Kind.TEXT,), NUMBER),
    *(Use("money_of_number", (Kind.NUMBER,), MONEY, (scale,)) for scale in (1, 100, 1000)),
    *(Use("money_of_int", (Kind.INT,), MONEY, (scale,)) for scale in (1, 100, 1000)),
    *(Use("number_of_money", (Kind.MONEY,), NUMBER, (scale,)) for scale in (1, 100, 1000)),
    *(Use(name, (kind,) * 2, Plain(kind)) for name in ("min", "max") for kind in ORDERED_KINDS),
    *(
        Use(name, (kind,) * 3, Plain(kind))
        for name in ("min", "max")
        for kind in (Kind.INT, Kind.NUMBER, Kind.TEXT, Kind.DATE)
    ),
    *(Use("abs", (kind,), Plain(kind)) for kind in NUMERIC_KINDS),
    Use("round_to", (Kind.MONEY, Kind.MONEY), MONEY),
    Use("floor", (Kind.NUMBER,), INT),
    Use("ceil", (Kind.NUMBER,), INT),
    Use("days", (Kind.INT,), DURATION),
    Use("hours", (Kind.INT,), DURATION),
    Use("minutes", (Kind.INT,), DURATION),
    *(Use("date_of", (Kind.TIMESTAMP,), DATE, (zone,)) for zone in (*ZONES, "Mars/Olympus")),
    Use("date_of_text", (Kind.TEXT,), DATE),
    *(Use("at", (Kind.DATE,), TIMESTAMP, (clock, zone)) for clock in ("02:30", "23:59:59", "25:00") for zone in ZONES),
    Use("add_months", (Kind.DATE, Kind.INT), DATE),
    *(Use("add_months_time", (Kind.TIMESTAMP, Kind.INT), TIMESTAMP, (zone,)) for zone in ZONES),
    Use("days_between", (Kind.DATE, Kind.DATE), INT),
    Use("months_between", (Kind.DATE, Kind.DATE), INT),
    *(Use("business_days_between", (Kind.DATE, Kind.DATE), INT, (calendar,)) for calendar in ("", "US", "XX")),
    *(Use("add_business_days", (Kind.DATE, Kind.INT), DATE, (calendar,)) for calendar in ("", "US-NY")),
    *(Use("timestamp_of_text", (Kind.TEXT,), TIMESTAMP, (zone,)) for zone in ZONES),
    Use("duration_of_text", (Kind.TEXT,), DURATION),
    *(Use("part", (Kind.TIMESTAMP,), INT, (name, "America/New_York")) for name in (*PARTS, *TIMES_OF_DAY, "getEra")),
    *(Use("duration_part", (Kind.DURATION,), INT, (name,)) for name in (*TIMES_OF_DAY, "getDate")),
]
TYPES_OF_CONSTANTS = {int: INT, str: TEXT}


def test_every_function_is_tried_here_or_is_one_of_lists() -> None:
    assert {use.name for use in USES} | LISTED == {function.name for function in FUNCTIONS}


@pytest.mark.parametrize("use", USES, ids=str)
def test_functions_of_columns_are_functions_of_each_row(use: Use) -> None:
    then = tuple(constant(TYPES_OF_CONSTANTS[type(value)], value) for value in use.then)
    run = single.function(use.name, use.gives)
    for columns_given in combinations(use.takes, str(use)):
        given = (*columns_given, *then)
        operation = columnar.function(use.name, [each.operand for each in given], use.gives)
        assert not differences(operation, run, given, use.gives.kind)[:3]


@pytest.mark.parametrize("use", USES, ids=str)
def test_functions_of_no_row_one_row_and_constants_alone(use: Use) -> None:
    chance = random.Random(str(use))
    then = tuple(constant(TYPES_OF_CONSTANTS[type(value)], value) for value in use.then)
    run = single.function(use.name, use.gives)
    for rows in (0, 1, 1, 1):
        given = (*(column(kind, chance, rows) for kind in use.takes), *then)
        operation = columnar.function(use.name, [each.operand for each in given], use.gives)
        assert len(results(operation, given)) == rows
        assert not rows or not differences(operation, run, given, use.gives.kind)
    given = (*(constant(Plain(kind), drawn(kind, chance)) for kind in use.takes), *then)
    operation = columnar.function(use.name, [each.operand for each in given], use.gives)
    if isinstance(operation, Kernel):
        assert not differences(operation, run, given, use.gives.kind)


def test_what_is_mostly_constant_may_also_be_a_column() -> None:
    chance = random.Random(3)
    zones = Given(Operand(TEXT), [chance.choice((*ZONES, "Mars/Olympus", None)) for _ in range(ROWS)])
    moments = column(Kind.TIMESTAMP, chance)
    counts = Given(Operand(INT), [chance.randrange(-30, 30) for _ in range(ROWS)])
    days = column(Kind.DATE, chance, limit=NARROW[Kind.DATE])
    calendars = Given(Operand(TEXT), [chance.choice(("", "US", "XX")) for _ in range(ROWS)])
    parts = Given(Operand(TEXT), [chance.choice(("getHours", "getDate", "getEra")) for _ in range(ROWS)])
    spans = column(Kind.DURATION, chance)
    scales = Given(Operand(INT), [chance.choice((1, 100, 1000)) for _ in range(ROWS)])
    numbers = column(Kind.NUMBER, chance)
    uses: list[tuple[str, tuple[Given, ...], Plain]] = [
        ("date_of", (moments, zones), DATE),
        ("add_months_time", (moments, counts, zones), TIMESTAMP),
        ("business_days_between", (days, days, calendars), INT),
        ("part", (moments, parts, zones), INT),
        ("duration_part", (spans, parts), INT),
        ("money_of_number", (numbers, scales), MONEY),
    ]
    for name, given, gives in uses:
        operation = columnar.function(name, [each.operand for each in given], gives)
        assert not differences(operation, single.function(name, gives), given, gives.kind)[:3]


def test_an_operation_is_done_once_for_each_distinct_combination_of_values() -> None:
    seen: list[tuple[object, ...]] = []

    def run(left: float, right: str) -> str:
        seen.append((left, right))
        if right == "c":
            raise Failed
        return f"{left}{right}"

    numbers = pl.Series([0.0, -0.0, 0.0, None, 1.5, 1.5, 0.0])
    texts = pl.Series(["a", "a", "a", "a", "b", "c", None])
    found = columnar.by_unique(run, TEXT).run(numbers, texts)
    assert found.to_list() == ["0.0a", "-0.0a", "0.0a", None, "1.5b", None, None]
    assert sorted(map(repr, seen)) == sorted(map(repr, [(0.0, "a"), (-0.0, "a"), (1.5, "b"), (1.5, "c")]))


@pytest.mark.parametrize("held", [True, False, None])
@pytest.mark.parametrize("op", Comparison)
def test_a_constant_compares_with_a_choice_between_constants_in_every_row(op: Comparison, held: bool | None) -> None:
    operation = columnar.compare(op, Operand(INT, constant=2), Operand(INT))
    assert isinstance(operation, Inline)
    frame = pl.DataFrame({"held": pl.Series([held] * 3, dtype=pl.Boolean)})
    choice = pl.when(pl.col("held")).then(pl.lit(1)).otherwise(pl.lit(3))
    found = frame.select("held", seen=operation.build(pl.lit(2), choice))
    assert found["seen"].to_list() == [SINGLE[op](2, 1 if held else 3)] * 3
