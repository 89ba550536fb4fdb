"""What of a customer's events counts at one moment, and what an event is to a pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Final

from engine.backends.failed import Failed
from engine.backends.times import start_of
from engine.signals.pattern import (
    MOST_EVENTS,
    Absence,
    Conclusion,
    Count,
    FieldValue,
    Occurrence,
    Of,
    Pattern,
    Sequence,
    Signals,
)

LACKING: Final = object()
"""Stands for the value that an event does not have."""
AGE: Final = attrgetter("at", "id")
"""What orders events."""


def kinds_of(signals: Signals) -> frozenset[str]:
    """Return the kinds of events that any signal speaks of."""
    return frozenset(fields_of(signals))


def fields_of(signals: Signals) -> dict[str, frozenset[str]]:
    """Return, by kind of event that any signal speaks of, the fields by which patterns tell such events apart."""
    found: dict[str, frozenset[str]] = {}
    for signal in signals.signals:
        for of in parts_of(signal.pattern):
            names = frozenset((*(name for name, _ in of.tests), *_shared(signal.pattern)))
            found.update({kind: names | found.get(kind, frozenset()) for kind in of.kinds})
    return found


def _shared(pattern: Pattern) -> tuple[str, ...]:
    """Return the fields that a pattern reads of all its events, the one that names a deadline among them."""
    match pattern:
        case Count(same=same) | Sequence(same=same) | Absence(same=same, span=int()):
            return same
        case Absence(same=same, span=str() as due):
            return (*same, due)
        case _:
            return ()


def parts_of(pattern: Pattern) -> tuple[Of, ...]:
    """Return the descriptions of events in a pattern."""
    match pattern:
        case Count(of=of):
            return (of,)
        case Sequence(first=first, then=then):
            return first, then
        case Absence(after=after, missing=missing):
            return (missing,) if after is None else (after, missing)
        case Conclusion():
            return ()


def looked_at(kinds: frozenset[str], occurrences: Iterable[Occurrence], now: int) -> tuple[Occurrence, ...]:
    """Return the events that count, oldest first: of these kinds, not after `now`, each id once, the newest."""
    counting = [one for one in occurrences if one.at <= now and one.kind in kinds]
    known = {one.id: one for one in counting}
    if len(known) < len(counting):
        known = {one.id: one for one in sorted(counting, key=_version)}
    return tuple(sorted(known.values(), key=AGE)[-MOST_EVENTS:])


def _version(one: Occurrence) -> tuple[int, str, list[tuple[str, str, str]]]:
    """Return what orders two events of one id, so that it is the same one that counts in whatever order they come."""
    return one.at, one.kind, sorted((name, type(value).__name__, str(value)) for name, value in one.fields.items())


def exact(value: object) -> object:
    """Return what equals the same of another value only where both have one type: a truth is not a number."""
    return (value,) if isinstance(value, bool) else value


def is_of(of: Of, one: Occurrence) -> bool:
    """Return whether an event is of the kinds and passes the tests."""
    return one.kind in of.kinds and (not of.tests or all(_has(one, name, values) for name, values in of.tests))


def _has(one: Occurrence, name: str, values: tuple[FieldValue, ...]) -> bool:
    return exact(one.fields.get(name, LACKING)) in [exact(value) for value in values]


def deadline(signals: Signals, span: int | str, one: Occurrence) -> int | None:
    """Return until when something may follow an event; None where its field names no day or moment."""
    if isinstance(span, int):
        return one.at + span
    named = moment_in(one.fields, span)
    return named if named is None or (one.kind, span) not in signals.dates else end_of(named, signals.zone)


def moment_in(fields: Mapping[str, FieldValue], name: str) -> int | None:
    """Return the day or moment in a field; None where it has none."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@lru_cache(maxsize=4096)
def end_of(day: int, zone: str) -> int | None:
    """Return the last moment of a day in the zone; None where the calendar has no such day."""
    try:
        return start_of(day + 1, zone) - 1
    except Failed:
        return None
