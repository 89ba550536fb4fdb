"""Whether checkpoints are as they were signed, and whether the ledger agrees with what they state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from api.ledger.checkpoints import Checkpoint, Statement, checkpoints_in, read_checkpoint
from api.ledger.findings import Finding, Findings
from api.ledger.signing import PublicKeys
from api.ledger.tables import checkpoints, events
from api.ledger.walking import Head, Order


class Statements:
    """The checkpoints of a ledger, compared with its events as a walk comes past the last one that each covers."""

    def __init__(self, connection: Connection, keys: PublicKeys, found: Findings) -> None:
        """Begin before the first event."""
        self.count = 0
        self.covered = 0
        """How many events the last checkpoint that can be trusted covers."""
        self._keys = keys
        self._found = found
        self._coming = self._sound(checkpoints_in(connection))
        self._next = next(self._coming, None)
        self._order = Order()
        self._named: set[str] = set()
        self._astray = 0

    def take(self, row: Mapping[str, Any], heads: Mapping[str, Head], before: int) -> None:
        """Take in the next event; `heads` and `before`, the count, are of those before it."""
        while self._next is not None and row["seq"] > self._next.seq:
            self._compare(self._next, heads, before)
        if self._next is not None and row["seq"] > self._next.after:
            try:
                self._order.take(row)
            except (TypeError, ValueError):
                self._order = Order()

    def end(self, heads: Mapping[str, Head], count: int) -> None:
        """Compare what is left, once all events were taken."""
        while self._next is not None:
            self._compare(self._next, heads, count)

    def _compare(self, said: Statement, heads: Mapping[str, Head], count: int) -> None:
        for code, what, writer, number in self._differences(said, heads, count):
            self._found.add(Finding(code, what, writer, number, checkpoint=said.id))
        self.covered = said.events
        self._order = Order()
        self._next = next(self._coming, None)

    def _differences(
        self, said: Statement, heads: Mapping[str, Head], count: int
    ) -> Iterator[tuple[str, str, str | None, int | None]]:
        if self._order.digest() != said.order:
            span = f"`seq` {said.after + 1} to {said.seq}"
            yield "order-changed", f"the events of {span} are not those that were signed, in that order", None, None
        if count - said.events != self._astray:
            self._astray = count - said.events
            yield "count-differs", f"{said.events} events were signed, and there are {count}", None, None
        for writer in sorted((said.heads.keys() | heads.keys()) - self._named):
            here, there = heads.get(writer, Head()), said.heads.get(writer, Head())
            if here != there:
                self._named.add(writer)
                code, what = _told(here, there)
                yield code, what, writer, there.number or here.number

    def _sound(self, rows: Iterator[Mapping[str, Any]]) -> Iterator[Statement]:
        """Yield the statements that a trusted key signed, in order; what is wrong with checkpoints is found."""
        number, previous, seq = 0, None, 0
        for row in rows:
            self.count += 1
            number += 1
            if row["id"] != number:
                self._found.add(
                    _checkpoint("checkpoint-removed", row["id"], f"checkpoint {number} should be before it")
                )
                number = row["id"]
            one = self._read(row)
            if one is None:
                previous = None
                continue
            expected = None if number == 1 else previous or one.said.previous
            if one.said.previous != expected:
                self._found.add(_checkpoint("checkpoint-reordered", number, "it was signed behind another one"))
            previous = one.hash
            if one.said.after < seq or one.said.seq < one.said.after:
                self._found.add(_checkpoint("checkpoint-reordered", number, "it covers events of the one before it"))
                continue
            seq = one.said.seq
            yield one.said

    def _read(self, row: Mapping[str, Any]) -> Checkpoint | None:
        """Return a checkpoint that is as it was signed."""
        try:
            one = read_checkpoint(row["body"], row["signature"])
        except (ValueError, TypeError, LookupError, AttributeError):
            self._found.add(_checkpoint("checkpoint-changed", row["id"], "it cannot be read"))
            return None
        if one.said.key not in self._keys:
            what = f"key `{one.said.key}`, which is not among those that are trusted, signed it"
            self._found.add(_checkpoint("checkpoint-untrusted", row["id"], what))
            return None
        if not one.signed(self._keys):
            self._found.add(_checkpoint("checkpoint-changed", row["id"], "its signature is of something else"))
            return None
        if (row["id"], row["at"], row["key"]) != (one.said.id, one.said.at, one.said.key):
            self._found.add(_checkpoint("checkpoint-changed", row["id"], "its columns are not what was signed"))
        return one


def differing(connection: Connection, keys: PublicKeys, witness: Iterable[Checkpoint]) -> Iterator[Finding]:
    """Yield where a ledger does not agree with checkpoints that were exported from it."""
    for one in witness:
        if not one.signed(keys):
            yield _checkpoint(
                "witness-untrusted", one.said.id, "no key that is trusted signed the witness's checkpoint"
            )
            continue
        body = connection.execute(select(checkpoints.c.body).where(checkpoints.c.id == one.said.id)).scalar()
        if body == one.body:
            continue
        what = "it is no longer there" if body is None else "another stands in its place"
        yield _checkpoint("witness-differs", one.said.id, f"the witness has this checkpoint, and {what}")
        for writer, head in one.said.heads.items():
            yield from _missed(connection, writer, head, one.said.id)


def _missed(connection: Connection, writer: str, head: Head, id: int) -> Iterator[Finding]:
    """Yield whether the event that the witness saw last of a writer is gone, or another."""
    place = select(events.c.hash).where(events.c.writer == writer, events.c.number == head.number)
    hash = connection.execute(place).scalar()
    if hash is None:
        what = "the witness saw this event, and it is gone: the end of the ledger was cut off"
        yield Finding("events-removed", what, writer, head.number, checkpoint=id)
    elif bytes(hash) != head.hash:
        what = "the witness saw another event here: the ledger was written anew"
        yield Finding("event-changed", what, writer, head.number, checkpoint=id)


def _told(here: Head, there: Head) -> tuple[str, str]:
    if here.number < there.number:
        end = f"it ends at event {here.number}" if here.number else "all it wrote is gone"
        return "events-removed", f"its events up to {there.number} were signed, and {end}"
    if there.number == 0:
        return "events-inserted", "no event of this writer was signed"
    if here.number > there.number:
        return "events-inserted", f"its events up to {there.number} were signed, and here it stands at {here.number}"
    return "event-changed", "the hash of this event was signed, and is another"


def _checkpoint(code: str, id: int, what: str) -> Finding:
    return Finding(code, what, checkpoint=id)
