"""Indexes that hold no more than is looked up in them: grants by who granted, and events that are about something.

Most events are decisions, which are in neither.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GRANTS = {name: [name, "kind", "at", "pack", "action", "amount"] for name in ("agent", "team")}


def upgrade() -> None:
    """Make the indexes anew."""
    for name, columns in GRANTS.items():
        _anew(f"events_{name}", columns, f"kind = 'grant' AND {name} IS NOT NULL")
    _anew("events_subject", ["subject"], "subject IS NOT NULL")


def _anew(name: str, columns: list[str], where: str) -> None:
    op.drop_index(name, "events")
    op.create_index(name, "events", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
