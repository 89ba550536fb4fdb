"""One transaction for a group of jobs: numbering, hashing and inserting, and what to do when it does not succeed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Select, bindparam, insert, select
from sqlalchemy.exc import DBAPIError

from api.ledger.asking import Question, Row
from api.ledger.chain import GENESIS, Value, linked
from api.ledger.connecting import Database, lost
from api.ledger.migrating import migrate
from api.ledger.problems import EventConflict
from api.ledger.queueing import Job
from api.ledger.reading import Found, Transaction
from api.ledger.stored import Columns, Prepared, Sealer, prepared, same
from api.ledger.tables import events
from schemas.events import Event

TRIES: Final = 5
"""How often a transaction is tried, where it failed on another or lost its connection."""
ASKED: Final = 256
"""Ids that are looked up at once."""
PLACED: Final = tuple(column.name for column in events.c if column.name != "seq")
"""The columns of a row that is inserted, in the order of a statement."""
COMPARED: Final = tuple(events.c[name] for name in ("id", "customer", "body", "sealed_apart"))
"""What tells whether an event that comes again is the same."""
LOOK_UP: Final = select(*COMPARED).where(events.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a writer."""

    number: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a group."""

    outcomes: list[list[Event] | BaseException]
    """For each job: the events that its work gave, or why there are none."""
    added: int
    """Rows that were not there before."""


class Committer:
    """Writes groups of jobs, for the one thread that owns it."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Become a writer, with a chain of its own."""
        self.writer = secrets.token_hex(8)
        self._database = database
        self._sealer = sealer
        self._migrated = False
        self._connection: Connection | None = None
        self._head: Head | None = Head()
        self.begun = False
        """Whether the last transaction could begin, whatever became of it."""

    def commit(self, jobs: Sequence[Job]) -> Written:
        """Write all jobs in one transaction; a `DBAPIError` says that nothing was written."""
        for left in reversed(range(TRIES)):
            try:
                return self._tried(jobs)
            except DBAPIError as error:
                self.disconnect()
                if not left or not lost(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def disconnect(self) -> None:
        """Let go of the connection, so that the next transaction finds out how things are."""
        self._head = None
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.invalidate()
                self._connection.close()
        self._connection = None

    def _tried(self, jobs: Sequence[Job]) -> Written:
        self.begun = False
        connection = self._connected()
        batch: Batch | None = None
        try:
            with connection.begin():
                self.begun = True
                batch = Batch(connection, self._sealer, self.writer, self._head or self._found(connection))
                outcomes = batch.take(jobs)
            self._head = batch.head
        except DBAPIError:
            if batch is None or not batch.complete or not self._lasted(batch.head):
                raise
            outcomes = batch.outcomes
        return Written(outcomes, batch.added)

    def _connected(self) -> Connection:
        if not self._migrated:
            migrate(self._database)
            self._migrated = True
        if self._connection is None:
            self._connection = self._database.writing.connect()
        return self._connection

    def _found(self, connection: Connection) -> Head:
        """Return the last event of this writer as the database has it."""
        mine = select(events.c.number, events.c.hash).where(events.c.writer == self.writer)
        row = connection.execute(mine.order_by(events.c.number.desc()).limit(1)).first()
        return Head() if row is None else Head(row.number, bytes(row.hash))

    def _lasted(self, head: Head) -> bool:
        """Return whether a commit whose answer was lost took place."""
        self.disconnect()
        try:
            with self._database.reading.connect() as connection:
                return self._found(connection) == head
        except DBAPIError:
            return False


class Batch:
    """The rows of one transaction."""

    def __init__(self, connection: Connection, sealer: Sealer, writer: str, head: Head) -> None:
        """Begin after the last event of the writer."""
        self._connection = connection
        self._sealer = sealer
        self._writer = writer
        self._rows: list[Prepared] = []
        self._there: dict[str, Columns] = {}
        self.head = head
        self.added = 0
        self.outcomes: list[list[Event] | BaseException] = []
        self.complete = False
        """Whether all that is left is the commit, of something."""

    def take(self, jobs: Sequence[Job]) -> list[list[Event] | BaseException]:
        """Insert the rows of all jobs, in order; return for each what its work gave, or why it is not written."""
        self._look_up([row.id for job in jobs for row in job.rows])
        for job in jobs:
            self.outcomes.append(self._taken(job))
        self._insert()
        self.complete = self.added > 0
        return self.outcomes

    def _taken(self, job: Job) -> list[Event] | BaseException:
        try:
            if job.work is None:
                self._add(job.rows)
                return []
            return self._worked(job)
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - it is handed to whoever waits for the job
            return error

    def _worked(self, job: Job) -> list[Event]:
        """Return what the work gave, with its rows added."""
        assert job.work is not None
        self._insert()
        given = list(job.work(Transaction(self._sealer, self._queried, self._asked)))
        rows = [prepared(event, self._sealer) for event in given]
        self._look_up([row.id for row in rows])
        self._add(rows)
        return given

    def _queried(self, query: Select[*tuple[Any, ...]]) -> Sequence[Found]:
        return self._connection.execute(query).all()

    def _asked(self, question: Question, values: Mapping[str, Any]) -> Sequence[Row]:
        return self._connection.execute(question.query, values).all()

    def _look_up(self, ids: Sequence[str]) -> None:
        """Learn which ids are in the ledger already."""
        for start in range(0, len(ids), ASKED):
            found = self._connection.execute(LOOK_UP, {"ids": list(ids[start : start + ASKED])}).mappings()
            self._there.update((row["id"], row) for row in found)

    def _add(self, rows: Sequence[Prepared]) -> None:
        """Add rows that are not there yet; an `EventConflict` adds none of them."""
        fresh: dict[str, Prepared] = {}
        for row in rows:
            there = fresh[row.id].values if row.id in fresh else self._there.get(row.id)
            if there is None:
                fresh[row.id] = row
            elif not same(there, row.values, self._sealer):
                raise EventConflict(row.id)
        self._rows.extend(fresh.values())
        self._there.update((id, row.values) for id, row in fresh.items())

    def _insert(self) -> None:
        """Give the rows that wait their places in the chain, and insert them."""
        if not self._rows:
            return
        number, prev = self.head.number, self.head.hash
        placed: list[dict[str, Value]] = []
        for row in self._rows:
            number += 1
            hash = linked(prev, self._writer, number, row.covered)
            placed.append({**row.values, "writer": self._writer, "number": number, "prev": prev, "hash": hash})
            prev = hash
        self._send(placed)
        self.head = Head(number, prev)
        self.added += len(placed)
        self._rows.clear()

    def _send(self, rows: Sequence[Mapping[str, Value]]) -> None:
        """Hand rows to the driver as they are, for all are of one form."""
        dialect = self._connection.dialect
        if dialect.positional:
            self._connection.exec_driver_sql(_statement(dialect), [tuple(row[name] for name in PLACED) for row in rows])
        else:
            self._connection.exec_driver_sql(_statement(dialect), [dict(row) for row in rows])


@cache
def _statement(dialect: Dialect) -> str:
    """Return the statement that inserts a row."""
    return str(insert(events).inline().compile(dialect=dialect, column_keys=PLACED))
