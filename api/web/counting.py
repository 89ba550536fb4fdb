"""Where requests are counted: in this process, or by a Redis server for several."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string

from api.settings import SettingProblem

MEMORY: Final = "memory://"
REDIS: Final = ("redis://", "rediss://", "redis+unix://")
MOST: Final = 100_000
"""Who is counted at once; those who were not seen for longest are forgotten."""
TIMEOUT: Final = 0.25
"""Seconds that the server may take: a request is not worth waiting longer for than it takes to answer."""
PAUSE: Final = 5.0
"""Seconds after which a server that did not answer is asked again."""
LOG: Final = logging.getLogger(__name__)


class Counts(Protocol):
    """Counts requests, by who sent them and the turn of their window."""

    def add(self, who: str, turn: int, window: int) -> int:
        """Count one more, and return how many there were in this turn of a window of so many seconds."""
        ...


class OwnCounts:
    """Counts in this process.

    The memory store of `limits` looks through all that it counts every 10 ms, in a thread that it starts each time:
    with 100,000 callers that is most of a processor.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def add(self, who: str, turn: int, window: int) -> int:
        """Count one more; what was counted in an earlier turn is forgotten."""
        del window
        with self._lock:
            last, count = self._counts.get(who, (turn, 0))
            count = count + 1 if last == turn else 1
            self._counts[who] = (turn, count)
            self._counts.move_to_end(who)
            if len(self._counts) > self._most:
                self._counts.popitem(last=False)
            return count


class SharedCounts:
    """Counts on a server; while it does not count, in this process."""

    def __init__(self, store: Storage, ticks: Callable[[], float] = time.monotonic) -> None:
        """Keep the server; `ticks` gives seconds."""
        self._store, self._ticks = store, ticks
        self._own = OwnCounts()
        self._asking, self._telling = threading.Lock(), threading.Lock()
        self._lost: float | None = None
        """Since when the server does not count."""

    def begin(self) -> None:
        """Have the server count once, so that the log says at the start already that it does not."""
        self._shared("start", 0, 1)

    def add(self, who: str, turn: int, window: int) -> int:
        """Count one more."""
        if self._lost is None:
            count = self._shared(who, turn, window)
        elif self._ticks() - self._lost >= PAUSE and self._asking.acquire(blocking=False):
            try:
                count = self._shared(who, turn, window)
            finally:
                self._asking.release()
        else:
            count = None
        return self._own.add(who, turn, window) if count is None else count

    def _shared(self, who: str, turn: int, window: int) -> int | None:
        """Return the server's count, or None where it does not count."""
        try:
            count = self._store.incr(f"leeway/{who}/{turn}", window)
        except (StorageError, OSError) as problem:
            self._lose(problem.storage_error if isinstance(problem, StorageError) else problem)
            return None
        if self._lost is not None:
            LOG.info("requests are counted in the store again")
            self._lost = None
        return count

    def _lose(self, cause: Exception) -> None:
        """Do without the server for a while; the log says so once, however many requests waited for it."""
        with self._telling:
            told, self._lost = self._lost is not None, self._ticks()
        if not told:
            LOG.warning("requests are counted in each process: the store does not count (%s)", type(cause).__name__)


def counts_at(address: str, ticks: Callable[[], float] = time.monotonic) -> Counts:
    """Return where requests are counted; raise `SettingProblem` where it is nowhere. `ticks` gives seconds."""
    if address == MEMORY:
        return OwnCounts()
    if not address.startswith(REDIS):
        raise SettingProblem("`LEEWAY_RATE_LIMIT_STORE` is neither `memory://` nor `redis://host:port`")
    counts = SharedCounts(_store(address), ticks)
    try:
        counts.begin()
    except TypeError as problem:
        # What an address says after its `?` the client takes for granted until it connects.
        raise SettingProblem(
            "`LEEWAY_RATE_LIMIT_STORE` has an option that the client of Redis does not know"
        ) from problem
    return counts


def _store(address: str) -> Storage:
    """Return the Redis server at an address, be it there or not; raise `SettingProblem` where it is no address."""
    # By protocol 3 the server could ask for patience: 10 seconds, while it is moved elsewhere.
    options: dict[str, float | str | bool] = {"protocol": 2}
    options |= {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
    try:
        store = storage_from_string(address, wrap_exceptions=True, **options)
    except ConfigurationError as problem:
        raise SettingProblem(
            "`LEEWAY_RATE_LIMIT_STORE` names a Redis server, whose client is missing: pip install 'leeway[redis]'"
        ) from problem
    except ValueError as problem:
        raise SettingProblem("`LEEWAY_RATE_LIMIT_STORE` is no address of a Redis server") from problem
    assert isinstance(store, Storage)
    return store
