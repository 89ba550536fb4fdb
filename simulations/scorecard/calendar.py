"""The period of a scorecard, with its quarters and days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.scorecard import Period

SOON: Final = timedelta(days=14)
"""A contact no later than this after another about the same is the same problem again."""
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A period in its timezone."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        """Return whether a moment lies in the period."""
        return self.start <= at < self.end

    def quarter(self, at: datetime) -> str:
        """Return the quarter of a moment, such as `2026-Q3`."""
        local = at.astimezone(self.zone)
        return f"{local.year:04}-Q{(local.month + 2) // 3}"

    def day(self, at: datetime) -> date:
        """Return the day of a moment."""
        return at.astimezone(self.zone).date()

    def quarters(self, until: datetime) -> Iterator[str]:
        """Yield the quarters of the period that began no later than a moment."""
        last = min(until, self.end - timedelta(microseconds=1))
        if last < self.start:
            return
        first, final = self.quarter(self.start), self.quarter(last)
        year, number = int(first[:4]), int(first[-1])
        while (name := f"{year:04}-Q{number}") <= final:
            yield name
            year, number = (year, number + 1) if number < 4 else (year + 1, 1)


def calendar_of(period: Period) -> Calendar:
    """Return the calendar of a period."""
    return Calendar(period.start, period.end, ZoneInfo(period.timezone))


def end_of_day(day: str, zone: ZoneInfo) -> datetime | None:
    """Return the first moment after a day as it is written; None where it is no day."""
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return datetime(after.year, after.month, after.day, tzinfo=zone)
