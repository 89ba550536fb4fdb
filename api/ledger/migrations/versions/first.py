"""The tables of the first ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INDEXES = {
    "events_customer": ["customer", "at", "id"],
    "events_agent": ["agent", "kind", "at"],
    "events_team": ["team", "kind", "at"],
    "events_kind": ["kind", "at"],
    "events_subject": ["subject"],
}


def upgrade() -> None:
    """Make the tables."""
    _events()
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
    )
    op.create_table(
        "releases",
        sa.Column("hash", sa.Text(), primary_key=True),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
    )
    turn = op.create_table("turn", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("taken", sa.BigInteger()))
    op.bulk_insert(turn, [{"id": 1, "taken": 0}])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("customer", "pack", "action", "subject", "agent", "team", "session")),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("body", "prev", "hash")),
        sa.UniqueConstraint("writer", "number", name="events_writer_number"),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "events", columns)
