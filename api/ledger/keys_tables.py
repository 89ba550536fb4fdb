"""The key store's tables, in a database of their own, apart from the ledger."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateTable

from api.ledger.connecting import Database, alone, database, log_ahead
from api.ledger.secret_files import kept_private

LOCK: Final = 0x6C65656B
"""The number by which processes that make the tables in PostgreSQL wait for each other."""
metadata: Final = MetaData()

customers: Final = Table(
    "customers",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("lookup", LargeBinary, nullable=False, unique=True, doc="A keyed hash of the customer's id."),
    Column("reference", Text, nullable=False, unique=True, doc="What the ledger calls them."),
    Column("wrapped", LargeBinary, nullable=False, doc="Their key under the master key; zeros once destroyed."),
)
"""Rows are only ever added at the end and overwritten in place, at the same length, never deleted.

SQLite moves rows between pages as they are deleted, and leaves copies of some: of 15,000 keys deleted with
`secure_delete`, up to 2 were still found in the file; overwritten in place, none.
"""

notices: Final = Table(
    "notices",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("text", Text, nullable=False, doc="What is still to be written into the ledger about a destroyed key."),
)

settings: Final = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)


def key_database(address: str) -> Database:
    """Return the database of a key store at a path, `sqlite:///path` or `postgresql://user@host/name`, with its tables.

    A file is readable by its owner alone.
    """
    found = database(address)
    if found.file is not None:
        kept_private(found.file)
        for engine in (found.reading, found.writing):
            event.listen(engine, "connect", _wipe_what_is_deleted)
    log_ahead(found)
    with alone(found, LOCK) as connection:
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
    return found


def writing(found: Database) -> Engine:
    """Return what writes a key store: in PostgreSQL rows are locked one by one, and no turn is taken."""
    return found.reading if found.file is None else found.writing


def scrubbed(found: Database) -> bool:
    """Take what was overwritten out of the files; return whether nobody stood in the way."""
    if found.file is None:
        with found.reading.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM customers"))
        return True
    raw = found.reading.raw_connection()
    try:
        row = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return bool(row is not None and row[0] == 0)
    finally:
        raw.close()


def row_of(connection: Connection, **by: Any) -> Any:
    """Return the row of a customer by one column, or None."""
    ((name, value),) = by.items()
    return connection.execute(customers.select().where(customers.c[name] == value)).first()


def _wipe_what_is_deleted(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
