"""Reading a ledger: what happened to a customer, what was granted, and everything in the order it was written.

Kinds of events that this Leeway does not know, written by a newer one, are passed over; a kind that it knows in a
version that it does not is an `UnknownEvent`, for what depends on it could otherwise go wrong in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    false,
    func,
    literal_column,
    select,
    union_all,
)

from api.ledger.asking import Ask, Each, Question, Row
from api.ledger.chain import Value
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


def _of_kinds(kinds: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an event is of one of these kinds, which stand in what is sent to the database."""
    return events.c.kind.in_([literal_column(f"'{kind}'") for kind in kinds])


NAMES: Final = tuple(column.name for column in COLUMNS)
WHOSE: Final = NAMES.index("customer")
ONE: Final = Question(select(*COLUMNS).where(events.c.id == bindparam("id")))
ON: Final = Question(
    select(*COLUMNS)
    .where(_of_kinds(sorted(KINDS)), events.c.subject == bindparam("subject"))
    .order_by(events.c.at, events.c.id)
)

TOLD: Final = ("pack", "subject", "agent", "since", "until")
"""What a query may give beside kinds and a customer."""
FITTING: Final[Mapping[str, ColumnElement[bool]]] = {
    **{name: events.c[name] == bindparam(name) for name in ("customer", "pack", "subject", "agent")},
    "since": events.c.at >= bindparam("since"),
    "until": events.c.at < bindparam("until"),
    "nobody": false(),
}
"""What is asked of a row, by what is given."""
ALL_BODIES: Final = Each(select(*BODIES), events.c.id)


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

    def __init__(self, sealer: Sealer, ask: Ask) -> None:
        """Keep what opens personal fields, and what asks questions."""
        self._sealer = sealer
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
        query = Query(kinds=kinds, customer=customer, since=since, until=until)
        question, values = _chosen(query, self._sealer, newest=True)
        return [self._told(row) for row in reversed(self._ask(question, values | {"most": most}))]

    def passed(self, customer: str, kinds: Collection[str], most: int) -> list[Past]:
        """Return the newest events of a customer of some kinds, oldest first, as far as later decisions depend on them.

        It is several times as fast as `about`: cases and notes are not even read.
        """
        reference = self._sealer.known(customer)
        if reference is None:
            return []
        found = self._ask(_newest(tuple(sorted(kinds)), most), {"reference": reference})
        bodies = {row[0]: row[1] for row in ALL_BODIES.found(self._ask, [row[0] for row in found if without_gist(row)])}
        recall = Recall(customer, self._sealer.opener(reference))
        return [recall.past(row, bodies.get(row[0])) for row in reversed(found)]

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
        return (self._told(row) for row in self._pages(query, after))

    def _pages(self, query: Query, after: int) -> Iterator[Row]:
        question, values = _chosen(query, self._sealer)
        while page := self._ask(question, {**values, "after": after, "most": PAGE}):
            self._sealer.warm(row[WHOSE] for row in page if row[WHOSE] is not None)
            yield from page
            after = page[-1][0]

    def _told(self, row: Row) -> Stored:
        return restored(dict(zip(NAMES, row, strict=True)), self._sealer)


class Transaction(Reader):
    """Reads within the transaction that writes, and so sees what was appended before in it."""


@lru_cache(maxsize=64)
def _newest(kinds: tuple[str, ...], most: int) -> Question:
    """Return the question for the newest events of a customer, which an index answers alone."""
    assert KINDS.keys() >= set(kinds)
    newest = select(*GISTS).where(events.c.customer == bindparam("reference"), _of_kinds(kinds))
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


def _chosen(query: Query, sealer: Sealer, newest: bool = False) -> tuple[Question, dict[str, Value]]:
    """Return the question for what a query wants, and its values but for how many there may be, and from where."""
    kinds = sorted(KINDS if query.kinds is None else query.kinds)
    whose = None if query.customer is None else sealer.known(query.customer)
    told = {"customer": whose, **{name: getattr(query, name) for name in TOLD}}
    values: dict[str, Value] = {name: value for name, value in told.items() if value is not None}
    wanted = (*values, "nobody") if query.customer is not None and whose is None else tuple(values)
    values.update((f"kind{place}", kind) for place, kind in enumerate(kinds))
    return _wanted(len(kinds), wanted, newest), values


@lru_cache(maxsize=64)
def _wanted(kinds: int, names: tuple[str, ...], newest: bool) -> Question:
    """Return the question for events of so many kinds that fit: the newest first, or in the order of their writing."""
    kind = events.c.kind.in_([bindparam(f"kind{place}") for place in range(kinds)]) if kinds else false()
    fitting = select(*COLUMNS).where(kind, *(FITTING[name] for name in names)).limit(bindparam("most"))
    if newest:
        return Question(fitting.order_by(events.c.at.desc(), events.c.id.desc()))
    return Question(fitting.where(events.c.seq > bindparam("after")).order_by(events.c.seq))
