"""JSON values become the engine's own, or are refused with everything that is wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_values import Seeded, constant, record_type

from engine.program.types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    Enum,
    ListOf,
    MapOf,
    Member,
    Record,
    Type,
    nullable,
)
from engine.values.json import to_json
from engine.values.parse import Conventions, ValueProblem, _reader, assumed, parser
from engine.values.problem import MANY

ZONE = "America/New_York"
ODD = (None, True, 0, -1, 1.5, 2**70, 1e300, "", "x", "é", "\ud800", "12.34", "1.234", [], {}, [None], {"a": 1})
TIER = Enum(("regular", "silver", "gold"))


def read(type_: Type, value: object, digits: int = 2) -> object:
    return parser(type_, digits, ZONE)(value)


def codes(type_: Type, value: object, digits: int = 2) -> list[tuple[str, str]]:
    """Return where and what is wrong with a value; nothing when it is fine."""
    try:
        read(type_, value, digits)
    except ValueProblem as problem:
        return [(issue.pointer, issue.code) for issue in problem.all]
    return []


def limited(type_: Type, **limits: Any) -> Record:
    return Record((Member("x", type_, constraints=tuple(limits.items())),))


@pytest.mark.parametrize(
    ("type_", "value", "gives"),
    [
        (BOOL, True, True),
        (INT, 3, 3),
        (INT, 3.0, 3),
        (INT, -(2**63), -(2**63)),
        (NUMBER, 3, 3.0),
        (NUMBER, 0.1, 0.1),
        (NUMBER, Decimal("0.1"), 0.1),
        (TEXT, "né", "né"),
        (TIER, "gold", "gold"),
        (MONEY, 12, 1200),
        (MONEY, 12.34, 1234),
        (MONEY, -0.1, -10),
        (MONEY, "12.3", 1230),
        (MONEY, "12.3400", 1234),
        (MONEY, "-0.05", -5),
        (MONEY, Decimal("12.34"), 1234),
        (MONEY, 1e15, 10**17),
        (DATE, "1970-01-02", 1),
        (TIMESTAMP, "1970-01-01T00:00:00Z", 0),
        (TIMESTAMP, "1970-01-01T00:00:00", 5 * 3_600_000_000),
        (DURATION, "PT1S", 1_000_000),
        (ListOf(INT), [1, 2], (1, 2)),
        (MapOf(INT), {"a": 1}, {"a": 1}),
        (nullable(INT), None, NULL),
        (ListOf(nullable(INT)), [None], (NULL,)),
    ],
)
def test_values_of_every_kind(type_: Type, value: object, gives: object) -> None:
    assert repr(read(type_, value)) == repr(gives)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (BOOL, 1),
        (BOOL, "true"),
        (INT, True),
        (INT, 3.5),
        (INT, "3"),
        (INT, 2**63),
        (INT, 1e19),
        (NUMBER, True),
        (NUMBER, float("inf")),
        (NUMBER, float("nan")),
        (NUMBER, 10**400),
        (NUMBER, Decimal("1e-5000")),
        (NUMBER, "1.5"),
        (TEXT, 1),
        (TEXT, "\ud800"),
        (MONEY, True),
        (MONEY, "1e3"),
        (MONEY, " 1"),
        (MONEY, "1_0"),
        (MONEY, "١"),
        (MONEY, ""),
        (MONEY, 2**63),
        (MONEY, float("nan")),
        (MONEY, Decimal("NaN")),
        (MONEY, Decimal("1e999999")),
        (DATE, "2026-13-01"),
        (DATE, 20_000),
        (TIMESTAMP, "2026-03-01"),
        (TIMESTAMP, 0),
        (DURATION, "1h"),
        (DURATION, "P1Y"),
        (ListOf(INT), {}),
        (MapOf(INT), []),
        (MapOf(INT), {"\ud800": 1}),
        (Record(()), []),
        (INT, None),
    ],
)
def test_a_value_of_another_kind_is_refused(type_: Type, value: object) -> None:
    assert codes(type_, value) == [("", "wrong-type")]


@pytest.mark.parametrize("value", [1.234, "1.234", Decimal("0.001"), 1e-7])
def test_more_decimals_than_the_currency_has_are_refused(value: object) -> None:
    assert codes(MONEY, value) == [("", "money-decimals")]


def test_a_currency_without_decimals_has_whole_units() -> None:
    assert read(MONEY, 12, 0) == 12
    assert read(MONEY, "12.0", 0) == 12
    assert codes(MONEY, 12.5, 0) == [("", "money-decimals")]


@settings(deadline=None)
@given(st.integers(-(10**14), 10**14), st.integers(0, 4))
def test_money_given_as_a_number_or_a_text_is_exact(minor: int, digits: int) -> None:
    amount = Decimal(minor).scaleb(-digits)
    assert read(MONEY, f"{amount:f}", digits) == minor
    assert read(MONEY, amount, digits) == minor
    assert read(MONEY, float(amount), digits) == minor


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_money_exactly_when_its_shortest_decimal_is(value: float) -> None:
    exact = Decimal(repr(value)).scaleb(2) if abs(value) < 1e15 else None
    if exact is not None:
        fits = exact == exact.to_integral_value()
        assert codes(MONEY, value) == ([] if fits else [("", "money-decimals")])
        assert not fits or read(MONEY, value) == int(exact)


def test_a_value_outside_of_its_enum_is_refused_with_the_near_one() -> None:
    with pytest.raises(ValueProblem) as caught:
        read(TIER, "golden")
    (issue,) = caught.value.all
    assert (issue.code, issue.help) == ("value-not-in-enum", "did you mean `gold`?")
    assert "golden" not in issue.message


CUSTOMER = Record(
    (
        Member("name", TEXT),
        Member("tier", TIER, default=("regular",)),
        Member(
            "bags",
            ListOf(Record((Member("kg", INT, constraints=(("minimum", 0),)), Member("free", BOOL, default=(True,))))),
        ),
        Member("cards", MapOf(INT)),
        Member("since", nullable(DATE)),
    )
)


def test_a_default_stands_in_for_an_absent_member_of_a_present_record() -> None:
    assert read(CUSTOMER, {}) == {"tier": "regular"}
    assert read(CUSTOMER, {"tier": "gold", "bags": [{}]}) == {"tier": "gold", "bags": ({"free": True},)}


def test_what_was_assumed_is_told_by_pointer() -> None:
    find = assumed(CUSTOMER)
    assert find({"bags": [{"free": False}, {}]}) == ("/tier", "/bags/1/free")
    assert find({"tier": "gold"}) == ()
    assert assumed(ListOf(INT))([1]) == ()
    assert assumed(MapOf(CUSTOMER))({"a/b": {}}) == ("/a~1b/tier",)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    value = {
        "name": 3,
        "tier": "platinum",
        "bags": [{"kg": -1}, {"kg": "x", "colour": "red"}],
        "cards": {"a~b/c": 1.5},
        "sinse": None,
    }
    assert sorted(codes(CUSTOMER, value)) == [
        ("/bags/0/kg", "out-of-range"),
        ("/bags/1/colour", "unknown-fact"),
        ("/bags/1/kg", "wrong-type"),
        ("/cards/a~0b~1c", "wrong-type"),
        ("/name", "wrong-type"),
        ("/sinse", "unknown-fact"),
        ("/tier", "value-not-in-enum"),
    ]


def test_an_undeclared_member_is_refused_with_the_near_one() -> None:
    with pytest.raises(ValueProblem) as caught:
        read(CUSTOMER, {"sinse": None})
    assert caught.value.all[0].help == "did you mean `since`?"


def test_no_more_than_a_hundred_problems_are_told() -> None:
    assert len(codes(ListOf(INT), ["x"] * 10_000)) == MANY


def messages(type_: Type, value: object) -> str:
    try:
        read(type_, value)
    except ValueProblem as problem:
        return " ".join(issue.message + issue.help for issue in problem.all)
    return ""


@settings(deadline=None)
@given(st.text("qxz#", min_size=3) | st.integers(10**6))
def test_messages_never_echo_the_value(value: object) -> None:
    for type_ in (BOOL, DATE, TIMESTAMP, DURATION, MONEY, TIER, ListOf(INT), Record(())):
        assert str(value) not in messages(type_, value)


@pytest.mark.parametrize(
    ("type_", "limits", "good", "bad"),
    [
        (INT, {"minimum": 0, "maximum": 5}, [0, 5], [-1, 6]),
        (INT, {"exclusiveMinimum": 0, "exclusiveMaximum": 5}, [1, 4], [0, 5]),
        (NUMBER, {"maximum": 0.1}, [0.1], [0.11]),
        (MONEY, {"minimum": 0.5, "maximum": 10}, [0.5, "10.00"], [0.49, "10.01"]),
        (TEXT, {"minLength": 1, "maxLength": 2}, ["é", "ab"], ["", "abc"]),
        (TEXT, {"pattern": "^[A-Z]{2}$"}, ["AB"], ["ABC", "ab"]),
        (ListOf(INT), {"minItems": 1, "maxItems": 2}, [[1], [1, 2]], [[], [1, 2, 3]]),
        (ListOf(INT), {"uniqueItems": True}, [[1, 2]], [[1, 1]]),
        (ListOf(INT), {"uniqueItems": False}, [[1, 1]], []),
        (ListOf(MapOf(ListOf(INT))), {"uniqueItems": True}, [[{"a": [1]}, {"a": [2]}]], [[{"a": [1]}, {"a": [1]}]]),
        (ListOf(INT), {"items/minimum": 1}, [[1]], []),
        (nullable(INT), {"minimum": 1}, [None, 1], [0]),
    ],
)
def test_limits_hold(type_: Type, limits: dict[str, Any], good: list[object], bad: list[object]) -> None:
    record = limited(type_, **limits)
    assert [codes(record, {"x": value}) for value in good] == [[]] * len(good)
    assert [codes(record, {"x": value}) for value in bad] == [[("/x", "out-of-range")]] * len(bad)


def test_limits_of_items_and_map_values_hold() -> None:
    assert codes(limited(ListOf(INT), **{"items/minimum": 1}), {"x": [1, 0]}) == [("/x/1", "out-of-range")]
    deep = limited(MapOf(ListOf(TEXT)), **{"additionalProperties/items/pattern": "^a"})
    assert codes(deep, {"x": {"k": ["a", "b"]}}) == [("/x/k/1", "out-of-range")]


@pytest.mark.parametrize(
    ("type_", "value", "gives"),
    [
        (MONEY, 1230, "12.30"),
        (MONEY, -5, "-0.05"),
        (DATE, 1, "1970-01-02"),
        (TIMESTAMP, 0, "1969-12-31T19:00:00-05:00"),
        (TIMESTAMP, -62_135_596_800_000_000, "0001-01-01T00:00:00+00:00"),
        (TIMESTAMP, -5_000_000_000_000_000, "1811-07-23T15:06:40+00:00"),
        (DURATION, 90_000_000, "PT1M30S"),
        (nullable(INT), NULL, None),
        (ListOf(MONEY), (1,), ["0.01"]),
        (MapOf(DATE), {"a": 0}, {"a": "1970-01-01"}),
        (Record((Member("m", MONEY),)), {"m": 5}, {"m": "0.05"}),
    ],
)
def test_values_are_written_as_they_are_read(type_: Type, value: object, gives: object) -> None:
    assert to_json(value, type_, 2, ZONE) == gives
    assert read(type_, gives) == value


def broken(value: Any, chooser: Seeded) -> Any:
    """Return a JSON value with something in it changed, now and then."""
    if chooser.below(12) == 0:
        return ODD[chooser.below(len(ODD))]
    if isinstance(value, dict):
        made = {key: broken(each, chooser) for key, each in value.items() if chooser.below(15)}
        return {**made, "odd": 1} if chooser.below(20) == 0 else made
    return [broken(each, chooser) for each in value] if isinstance(value, list) else value


@pytest.mark.property
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_the_fast_reader_reads_as_the_careful_one(seed: int) -> None:
    chooser = Seeded(random.Random(seed))
    type_ = record_type(chooser, 3)
    fast, careful = parser(type_, 2, ZONE), _reader(type_, Conventions(2, ZONE), ())
    for _ in range(20):
        value = broken(to_json(constant(type_, chooser), type_, 2, ZONE), chooser)
        assert outcome(fast, value) == outcome(careful, value)


def outcome(reader: Callable[[Any], Any], value: object) -> object:
    try:
        made = reader(value)
    except ValueProblem as problem:
        return problem.all
    return sorted(repr(pair) for pair in made.items())
