"""How many requests are answered at once, how many may wait, and that further ones are told so at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from api.web.metrics import SHED
from api.web.problems import MEDIA, of_status

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]
EXEMPT: Final = frozenset({"/healthz", "/metrics"})
RETRY_AFTER: Final = 1
"""Seconds after which it is worth trying again."""


class Crowd:
    """Lets so many requests in at once, and has so many more wait, who came first goes first; a WSGI application."""

    def __init__(self, application: Application, at_once: int, waiting: int) -> None:
        """Keep the application and the limits."""
        self._application = application
        self._lock = threading.Lock()
        self._free, self._most = at_once, waiting
        self._waiting: deque[threading.Lock] = deque()
        """A lock for each that waits, held until it is given a place."""
        problem = of_status(503, "more requests came than can be answered", "send it again a moment later")
        self._refused = problem.model_dump_json().encode()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer a request, now or when its turn comes; 503 where too many wait."""
        if environ.get("PATH_INFO") in EXEMPT:
            return self._application(environ, start)
        if not self._came():
            return self._shed(start)
        try:
            # Taken whole, so that the place is free only when the answer is there.
            return list(self._application(environ, start))
        finally:
            self._left()

    def _came(self) -> bool:
        """Return whether there is a place, once there is; False at once where too many wait for one."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._waiting) >= self._most:
                return False
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()
        return True

    def _left(self) -> None:
        """Give the place to who waits longest; who comes just now cannot take it before them."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _shed(self, start: Start) -> Iterable[bytes]:
        SHED.inc()
        headers = [
            ("Content-Type", MEDIA),
            ("Retry-After", str(RETRY_AFTER)),
            ("Content-Length", str(len(self._refused))),
        ]
        start("503 SERVICE UNAVAILABLE", headers)
        return [self._refused]
