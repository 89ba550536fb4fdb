"""The table of API keys, in the database of the key store."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.schema import CreateIndex, CreateTable

from api.ledger.connecting import Database, alone

LOCK: Final = 0x6C77_6B65
"""The number by which processes that write keys in PostgreSQL wait for each other."""
metadata: Final = MetaData()

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, doc="SHA-256 of the secret."),
    Column("granted", Text, nullable=False, doc="What the key is good for, as JSON."),
    Column("title", Text, nullable=False),
    Column("reference", Text, doc="What the ledger calls the customer that the key is bound to."),
    Column("sealed", LargeBinary, doc="That customer's id, sealed with their own key: it is gone when they are."),
    Column("made", BigInteger, nullable=False, doc="Microseconds since 1970, as the others."),
    Column("expires", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("change", BigInteger, nullable=False, doc="Ascends with every key that is made or revoked."),
)
by_change: Final = Index("api_keys_by_change", api_keys.c.change)


def make_table(found: Database) -> None:
    """Make the table in a key store where there is none."""
    with alone(found, LOCK) as connection:
        connection.execute(CreateTable(api_keys, if_not_exists=True))
        connection.execute(CreateIndex(by_change, if_not_exists=True))
