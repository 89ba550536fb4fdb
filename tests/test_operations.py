"""What arithmetic and functions give on known values, and where they fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backends import calendars, numeric, spans, texts, times
from engine.backends.failed import Failed
from engine.backends.operations import arithmetic, arithmetic_kinds, function
from engine.program.functions import FUNCTIONS
from engine.program.nodes import Operator
from engine.program.types import BOOL, DATE, DURATION, INT, MONEY, NUMBER, TEXT, TIMESTAMP, ListOf, Type

DAY = 86_400_000_000
HOUR = 3_600_000_000
LARGEST = 2**63 - 1
NEW_YORK = "America/New_York"
ADD, SUB, MUL, DIV, MOD = Operator.ADD, Operator.SUB, Operator.MUL, Operator.DIV, Operator.MOD


def moment(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - times.EPOCH) // times.MICROSECOND


def day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal() - times.EPOCH_DAY


def fails(operation: Callable[..., object], *operands: object) -> bool:
    try:
        operation(*operands)
    except Failed:
        return True
    return False


def test_every_function_has_an_implementation() -> None:
    assert all(callable(function(each.name, BOOL)) for each in FUNCTIONS)


@pytest.mark.parametrize(
    ("op", "kinds", "left", "right", "gives"),
    [
        (ADD, (INT, INT), 2, 3, 5),
        (MOD, (INT, INT), -7, 3, -1),
        (MOD, (INT, INT), 7, -3, 1),
        (DIV, (NUMBER, INT), 1.0, 4, 0.25),
        (MUL, (MONEY, NUMBER), 105, 0.1, 10),
        (MUL, (MONEY, NUMBER), 115, 0.1, 12),
        (MUL, (NUMBER, MONEY), 0.29, 100, 29),
        (MUL, (MONEY, INT), -3, 4, -12),
        (DIV, (MONEY, INT), 5, 2, 2),
        (DIV, (MONEY, INT), 7, 2, 4),
        (DIV, (MONEY, INT), -5, 2, -2),
        (DIV, (MONEY, INT), 5, -2, -2),
        (DIV, (MONEY, NUMBER), 100, 0.1, 1000),
        (DIV, (MONEY, MONEY), 50, 200, 0.25),
        (MOD, (MONEY, MONEY), -250, 100, -50),
        (ADD, (TEXT, TEXT), "a", "b", "ab"),
        (ADD, (ListOf(INT), ListOf(INT)), (1,), (2,), (1, 2)),
        (SUB, (TIMESTAMP, TIMESTAMP), 5, 2, 3),
        (SUB, (DATE, DATE), 3, 1, 2 * DAY),
        (ADD, (DATE, DURATION), 3, 2 * DAY, 5),
        (SUB, (DATE, DURATION), 3, 2 * DAY, 1),
        (ADD, (DURATION, TIMESTAMP), 3, 4, 7),
        (MUL, (DURATION, INT), DAY, 3, 3 * DAY),
    ],
)
def test_arithmetic_by_kind(op: Operator, kinds: tuple[Type, Type], left: object, right: object, gives: object) -> None:
    assert repr(arithmetic(op, *kinds)(left, right)) == repr(gives)


@pytest.mark.parametrize(
    ("op", "kinds", "left", "right"),
    [
        (ADD, (INT, INT), LARGEST, 1),
        (SUB, (INT, INT), -LARGEST, 2),
        (MUL, (INT, INT), 2**32, 2**31),
        (MOD, (INT, INT), 1, 0),
        (DIV, (NUMBER, NUMBER), 1.0, 0.0),
        (MUL, (NUMBER, NUMBER), 1e300, 1e300),
        (MUL, (MONEY, NUMBER), 10**18, 1e10),
        (DIV, (MONEY, NUMBER), 1, 0.0),
        (DIV, (MONEY, INT), 1, 0),
        (DIV, (MONEY, MONEY), 1, 0),
        (MOD, (MONEY, MONEY), 1, 0),
        (ADD, (DATE, DURATION), 3, HOUR),
        (ADD, (DATE, DURATION), times.LAST_DAY, DAY),
        (SUB, (TIMESTAMP, DURATION), times.FIRST_MOMENT, 1),
        (ADD, (TIMESTAMP, DURATION), times.LAST_MOMENT, 1),
    ],
)
def test_arithmetic_fails_rather_than_go_astray(
    op: Operator, kinds: tuple[Type, Type], left: object, right: object
) -> None:
    assert fails(arithmetic(op, *kinds), left, right)


def test_ints_are_never_divided() -> None:
    assert (DIV, (INT.kind, INT.kind)) not in arithmetic_kinds()


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6))
def test_money_times_a_number_is_exact_and_rounded_once_half_even(money: int, factor: float) -> None:
    exact = money * Fraction(Decimal(repr(factor)))
    assert numeric.money_times(money, factor) == round(exact)
    assert numeric.times_money(factor, money) == round(exact)


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.floats(0.001, 1e6))
def test_money_divided_by_a_number_is_exact_and_rounded_once_half_even(money: int, divisor: float) -> None:
    assert numeric.money_over(money, divisor) == round(money / Fraction(Decimal(repr(divisor))))
    assert numeric.money_over(money, -divisor) == round(money / -Fraction(Decimal(repr(divisor))))


@settings(deadline=None)
@given(st.integers(-(10**6), 10**6), st.integers(1, 500))
def test_rounding_to_a_unit_gives_its_nearest_multiple(money: int, unit: int) -> None:
    given = numeric.round_to(money, unit)
    assert given % unit == 0
    assert 2 * abs(given - money) <= unit
    assert 2 * abs(given - money) < unit or (given // unit) % 2 == 0


def test_rounding_to_no_unit_fails() -> None:
    assert fails(numeric.round_to, 100, 0)
    assert fails(numeric.round_to, 100, -5)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1.0", "1e3", "0x1", "1_000", "١", "--1", "9223372036854775808"])
def test_an_int_is_read_from_plain_digits_alone(text: str) -> None:
    assert fails(numeric.int_of_text, text)


def test_an_int_and_a_number_are_read_from_text() -> None:
    assert (numeric.int_of_text("-42"), numeric.int_of_text("+7")) == (-42, 7)
    assert (numeric.number_of_text("1.5e3"), numeric.number_of_text(".5"), numeric.number_of_text("-2.")) == (
        1500,
        0.5,
        -2,
    )


@pytest.mark.parametrize("text", ["inf", "nan", "1e999", "", "1_0", " 1", "0x1p3"])
def test_a_number_is_read_from_a_finite_decimal_alone(text: str) -> None:
    assert fails(numeric.number_of_text, text)


def test_ints_of_numbers_lose_the_fraction_or_go_down_or_up() -> None:
    assert [of(-1.5) for of in (numeric.whole, numeric.floor, numeric.ceil)] == [-1, -2, -1]
    assert fails(numeric.whole, 1e19)


def test_sums_add_up_and_an_empty_one_is_zero() -> None:
    assert repr(function("sum_list", NUMBER)(())) == "0.0"
    assert repr(function("sum_list", MONEY)(())) == "0"
    assert function("sum_list", INT)((1, 2)) == 3
    assert fails(function("sum_list", INT), (LARGEST, 1))
    assert fails(function("sum_list", NUMBER), (1e308, 1e308))


def test_the_largest_and_smallest_of_a_list() -> None:
    assert function("top", ListOf(INT))((3, 1, 2), 2) == (3, 2)
    assert function("bottom", ListOf(INT))((3, 1, 2), 9) == (1, 2, 3)
    assert fails(function("top", ListOf(INT)), (1,), -1)
    assert fails(function("min_list", INT), ())


def test_texts_change_only_ascii_letters() -> None:
    assert (texts.lower_ascii("ÄB"), texts.upper_ascii("äb")) == ("Äb", "äB")
    assert texts.trim("\u00a0 a b\t\n") == "a b"


def test_patterns_are_found_anywhere_and_a_bad_one_fails() -> None:
    assert texts.matches("xaby", "a.y?")
    assert not texts.matches("xaby", "^ab")
    assert fails(texts.matches, "a", "(")
    assert fails(texts.matches, "a", r"(?=a)")
    assert fails(texts.matches, "\ud800", "a")


def test_keys_are_in_code_point_order() -> None:
    assert function("keys", ListOf(TEXT))({"b": 1, "B": 2, "é": 3, "a": 4}) == ("B", "a", "b", "é")


@settings(deadline=None)
@given(
    st.integers(-(70 * 365 * DAY), 130 * 365 * DAY).map(lambda at: times.EPOCH + dt.timedelta(microseconds=at)),
    st.sampled_from([NEW_YORK, "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia", "UTC"]),
)
def test_clocks_read_as_the_timezone_database_says(utc: dt.datetime, zone: str) -> None:
    local = utc.astimezone(ZoneInfo(zone))
    at = (utc - times.EPOCH) // times.MICROSECOND
    assert times.date_of(at, zone) == local.date().toordinal() - times.EPOCH_DAY
    parts = [times.part(at, name, zone) for name in ("getFullYear", "getMonth", "getDate", "getHours", "getMinutes")]
    assert parts == [local.year, local.month - 1, local.day, local.hour, local.minute]
    assert times.part(at, "getDayOfWeek", zone) == local.isoweekday() % 7
    if local.fold == 0:
        assert times.moment_of(times.reading(at, zone), zone) == at


def test_a_skipped_time_is_the_moment_after_and_a_doubled_one_the_first() -> None:
    assert times.at(day("2024-03-10"), "02:30", NEW_YORK) == moment("2024-03-10T07:00:00Z")
    assert times.at(day("2024-11-03"), "01:30", NEW_YORK) == moment("2024-11-03T05:30:00Z")
    assert times.at(day("2011-12-30"), "12:00", "Pacific/Apia") == moment("2011-12-30T10:00:00Z")
    assert times.at(day("2024-05-01"), "15:00:30", "UTC") == moment("2024-05-01T15:00:30Z")
    assert fails(times.at, day("2024-05-01"), "24:00", "UTC")


def test_an_unknown_zone_fails() -> None:
    assert fails(times.date_of, 0, "Mars/Olympus")


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("2026-03-01t09:00:00z", "2026-03-01T09:00:00Z"),
        ("2026-03-01 09:00:00+02:00", "2026-03-01T07:00:00Z"),
        ("2026-03-01T09:00:00.5-05:00", "2026-03-01T14:00:00.500000Z"),
        ("2026-03-01T09:00:00.123456789Z", "2026-03-01T09:00:00.123456Z"),
        ("2026-03-01T09:00:00", "2026-03-01T14:00:00Z"),
    ],
)
def test_moments_are_read_from_rfc_3339(text: str, gives: str) -> None:
    assert times.moment_of_text(text, NEW_YORK) == moment(gives)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01",
        "2026-02-30T00:00:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T09:00Z",
        "2026-03-01T09:00:00+0200",
        "2026-03-01T23:59:60Z",
        "now",
        "",
        "２026-03-01T09:00:00Z",
        "0001-01-01T00:00:00+01:00",
    ],
)
def test_other_texts_are_no_moments(text: str) -> None:
    assert fails(times.moment_of_text, text, "UTC")


@pytest.mark.parametrize("text", ["2026-3-1", "2026-02-29", "0000-01-01", "20260301", "2026-W01-1", ""])
def test_other_texts_are_no_days(text: str) -> None:
    assert fails(times.date_of_text, text)


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("P7D", 7 * DAY),
        ("P2W", 14 * DAY),
        ("PT36H", 36 * HOUR),
        ("P1DT1H1M1.5S", DAY + HOUR + 61_500_000),
        ("-PT1S", -1_000_000),
        ("1h30m", HOUR + HOUR // 2),
        ("-1.5h", -3 * HOUR // 2),
        ("1h1ms1us", HOUR + 1001),
        ("1500ns", 1),
        ("0", 0),
    ],
)
def test_durations_are_read_from_cel_and_iso_8601(text: str, gives: int) -> None:
    assert spans.duration_of_text(text) == gives


@pytest.mark.parametrize("text", ["", "P", "PT", "P1Y", "P1M", "1", "1d", "h", "P1DT", "9" * 19 + "h"])
def test_other_texts_are_no_durations(text: str) -> None:
    assert fails(spans.duration_of_text, text)


@settings(deadline=None)
@given(st.integers(-(2**62), 2**62))
def test_durations_are_written_as_they_are_read(span: int) -> None:
    assert spans.duration_of_iso(spans.duration_text(span)) == span


def test_parts_of_a_duration_are_whole_and_towards_zero() -> None:
    span = -(HOUR + 90_500_000)
    parts = [spans.duration_part(span, name) for name in ("getHours", "getMinutes", "getSeconds", "getMilliseconds")]
    assert parts == [-1, -61, -3690, -500]


def test_months_are_added_to_the_same_day_or_the_last() -> None:
    assert times.add_months(day("2024-01-31"), 1) == day("2024-02-29")
    assert times.add_months(day("2024-02-29"), -12) == day("2023-02-28")
    assert fails(times.add_months, day("9999-12-01"), 1)
    assert times.add_months_time(moment("2024-02-10T07:30:00Z"), 1, NEW_YORK) == moment("2024-03-10T07:00:00Z")


def test_months_between_are_whole_and_towards_zero() -> None:
    pairs = [
        ("2024-01-15", "2024-03-14"),
        ("2024-01-15", "2024-03-15"),
        ("2024-03-15", "2024-01-16"),
        ("2024-01-31", "2024-02-29"),
    ]
    assert [times.months_between(day(a), day(b)) for a, b in pairs] == [1, 2, -1, 0]


def naive_business_days(start: int, end: int, calendar: str) -> int:
    rules = calendars._rules(calendar) if calendar else None
    count = 0
    for each in range(start + 1, end + 1):
        date = dt.date.fromordinal(each + times.EPOCH_DAY)
        count += rules.is_working_day(date) if rules is not None else date.weekday() < 5
    return count


@settings(deadline=None)
@given(
    st.dates(dt.date(2015, 1, 1), dt.date(2030, 1, 1)),
    st.integers(0, 500),
    st.sampled_from(["", "US", "US-NY", "DE-BY"]),
)
def test_business_days_are_counted_and_added_by_the_calendar(date: dt.date, span: int, calendar: str) -> None:
    start = date.toordinal() - times.EPOCH_DAY
    count = naive_business_days(start, start + span, calendar)
    assert calendars.business_days_between(start, start + span, calendar) == count
    assert calendars.business_days_between(start + span, start, calendar) == -count
    later = calendars.add_business_days(start, span, calendar)
    assert calendars.business_days_between(start, later, calendar) == span or span == 0
    assert naive_business_days(later - 1, later, calendar) == 1
    if span:
        assert calendars.business_days_between(start, later - 1, calendar) == span - 1
    back = calendars.add_business_days(start, -span - 1, calendar)
    assert calendars.business_days_between(back - 1, start - 1, calendar) == span + 1


def test_the_first_business_day_on_or_after_a_day() -> None:
    assert calendars.add_business_days(day("2024-07-04"), 0, "US") == day("2024-07-05")
    assert calendars.add_business_days(day("2024-07-04"), 0, "") == day("2024-07-04")


def test_business_days_fail_outside_of_their_years_and_for_unknown_calendars() -> None:
    assert fails(calendars.business_days_between, day("1899-12-31"), day("1900-01-05"), "")
    assert fails(calendars.add_business_days, day("2199-12-30"), 5, "")
    assert fails(calendars.check_calendar, "XX")
    assert fails(calendars.check_calendar, "US-ZZ")
    calendars.check_calendar("")
