"""What waits to be written: work from many threads, taken by one in groups."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from api.ledger.problems import LedgerClosed, LedgerUnavailable
from api.ledger.reading import Transaction
from api.ledger.stored import Prepared
from schemas.events import Event

TOGETHER: Final = 256
"""Events that are committed at once, at most, but for those that were handed in together."""
LINGER: Final = 0.002
"""Seconds that a group waits for more, at most, from its first."""

Work: TypeAlias = Callable[[Transaction], Sequence[Event]]
"""Reads what it depends on and returns what is to be written; may be called again where the database asks for it."""


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class Job:
    """Events, or work that gives events, and what became of it."""

    rows: Sequence[Prepared] = ()
    work: Work | None = None
    events: list[Event] = field(default_factory=list)
    """What the work gave, once it is written."""
    error: BaseException | None = None
    _under_way: threading.Lock = field(default_factory=_held)
    """Held until it is done; an event would take three times as long."""

    @property
    def size(self) -> int:
        """Return how many events it counts for."""
        return max(1, len(self.rows))

    def end(self, outcome: list[Event] | BaseException) -> None:
        """Tell whoever waits what became of it."""
        if isinstance(outcome, BaseException):
            self.error = outcome
        else:
            self.events = outcome
        self._under_way.release()

    def result(self) -> list[Event]:
        """Wait until it is done, and return what the work gave; raise what stood in the way."""
        with self._under_way:
            pass
        if self.error is not None:
            raise self.error
        return self.events


class Queue:
    """Jobs in the order they came, at most so many."""

    def __init__(self, most: int) -> None:
        """Keep the limit."""
        self._most = most
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._wanted = 1
        self._expected = 1
        self._closed = False

    def __len__(self) -> int:
        """Return how many jobs wait."""
        return len(self._jobs)

    def put(self, job: Job) -> None:
        """Add a job; refuse it where too many wait, or nothing will be taken any more."""
        with self._changed:
            if self._closed:
                raise LedgerClosed
            if len(self._jobs) >= self._most:
                raise LedgerUnavailable(f"{self._most} requests wait to be written")
            self._jobs.append(job)
            if len(self._jobs) >= self._wanted:
                self._changed.notify()

    def take(self, patience: float | None) -> list[Job] | None:
        """Return the next group, empty when none came in so many seconds; None when there never will be any."""
        with self._changed:
            self._await(1, patience)
            if not self._jobs:
                return None if self._closed else []
            # As many as came together before are likely to come again, now that they have their answers.
            self._await(min(self._expected, TOGETHER), LINGER)
            group = self._cut()
            self._expected = len(group)
            return group

    def close(self) -> None:
        """Accept nothing more; what waits is still taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _await(self, wanted: int, patience: float | None) -> None:
        """Wait until so many jobs are there, or no longer than that."""
        ends = None if patience is None else time.monotonic() + patience
        self._wanted = wanted
        while len(self._jobs) < wanted and not self._closed:
            left = None if ends is None else ends - time.monotonic()
            if left is not None and left <= 0:
                break
            self._changed.wait(left)

    def _cut(self) -> list[Job]:
        group = [self._jobs.popleft()]
        size = group[0].size
        while self._jobs and size + self._jobs[0].size <= TOGETHER:
            group.append(self._jobs.popleft())
            size += group[-1].size
        return group
