"""Days, moments and spans: parsing, clocks of timezones, months."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.backends.failed import Failed
from engine.backends.numeric import wide

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FIRST_DAY: Final = -719_162
LAST_DAY: Final = 2_932_896
FIRST_MOMENT: Final = FIRST_DAY * DAY
LAST_MOMENT: Final = (LAST_DAY + 1) * DAY - 1
EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_LOCAL: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the reading of a clock, without a zone
EPOCH_DAY: Final = dt.date(1970, 1, 1).toordinal()
MICROSECOND: Final = dt.timedelta(microseconds=1)

DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?"
)
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")


def day_within(day: int) -> int:
    """Return a day of the years 1 to 9999."""
    if FIRST_DAY <= day <= LAST_DAY:
        return day
    raise Failed


def moment_within(moment: int) -> int:
    """Return a moment of the years 1 to 9999."""
    if FIRST_MOMENT <= moment <= LAST_MOMENT:
        return moment
    raise Failed


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the timezone of that name; fails where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Failed from None


def offset_at(moment: int, zone: str) -> int:
    """Return how far the zone's clock is ahead of UTC at a moment, in microseconds."""
    known = _day_offset(moment // DAY, zone)
    return known if known is not None else _offset(moment, zone)


@lru_cache(maxsize=65536)
def _day_offset(day: int, zone: str) -> int | None:
    """Return the zone's offset where it is one for the whole UTC day."""
    first = _offset(day * DAY, zone)
    return first if first == _offset((day + 1) * DAY - 1, zone) else None


def _offset(moment: int, zone: str) -> int:
    """Return the offset as the timezone database has it; at the ends of time, the nearest it has."""
    inside = min(max(moment, FIRST_MOMENT + DAY), LAST_MOMENT - DAY)
    shift = (EPOCH + dt.timedelta(microseconds=inside)).astimezone(zone_of(zone)).utcoffset()
    assert shift is not None
    return shift // MICROSECOND


def reading(moment: int, zone: str) -> int:
    """Return what the zone's clock reads at a moment, as microseconds since it read 1970-01-01T00:00."""
    return moment_within(moment + offset_at(moment, zone))


def moment_of(clock: int, zone: str) -> int:
    """Return the moment the zone's clock reads so: the first of two, or the moment after a skipped hour."""
    early, late = offset_at(clock - DAY, zone), offset_at(clock + DAY, zone)
    for offset in sorted({early, late}, reverse=True):
        if offset_at(clock - offset, zone) == offset:
            return moment_within(clock - offset)
    return _change(clock - max(early, late), clock - min(early, late), zone)


def _change(before: int, after: int, zone: str) -> int:
    """Return the first moment that has the offset of the later end."""
    target = offset_at(after, zone)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if offset_at(middle, zone) == target else (middle, after)
    return moment_within(after)


def date_of(moment: int, zone: str) -> int:
    """Return the day of a moment in the zone."""
    return reading(moment, zone) // DAY


def start_of(day: int, zone: str) -> int:
    """Return the moment at which a day begins in the zone."""
    return moment_of(day * DAY, zone)


def at(day: int, clock: str, zone: str) -> int:
    """Return the moment of a day at which the zone's clock reads `HH:MM` or `HH:MM:SS`."""
    found = CLOCK.fullmatch(clock)
    if not found:
        raise Failed
    hour, minute, second = (int(part or 0) for part in found.groups())
    return moment_of(day * DAY + hour * HOUR + minute * MINUTE + second * SECOND, zone)


@lru_cache(maxsize=4096)
def date_of_text(text: str) -> int:
    """Return the day that an ISO 8601 text (`YYYY-MM-DD`) writes."""
    if not DATE.fullmatch(text):
        raise Failed
    try:
        return dt.date.fromisoformat(text).toordinal() - EPOCH_DAY
    except ValueError:
        raise Failed from None


@lru_cache(maxsize=16384)
def moment_of_text(text: str, zone: str) -> int:
    """Return the moment that an RFC 3339 text writes (in the zone without an offset), cut to microseconds."""
    found = MOMENT.fullmatch(text)
    if not found:
        raise Failed
    day, time, fraction, utc, sign, hours, minutes = found.groups()
    try:
        local = (dt.datetime.fromisoformat(f"{day}T{time}") - EPOCH_LOCAL) // MICROSECOND
    except ValueError:
        raise Failed from None
    local += int((fraction or "0").ljust(6, "0")[:6])
    if utc:
        return moment_within(local)
    if sign:
        offset = int(hours) * HOUR + int(minutes) * MINUTE
        return moment_within(local - offset if sign == "+" else local + offset)
    return moment_of(local, zone)


def add_months(day: int, months: int) -> int:
    """Return the same day some months on, or that month's last day."""
    date = dt.date.fromordinal(day + EPOCH_DAY)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Failed
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(date.day, last)).toordinal() - EPOCH_DAY


def add_months_time(moment: int, months: int, zone: str) -> int:
    """Return the same time of the day some months on, on the zone's clock."""
    day, time = divmod(reading(moment, zone), DAY)
    return moment_of(add_months(day, months) * DAY + time, zone)


def months_between(start: int, end: int) -> int:
    """Return the whole months from day to day, towards zero; one is whole when its day number is reached."""
    first, second = dt.date.fromordinal(start + EPOCH_DAY), dt.date.fromordinal(end + EPOCH_DAY)
    months = (second.year - first.year) * 12 + second.month - first.month
    if months > 0 and second.day < first.day:
        return months - 1
    return months + 1 if months < 0 and second.day > first.day else months


def part(moment: int, name: str, zone: str) -> int:
    """Return a part of the moment on the zone's clock, by its CEL name."""
    day, time = divmod(reading(moment, zone), DAY)
    match name:
        case "getHours":
            return time // HOUR
        case "getMinutes":
            return time // MINUTE % 60
        case "getSeconds":
            return time // SECOND % 60
        case "getMilliseconds":
            return time // 1000 % 1000
        case _:
            return _day_part(dt.date.fromordinal(day + EPOCH_DAY), name)


def _day_part(date: dt.date, name: str) -> int:
    """Return a part of a day, by its CEL name."""
    match name:
        case "getFullYear":
            return date.year
        case "getMonth":
            return date.month - 1
        case "getDate":
            return date.day
        case "getDayOfMonth":
            return date.day - 1
        case "getDayOfWeek":
            return date.isoweekday() % 7
        case "getDayOfYear":
            return date.timetuple().tm_yday - 1
        case _:
            raise Failed


def days(count: int) -> int:
    """Return the span of that many times 24 hours."""
    return wide(count * DAY)


def hours(count: int) -> int:
    """Return the span of that many hours."""
    return wide(count * HOUR)


def minutes(count: int) -> int:
    """Return the span of that many minutes."""
    return wide(count * MINUTE)


def date_plus(day: int, span: int) -> int:
    """Return the day a span of whole days later."""
    count, rest = divmod(span, DAY)
    if rest:
        raise Failed
    return day_within(day + count)


def date_minus(day: int, span: int) -> int:
    """Return the day a span of whole days earlier."""
    return date_plus(day, -span)
