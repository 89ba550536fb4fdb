"""Connections to the database of a ledger: SQLite by a path, PostgreSQL by its address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from typing import Any, Final

from sqlalchemy import URL, Connection, Dialect, Engine, PoolProxiedConnection, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from api.ledger.problems import LedgerUnusable

PATIENCE: Final = 5
"""Seconds that a write waits for another process to finish its own."""
PAUSES: Final = (0.0005, 0.001, 0.002)
"""Seconds between tries to write to a file, the last again and again; SQLite's own grow to 0.1, and others go first."""
EXTRA: Final = "leeway[postgresql]"
POSTGRESQL: Final = {
    "connect_timeout": PATIENCE,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "leeway",
}
"""So that a server that is gone is noticed; what the address says counts more."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where a ledger lies: one engine to read, and one whose transactions have the turn to write from their start."""

    url: URL
    reading: Engine
    asking: Engine
    """Reads too: each question is a transaction by itself, which a server is told no beginning and no end of."""
    writing: Engine
    patience: float
    """Seconds that a write waits for another process."""

    @property
    def file(self) -> Path | None:
        """Return the file of a SQLite ledger."""
        return Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None

    def close(self, forked: bool = False) -> None:
        """Close all connections; in a process that was `forked`, leave them to the one that it was forked from."""
        for engine in (self.reading, self.asking, self.writing):
            engine.dispose(close=not forked)


def database(address: str) -> Database:
    """Return the database at an address: a path, `sqlite:///path` or `postgresql://user@host/name`."""
    url = _parsed(address)
    match url.get_backend_name():
        case "sqlite":
            return _sqlite(url)
        case "postgresql" | "postgres":
            return _postgresql(url.set(drivername="postgresql+psycopg"))
        case other:
            raise LedgerUnusable(f"a ledger cannot lie in `{other}`; give a file, sqlite:/// or postgresql://")


def _parsed(address: str) -> URL:
    if "://" not in address:
        return URL.create("sqlite", database=address)
    try:
        return make_url(address)
    except ArgumentError as error:
        raise LedgerUnusable("the ledger's address is no URL; give a file, sqlite:/// or postgresql://") from error


def _sqlite(url: URL) -> Database:
    if url.database in (None, "", ":memory:"):
        raise LedgerUnusable("a ledger is a file: an address in memory keeps nothing; give a path")
    file = Path(str(url.database))
    if not file.parent.is_dir():
        raise LedgerUnusable(f"there is no folder `{file.parent}` to keep the ledger `{file.name}` in; make it first")
    given = url.query.get("timeout")
    patience = float(given) if isinstance(given, str) else PATIENCE
    reading, writing = (create_engine(url, connect_args={"timeout": patience}) for _ in range(2))
    for engine in (reading, writing):
        event.listen(engine, "connect", _settle_sqlite)
    event.listen(writing, "connect", _leave_waiting)
    event.listen(reading, "begin", lambda connection: _say(connection, "BEGIN"))
    event.listen(writing, "begin", partial(_take_file, patience))
    return Database(url, reading, reading, writing, patience)


def _settle_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Have a commit last through a power cut, and leave transactions to us."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _leave_waiting(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Leave it to us to wait for other writers."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 0")
    cursor.close()


def patiently(patience: float, say: Callable[[], object]) -> None:
    """Say something to a file again and again while another process writes, and give up after so many seconds."""
    ends = time.monotonic() + patience
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        try:
            say()
            return
        except OperationalError as error:
            if not busy(error) or time.monotonic() >= ends:
                raise
        time.sleep(pause)


def busy(error: BaseException | None) -> bool:
    """Return whether SQLite says that another process writes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY


def log_ahead(found: Database, attempts: int = 100) -> None:
    """Have readers of a SQLite ledger never wait for its writer; PostgreSQL does so by itself."""
    if found.file is None:
        return
    for attempt in range(attempts):
        raw = found.reading.raw_connection()
        try:
            cursor = raw.cursor()
            if cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                cursor.execute("PRAGMA journal_mode = WAL").close()
                # Until its next transaction, SQLite 3.40 counts it as a reader, in whose way no log is emptied.
                raw.invalidate()
            return
        except Exception:
            # SQLite does not wait for a lock here, as it does elsewhere.
            if attempt == attempts - 1:
                raise
            time.sleep(0.02)
        finally:
            raw.close()


def _postgresql(url: URL) -> Database:
    settings: dict[str, Any] = {name: value for name, value in POSTGRESQL.items() if name not in url.query}
    try:
        reading = create_engine(url, connect_args=settings, pool_pre_ping=True)
        asking = create_engine(url, connect_args=settings, isolation_level="AUTOCOMMIT")
        writing = create_engine(url, connect_args=settings, isolation_level="SERIALIZABLE")
    except ModuleNotFoundError as error:
        raise LedgerUnusable(f"a ledger in PostgreSQL needs psycopg: pip install '{EXTRA}'") from error
    event.listen(writing, "begin", _take_turn)
    return Database(url, reading, asking, writing, PATIENCE)


@contextmanager
def alone(found: Database, lock: int) -> Iterator[Connection]:
    """Give a transaction beside which no other goes by the same number; in a file, beside which nobody writes."""
    with (found.reading if found.file is None else found.writing).begin() as connection:
        if found.file is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        yield connection


def _take_file(patience: float, connection: Connection) -> None:
    raw = connection.connection
    try:
        patiently(patience, lambda: raw.cursor().execute("BEGIN IMMEDIATE"))
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(error, raw, connection.dialect) from error


def _take_turn(connection: Connection) -> None:
    _say(connection, turn())


def turn() -> str:
    """Return what has PostgreSQL wait until no other process writes.

    So `seq` ascends as transactions end, and none of them fails on another. It must be the first statement, for what
    the transaction sees is settled by the next.
    """
    return f"SET LOCAL lock_timeout = '{PATIENCE}s'; LOCK TABLE turn IN EXCLUSIVE MODE"


def _say(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def drawn(engine: Engine) -> PoolProxiedConnection:
    """Return a connection of the driver's own; a `DBAPIError` says why there is none."""
    try:
        return engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise wrapped(error, None, engine.dialect) from error


def wrapped(error: Exception, connection: PoolProxiedConnection | None, dialect: Dialect) -> DBAPIError:
    """Return an error of a driver as SQLAlchemy raises it, without what was sent."""
    gone = dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]  # the pool gives the driver's own in a wrapper
    made = DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
    )
    assert isinstance(made, DBAPIError)
    return made


def lost(error: DBAPIError) -> bool:
    """Return whether the same may work at once, on another connection or after others."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def reason(error: DBAPIError) -> str:
    """Return in one line why the database refused, without what was sent to it."""
    return str(error.orig).strip().splitlines()[0] if error.orig and str(error.orig).strip() else "no reason given"
