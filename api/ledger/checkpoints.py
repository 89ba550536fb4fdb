"""Checkpoints: signed statements of where every writer stands, each naming the one before it.

One is made on demand, or by `checkpoint_if_due`, which a running service calls now and then. Exported, it is a witness
of what the ledger held: what is cut off or written anew afterwards does not agree with it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from api.ledger.connecting import Database, reason
from api.ledger.findings import Finding
from api.ledger.problems import LedgerProblem, LedgerUnavailable
from api.ledger.signing import PublicKeys, Signer, holds
from api.ledger.tables import checkpoints, events
from api.ledger.walking import FIRST, Head, Order, Walk, rows_after, standing_still
from engine.memory.moments import moment_at

FORM: Final = 1
"""Of what a checkpoint states."""
COLUMNS: Final = tuple(column.name for column in checkpoints.columns)
ROWS: Final = text(f"SELECT {', '.join(COLUMNS)} FROM checkpoints WHERE id > :after ORDER BY id LIMIT :page")  # noqa: S608
"""As the database holds them."""
PAGE: Final = 10
"""Rows in memory at once: each names every writer."""


class CheckpointRefused(LedgerProblem):
    """The ledger is not as it was written, so that nothing about it is signed; `findings` says why."""

    code = "checkpoint-refused"

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep what was found first."""
        self.findings = tuple(findings)
        super().__init__(f"nothing is signed about a ledger that was changed: {self.findings[0]}; verify it")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint states."""

    id: int
    """Counts checkpoints, from 1."""
    at: int
    """When it was signed, in microseconds since 1970."""
    after: int = 0
    """The `seq` of the last event that the checkpoint before it covers."""
    seq: int = 0
    """That of the last event that it covers."""
    events: int = 0
    """How many events there are up to it."""
    heads: Mapping[str, Head] = field(default_factory=dict)
    """Where every writer stands."""
    order: str = Order().digest()
    """The hash over the events behind `after`, each at its place."""
    previous: str | None = None
    """The hash of the checkpoint before it."""
    key: str = ""
    """The id of the key that signs it."""

    def body(self) -> str:
        """Return it as canonical JSON."""
        heads = {writer: [head.number, head.hash.hex()] for writer, head in self.heads.items()}
        said = {name: getattr(self, name) for name in self.__slots__} | {"heads": heads, "form": FORM}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement, as it was signed."""

    said: Statement
    body: str
    signature: bytes

    @property
    def hash(self) -> str:
        """Return how the next checkpoint names it."""
        return sha256(self.body.encode()).hexdigest()

    def signed(self, keys: PublicKeys) -> bool:
        """Return whether the key that it names is trusted and signed it."""
        key = keys.get(self.said.key)
        return key is not None and holds(key, self.body.encode(), self.signature)


@dataclass(frozen=True, slots=True)
class Often:
    """How often a checkpoint is due: after so many events, or so long after the last where there is any event."""

    events: int = 10_000
    time: timedelta = timedelta(hours=1)


def checkpoint(database: Database, signer: Signer, at: datetime) -> Checkpoint:
    """Return a checkpoint of all that is in the ledger: the last one where nothing was written since.

    A ledger that was changed since the last one is `CheckpointRefused`.
    """
    try:
        return _made(database, signer, moment_at(at))
    except DBAPIError as error:
        raise LedgerUnavailable(reason(error)) from error


def checkpoint_if_due(database: Database, signer: Signer, now: datetime, often: Often = Often()) -> Checkpoint | None:
    """Return a new checkpoint where one is due, else None; it costs two look-ups to find out."""
    try:
        with database.reading.connect() as connection:
            said = _last_statement(connection)
            newest = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    except DBAPIError as error:
        raise LedgerUnavailable(reason(error)) from error
    waiting = newest - said.seq
    long_ago = said.id == 0 or moment_at(now) - said.at >= often.time // timedelta(microseconds=1)
    due = waiting >= often.events or (waiting != 0 and long_ago)
    return checkpoint(database, signer, now) if due else None


def exported(one: Checkpoint) -> str:
    """Return a checkpoint as a line of JSON, for a witness to keep."""
    return json.dumps({"checkpoint": one.body, "signature": b64encode(one.signature).decode()})


