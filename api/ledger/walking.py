"""Going over the events of a ledger in the order they were written: every chain at once, one row in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import Connection, text

from api.ledger.chain import GENESIS, encoded, link
from api.ledger.connecting import Database
from api.ledger.findings import Finding
from api.ledger.gists import gist_of
from api.ledger.tables import events
from api.ledger.topics import topic_of
from engine.memory.moments import moment_at
from schemas.decision import Amount
from schemas.events import KINDS, VERSION
from schemas.frozen import made

COLUMNS: Final = tuple(column.name for column in events.columns)
ROWS: Final = text(f"SELECT {', '.join(COLUMNS)} FROM events WHERE seq > :after ORDER BY seq LIMIT :page")  # noqa: S608
"""As the database holds them: a value of the wrong kind is to be found, not to be converted."""
UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, OverflowError, AssertionError)
"""What comes of a row that holds what is never written."""
PAGE: Final = 1000
"""Rows in memory at once."""
FIRST: Final = -(2**63)
"""Before any number that a database keeps."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a writer."""

    number: int = 0
    hash: bytes = GENESIS


class Order:
    """The hash over which events stand where, from one checkpoint to the next."""

    def __init__(self) -> None:
        """Begin with no event."""
        self._hash = sha256()

    def take(self, row: Mapping[str, Any]) -> None:
        """Take in the next event."""
        self._hash.update(b"".join(encoded(row[name]) for name in ("seq", "writer", "number", "hash")))

    def digest(self) -> str:
        """Return the hash over all that was taken in."""
        return self._hash.hexdigest()


class Walk:
    """Checks each event against the one that its writer wrote before."""

    def __init__(self, heads: Mapping[str, Head], seq: int, gapless: bool) -> None:
        """Begin behind these heads; `gapless`: the database gives `seq` without leaving any out."""
        self.heads = dict(heads)
        self.seq = seq
        self._gapless = gapless

    def take(self, row: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield what is wrong with the next event."""
        try:
            yield from self._checked(row)
        except UNREADABLE:
            yield _about(row, "event-unreadable", "a column holds something that Leeway never writes there")
        self._go_on(row)

    def _checked(self, row: Mapping[str, Any]) -> Iterator[Finding]:
        head = self.heads.get(row["writer"], Head())
        if self._gapless and row["seq"] != self.seq + 1:
            yield _about(
                row, "order-broken", f"its `seq` is {row['seq']}, and the one before it {self.seq}: none is left out"
            )
        yield from _placed(row, head)
        if link(bytes(row["prev"]), row) != bytes(row["hash"]):
            yield _about(row, "event-changed", "what it says is not what was written: its hash is another")
        yield from _bodied(row)

    def _go_on(self, row: Mapping[str, Any]) -> None:
        """Take the event as it stands for the one before the next, so that one change is not found again and again."""
        writer, number, hash, seq = (row[name] for name in ("writer", "number", "hash", "seq"))
        if isinstance(writer, str) and isinstance(number, int) and isinstance(hash, bytes):
            self.heads[writer] = Head(number, hash)
        if isinstance(seq, int):
            self.seq = seq


def _placed(row: Mapping[str, Any], head: Head) -> Iterator[Finding]:
    """Yield whether an event comes where its writer put it."""
    number = row["number"]
    if number > head.number + 1:
        missing = (
            f"event {head.number + 1}" if number == head.number + 2 else f"events {head.number + 1} to {number - 1}"
        )
        yield _about(row, "events-removed", f"{missing} of this writer should come before it")
    elif number != head.number + 1:
        yield _about(row, "events-reordered", f"it comes behind event {head.number} of this writer")
    if bytes(row["prev"]) != head.hash:
        yield _about(
            row, "link-broken", f"it was not written behind the event that now comes before it ({head.number})"
        )


def _bodied(row: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield whether the columns of an event say what its body says."""
    fields = from_json(bytes(row["body"]))
    said: dict[str, Any] = {name: fields.get(name) for name in ("id", "kind", "version", "customer", "pack", "session")}
    said["agent"], said["team"] = (fields["agent"].get(name) for name in ("id", "team"))
    said["at"] = moment_at(datetime.fromisoformat(fields["at"]))
    said.update(_derived(fields, row["gist"]))
    for name, value in said.items():
        if row[name] != value or type(row[name]) is not type(value):
            yield _about(row, "body-differs", f"column `{name}` is not what the body says")


def _derived(fields: dict[str, Any], gist: object) -> dict[str, Any]:
    """Return the columns that say what an event of a known form is about, and its gist, if it has one."""
    kind = KINDS.get(fields["kind"])
    if kind is None or fields["version"] != VERSION:
        return {}
    event: Any = made(kind, **fields)
    topic = topic_of(event)
    told = {"subject": topic.subject, "action": topic.action, "amount": _units(topic.amount)}
    if gist is None:
        return told  # it was written before there were any, or would be too long
    bare = gist_of(fields, hides=False)
    return {**told, "gist": bare if gist == bare else gist_of(fields, hides=True)}


def _units(amount: Amount | None) -> int | None:
    return int(amount.replace(".", "")) if isinstance(amount, str) else amount


def _about(row: Mapping[str, Any], code: str, what: str) -> Finding:
    writer, number, id = (row[name] for name in ("writer", "number", "id"))
    return Finding(
        code,
        what,
        writer if isinstance(writer, str) else None,
        number if isinstance(number, int) else None,
        id.encode("ascii", "backslashreplace").decode() if isinstance(id, str) else None,
    )


def rows_after(connection: Connection, after: int) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of events behind a `seq`, in the order they were written."""
    while page := connection.execute(ROWS, {"after": after, "page": PAGE}).all():
        for row in page:
            yield dict(zip(COLUMNS, row, strict=True))
        after = page[-1][0]


@contextmanager
def standing_still(database: Database) -> Iterator[Connection]:
    """Give a connection that sees the ledger as it is now, however long it reads; texts come as they are."""
    with database.reading.connect() as connection:
        if database.file is None:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
            yield connection
            return
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.text_factory = lambda data: data.decode(errors="surrogateescape")
        try:
            yield connection
        finally:
            raw.text_factory = str
