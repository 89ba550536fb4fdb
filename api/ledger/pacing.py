"""When to try a database again that could not be written."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from api.ledger.problems import RETRY_AFTER

SHARE: Final = 4
"""A pause is at least so many times as long as the try that failed, for others wait meanwhile."""


class Pace:
    """Remembers whether the last try failed, and how long to leave it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the clock, in seconds from any moment."""
        self.clock = clock
        self.away = False
        """Whether the last try failed."""
        self._until = clock()

    @property
    def pausing(self) -> bool:
        """Return whether it is too early to try again."""
        return self.away and self.clock() < self._until

    def failed(self, began: float) -> None:
        """Pause after a try that began then."""
        now = self.clock()
        self.away = True
        self._until = now + max(RETRY_AFTER, SHARE * (now - began))

    def succeeded(self) -> None:
        """End the pause."""
        self.away = False
