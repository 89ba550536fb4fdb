"""Moments as columns, on the clocks of timezones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from engine.backends import times
from engine.backends.columnar import dates
from engine.backends.columnar.attempts import Attempt, Flags, Ints, attempted
from engine.backends.columnar.cell import Kernel, Operand
from engine.backends.columnar.unique import by_unique, distinct
from engine.backends.failed import Failed
from engine.backends.times import DAY, FIRST_MOMENT, HOUR, LAST_MOMENT, MINUTE, SECOND, offset_at, zone_of
from engine.program.types import DATE, INT, TIMESTAMP, Type

TIMES: Final[Mapping[str, tuple[int, int]]] = {
    "getHours": (HOUR, 24),
    "getMinutes": (MINUTE, 60),
    "getSeconds": (SECOND, 60),
    "getMilliseconds": (1000, 1000),
}
"""Of each part of a time of the day, how long one is and how many there are."""
QUARTER: Final = 15 * MINUTE
"""No zone has changed its clock twice within so short a time: between equal ends the offset is one."""


def date_of(moment: Operand, zone: Operand) -> Kernel:
    """Return the day of a moment in the zone."""
    return _on_clock(_day, times.date_of, DATE, (moment, zone))


def part(moment: Operand, name: Operand, zone: Operand) -> Kernel:
    """Return a part of the moment on the zone's clock, by its CEL name."""
    if name.constant not in {*TIMES, *dates.PARTS}:
        return by_unique(times.part, INT)
    return _on_clock(_part, times.part, INT, (moment, name, zone))


def add_months_time(moment: Operand, count: Operand, zone: Operand) -> Kernel:
    """Return the same time of the day some months on, on the zone's clock."""
    return _on_clock(_months_later, times.add_months_time, TIMESTAMP, (moment, count, zone))


def _on_clock(
    at_once: Callable[..., Attempt], exactly: Callable[..., object], gives: Type, operands: Sequence[Operand]
) -> Kernel:
    """Return the operation, at once where the last operand is one timezone for all rows."""
    zone = operands[-1].constant
    if isinstance(zone, str) and _is_zone(zone):
        return attempted(at_once, exactly, gives, operands)
    return by_unique(exactly, gives)


def _is_zone(name: str) -> bool:
    """Return whether there is such a timezone."""
    try:
        zone_of(name)
    except Failed:
        return False
    return True


def _day(moments: Ints, zone: str) -> Attempt:
    """Return the days of moments."""
    clock, changes = _reading(moments, zone)
    return Attempt(clock // DAY, _astray(clock), changes)


def _part(moments: Ints, name: str, zone: str) -> Attempt:
    """Return a part of moments."""
    clock, changes = _reading(moments, zone)
    if name in TIMES:
        length, count = TIMES[name]
        return Attempt(clock // length % count, _astray(clock), changes)
    return Attempt(dates.part(clock // DAY, name), _astray(clock), changes)


def _months_later(moments: Ints, count: Ints, zone: str) -> Attempt:
    """Return moments some months on, on the zone's clock."""
    clock, changes = _reading(moments, zone)
    days, time = np.divmod(clock, DAY)
    later, failed = dates.months_later(days, count)
    result, changes_later = _moments(later * DAY + time, zone)
    return Attempt(result, failed | _astray(clock) | _astray(result), changes | changes_later)


def _reading(moments: Ints, zone: str) -> tuple[Ints, Flags]:
    """Return what the zone's clock reads, and where that has to be found exactly."""
    offsets, changes = _offsets(moments, zone)
    return moments + offsets, changes


def _moments(clock: Ints, zone: str) -> tuple[Ints, Flags]:
    """Return when the zone's clock reads so, the first of two times, and where that has to be found exactly."""
    (early, unsure_early), (late, unsure_late) = _offsets(clock - DAY, zone), _offsets(clock + DAY, zone)
    offset = np.maximum(early, late)
    found, unsure = _offsets(clock - offset, zone)
    others = np.flatnonzero(found != offset)
    offset[others] = np.minimum(early[others], late[others])
    found[others], unsure[others] = _offsets(clock[others] - offset[others], zone)
    return clock - offset, unsure | unsure_early | unsure_late | (found != offset)


def _offsets(moments: Ints, zone: str) -> tuple[Ints, Flags]:
    """Return how far the zone's clock is ahead of UTC, and where that has to be found exactly."""
    moments = np.atleast_1d(moments)
    offsets, changes = _offsets_by(DAY, moments, zone)
    rows = np.flatnonzero(changes)
    offsets[rows], changes[rows] = _offsets_by(QUARTER, moments[rows], zone)
    return offsets, changes


def _offsets_by(unit: int, moments: Ints, zone: str) -> tuple[Ints, Flags]:
    """Return the offsets in force when the units begin, and where they are others when those end."""
    units, places = distinct(moments // unit)
    ends = np.array([_ends(start, unit, zone) for start in (units * unit).tolist()], dtype=np.int64).reshape(-1, 2)
    first, last = ends.T
    return first[places], (first != last)[places]


@lru_cache(maxsize=65536)
def _ends(start: int, unit: int, zone: str) -> tuple[int, int]:
    """Return the offsets in force when a unit begins and ends."""
    return offset_at(start, zone), offset_at(start + unit - 1, zone)


def _astray(moments: Ints) -> Flags:
    """Return where moments leave the years 1 to 9999."""
    return (moments < FIRST_MOMENT) | (moments > LAST_MOMENT)
