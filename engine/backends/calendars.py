"""Business days by country: weekends and public holidays from the `holidays` library."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.backends.failed import Failed

if TYPE_CHECKING:
    from holidays import HolidayBase

EPOCH: Final = dt.date(1970, 1, 1).toordinal()
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199
WEEKEND: Final = frozenset({5, 6})


def check_calendar(calendar: str) -> None:
    """Raise `Failed` unless it is a country ("US"), a part of one ("US-NY") or "" (weekends alone)."""
    _rules(calendar)


def business_days_between(start: int, end: int, calendar: str) -> int:
    """Return the business days after `start`, up to and including `end`; negative when `end` is earlier."""
    if end < start:
        return -business_days_between(end, start, calendar)
    first, last = _year(start), _year(end)
    years = sum(len(_business_days(calendar, year)) for year in range(first, last))
    return years + _before(end + 1, last, calendar) - _before(start + 1, first, calendar)


def add_business_days(day: int, count: int, calendar: str) -> int:
    """Return the day `count` business days on; of 0, the first business day on or after the day."""
    year = _year(day)
    rank = _before(day + 1, year, calendar) + count - 1 if count > 0 else _before(day, year, calendar) + count
    while rank < 0 and year > FIRST_YEAR:
        year -= 1
        rank += len(_business_days(calendar, year))
    while rank >= len(_business_days(calendar, year)) and year < LAST_YEAR:
        rank -= len(_business_days(calendar, year))
        year += 1
    days = _business_days(calendar, year)
    if not 0 <= rank < len(days):
        raise Failed
    return days[rank]


def _before(day: int, year: int, calendar: str) -> int:
    """Return how many business days of a year lie before a day."""
    return bisect_left(_business_days(calendar, year), day)


def _year(day: int) -> int:
    """Return the year of a day, where calendars cover it."""
    try:
        year = dt.date.fromordinal(day + EPOCH).year
    except (ValueError, OverflowError):
        raise Failed from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Failed
    return year


@lru_cache(maxsize=16384)
def _business_days(calendar: str, year: int) -> tuple[int, ...]:
    """Return the business days of a year, in order."""
    first, last = dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal()
    if not calendar:
        return tuple(day - EPOCH for day in range(first, last + 1) if (day - 1) % 7 not in WEEKEND)
    rules = _rules(calendar)
    days = map(dt.date.fromordinal, range(first, last + 1))
    return tuple(day.toordinal() - EPOCH for day in days if rules.is_working_day(day))


@lru_cache(maxsize=64)
def _rules(calendar: str) -> HolidayBase:
    """Return the holidays of a country, or of a part of one."""
    from holidays import country_holidays  # noqa: PLC0415 - slow to import, and few packs count business days

    country, _, part = calendar.partition("-")
    try:
        return country_holidays(country or "US", subdiv=part or None)
    except NotImplementedError:
        raise Failed from None
