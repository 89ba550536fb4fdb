"""Bringing the tables of a ledger up to date, once, however many processes open it at the same time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from api.ledger.connecting import Database, alone, log_ahead
from api.ledger.problems import LedgerUnusable
from api.ledger.tables import REVISION

STEPS: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x6C656577
"""The number by which processes that migrate in PostgreSQL wait for each other."""


def migrate(database: Database) -> None:
    """Make or bring up to date the tables of a ledger; nothing is written where they are so already."""
    log_ahead(database)
    with database.reading.connect() as connection:
        if _revision(connection) == REVISION:
            return
    with alone(database, LOCK) as connection:
        if _revision(connection) != REVISION:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and a ledger is seldom new
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerUnusable("the ledger was made by a newer Leeway; upgrade this one to use it") from error
