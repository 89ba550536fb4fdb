"""What signals are, once read and checked: patterns over the events of one customer, seen from one moment.

Only events at or before that moment count. Events of one moment are ordered by id. An id given twice counts once, with
its newest event. An event lacks a field where it has no value for it; what lacks a field that a pattern correlates by,
tests, or takes a deadline from, takes no part in that pattern. A value is the same only with its type: `"5"` is not 5,
and true is not 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

FieldValue: TypeAlias = str | int | bool
"""Texts, whole numbers (money in minor units, days and moments as the engine has them) and truths."""
Test: TypeAlias = tuple[str, tuple[FieldValue, ...]]
"""A field, and the values that it may have."""
MOST_EVENTS: Final = 500
"""Of one customer, the newest of the kinds that any signal speaks of; so many are looked at."""


class Occurrence(NamedTuple):
    """One event: its id, its declared kind, when it happened (microseconds since 1970, UTC), and its fields."""

    id: str
    kind: str
    at: int
    fields: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Of:
    """Events of any of some kinds that pass all tests."""

    kinds: tuple[str, ...]
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """At least so many events after `now - span` that have the same values in the fields `same`.

    Of several groups that are large enough, the one is seen whose last event happened latest (where at one moment: the
    one of the most events, then the first by its values as texts); its events, oldest first, are the signal's.
    """

    of: Of
    at_least: int
    span: int
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """A `first`, and after it, no more than `span` later, a `then` with the same values in the fields `same`.

    Seen for `lasting` after the `then`: while `now - lasting` is before it. The newest `then`, with the newest `first`
    before it, are the signal's events; `count` is how many such `then` there are. An event is not after itself.
    """

    first: Of
    then: Of
    span: int
    lasting: int
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """An `after` that no `missing` with the same values in the fields `same` followed by its deadline.

    The deadline is `span` after the event, or (a text) the end of the day or the moment that this field of it names;
    an event exactly at the deadline is in time, and what happened before the event is not. Seen from just after the
    deadline, for `lasting` (None: for ever): while `now - lasting` is before it. The `after` events still missing
    theirs are the signal's events, oldest first. Where `after` is None, it is seen when nothing `missing` happened
    after `now - span` (a length of time), by no events, and for as long as that is so.
    """

    after: Of | None
    missing: Of
    span: int | str
    lasting: int | None = None
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """At least so many of other signals are seen; its events are theirs, oldest first, each once.

    `count` is how many of them are seen; one that is named twice counts once.
    """

    of: tuple[str, ...]
    at_least: int


Pattern: TypeAlias = Count | Sequence | Absence | Conclusion


@dataclass(frozen=True, slots=True)
class Signal:
    """A named pattern."""

    name: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of a pack, each after those it is concluded from; names are unique."""

    signals: tuple[Signal, ...]
    dates: frozenset[tuple[str, str]] = frozenset()
    """The fields, by kind and name, that hold a day (days since 1970) rather than a moment."""
    zone: str = "UTC"
    """The timezone in which days begin and end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether a signal is seen, and by what."""

    active: bool
    count: int = 0
    """How many events make it (a sequence: how many times; a conclusion: how many signals).

    Also where they are too few to be seen: those of the largest group.
    """
    since: int | None = None
    """When the first of its events happened; None where it is not active."""
    last: int | None = None
    """When the last of its events happened; None where it is not active."""
    about: str | None = None
    """The values that its events share, in the order of `same`, joined by `, `; None where it is not active, where
    nothing is correlated, and where its events are of several groups."""
    events: tuple[str, ...] = ()
    """The ids of its events; empty where it is not active."""
