"""Days as columns: spans of days, months and the parts of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from engine.backends import calendars, times
from engine.backends.columnar.attempts import Attempt, Flags, Ints, attempted
from engine.backends.columnar.cell import Inline, Kernel, Operand
from engine.backends.columnar.intervals import LIMITS, Interval, bounded, interval_of
from engine.backends.columnar.numeric import COMBINE, within
from engine.backends.columnar.unique import by_unique
from engine.backends.times import DAY, EPOCH_DAY
from engine.program.nodes import Operator
from engine.program.types import DATE, INT, Kind

MONTHS: Final = 9999 * 12
"""Months are counted from the first of year 1 here."""
PLACES: Final = 32
"""A day has a place in its month, from 0, below this."""
SHORTEST_MONTH: Final = 28


def days_between(start: Operand, end: Operand) -> Inline:
    """Return the days from one day to another."""
    found = interval_of(end) - interval_of(start)
    return bounded(Inline(lambda first, second: (second - first).cast(pl.Int64)), found)


def apart(left: Operand, right: Operand) -> Inline:
    """Return the span between two days, the first minus the second."""
    found = (interval_of(left) - interval_of(right)) * Interval(DAY, DAY)
    return bounded(Inline(lambda first, second: (first - second).cast(pl.Int64) * DAY), found)


def shifted(op: Operator, day: Operand, span: Operand) -> Inline:
    """Return the day a span of whole days later or earlier."""
    limit, spans = LIMITS[Kind.DATE], interval_of(span)
    found = COMBINE[op](interval_of(day), Interval(spans.low // DAY, spans.high // DAY))
    is_whole = isinstance(span.constant, int) and span.constant % DAY == 0

    def build(days: pl.Expr, by: pl.Expr) -> pl.Expr:
        count = by // DAY
        later = COMBINE[op](days, count.cast(pl.Int32))
        kept = later if found.inside(limit) else within(later, limit)
        return kept if is_whole else pl.when(count * DAY == by).then(kept)

    return bounded(Inline(build), found.cut(limit)) if is_whole else Inline(build)


def months_between(start: Operand, end: Operand) -> Kernel:
    """Return the whole months from day to day, towards zero."""

    def at_once(first: Ints, second: Ints) -> Attempt:
        apart = _each_day(second, _places) - _each_day(first, _places)
        return Attempt(np.sign(apart) * (np.abs(apart) // PLACES))

    days = interval_of(end) - interval_of(start)
    found = Interval(min(days.low // SHORTEST_MONTH, 0), max(-(-days.high // SHORTEST_MONTH), 0))
    return bounded(attempted(at_once, times.months_between, INT, (start, end)), found)


def add_months(day: Operand, count: Operand) -> Kernel:
    """Return the same day some months on, or that month's last day."""

    def at_once(days: Ints, months: Ints) -> Attempt:
        return Attempt(*months_later(days, months))

    return attempted(at_once, times.add_months, DATE, (day, count))


def business_days_between(start: Operand, end: Operand, calendar: Operand) -> Kernel:
    """Return the business days after `start`, up to and including `end`, by those since 1970 of each distinct day."""
    name = calendar.constant
    if not isinstance(name, str):
        return by_unique(calendars.business_days_between, INT)
    before = cache(partial(calendars.business_days_between, 0, calendar=name))

    @cache
    def passed(day: int) -> int:
        opening = dt.date.fromordinal(day + EPOCH_DAY).replace(month=1, day=1).toordinal() - EPOCH_DAY
        return before(opening) + calendars.business_days_between(opening, day, name)

    by_day = by_unique(passed, INT)
    return Kernel(lambda first, last, _: by_day.run(last) - by_day.run(first))


def months_later(days: Ints, count: Ints) -> tuple[Ints, Flags]:
    """Return the same days some months on, or the last days of those months, and where there is no such month."""
    months, place = np.divmod(_each_day(days, _places), PLACES)
    later = months + np.clip(count, -MONTHS, MONTHS)
    starts = _month_starts()
    found = np.minimum(starts.take(later, mode="clip") + place, starts.take(later + 1, mode="clip") - 1)
    return found, (later < 0) | (later >= MONTHS)


def part(days: Ints, name: str) -> Ints:
    """Return a part of days, by its CEL name."""
    return _each_day(days, PARTS[name])


def _each_day(days: Ints, of: Callable[[Ints], Ints]) -> Ints:
    """Return what is given for days, by a table of all days between them where that is the shorter one."""
    low, high = (int(days.min()), int(days.max())) if days.size else (0, 0)
    if high - low >= days.size:
        return of(days)
    return of(np.arange(low, high + 1)).take(days - low)


def _months(days: Ints) -> Ints:
    """Return the months that days are in."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64) + 1969 * 12


def _places(days: Ints) -> Ints:
    """Return the months that days are in, times 32, and the places of the days in them."""
    months = _months(days)
    return months * PLACES + days - _month_starts()[months]


@cache
def _month_starts() -> Ints:
    """Return the first day of every month, and of the one after the last."""
    return np.arange("0001-01", "10000-02", dtype="M8[M]").astype("M8[D]").astype(np.int64)


def _day_of_year(days: Ints) -> Ints:
    """Return how many days of the year are past."""
    return days - _month_starts()[_months(days) // 12 * 12]


PARTS: Final[Mapping[str, Callable[[Ints], Ints]]] = {
    "getFullYear": lambda days: _months(days) // 12 + 1,
    "getMonth": lambda days: _months(days) % 12,
    "getDate": lambda days: _places(days) % PLACES + 1,
    "getDayOfMonth": lambda days: _places(days) % PLACES,
    "getDayOfWeek": lambda days: (days + 4) % 7,
    "getDayOfYear": _day_of_year,
}
"""1970-01-01 was a Thursday: day 4 of the week."""
