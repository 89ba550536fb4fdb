"""Days and moments of events as the engine has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from operator import itemgetter

from engine.backends.times import EPOCH, EPOCH_DAY, MICROSECOND
from schemas.events import Event


def moment_at(at: datetime) -> int:
    """Return a moment with an offset as microseconds since 1970, UTC."""
    return (at - EPOCH) // MICROSECOND


def datetime_of(moment: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return EPOCH + timedelta(microseconds=moment)


def day_of(text: str) -> int:
    """Return the day that an ISO 8601 text names, as days since 1970."""
    return date.fromisoformat(text).toordinal() - EPOCH_DAY


def until(events: Iterable[Event], now: int) -> list[tuple[int, Event]]:
    """Return the events of the past, each once by its id, with their moments, in the order in which they happened."""
    known = {one.id: (moment_at(one.at), one.id, one) for one in events}
    return [(at, one) for at, _, one in sorted(known.values(), key=itemgetter(0, 1)) if at <= now]
