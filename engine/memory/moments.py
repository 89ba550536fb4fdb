"""Days and moments of events as the engine has them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.backends.times import EPOCH, EPOCH_DAY, MICROSECOND


def moment_at(at: datetime) -> int:
    """Return a moment with an offset as microseconds since 1970, UTC."""
    return (at - EPOCH) // MICROSECOND


def datetime_of(moment: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return EPOCH + timedelta(microseconds=moment)


def day_of(text: str) -> int:
    """Return the day that an ISO 8601 text names, as days since 1970."""
    return date.fromisoformat(text).toordinal() - EPOCH_DAY
