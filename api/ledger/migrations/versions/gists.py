"""Columns by which a customer's history is read fast: the case of a decision apart, and the gist of each event.

Events written before keep all of it in their body, and their hashes. The indexes hold what is read by them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = {
    "events_customer": ["customer", "at", "id", "kind", "version", "gist"],
    "events_agent": ["agent", "kind", "at", "pack", "action", "amount"],
    "events_team": ["team", "kind", "at", "pack", "action", "amount"],
}


def upgrade() -> None:
    """Add the columns, empty in every row that is there, and make the indexes anew."""
    op.add_column("events", sa.Column("sealed_apart", sa.LargeBinary()))
    op.add_column("events", sa.Column("gist", sa.LargeBinary()))
    for name, columns in INDEXES.items():
        op.drop_index(name, "events")
        op.create_index(name, "events", columns)
