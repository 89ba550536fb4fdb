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

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy import Row as SqlRow

from api.ledger.asking import Question, Row
from api.ledger.recalling import BODIES, GISTS, Recall, without_gist
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

NAMES: Final = tuple(column.name for column in COLUMNS)
ONE: Final = Question(select(*COLUMNS).where(events.c.id == bindparam("id")))
ON: Final = Question(
    select(*COLUMNS)
    .where(
        events.c.kind.in_([literal_column(f"'{kind}'") for kind in sorted(KINDS)]),
        events.c.subject == bindparam("subject"),
    )
    .order_by(events.c.at, events.c.id)
)

Found: TypeAlias = SqlRow[*tuple[Any, ...]]
"""A row that a query found."""
Run: TypeAlias = Callable[[Select[*tuple[Any, ...]]], Sequence[Found]]
"""Runs a query, and gives all that it finds."""
Ask: TypeAlias = Callable[[Question, Mapping[str, Any]], Sequence[Row]]
"""Asks a question with its values, and gives all that it finds."""


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

    def __init__(self, sealer: Sealer, run: Run, ask: Ask) -> None:
        """Keep what opens personal fields, what runs queries, and what asks questions."""
        self._sealer = sealer
        self._run = run
        self._ask = ask

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
        return [self._restored(row) for row in reversed(self._run(newest))]

    def passed(self, customer: str, kinds: Collection[str], most: int) -> list[Past]:
        """Return the newest events of a customer of some kinds, oldest first, as far as later decisions depend on them.

        It is several times as fast as `about`: cases and notes are not even read.
        """
        reference = self._sealer.known(customer)
        if reference is None:
            return []
        found = self._ask(_newest(tuple(sorted(kinds)), most), {"reference": reference})
        bodies = self._bodies([row[0] for row in found if without_gist(row)])
        recall = Recall(customer, self._sealer.opener(reference))
        return [recall.past(row, bodies.get(row[0])) for row in reversed(found)]

    def _bodies(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return the bodies of events by their ids."""
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), PAGE):
            wanted = select(*BODIES).where(events.c.id.in_(ids[start : start + PAGE]))
            found.update((id_, body) for id_, body in self._run(wanted))
        return found

    def one(self, id: str) -> Stored | None:
        """Return the event of an id, or None; an event of an unknown form is an `UnknownEvent`."""
        found = self._ask(ONE, {"id": id})
        return self._told(found[0]) if found else None

    def on(self, subject: str) -> list[Stored]:
        """Return what happened about a decision, promise, rule, insight or release, oldest first."""
        return [self._told(row) for row in self._ask(ON, {"subject": subject})]

    def granted(
        self, agent: str | None, team: str | None, since: Sequence[int], pack: str | None = None
    ) -> dict[str, list[dict[str, int]]]:
        """Return what an agent, by `agent`, and anyone of a team, by `team`, granted of each action since each moment.

        Amounts are in minor or own units; a grant without an amount counts 1. Who is None is left out.
        """
        whose = {name: who for name, who in (("agent", agent), ("team", team)) if who is not None}
        if not whose:
            return {}
        values = {f"since{place}": moment for place, moment in enumerate(since)} | whose | {"first": min(since)}
        query = _granted(tuple(whose), len(since), pack is not None)
        found: dict[str, list[dict[str, int]]] = {name: [{} for _ in since] for name in whose}
        for name, action, *totals in self._ask(query, values if pack is None else values | {"pack": pack}):
            for place, total in enumerate(totals):
                if total is not None:
                    found[name][place][action] = int(total)
        return found

    def events(self, query: Query, after: int = 0) -> Iterator[Stored]:
        """Yield the events that are wanted in the order they were written, from the one behind the `seq` given."""
        return (self._restored(row) for row in self._pages(query, after))

    def _pages(self, query: Query, after: int) -> Iterator[Found]:
        wanted = select(*COLUMNS).where(*_chosen(query, self._sealer)).order_by(events.c.seq).limit(PAGE)
        while page := self._run(wanted.where(events.c.seq > after)):
            self._sealer.warm(row.customer for row in page if row.customer is not None)
            yield from page
            after = page[-1].seq

    def _told(self, row: Row) -> Stored:
        return restored(dict(zip(NAMES, row, strict=True)), self._sealer)

    def _restored(self, row: Found) -> Stored:
        return restored(row._mapping, self._sealer)


class Transaction(Reader):
    """Reads within the transaction that writes, and so sees what was appended before in it."""


@lru_cache(maxsize=64)
def _newest(kinds: tuple[str, ...], most: int) -> Question:
    """Return the question for the newest events of a customer, which an index answers alone."""
    assert KINDS.keys() >= set(kinds)
    wanted = events.c.kind.in_([literal_column(f"'{kind}'") for kind in kinds])
    newest = select(*GISTS).where(events.c.customer == bindparam("reference"), wanted)
    return Question(newest.order_by(events.c.at.desc(), events.c.id.desc()).limit(literal_column(str(most))))


@lru_cache(maxsize=64)
def _granted(whose: tuple[str, ...], moments: int, in_pack: bool) -> Question:
    """Return the question what was granted of each action since some moments, which indexes answer alone."""
    amount = func.coalesce(events.c.amount, literal_column("1"))
    totals = [func.sum(case((events.c.at >= bindparam(f"since{place}"), amount))) for place in range(moments)]
    wanted = [events.c.kind == literal_column("'grant'"), events.c.at >= bindparam("first")]
    if in_pack:
        wanted.append(events.c.pack == bindparam("pack"))
    each = (
        select(literal_column(f"'{name}'"), events.c.action, *totals)
        .where(events.c[name] == bindparam(name), *wanted)
        .group_by(events.c.action)
        for name in whose
    )
    return Question(union_all(*each))


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
