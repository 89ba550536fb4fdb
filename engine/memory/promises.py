"""What was promised, and what became of it: open, kept, broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from engine.backends.times import date_of
from engine.memory.beside import Entry, GivenEntry, as_given, or_null
from engine.memory.history import Readers, readers_of
from engine.memory.moments import day_of, moment_at
from engine.memory.past import Past, Promised, WordBroken, WordKept, until
from engine.release import Release
from schemas.events import Event, PromiseMadeEvent

State: TypeAlias = Literal["open", "kept", "broken", "lapsed"]
Grouping: TypeAlias = Literal["pack", "owner", "segment"]
SETTLING: Final = (WordKept, WordBroken)
OFFER: Final = "offer"
"""The name of the promise that an offer stands for a while."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise at one moment, in the timezone of its pack.

    It is open to the end of its due day, then broken, unless an event said before that it was kept or broken; `late`
    is one that was kept after that day. An offer that stands lapses: nothing was owed.
    """

    event: PromiseMadeEvent
    state: State
    late: bool = False
    told: bool = False
    """Whether an event said that it was kept or broken."""

    @property
    def due(self) -> int:
        """The last day on which it is to be kept, in days since 1970."""
        return day_of(self.event.due)

    @property
    def offer(self) -> bool:
        """Whether it is an offer that stands."""
        return self.event.promise == OFFER


def promises_of(events: Iterable[Event | Past], zone: str, now: int) -> tuple[Promise, ...]:
    """Return the promises that were made until a moment, as they are then, in the order in which they were made."""
    return promises_in(until(events, now), zone, now)


def promises_in(past: Sequence[Past], zone: str, now: int) -> tuple[Promise, ...]:
    """Return `promises_of` what happened until now, in order."""
    settled = {one.promise: one for one in past if isinstance(one, SETTLING)}
    today = date_of(now, zone)
    return tuple(_promise(one.event, settled.get(one.id), zone, today) for one in past if isinstance(one, Promised))


def _promise(made: PromiseMadeEvent, settled: WordKept | WordBroken | None, zone: str, today: int) -> Promise:
    """Return a promise, by the last that was told of it, else by the day."""
    due = day_of(made.due)
    match settled:
        case WordKept(at=at):
            return Promise(made, "kept", date_of(at, zone) > due, told=True)
        case WordBroken():
            return Promise(made, "broken", told=True)
        case None if today <= due:
            return Promise(made, "open")
        case None:
            return Promise(made, "lapsed" if made.promise == OFFER else "broken")


def entries_of(promises: Iterable[Promise], release: Release) -> tuple[GivenEntry, ...]:
    """Return promises as a request's `promises` has them: this pack's, for actions that it declares still.

    Offers that stand are no debts, and left out.
    """
    found: tuple[GivenEntry, ...] = tuple(as_given(release, "promises", entries_in(promises, release)))
    return found


def entries_in(promises: Iterable[Promise], release: Release) -> tuple[Entry, ...]:
    """Return `entries_of` promises as a case has them."""
    pack, readers = release.policy.pack.header.name, readers_of(release)
    return tuple(
        _entry(one, readers)
        for one in promises
        if not one.offer and one.event.pack in (None, pack) and one.event.action in release.policy.plans
    )


def _entry(promise: Promise, readers: Readers) -> Entry:
    event = promise.event
    return {
        "id": event.id,
        "action": event.action,
        "promise": event.promise,
        "status": promise.state,
        "late": promise.late,
        "made": moment_at(event.at),
        "due": promise.due,
        **readers.amounts(event.amount, event.currency),
        "decision": or_null(event.decision),
    }


def standing(promises: Iterable[Promise]) -> frozenset[str]:
    """Return the decisions whose offers stand."""
    return frozenset(one.event.decision for one in promises if one.offer and one.state == "open")


def due(promises: Iterable[Promise], day: int) -> list[Promise]:
    """Return what is still to be kept by the end of a day, those due first first, so overdue ones before all others."""
    waiting = [one for one in promises if not one.offer and not one.told and one.due <= day]
    return sorted(waiting, key=lambda one: (one.due, one.event.id))


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises of a group were kept in time, kept late, broken, and are open still."""

    in_time: int = 0
    late: int = 0
    broken: int = 0
    open: int = 0

    @property
    def rate(self) -> Fraction | None:
        """The share kept in time of those that are not open; None where there are none."""
        settled = self.in_time + self.late + self.broken
        return Fraction(self.in_time, settled) if settled else None

    def with_one(self, promise: Promise) -> Kept:
        """Return the counts with one more promise."""
        return Kept(
            in_time=self.in_time + (promise.state == "kept" and not promise.late),
            late=self.late + promise.late,
            broken=self.broken + (promise.state == "broken"),
            open=self.open + (promise.state == "open"),
        )


def kept_rate(promises: Iterable[Promise], by: Grouping) -> dict[str, Kept]:
    """Return how promises were kept, by pack, owner or segment (the empty text for none), sorted; offers left out."""
    found: dict[str, Kept] = {}
    for one in promises:
        if not one.offer:
            group = getattr(one.event, by) or ""
            found[group] = found.get(group, Kept()).with_one(one)
    return dict(sorted(found.items()))
