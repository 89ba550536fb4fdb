"""Whether problems come back, and whether the first contact settles them."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from schemas.events import ContactEvent, Event
from schemas.scorecard import FigureColumn, Measure
from simulations.scorecard.board import Board, Meaning, measure
from simulations.scorecard.calendar import SOON
from simulations.scorecard.known import Known

SETTLED: Final = 2 * SOON
"""What lies so far before a customer's newest contact about a topic can no longer change."""
NOBODY: Final = FigureColumn(name="nobody", title="with nobody known")
REPEATED: Final = Meaning(
    "repeat_contacts",
    "Contacts about a problem that came back",
    f"Of the contacts in the period with a known customer, those within {SOON.days} days after another of the same"
    " customer about the same topic; contacts in one session are one.",
    "lower",
    (NOBODY,),
)
FIRST: Final = Meaning(
    "first_contact_resolution",
    "Settled in the first contact",
    "Of the first contacts about a topic of which it is known whether they settled it, those that did and were not"
    f" followed by another about it within {SOON.days} days; those whose {SOON.days} days are not over count apart.",
    columns=(
        FigureColumn(name="unresolved", title="not settled"),
        FigureColumn(name="came_back", title="came back"),
        FigureColumn(name="too_soon", title="too soon to say"),
        FigureColumn(name="not_said", title="nobody said"),
        NOBODY,
    ),
)


@dataclass(order=True, slots=True)
class Contact:
    """A conversation about a topic."""

    at: datetime
    id: str
    session: str | None = field(compare=False)
    resolved: bool | None = field(compare=False)


@dataclass(slots=True)
class Thread:
    """The newest contacts of one customer about one topic, oldest first."""

    contacts: list[Contact] = field(default_factory=list)
    before: datetime | None = None
    """When the newest of those was that are no longer here."""

    def add(self, event: ContactEvent) -> None:
        """Add a contact, or what it says to the conversation that it belongs to."""
        for one in self.contacts:
            if event.session is not None and one.session == event.session:
                one.resolved = one.resolved if event.resolved is None else event.resolved
                return
        insort(self.contacts, Contact(event.at, event.id, event.session, event.resolved))

    def settled(self, before: datetime | None) -> Iterator[tuple[Contact, bool, bool]]:
        """Yield the contacts before a moment, or all, as no longer here: whether each came, and was, again soon."""
        while self.contacts and (before is None or self.contacts[0].at < before):
            one = self.contacts.pop(0)
            again = self.before is not None and abs(one.at - self.before) <= SOON
            yield one, again, bool(self.contacts) and self.contacts[0].at - one.at <= SOON
            self.before = one.at if self.before is None else max(one.at, self.before)


class Contacts:
    """Follows each customer's contacts about each topic."""

    kinds = frozenset({"contact"})

    def __init__(self, known: Known) -> None:
        """Begin with no contact."""
        self._calendar = known.calendar
        self._threads: defaultdict[tuple[str, str], Thread] = defaultdict(Thread)
        self._repeated = Board(("topic",), ("quarter",))
        self._first = Board(("topic",), ("quarter",))

    def see(self, event: Event) -> None:
        """Note a contact; those soon after the period say whether a problem came back."""
        if not isinstance(event, ContactEvent) or not self._matters(event.at):
            return
        if event.customer is None:
            self._nobody(event)
            return
        thread = self._threads[event.customer, event.topic]
        thread.add(event)
        newest = thread.contacts[-1].at
        for found in thread.settled(newest - SETTLED):
            self._count(event.topic, found, newest)

    def _matters(self, at: datetime) -> bool:
        return self._calendar.start - SOON <= at <= self._calendar.end + SOON

    def _nobody(self, event: ContactEvent) -> None:
        if self._calendar.holds(event.at):
            keys = {"topic": event.topic, "quarter": self._calendar.quarter(event.at)}
            self._repeated.add(keys, None, "nobody")
            self._first.add(keys, None, "nobody")

    def _count(self, topic: str, found: tuple[Contact, bool, bool], seen: datetime) -> None:
        """Count a contact that can no longer change."""
        contact, again, followed = found
        if not self._calendar.holds(contact.at):
            return
        keys = {"topic": topic, "quarter": self._calendar.quarter(contact.at)}
        self._repeated.add(keys, again)
        if again:
            return
        match contact.resolved, followed:
            case None, _:
                self._first.add(keys, None, "not_said")
            case False, _:
                self._first.add(keys, False, "unresolved")
            case True, True:
                self._first.add(keys, False, "came_back")
            case _ if contact.at + SOON >= seen:
                self._first.add(keys, None, "too_soon")
            case _:
                self._first.add(keys, True)

    def measures(self, seen: datetime) -> Sequence[Measure]:
        """Return how often problems come back, and how many are settled at once."""
        for (_, topic), thread in self._threads.items():
            for found in thread.settled(None):
                self._count(topic, found, seen)
        self._threads.clear()
        lost = tuple(
            f"Find the root cause behind {topic}: it came back in {tally.numerator} of {tally.denominator} contacts"
            for (topic,), tally in self._repeated.rows("topic", by=lambda tally: tally.numerator)
        )
        return (measure(REPEATED, self._repeated, lost), measure(FIRST, self._first))
