"""The one thread of a process that writes the ledger: whoever appends waits until it is done."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Final, TypeAlias

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError

from api.ledger.committing import Committer
from api.ledger.connecting import reason
from api.ledger.pacing import Pace
from api.ledger.problems import RETRY_AFTER, EventConflict, LedgerForked, LedgerProblem, LedgerUnavailable
from api.ledger.queueing import Job, Queue, Work
from api.ledger.replaying import replay
from api.ledger.spilling import Spills
from api.ledger.stored import Prepared, Sealer, prepared, same
from schemas.events import Event

Outcome: TypeAlias = list[Event] | BaseException

MOST_WAITING: Final = 4096
"""Requests that may wait to be written; further ones are refused."""
FAULTY: Final = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Of the database's errors, those that the same would meet again."""

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """What this process did since it opened the ledger."""

    committed: int = 0
    """Events written to the database, those replayed included."""
    groups: int = 0
    """Transactions in which they were, those of replays aside."""
    spilled: int = 0
    """Events set aside in a file while the database could not be written."""
    replayed: int = 0
    """Events written from such files."""
    dropped: int = 0
    """Events of such files that could not be written; they are kept beside it. Stays 0 unless a file was damaged."""


Observe: TypeAlias = Callable[[Counts, float | None], None]
"""Is told what was just done, and where that was a commit, in how many seconds."""


