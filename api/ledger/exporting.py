"""Exporting a ledger: its events as JSON Lines, in the order they were written."""

from __future__ import annotations

import json
from typing import Protocol

from api.ledger.opening import Ledger
from api.ledger.reading import Query
from api.ledger.stored import Stored

ALL = Query()


class Sink(Protocol):
    """Takes bytes, as a file opened to write them does."""

    def write(self, data: bytes, /) -> object:
        """Write them."""
        ...


def export(ledger: Ledger, query: Query, sink: Sink, after: int = 0) -> int:
    """Write the events that are wanted, behind a `seq`, a line each; return how many.

    Personal fields and customers' own ids are in the clear; of those who were erased they are gone, and the line says
    `erased`.
    """
    count = 0
    for count, stored in enumerate(ledger.events(query, after), 1):  # noqa: B007 - the last one is the answer
        sink.write(line_of(stored))
    return count


def line_of(stored: Stored) -> bytes:
    """Return an event and its place in the ledger as a line of JSON."""
    said = {
        "seq": stored.seq,
        "writer": stored.writer,
        "number": stored.number,
        "hash": stored.hash.hex(),
        "erased": stored.erased,
        "event": stored.event.model_dump(mode="json"),
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
