"""Reading a ledger: what happened to a customer, what was granted, and everything in the order it was written.

Kinds of events that this Leeway does not know, written by a newer one, are passed over; a kind that it knows in a
version that it does not is an `UnknownEvent`, for what depends on it could otherwise go wrong in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, case, false, func, or_, select
from sqlalchemy.engine import RowMapping

from api.ledger.stored import Sealer, Stored, restored
from api.ledger.tables import events
from schemas.events import KINDS

PAGE: Final = 500
"""Rows that a stream holds at a time."""
COLUMNS: Final = tuple(
    events.c[name] for name in ("seq", "id", "kind", "version", "customer", "writer", "number", "body", "hash")
)

Run: TypeAlias = Callable[[Select[Any]], Sequence[RowMapping]]
"""Runs a query, and gives all that it finds."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which events are wanted: those that fit all that is given."""

    kinds: Collection[str] | None = None
    customer: str | None = None
    """By the customer's own id."""
    pack: str | None = None
    subject: str | None = None
    since: int | None = None
    """Happened at or after, in microseconds since 1970."""
    until: int | None = None
    """Happened before."""
    agent: str | None = None


class Reader:
    """Reads the events that a connection sees."""

    def __init__(self, sealer: Sealer, run: Run) -> None:
        """Keep what opens personal fields, and what runs queries."""
        self._sealer = sealer
        self._run = run

    def about(
        self, customer: str, since: int | None = None, kinds: Collection[str] | None = None, most: int = 500
    ) -> list[Stored]:
        """Return the newest events of a customer, by their own id, oldest first; moments in microseconds since 1970."""
        wanted = _chosen(Query(kinds=kinds, customer=customer, since=since), self._sealer)
        found = self._run(select(*COLUMNS).where(*wanted).order_by(events.c.at.desc(), events.c.id.desc()).limit(most))
        return [restored(row, self._sealer) for row in reversed(found)]

    def one(self, id: str) -> Stored | None:
        """Return the event of an id, or None; an event of an unknown form is an `UnknownEvent`."""
        found = self._run(select(*COLUMNS).where(events.c.id == id))
        return restored(found[0], self._sealer) if found else None

    def on(self, subject: str) -> list[Stored]:
        """Return what happened about a decision, promise, rule, insight or release, oldest first."""
        wanted = _chosen(Query(subject=subject), self._sealer)
        found = self._run(select(*COLUMNS).where(*wanted).order_by(events.c.at, events.c.id))
        return [restored(row, self._sealer) for row in found]

    def granted(
        self, agent: str | None, team: str | None, since: Sequence[int], pack: str | None = None
    ) -> list[dict[str, int]]:
        """Return, for each of some moments, what the agent, or anyone of the team, granted of each action since.

        Amounts are in minor or own units; a grant without an amount counts 1. Given both, grants of either count.
        """
        if agent is None and team is None:
            raise ValueError("give an agent or a team: nobody's grants are no budget")
        whose = [
            column == name for column, name in ((events.c.agent, agent), (events.c.team, team)) if name is not None
        ]
        wanted = [events.c.kind == "grant", events.c.at >= min(since), or_(*whose)]
        if pack is not None:
            wanted.append(events.c.pack == pack)
        amount = func.coalesce(events.c.amount, 1)
        totals = [func.sum(case((events.c.at >= moment, amount))) for moment in since]
        found = self._run(
            select(events.c.action, *(one.label(str(n)) for n, one in enumerate(totals)))
            .where(*wanted)
            .group_by(events.c.action)
        )
        return [
            {row["action"]: int(row[str(n)]) for row in found if row[str(n)] is not None} for n in range(len(totals))
        ]

    def events(self, query: Query, after: int = 0) -> Iterator[Stored]:
        """Yield the events that are wanted in the order they were written, from the one behind the `seq` given."""
        return (restored(row, self._sealer) for row in self._pages(query, after))

    def _pages(self, query: Query, after: int) -> Iterator[RowMapping]:
        wanted = select(*COLUMNS).where(*_chosen(query, self._sealer)).order_by(events.c.seq).limit(PAGE)
        while page := self._run(wanted.where(events.c.seq > after)):
            yield from page
            after = page[-1]["seq"]


class Transaction(Reader):
    """Reads within the transaction that writes, and so sees what was appended before in it."""


def _chosen(query: Query, sealer: Sealer) -> list[ColumnElement[bool]]:
    """Return the conditions of a query."""
    kinds = KINDS.keys() if query.kinds is None else query.kinds
    wanted: list[ColumnElement[bool]] = [events.c.kind.in_(sorted(kinds))]
    if query.customer is not None:
        reference = sealer.known(query.customer)
        wanted.append(false() if reference is None else events.c.customer == reference)
    for column, value in (
        (events.c.pack, query.pack),
        (events.c.subject, query.subject),
        (events.c.agent, query.agent),
    ):
        if value is not None:
            wanted.append(column == value)
    if query.since is not None:
        wanted.append(events.c.at >= query.since)
    if query.until is not None:
        wanted.append(events.c.at < query.until)
    return wanted