class Writer:
    """Writes events durably, in the order they are handed in."""

    def __init__(self, committer: Committer, sealer: Sealer, spills: Spills | None, relaxed: bool, pace: Pace) -> None:
        """Keep the parts; the thread starts when there is something to write.

        `relaxed`: events are set aside where they cannot be written, for which there have to be `spills`.
        """
        self._committer = committer
        self._sealer = sealer
        self._spills = spills
        self._relaxed = relaxed
        self._queue = Queue(MOST_WAITING)
        self._pid = os.getpid()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._counts = Counts()
        self.observe: Observe | None = None
        self.pace = pace
        if spills is not None and spills.waiting:
            self._start()

    @property
    def counts(self) -> Counts:
        """Return what was done so far."""
        return self._counts

    def append(self, events: Iterable[Event]) -> None:
        """Return once all events are durable, none of them where it raises; an event that is there already is done."""
        self._checked()
        try:
            rows = [prepared(event, self._sealer) for event in events]
        except DBAPIError as error:
            raise LedgerUnavailable(f"the key store failed: {reason(error)}") from error
        if rows:
            self._handed_in(Job(rows=rows))

    def transact(self, work: Work) -> list[Event]:
        """Return what the work gave, once that is durable; it sees all that was written before."""
        self._checked()
        return self._handed_in(Job(work=work))

    def ready(self) -> bool:
        """Return whether events would be accepted now."""
        self._checked()
        if self.pace.pausing:
            return self._can_set_aside()
        try:
            self.transact(lambda _: ())
        except LedgerProblem:
            return self._can_set_aside()
        return True

    def _can_set_aside(self) -> bool:
        return self._relaxed and self._spills is not None and os.access(self._spills.folder, os.W_OK)

    def close(self) -> None:
        """Write what waits, and end; what is set aside is replayed when the ledger is opened again."""
        if os.getpid() != self._pid:
            return
        self._queue.close()
        with self._starting:
            thread = self._thread
        if thread is not None:
            thread.join()
        elif self._spills is not None:
            self._spills.close()

    def _checked(self) -> None:
        if os.getpid() != self._pid:
            raise LedgerForked
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "work within the ledger's transaction returns its events; it must not append them itself"
            )

    def _handed_in(self, job: Job) -> list[Event]:
        self._queue.put(job)
        self._start()
        return job.result()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        jobs: list[Job] | None = []
        while jobs is not None:
            for job, outcome in zip(jobs, self._served(jobs), strict=True):
                job.end(outcome)
            jobs = self._queue.take(RETRY_AFTER if self._spills and self._spills.waiting else None)
        self._committer.disconnect()
        if self._spills is not None:
            self._spills.close()

    def _served(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return what becomes of each job; whatever happens, each is answered."""
        try:
            if self._replayed() or not self._relaxed:
                return self._written(jobs) if jobs else []
            return self._set_aside(jobs, "it could not be reached a moment ago")
        except Exception as error:
            log.exception("the ledger's writer failed")
            self._committer.disconnect()
            return [error for _ in jobs]

    def _written(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return what becomes of jobs that are committed together, or one by one where that fails."""
        begins, began = self.pace.clock(), time.perf_counter()
        try:
            written = self._committer.commit(jobs)
        except LedgerProblem as problem:
            return [problem for _ in jobs]
        except DBAPIError as error:
            if self._committer.begun and len(jobs) > 1:
                return self._one_by_one(jobs)
            if isinstance(error, FAULTY):
                return [error for _ in jobs]
            self.pace.failed(begins)
            return self._refused(jobs, reason(error))
        self.pace.succeeded()
        self._count(time.perf_counter() - began, committed=written.added, groups=int(written.added > 0))
        return written.outcomes

    def _one_by_one(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return what becomes of jobs one of which fails the others, each written by itself."""
        outcomes: list[Outcome] = []
        for place, job in enumerate(jobs):
            outcomes += self._written([job])
            if self.pace.away:
                return outcomes + self._refused(jobs[place + 1 :], "it could not be written a moment ago")
        return outcomes

    def _refused(self, jobs: Sequence[Job], why: str) -> list[Outcome]:
        return self._set_aside(jobs, why) if self._relaxed else [LedgerUnavailable(why) for _ in jobs]

    def _set_aside(self, jobs: Sequence[Job], why: str) -> list[Outcome]:
        """Return what becomes of jobs that cannot be written to the database: events are spilled, work is refused."""
        assert self._spills is not None
        fresh: dict[str, Prepared] = {}
        outcomes = [self._spillable(job, fresh, why) for job in jobs]
        if not self._spills.waiting:
            log.warning("the ledger cannot be written (%s): events are set aside in `%s`", why, self._spills.folder)
        try:
            self._spills.add(list(fresh.values()))
        except OSError as error:
            why = f"{why}, and no file can be written in its place: {error.strerror}"
            return [LedgerUnavailable(why) if outcome == [] else outcome for outcome in outcomes]
        self._count(spilled=len(fresh))
        return outcomes

    def _spillable(self, job: Job, fresh: dict[str, Prepared], why: str) -> Outcome:
        """Return what becomes of a job if `fresh`, to which its rows are added, is spilled."""
        assert self._spills is not None
        if job.work is not None:
            return LedgerUnavailable(why)
        added: dict[str, Prepared] = {}
        for row in job.rows:
            near = added.get(row.id) or fresh.get(row.id)
            there = self._spills.held(row.id) if near is None else near.values
            if there is None:
                added[row.id] = row
            elif not same(there, row.values, self._sealer):
                return EventConflict(row.id)
        fresh.update(added)
        return []

    def _replayed(self) -> bool:
        """Return whether nothing is set aside, after writing what is, where that may work by now."""
        spills = self._spills
        if spills is None or not spills.waiting:
            return True
        if self.pace.pausing:
            return False
        begins = self.pace.clock()
        try:
            for spill in tuple(spills.waiting):
                done = replay(spill, self._committer)
                spills.done(spill)
                self._count(committed=done.added, replayed=done.added, dropped=done.refused)
        except (DBAPIError, LedgerProblem, OSError) as error:
            log.warning("what was set aside cannot be written yet: %s", type(error).__name__)
            self.pace.failed(begins)
            return False
        self.pace.succeeded()
        return True

    def _count(self, seconds: float | None = None, **more: int) -> None:
        self._counts = replace(self._counts, **{name: getattr(self._counts, name) + n for name, n in more.items()})
        if self.observe is not None:
            self.observe(Counts(**more), seconds)
