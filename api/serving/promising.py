"""The promises of a desk: what is due, what was made to a customer, how many were kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from api.ledger.reading import Query, Reader
from api.serving.desk import Desk
from engine.backends.times import EPOCH_DAY, date_of
from engine.memory.moments import moment_at
from engine.memory.promises import Grouping, Kept, Promise, due, kept_rate, promises_of
from schemas.events import Event

KINDS = ("promise_made", "promise_kept", "promise_broken")


def due_by(desk: Desk, now: datetime, day: date | None) -> list[Promise]:
    """Return what is still to be kept by the end of a day (None: today's), overdue ones first."""
    zone = desk.release.policy.conventions.zone
    last = date_of(moment_at(now), zone) if day is None else day.toordinal() - EPOCH_DAY
    return due(_promises(desk, now), last)


def made_to(desk: Desk, customer: str, now: datetime) -> tuple[Promise, ...]:
    """Return the promises that were made to a customer, as they are now."""
    events = [one.event for one in desk.ledger.about(customer, kinds=KINDS, most=10_000)]
    return promises_of(events, desk.release.policy.conventions.zone, moment_at(now))


def promised(reader: Reader, desks: Iterable[Desk], customer: str, now: datetime) -> list[Promise]:
    """Return the promises that some packs made to a customer, as they are now by the clock of each, oldest first."""
    events = [one.event for one in reader.about(customer, kinds=KINDS, most=10_000)]
    found = [one for desk in desks for one in _of(desk, events, now)]
    return sorted(found, key=lambda one: (one.event.at, one.event.id))


def _of(desk: Desk, events: Iterable[Event], now: datetime) -> Iterator[Promise]:
    """Yield the promises of a pack among those of a customer."""
    policy = desk.release.policy
    of_all = promises_of(events, policy.conventions.zone, moment_at(now))
    return (one for one in of_all if one.event.pack == policy.pack.header.name)


def kept_by(desk: Desk, now: datetime, by: Grouping) -> dict[str, Kept]:
    """Return how promises were kept."""
    return kept_rate(_promises(desk, now), by)


def _promises(desk: Desk, now: datetime) -> tuple[Promise, ...]:
    return promises_of(_events(desk), desk.release.policy.conventions.zone, moment_at(now))


def _events(desk: Desk) -> Iterator[Event]:
    pack = desk.release.policy.pack.header.name
    return (one.event for one in desk.ledger.events(Query(kinds=KINDS, pack=pack)))
