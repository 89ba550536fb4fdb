"""Verifying a ledger: whether every event is as it was written, where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from api.ledger.agreeing import Statements, differing
from api.ledger.checkpoints import Checkpoint
from api.ledger.connecting import Database, reason
from api.ledger.findings import Finding, Findings
from api.ledger.problems import LedgerUnusable
from api.ledger.releases import unsound
from api.ledger.signing import PublicKeys
from api.ledger.tables import events
from api.ledger.vault import Vault
from api.ledger.walking import FIRST, PAGE, Walk, rows_after, standing_still

CHECKED = (
    "each event is what its writer's chain has at its place: none changed, removed, inserted or put elsewhere",
    "the columns that events are found and summed by say what the events say",
    "each checkpoint is what a trusted key signed, and the events up to it are those that were signed, in that order",
    "each release that went live is kept, and its files are those of its hash",
)
IN_SQLITE = "the pages and indexes of the file are whole, and no place in its order is left out"
WITNESSED = "what the checkpoints of the witness state is still there"
SEALED = "the key store has, or once had, the key of every customer"
TAIL = "events behind the last checkpoint that were cut off: no signature names them yet"
APPENDED = (
    "events behind the last checkpoint that somebody who can write to the database rewrote, or added as Leeway does"
)
CUT = "checkpoints cut off together with all events behind them: only a witness, a checkpoint exported before, tells"
ANEW = "a whole ledger written anew by somebody who has the signing key: only a witness tells"
SINCE = "what was cut off or written anew behind the last checkpoint of the witness"


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified, what was found, and what cannot be found this way."""

    findings: tuple[Finding, ...] = ()
    more: int = 0
    """Findings beyond those."""
    events: int = 0
    writers: int = 0
    checkpoints: int = 0
    unsigned: int = 0
    """Events behind the last checkpoint that can be trusted."""
    checked: tuple[str, ...] = ()
    """What was verified, in sentences."""
    beyond: tuple[str, ...] = ()
    """What could not be found out, in sentences."""

    @property
    def sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.findings


def verify(
    database: Database, keys: PublicKeys, witness: Iterable[Checkpoint] | None = None, vault: Vault | None = None
) -> Report:
    """Return whether a ledger is as it was written, by keys that are trusted, and checkpoints exported earlier.

    Given the vault, also whether it has the keys that the ledger was sealed with. One row is in memory at a time.
    """
    if database.file is not None and not database.file.is_file():
        raise LedgerUnusable(f"there is no ledger `{database.file}` to verify; check its path")
    found = Findings()
    report = Report()
    try:
        with standing_still(database) as connection:
            found.add(*_damage(connection, database))
            report = _walked(connection, keys, found, gapless=database.file is not None)
            found.add(*unsound(connection))
            for extra in (differing(connection, keys, witness or ()), _strangers(connection, vault)):
                for one in extra:
                    found.add(one)
    except DBAPIError as error:
        found.add(Finding("database-damaged", f"the database cannot be read to its end: {reason(error)}"))
    return replace(
        report,
        findings=tuple(found.kept),
        more=found.more,
        checked=_checked(database, witness, vault),
        beyond=(TAIL, APPENDED, *((CUT, ANEW) if witness is None else (SINCE,))),
    )


def _checked(database: Database, witness: Iterable[Checkpoint] | None, vault: Vault | None) -> tuple[str, ...]:
    return (
        *CHECKED,
        *((IN_SQLITE,) if database.file is not None else ()),
        *((WITNESSED,) if witness is not None else ()),
        *((SEALED,) if vault is not None else ()),
    )


def _walked(connection: Connection, keys: PublicKeys, found: Findings, gapless: bool) -> Report:
    """Return how much there is, with all that is wrong with events and checkpoints found."""
    walk, statements, count = Walk({}, 0, gapless), Statements(connection, keys, found), 0
    for row in rows_after(connection, FIRST):
        statements.take(row, walk.heads, count)
        found.add(*walk.take(row))
        count += 1
    statements.end(walk.heads, count)
    unsigned = max(0, count - statements.covered)
    return Report(events=count, writers=len(walk.heads), checkpoints=statements.count, unsigned=unsigned)


def _damage(connection: Connection, database: Database) -> Iterator[Finding]:
    """Yield what SQLite finds wrong with its own file."""
    if database.file is not None:
        for (said,) in connection.execute(text("PRAGMA integrity_check")):
            if said != "ok":
                yield Finding("database-damaged", " ".join(str(said).split()))


def _strangers(connection: Connection, vault: Vault | None) -> Iterator[Finding]:
    """Yield the customers whose key was never in the vault."""
    if vault is None:
        return
    references, after = select(events.c.customer).distinct().order_by(events.c.customer).limit(PAGE), ""
    while page := connection.execute(references.where(events.c.customer > after)).scalars().all():
        for reference in page:
            if vault.key(reference) == "missing":
                what = f"the key store never had the key of customer `{reference}`: it is another's, or an old copy"
                yield Finding("key-missing", what)
        after = page[-1]
