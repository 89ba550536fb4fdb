"""What happened to one customer, newest first, a page at a time."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

from api.ledger.reading import Reader
from engine.memory.moments import moment_at
from schemas.events import Event


class Place(NamedTuple):
    """Where an event stands among those of its customer."""

    at: int
    """In microseconds since 1970."""
    id: str

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return the place of an event."""
        return cls(moment_at(event.at), event.id)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the place that a text writes; raise `ValueError` where it writes none."""
        at, _, id_ = urlsafe_b64decode(text.encode("ascii")).decode().partition(" ")
        return cls(int(at), id_)

    def written(self) -> str:
        """Return the place as a text that can stand in an address."""
        return urlsafe_b64encode(f"{self.at} {self.id}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a customer's events is wanted."""

    customer: str
    most: int
    seen: Callable[[Event], bool]
    kinds: Collection[str] | None = None
    before: Place | None = None


def happened(reader: Reader, wanted: Wanted) -> tuple[list[Event], Place | None]:
    """Return the newest events of a customer that are wanted, and the place before which there are more, if any.

    Nothing happened to somebody who is not known, or was erased.
    """
    read = wanted.most + 1
    until = None if wanted.before is None else wanted.before.at + 1
    while True:
        stored = reader.about(wanted.customer, kinds=wanted.kinds, most=read, until=until)
        newest = (one.event for one in reversed(stored))
        found = [one for one in _earlier(newest, wanted.before) if wanted.seen(one)]
        if len(found) > wanted.most:
            return found[: wanted.most], Place.of(found[wanted.most - 1])
        if len(stored) < read:
            return found, None
        read *= 4


def _earlier(newest: Iterable[Event], before: Place | None) -> Iterator[Event]:
    """Yield the events behind a place in a list of the newest first, where those of one moment are in any order."""
    passed = before is None
    for event in newest:
        at = moment_at(event.at)
        if before is None or at < before.at or (at == before.at and passed):
            yield event
        passed = passed or (before is not None and event.id == before.id)
