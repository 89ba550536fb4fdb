"""One transaction for a group of jobs: numbering, hashing and inserting, and what to do when it does not succeed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from sqlalchemy import Dialect, bindparam, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.ledger.asking import Each, Line, Question, line
from api.ledger.chain import GENESIS, Value, linked
from api.ledger.connecting import Database, busy, drawn, lost, patiently, turn, wrapped
from api.ledger.migrating import migrate
from api.ledger.problems import EventConflict, LedgerUnavailable
from api.ledger.queueing import Job
from api.ledger.reading import Transaction
from api.ledger.stored import Columns, Prepared, Sealer, prepared, same
from api.ledger.tables import events
from schemas.events import Event

TRIES: Final = 5
"""How often a transaction is tried, where it failed on another or lost its connection."""
PIECE: Final = 32
"""Rows that one statement inserts into a file."""
PLACED: Final = tuple(column.name for column in events.c if column.name != "seq")
"""The columns of a row that is inserted, in the order of a statement."""
COMPARED: Final = ("id", "customer", "body", "sealed_apart")
"""What tells whether an event that comes again is the same."""
THERE: Final = Each(select(*(events.c[name] for name in COMPARED)), events.c.id)
LAST: Final = Question(
    select(events.c.number, events.c.hash)
    .where(events.c.writer == bindparam("writer"))
    .order_by(events.c.number.desc())
    .limit(1)
)


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


class Pen(Line):
    """A connection of the driver's own, by which a ledger is written; what fails is a `DBAPIError`."""

    def __init__(self, database: Database) -> None:
        """Connect."""
        super().__init__(drawn(database.writing), database.writing.dialect)
        self._patience = database.patience
        self._in_file = database.file is not None

    def drop(self) -> None:
        """Let go of the connection, whatever state it is in."""
        self._connection.invalidate()
        self._connection.close()

    def alone(self, rows: int) -> bool:
        """Return whether so many rows can be inserted without a turn, for their statement is a transaction by itself.

        While a thread waits to go on after a statement, as it does with others busy, nothing is locked then.
        """
        return self._in_file and rows <= PIECE

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have what is said be one transaction, beside which no other process writes."""
        self._say("BEGIN IMMEDIATE" if self._in_file else turn())
        try:
            yield
        except BaseException:
            with suppress(DBAPIError):
                self._do(self._connection.rollback)
            raise
        self._do(self._connection.commit)

    def insert(self, rows: Sequence[Mapping[str, Value]]) -> None:
        """Insert rows."""
        if not self._in_file:
            self._do(partial(self._connection.cursor().executemany, _inserting(self._dialect, 1), rows))
            return
        for start in range(0, len(rows), PIECE):
            piece = rows[start : start + PIECE]
            self._say(_inserting(self._dialect, len(piece)), [row[name] for row in piece for name in PLACED])

    def _say(self, statement: str, values: Sequence[Value] = ()) -> None:
        say = partial(self._connection.cursor().execute, statement, values)
        self._do(partial(patiently, self._patience, say) if self._in_file else say)

    def _do(self, what: Callable[[], object]) -> None:
        try:
            what()
        except self._dialect.loaded_dbapi.Error as error:
            raise wrapped(error, self._connection, self._dialect) from error


class Committer:
    """Writes groups of jobs, for the one thread that owns it."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Become a writer, with a chain of its own."""
        self.writer = secrets.token_hex(8)
        self._database = database
        self._sealer = sealer
        self._migrated = False
        self._pen: Pen | None = None
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
                if error.connection_invalidated:
                    self._database.writing.dispose()
                if not left or not lost(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def disconnect(self) -> None:
        """Let go of the connection, so that the next transaction finds out how things are."""
        self._head = None
        if self._pen is not None:
            self._pen.drop()
        self._pen = None

    def _tried(self, jobs: Sequence[Job]) -> Written:
        pen = self._connected()
        if self._head is not None and all(job.work is None for job in jobs):
            # Events are seldom there already: then the database says so, and nothing of theirs is written.
            with suppress(IntegrityError):
                return self._written(pen, jobs, look=False)
        return self._written(pen, jobs, look=True)

    def _written(self, pen: Pen, jobs: Sequence[Job], look: bool) -> Written:
        """Return what became of jobs; without a `look` at what is there, an `IntegrityError` says that some is."""
        self.begun = False
        alone = not look and pen.alone(sum(job.size for job in jobs))
        batch: Batch | None = None
        try:
            with nullcontext() if alone else pen.turn():
                self.begun = True
                batch = Batch(pen, self._sealer, self.writer, self._head or last(pen, self.writer))
                batch.complete = alone
                batch.take(jobs, look)
            self._head = batch.head
        except IntegrityError:
            # Whether an id or a number was taken, the database is asked next.
            self._head = None
            raise
        except DBAPIError as error:
            self.begun = self.begun and not busy(error.orig)
            if batch is None or not self.begun or not batch.complete or not self._lasted(batch.head):
                raise
        return Written(batch.outcomes, batch.added)

    def _connected(self) -> Pen:
        self.begun = False
        if not self._migrated:
            migrate(self._database)
            self._migrated = True
        if self._pen is None:
            self._pen = Pen(self._database)
        return self._pen

    def _lasted(self, head: Head) -> bool:
        """Return whether a commit whose answer was lost took place."""
        self.disconnect()
        try:
            with line(self._database.asking) as reading:
                return last(reading, self.writer) == head
        except LedgerUnavailable:
            return False


class Batch:
    """The rows of one transaction."""

    def __init__(self, pen: Pen, sealer: Sealer, writer: str, head: Head) -> None:
        """Begin after the last event of the writer."""
        self._pen = pen
        self._sealer = sealer
        self._writer = writer
        self._rows: list[Prepared] = []
        self._there: dict[str, Columns] = {}
        self.head = head
        self.added = 0
        self.outcomes: list[list[Event] | BaseException] = []
        self.complete = False
        """Whether all that is left is the commit, of something."""

    def take(self, jobs: Sequence[Job], look: bool) -> None:
        """Insert the rows of all jobs, in order; tell for each what its work gave, or why it is not written.

        `look`: at what is there already.
        """
        if look:
            self._look_up([row.id for job in jobs for row in job.rows])
        for job in jobs:
            self.outcomes.append(self._taken(job))
        self._insert()
        self.complete = self.added > 0

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
        given = list(job.work(Transaction(self._sealer, self._pen.ask)))
        rows = [prepared(event, self._sealer) for event in given]
        self._look_up([row.id for row in rows])
        self._add(rows)
        return given

    def _look_up(self, ids: Sequence[str]) -> None:
        """Learn which ids are in the ledger already."""
        for found in THERE.found(self._pen.ask, ids):
            self._there[found[0]] = dict(zip(COMPARED, found, strict=True))

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
        self.head = Head(number, prev)
        self.added += len(placed)
        self._rows.clear()
        self._pen.insert(placed)


def last(line: Line, writer: str) -> Head:
    """Return the last event of a writer as the database has it."""
    found = line.ask(LAST, {"writer": writer})
    return Head(found[0][0], bytes(found[0][1])) if found else Head()


@lru_cache(maxsize=2 * PIECE)
def _inserting(dialect: Dialect, rows: int) -> str:
    """Return the statement that inserts so many rows."""
    statement = str(insert(events).inline().compile(dialect=dialect, column_keys=PLACED))
    into, _, values = statement.partition(" VALUES ")
    return f"{into} VALUES {', '.join([values] * rows)}"
