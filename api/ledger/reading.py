"""Reading a ledger: what happened to a customer, what was granted, and everything in the order it was written.

Kinds of events that this Leeway does not know, written by a newer one, are passed over; a kind that it knows in a
version that it does not is an `UnknownEvent`, for what depends on it could otherwise go wrong in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, false, func, or_, select

from api.ledger.recalling import BODIES, GISTS, Recall
from api.ledger.stored import Sealer, Stored, restored
from api.ledger.tables import events
from engine.memory.past import Past
from schemas.events import KINDS

PAGE: Final = 500
"""Rows that a stream holds at a time."""
COLUMNS: Final = tuple(
    events.c[name]
    for name in ("seq", "id", "kind", "version", "customer", "writer", "number", "body", "hash", "sealed_apart")
)

ONE: Final = select(*COLUMNS).where(events.c.id == bindparam("id"))
ON: Final = (
    select(*COLUMNS)
    .where(events.c.kind.in_(sorted(KINDS)), events.c.subject == bindparam("subject"))
    .order_by(events.c.at, events.c.id)
)

Found: TypeAlias = Row[*tuple[Any, ...]]
"""A row that a query found: its values in order."""
Run: TypeAlias = Callable[[Select[*tuple[Any, ...]], Mapping[str, Any]], Sequence[Found]]
"""Runs a query with values for what it leaves open, and gives all that it finds."""
NOTHING: Final[Mapping[str, Any]] = {}


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

    def at_once(self) -> AbstractContextManager[Reader]:
        """Give what reads several things together."""
        return nullcontext(self)

    def about(
        self,
        customer: str,
        since: int | None = None,
        kinds: Collection[str] | None = None,
        most: int = 500,
        until: int | None = None,
    ) -> list[Stored]:
        """Return the newest events of a customer, by their own id, oldest first; moments in microseconds since 1970."""
        wanted = _chosen(Query(kinds=kinds, customer=customer, since=since, until=until), self._sealer)
        newest = select(*COLUMNS).where(*wanted).order_by(events.c.at.desc(), events.c.id.desc()).limit(most)
        return [self._restored(row) for row in reversed(self._run(newest, NOTHING))]

    def passed(self, customer: str, kinds: Collection[str], most: int) -> list[Past]:
        """Return the newest events of a customer of some kinds, oldest first, as far as later decisions depend on them.

        It is several times as fast as `about`: cases and notes are not even read.
        """
        reference = self._sealer.known(customer)
        if reference is None:
            return []
        found = self._run(_newest(tuple(sorted(kinds))), {"reference": reference, "most": most})
        bodies = self._bodies([row.id for row in found if row.gist is None])
        recall = Recall(reference, self._sealer.opener(reference))
        return [recall.past(row, bodies.get(row[0])) for row in reversed(found)]

    def _bodies(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return the bodies of events by their ids."""
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), PAGE):
            wanted = select(*BODIES).where(events.c.id.in_(ids[start : start + PAGE]))
            found.update((id_, body) for id_, body in self._run(wanted, NOTHING))
        return found

    def one(self, id: str) -> Stored | None:
        """Return the event of an id, or None; an event of an unknown form is an `UnknownEvent`."""
        found = self._run(ONE, {"id": id})
        return self._restored(found[0]) if found else None

    def on(self, subject: str) -> list[Stored]:
        """Return what happened about a decision, promise, rule, insight or release, oldest first."""
        return [self._restored(row) for row in self._run(ON, {"subject": subject})]

    def granted(
        self, agent: str | None, team: str | None, since: Sequence[int], pack: str | None = None
    ) -> list[dict[str, int]]:
        """Return, for each of some moments, what the agent, or anyone of the team, granted of each action since.

        Amounts are in minor or own units; a grant without an amount counts 1. Given both, grants of either count.
        """
        if agent is None and team is None:
            raise ValueError("give an agent or a team: nobody's grants are no budget")
        whose = {name: who for name, who in (("agent", agent), ("team", team)) if who is not None}
        values = {f"since{place}": moment for place, moment in enumerate(since)} | whose | {"first": min(since)}
        query = _granted(tuple(whose), len(since), pack is not None)
        found = self._run(query, values if pack is None else values | {"pack": pack})
        return [{row[0]: int(row[n]) for row in found if row[n] is not None} for n in range(1, len(since) + 1)]

    def events(self, query: Query, after: int = 0) -> Iterator[Stored]:
        """Yield the events that are wanted in the order they were written, from the one behind the `seq` given."""
        return (self._restored(row) for row in self._pages(query, after))

    def _pages(self, query: Query, after: int) -> Iterator[Found]:
        wanted = select(*COLUMNS).where(*_chosen(query, self._sealer)).order_by(events.c.seq).limit(PAGE)
        while page := self._run(wanted.where(events.c.seq > after), NOTHING):
            self._sealer.warm(row.customer for row in page if row.customer is not None)
            yield from page
            after = page[-1].seq

    def _restored(self, row: Found) -> Stored:
        return restored(row._mapping, self._sealer)


class Transaction(Reader):
    """Reads within the transaction that writes, and so sees what was appended before in it."""


@lru_cache(maxsize=64)
def _newest(kinds: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Return the query for the newest events of a customer, which an index answers alone."""
    newest = select(*GISTS).where(events.c.customer == bindparam("reference"), events.c.kind.in_(kinds))
    return newest.order_by(events.c.at.desc(), events.c.id.desc()).limit(bindparam("most"))


@lru_cache(maxsize=64)
def _granted(whose: tuple[str, ...], moments: int, in_pack: bool) -> Select[*tuple[Any, ...]]:
    """Return the query for what was granted of each action since some moments, which an index answers alone."""
    wanted = [events.c.kind == "grant", events.c.at >= bindparam("first")]
    wanted.append(or_(*(events.c[name] == bindparam(name) for name in whose)))
    if in_pack:
        wanted.append(events.c.pack == bindparam("pack"))
    amount = func.coalesce(events.c.amount, 1)
    totals = [func.sum(case((events.c.at >= bindparam(f"since{place}"), amount))) for place in range(moments)]
    return select(events.c.action, *totals).where(*wanted).group_by(events.c.action)


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
