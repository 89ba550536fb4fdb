"""The tables of a ledger, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, text

REVISION: Final = "0003"
"""The step of `migrations` that makes these tables."""

metadata: Final = MetaData()

GRANTED: Final = ("kind", "at", "pack", "action", "amount")
"""What budgets read of grants, which an index of whose they are answers alone."""


def _only(which: str) -> dict[str, Any]:
    """Return what has an index hold these rows only."""
    return {"sqlite_where": text(which), "postgresql_where": text(which)}


events: Final = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, doc="Ascends as they are written."),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False, doc="Of the form of the event."),
    Column("at", BigInteger, nullable=False, doc="When it happened, in microseconds since 1970."),
    Column("customer", Text, doc="The random reference of the key store, never the customer's own id."),
    Column("pack", Text),
    Column("action", Text),
    Column("subject", Text, doc="What it is about: the id of a decision, promise, insight or release, or a rule."),
    Column("agent", Text),
    Column("team", Text),
    Column("session", Text),
    Column("amount", BigInteger, doc="In minor units, or in the action's own."),
    Column("writer", Text, nullable=False, doc="Who wrote it: another one each time that a ledger is opened."),
    Column("number", BigInteger, nullable=False, doc="Counts what a writer wrote, from 1."),
    Column("body", LargeBinary, nullable=False, doc="The event as JSON, its personal fields sealed."),
    Column("prev", LargeBinary, nullable=False, doc="The hash of what the writer wrote before."),
    Column("hash", LargeBinary, nullable=False),
    Column(
        "sealed_apart",
        LargeBinary,
        doc="What it takes to decide again, sealed apart; null where there is no such thing, or the body has it.",
    ),
    Column(
        "gist",
        LargeBinary,
        doc="What later decisions depend on, as JSON, to be read from the index alone; null: it is in the body only.",
    ),
    UniqueConstraint("writer", "number", name="events_writer_number"),
    Index("events_customer", "customer", "at", "id", "kind", "version", "gist"),
    Index("events_agent", "agent", *GRANTED, **_only("kind = 'grant' AND agent IS NOT NULL")),
    Index("events_team", "team", *GRANTED, **_only("kind = 'grant' AND team IS NOT NULL")),
    Index("events_kind", "kind", "at"),
    Index("events_subject", "subject", **_only("subject IS NOT NULL")),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False, doc="When it was signed, in microseconds since 1970."),
    Column("body", Text, nullable=False, doc="What is stated, as JSON."),
    Column("signature", LargeBinary, nullable=False),
    Column("key", Text, nullable=False, doc="The id of the key that signed it."),
)

releases: Final = Table(
    "releases",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("pack", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, doc="The files that it was compiled from, compressed."),
    Column("stored", BigInteger, nullable=False, doc="When it was first kept, in microseconds since 1970."),
)

turn: Final = Table("turn", metadata, Column("id", Integer, primary_key=True), Column("taken", BigInteger))
"""Whose turn it is to write: PostgreSQL locks this table, for a lock on `events` would keep its vacuum away."""
