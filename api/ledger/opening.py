"""Opening a ledger, and what can be done with one that is open."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from api.ledger.asking import Question, Row, line
from api.ledger.committing import Committer
from api.ledger.connecting import Database, database, reason
from api.ledger.migrating import migrate
from api.ledger.pacing import Pace
from api.ledger.problems import LedgerClosed, LedgerForked, LedgerUnavailable, LedgerUnusable
from api.ledger.queueing import Work
from api.ledger.reading import Reader
from api.ledger.spilling import Spills
from api.ledger.stored import Sealer
from api.ledger.writing import Counts, Observe, Writer
from schemas.events import Event

Mode: TypeAlias = Literal["strict", "relaxed"]
"""What becomes of events while the database cannot be written: they are refused, or set aside in a file."""


class Ledger(Reader):
    """An open ledger: its reads see what was committed, and wait for nobody."""

    def __init__(self, found: Database, sealer: Sealer, writer: Writer) -> None:
        """Keep the parts."""
        super().__init__(sealer, self._asked)
        self.database = found
        """For the tables beside the events: checkpoints and releases."""
        self._writer = writer
        self._pid = os.getpid()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """Return what reads the database."""
        return self.database.reading

    @property
    def counts(self) -> Counts:
        """Return what this process did since it opened the ledger."""
        return self._writer.counts

    def observed(self, observe: Observe) -> None:
        """Have somebody told of whatever the writer does from now on."""
        self._writer.observe = observe

    def append(self, events: Iterable[Event]) -> None:
        """Return once all events are durable; where it raises, none is: `LedgerUnavailable`, `EventConflict`.

        An event that is there already, with the same content, is done.
        """
        self._writer.append(events)

    def transact(self, work: Work) -> list[Event]:
        """Return what `work` gave, once that is durable: nothing else is written between what it reads and its events.

        It is handed a `Transaction` to read by, may be called more than once, and must not wait for anything else.
        """
        return self._writer.transact(work)

    def ready(self) -> bool:
        """Return whether events would be accepted now."""
        return not self._closed and self._writer.ready()

    def close(self) -> None:
        """Write what waits, and let go of the database."""
        if self._closed or os.getpid() != self._pid:
            return
        self._closed = True
        self._writer.close()
        self.database.close()

    @contextmanager
    def at_once(self) -> Iterator[Reader]:
        """Give what asks its questions over one connection."""
        self._check()
        with line(self.database.asking) as one:
            yield Reader(self._sealer, one.ask)

    def _asked(self, question: Question, values: Mapping[str, Any]) -> Sequence[Row]:
        self._check()
        with line(self.database.asking) as one:
            return one.ask(question, values)

    def _check(self) -> None:
        if os.getpid() != self._pid:
            raise LedgerForked
        if self._closed:
            raise LedgerClosed


def open_ledger(
    url: str,
    sealer: Sealer,
    *,
    mode: Mode = "strict",
    spill: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Ledger:
    """Return the ledger at a path, `sqlite:///path` or `postgresql://user@host/name`, made where there is none.

    `spill`: the folder where a relaxed ledger sets events aside; by default where its file lies. What ended processes
    set aside there is written first.
    """
    found = database(url)
    folder = spill if spill is not None or found.file is None else found.file.absolute().parent
    if mode == "relaxed" and (folder is None or not folder.is_dir()):
        raise LedgerUnusable("a relaxed ledger needs a folder to set events aside in while it cannot be written")
    try:
        migrate(found)
    except DBAPIError as error:
        if mode == "strict":
            found.close()
            raise LedgerUnavailable(reason(error)) from error
    committer = Committer(found, sealer)
    spills = None if folder is None else Spills(folder, _name(found), committer.writer)
    return Ledger(found, sealer, Writer(committer, sealer, spills, mode == "relaxed", Pace(clock)))


def _name(found: Database) -> str:
    """Return what the files of a ledger are called."""
    return found.file.name if found.file is not None else f"{found.url.host or 'local'}-{found.url.database}"
