"""The public keys of an issuer: held for a while, and fetched again for a key that is not known."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from api.access.fetching import FetchFailed, Source
from api.access.problems import IssuerUnavailable

LIFE: Final = 600.0
"""Seconds after which keys are fetched again, while the old ones still serve."""
IDLE: Final = 2 * LIFE
"""Seconds that a server hardly used did not fetch for, after which a token waits: its key may long be withdrawn."""
PAUSE: Final = 30.0
"""Seconds between fetches at least, whatever tokens name."""
PATIENCE: Final = 3.0
"""Seconds that a token of a key that is not known waits for a fetch."""
WAITING: Final = 8
"""Tokens that wait at once; others are refused, so that those of an attacker do not take every thread."""
SHORTEST: Final = 2048
"""Bits of an RSA key."""
KINDS: Final[dict[object, type[RSAKey | ECKey | OKPKey]]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
LOG: Final = logging.getLogger(__name__)


class IssuerKeys:
    """The keys of an issuer; fetched in a thread of their own, so that no request waits for a slow issuer for long."""

    def __init__(self, source: Source, ticks: Callable[[], float] = time.monotonic) -> None:
        """Keep where keys come from; `ticks` gives seconds."""
        self._source, self._ticks = source, ticks
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(WAITING)
        self._keys = KeySet([])
        self._read = self._tried = float("-inf")
        self._fetched = threading.Event()

    def named(self, kid: str | None) -> KeySet:
        """Return the keys to look for one in; raise `IssuerUnavailable` while none could be had at all."""
        now = self._ticks()
        if not self._knows(kid) or now - self._tried >= IDLE:
            self._wait(self.begin())
        elif now - self._read >= LIFE:
            self.begin()
        if not self._keys:
            raise IssuerUnavailable
        return self._keys

    def begin(self) -> threading.Event:
        """Have the keys fetched, unless that was tried just now; return what is set when the last try is over."""
        with self._lock:
            if self._ticks() - self._tried >= PAUSE:
                self._tried = self._ticks()
                self._fetched = threading.Event()
                threading.Thread(target=self._fetch, args=(self._fetched,), name="issuer-keys", daemon=True).start()
            return self._fetched

    def _wait(self, fetched: threading.Event) -> None:
        if self._waiting.acquire(blocking=False):
            try:
                fetched.wait(PATIENCE)
            finally:
                self._waiting.release()

    def _knows(self, kid: str | None) -> bool:
        return bool(self._keys) if kid is None else any(key.kid == kid for key in self._keys)

    def _fetch(self, fetched: threading.Event) -> None:
        """Take the keys that there are now; if they cannot be had, the old ones stay."""
        try:
            self._keys = key_set(self._source())
            self._read = self._ticks()
        except (FetchFailed, OSError) as problem:
            so = "those that are held stay" if self._keys else "tokens are answered with 503"
            LOG.warning("the issuer's keys cannot be fetched, so %s: %s", so, problem)
        finally:
            fetched.set()


def key_set(text: bytes) -> KeySet:
    """Return the keys of a JWKS that sign, without those that are not understood; raise `FetchFailed` if it is none."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise FetchFailed("the keys are not JSON") from problem
    listed = said.get("keys") if isinstance(said, dict) else None
    found = KeySet(list(_understood(listed if isinstance(listed, list) else [])))
    if not found:
        raise FetchFailed("there is no key in it that could have signed a token")
    return found


def _understood(listed: list[Any]) -> Iterator[Key]:
    """Yield the public keys of a list that sign; symmetric ones, and RSA keys that are too short, are none."""
    for one in listed:
        kind = KINDS.get(one.get("kty")) if isinstance(one, dict) else None
        if kind is None or one.get("use", "sig") != "sig":
            continue
        try:
            key = kind.import_key(one)
        except (JoseError, SecurityWarning, ValueError, TypeError, LookupError):
            LOG.warning("a key of the issuer is not understood, and passed over")
            continue
        if not isinstance(key, RSAKey) or key.raw_value.key_size >= SHORTEST:
            yield key