def witnessed(lines: Iterable[str]) -> Iterator[Checkpoint]:
    """Yield the checkpoints that were exported; a line that is none is a `ValueError` that names it."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            held = json.loads(line)
            yield read_checkpoint(held["checkpoint"], b64decode(held["signature"], validate=True))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"line {number} of the witness is no checkpoint; give what was exported") from error


def read_checkpoint(body: str, signature: bytes) -> Checkpoint:
    """Return a checkpoint by what is kept of it; what is none is a `ValueError`, `TypeError` or `LookupError`."""
    held = json.loads(body)
    if held.pop("form") != FORM:
        raise ValueError("this form of checkpoint is from a newer Leeway")
    heads = {str(writer): Head(int(number), bytes.fromhex(hash)) for writer, (number, hash) in held["heads"].items()}
    said = Statement(**{**held, "heads": heads})
    if said.body() != body:
        raise ValueError("it is not written as checkpoints are")
    return Checkpoint(said, body, bytes(signature))


def checkpoints_in(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of all checkpoints in their order."""
    after = FIRST
    while page := connection.execute(ROWS, {"after": after, "page": PAGE}).all():
        for row in page:
            yield dict(zip(COLUMNS, row, strict=True))
        after = page[-1][0]


def _made(database: Database, signer: Signer, at: int) -> Checkpoint:
    """Return a new checkpoint, or the last one where there is nothing new."""
    gapless = database.file is not None
    with standing_still(database) as connection:
        last, one = _next(connection, signer, at, gapless)
    if one is None:
        assert last is not None
        return last
    with database.writing.begin() as connection:
        if _last_statement(connection).id != one.said.id - 1:
            # Another process made one meanwhile; little has come since, so the writers can wait for it.
            last, one = _next(connection, signer, at, gapless)
            if one is None:
                assert last is not None
                return last
        row = {"id": one.said.id, "at": one.said.at, "body": one.body, "signature": one.signature, "key": one.said.key}
        connection.execute(insert(checkpoints), row)
    return one


def _next(
    connection: Connection, signer: Signer, at: int, gapless: bool
) -> tuple[Checkpoint | None, Checkpoint | None]:
    """Return the last checkpoint, and the one to come behind it, where there is anything new."""
    last = _last(connection, signer.trusted)
    said = _covered(connection, last, gapless)
    if last is not None and said.seq == last.said.seq:
        return last, None
    previous = None if last is None else last.hash
    body = replace(said, id=said.id + 1, at=at, key=signer.key, previous=previous).body()
    return last, read_checkpoint(body, signer.sign(body.encode()))


def _covered(connection: Connection, last: Checkpoint | None, gapless: bool) -> Statement:
    """Return the statement of all events behind the last checkpoint, under its number; refuse what was changed."""
    said = Statement(0, 0) if last is None else last.said
    walk, order, count = Walk(said.heads, said.seq, gapless), Order(), 0
    for row in rows_after(connection, said.seq):
        found = list(walk.take(row))
        if found:
            raise CheckpointRefused(found)
        order.take(row)
        count += 1
    return Statement(
        id=said.id,
        at=said.at,
        after=said.seq,
        seq=walk.seq,
        events=said.events + count,
        heads=walk.heads,
        order=order.digest(),
    )


def _last(connection: Connection, keys: PublicKeys) -> Checkpoint | None:
    """Return the newest checkpoint; refuse one that was changed, or that the ledger no longer agrees with."""
    row = connection.execute(select(checkpoints).order_by(checkpoints.c.id.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    try:
        one = read_checkpoint(row["body"], row["signature"])
        sound = one.signed(keys) and one.said.id == row["id"]
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise CheckpointRefused([_changed(row["id"])]) from error
    if not sound:
        raise CheckpointRefused([_changed(row["id"])])
    _agreed(connection, one.said)
    return one


def _agreed(connection: Connection, said: Statement) -> None:
    """Refuse a ledger in which the last event that was signed is no longer the last, or gone."""
    if not said.seq:
        return
    place = select(events.c.writer, events.c.number, events.c.hash).where(events.c.seq == said.seq)
    row = connection.execute(place).first()
    if row is None or said.heads.get(row.writer) != Head(row.number, bytes(row.hash)):
        what = f"the event of `seq` {said.seq}, the last that it covers, is gone or another"
        raise CheckpointRefused([Finding("events-removed", what, checkpoint=said.id)])


def _changed(id: int) -> Finding:
    return Finding("checkpoint-changed", "it is not what a trusted key signed", checkpoint=id)


def _last_statement(connection: Connection) -> Statement:
    """Return what the newest checkpoint states, whether or not that can be trusted; number 0 where there is none."""
    body = connection.execute(select(checkpoints.c.body).order_by(checkpoints.c.id.desc()).limit(1)).scalar()
    try:
        return Statement(0, 0) if body is None else read_checkpoint(body, b"").said
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise CheckpointRefused([Finding("checkpoint-changed", "the newest checkpoint cannot be read")]) from error
