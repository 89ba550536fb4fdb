"""Requests that may be sent again: that they were, when first, and whether they are being answered; not what they say.

This is kept apart from the ledger, and written without waiting for the disk: what a power cut takes of it lets requests
of the last moments be done anew, no more.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any, Final, TypeAlias

from sqlalchemy import URL, BigInteger, Column, Integer, LargeBinary, MetaData, Table, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateTable

from api.ledger.connecting import Database, alone, database, log_ahead
from api.ledger.secret_files import kept_private
from engine.backends.times import MICROSECOND

LIFE: Final = timedelta(hours=24) // MICROSECOND
"""For how long a request that comes again under its key is the same one."""
LEASE: Final = timedelta(seconds=60) // MICROSECOND
"""For how long nobody else answers a request whose answer was begun, should it not be ended."""
MOST: Final = 2**22
"""Requests that are kept; beyond that the oldest are forgotten before their time."""
EVERY: Final = 16
"""At each so many requests the oldest are looked at, and forgotten if it is time."""
TRIES: Final = 3
LOCK: Final = 0x6C656571
"""The number by which processes that make the table in PostgreSQL wait for each other."""

requests: Final = Table(
    "requests",
    MetaData(),
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True, doc="A keyed hash of who sent it, and under which key."),
    Column("said", LargeBinary, nullable=False, doc="A keyed hash of what was sent, and where to."),
    Column("first", BigInteger, nullable=False, doc="When it was first sent, in microseconds since 1970."),
    Column("lease", BigInteger, nullable=False, doc="Until when it is being answered; 0: it is not."),
    Column("turns", BigInteger, nullable=False, doc="How often its answer was begun."),
)
TAKE: Final = """\
INSERT INTO requests (key, said, first, lease, turns) VALUES (:key, :said, :now, :until, 1)
ON CONFLICT (key) DO UPDATE SET lease = excluded.lease, turns = requests.turns + 1
WHERE requests.said = excluded.said AND requests.first > :old AND requests.lease <= :now
RETURNING first, turns"""
READ: Final = "SELECT said FROM requests WHERE key = :key AND first > :old"
GIVE_BACK: Final = "UPDATE requests SET lease = 0 WHERE key = :key AND turns = :turns"
TAKE_OUT: Final = "DELETE FROM requests WHERE key = :key AND turns = :turns"
DROP: Final = "DELETE FROM requests WHERE key = :key AND first <= :old"
FORGET: Final = """\
DELETE FROM requests WHERE number IN (
    SELECT number FROM (SELECT number, first FROM requests ORDER BY number LIMIT :looked {others}) AS oldest
    WHERE first <= :old OR number <= (SELECT max(number) FROM requests) - :most
)"""
"""Statements in the words that SQLite and PostgreSQL share; each is a transaction of its own.

They go to the driver as they are: through the layers of SQLAlchemy the two of a request take 0.5 ms more.
"""


Say: TypeAlias = Callable[[str, dict[str, Any]], Any]


class OtherRequest(Exception):
    """Another request was sent under the key."""


class UnderWay(Exception):
    """The request is being answered just now."""


class Unkept(Exception):
    """It cannot be kept just now that a request was sent."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn to answer a request."""

    key: bytes
    first: int
    """When the request was first sent, in microseconds since 1970."""
    number: int
    """1: nobody began to answer it before."""


class Repeats:
    """Knows the requests of one day, for all processes that share a ledger."""

    def __init__(self, ledger: str) -> None:
        """Keep where the ledger is; the table, beside it or in its database, is made when it is first needed."""
        self._database = _opened(_beside(ledger))
        in_file = self._database.file is not None
        event.listen(self._database.reading, "connect", _settle_file if in_file else _settle_server)
        self._write: Callable[[str], str] = str if in_file else _for_psycopg
        self._forget = FORGET.format(others="" if in_file else "FOR UPDATE SKIP LOCKED")
        self._failing = self._database.reading.dialect.loaded_dbapi.Error
        self._passing, self._making, self._made = itertools.count(), threading.Lock(), False

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def begin(self, key: bytes, said: bytes, now: int) -> Turn:
        """Return the turn to answer a request; raise `OtherRequest`, `UnderWay` or `Unkept` where there is none."""
        given = {"key": key, "said": said, "now": now, "until": now + LEASE, "old": now - LIFE}
        with self._connected() as say:
            if next(self._passing) % EVERY == 0:
                say(self._forget, {"old": now - LIFE, "looked": 4 * EVERY, "most": MOST})
            for _ in range(TRIES):
                if (found := say(TAKE, given)) is not None:
                    return Turn(key, *found)
                if (there := say(READ, given)) is not None:
                    raise UnderWay if bytes(there[0]) == said else OtherRequest
                say(DROP, given)
        raise UnderWay

    def end(self, turn: Turn, keep: bool) -> None:
        """Say that nobody answers a request any more; one that is not kept may be another the next time.

        Raises `Unkept` where that cannot be written; the turn ends by itself then, after `LEASE`.
        """
        with self._connected() as say:
            say(GIVE_BACK if keep else TAKE_OUT, {"key": turn.key, "turns": turn.number})

    @contextmanager
    def _connected(self) -> Iterator[Say]:
        """Yield what says statements to the database."""
        try:
            self._make()
            raw = self._database.reading.raw_connection()
        except (self._failing, SQLAlchemyError, OSError) as error:
            raise Unkept from error
        try:
            yield partial(self._say, raw.cursor())
        except self._failing as error:
            raw.invalidate()
            self._made = False
            raise Unkept from error
        finally:
            raw.close()

    def _say(self, cursor: DBAPICursor, statement: str, given: dict[str, Any]) -> Any:
        """Return the row that a statement gives, if it gives one."""
        cursor.execute(self._write(statement), given)
        rows = cursor.fetchall() if cursor.description else ()
        return rows[0] if rows else None

    def _make(self) -> None:
        """Make the table, unless this process knows that it is there."""
        with self._making:
            if not self._made:
                _make(self._database.url)
                self._made = True


def _beside(ledger: str) -> URL:
    """Return where requests are kept: in a file beside that of a ledger, or in the server's own database."""
    found = database(ledger)
    found.close()
    if found.file is None:
        return found.url
    return found.url.set(database=str(found.file.with_name(f"{found.file.stem}-requests.db")))


def _opened(url: URL) -> Database:
    return database(url.render_as_string(hide_password=False))


def _make(url: URL) -> None:
    found = _opened(url)
    try:
        if found.file is not None:
            kept_private(found.file)
            log_ahead(found)
        with alone(found, LOCK) as connection:
            connection.execute(CreateTable(requests, if_not_exists=True))
    finally:
        found.close()


def _settle_file(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Leave it to the system when a commit reaches the disk."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _settle_server(connection: Any, _: ConnectionPoolEntry) -> None:
    """Leave it to the server when a commit reaches the disk, and end each transaction with its statement."""
    connection.autocommit = True
    connection.execute("SET synchronous_commit = off")


@cache
def _for_psycopg(statement: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", statement)
