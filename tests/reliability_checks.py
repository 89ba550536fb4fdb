"""What must hold of a ledger after something befell it, for tests/reliability.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from ledgers import BEGINNING, Place, server
from sqlalchemy import select

from api.ledger.checkpoints import checkpoint
from api.ledger.connecting import database
from api.ledger.opening import Ledger
from api.ledger.signing import open_signer
from api.ledger.spilling import ENDING, REFUSED
from api.ledger.tables import events
from api.ledger.vault import Vault
from api.ledger.verifying import verify

Trial: TypeAlias = Callable[[Path, int, int], Iterator[str]]
"""Given a folder, how often and a seed, yields each time what did not hold, nothing where all did."""

TOGETHER = 25
"""Rounds that go on in one ledger, before the next begins."""


def wrong_with(
    place: Place, acknowledged: Iterable[str], refused: Iterable[str] = (), vault: Vault | None = None
) -> str:
    """Return what is wrong with a ledger, and have a checkpoint sign what is there, which the next time must find."""
    signer = open_signer(place.folder / "signing.pem")
    found = database(place.url)
    try:
        report = verify(found, signer.trusted, vault=vault)
        with found.reading.connect() as connection:
            there = set(connection.execute(select(events.c.id)).scalars())
        if report.sound:
            checkpoint(found, signer, BEGINNING + timedelta(seconds=len(there)))
    finally:
        found.close()
    return either(
        several("not there", set(acknowledged) - there),
        several("there, and refused", set(refused) & there),
        several("verifying found", map(str, report.findings)),
        several("kept beside", (path.name for path in place.folder.glob(f"*{ENDING}*") if path.name.endswith(REFUSED))),
    )


def dropped(ledger: Ledger) -> str:
    """Return how many events were dropped, nothing where none was."""
    return f"{ledger.counts.dropped} events were dropped" if ledger.counts.dropped else ""


def left(place: Place) -> str:
    """Return which files of events that were set aside are there still, nothing where none is."""
    return several("left behind", (path.name for path in place.folder.glob(f"*{ENDING}*")))


def several(what: str, found: Iterable[str]) -> str:
    """Return what was found, the first three by name; nothing where nothing was."""
    names = sorted(found)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{what}: {', '.join(names[:3])}{more}" if names else ""


def either(*wrong: str) -> str:
    """Return all that is wrong in one line."""
    return "; ".join(filter(None, wrong))


def unless(held: bool, wrong: str) -> str:
    """Return what is wrong, unless something held."""
    return "" if held else wrong


def in_file(folder: Path, name: str | int = 0, settings: str = "") -> Place:
    """Return a SQLite ledger of its own folder."""
    own = folder / str(name)
    own.mkdir(exist_ok=True)
    return Place(f"sqlite:///{own}/ledger.db{settings}", own)


def on_server(folder: Path, name: str | int = 0) -> Place:
    """Return a new ledger in PostgreSQL; what lies beside it has its own folder."""
    own = folder / str(name)
    own.mkdir(exist_ok=True)
    return Place(server().make(), own)


def several_rounds(times: int) -> Iterator[tuple[int, bool]]:
    """Yield the number of each round, and whether a ledger begins with it."""
    for number in range(times):
        yield number, number % TOGETHER == 0
