"""The API keys as a server holds them: all in memory, looked for anew every few seconds."""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.access.caller import Caller
from api.access.key_store import Changed, KeyStore
from api.access.keys import BoundKey, Grant, KeptKey, hash_of
from api.access.problems import Unauthenticated
from api.ledger.key_problems import SealBroken
from api.ledger.problems import LedgerUnavailable
from engine.backends.times import EPOCH
from schemas.request import Agent

LIFE: Final = 5.0
"""Seconds that keys are used without looking for changes: so long may one that was revoked elsewhere still be used."""
SOON: Final = 0.5
"""Seconds between looks for a key that was not found good: so long after it was made may one not be known yet."""
PAUSE: Final = 1.0
"""Seconds after which a key store that did not answer is asked again."""
LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """A key, and who calls by it."""

    key: KeptKey
    caller: Caller | None
    """None where the key has to be opened first: it is bound to a customer, who may be erased by now."""


NOBODY: Final = Known(KeptKey("", secrets.token_bytes(32), Grant(scopes=("decide",)), "", EPOCH, EPOCH), None)
"""What stands for a key that there is not, so that looking for one costs the same as a wrong secret."""


class KnownKeys:
    """Knows callers by their key; safe to use from many threads."""

    def __init__(
        self, store: KeyStore, clock: Callable[[], datetime], ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep where keys are; `clock` says when they expire, `ticks` (seconds) how old what is held is."""
        self._store, self._clock, self._ticks = store, clock, ticks
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}
        self._seen = 0
        self._read = self._failed = float("-inf")

    def caller_of(self, id_: str, secret: str) -> Caller:
        """Return who calls by a key.

        Raises `Unauthenticated`, after the same steps whatever is wrong; `LedgerUnavailable` while the key store does
        not answer.
        """
        given = hash_of(secret)
        for age in (LIFE, SOON):
            found = self._held(age).get(id_, NOBODY)
            if hmac.compare_digest(found.key.hash, given) and (caller := self._good(found)) is not None:
                return caller
        raise Unauthenticated

    def _good(self, found: Known) -> Caller | None:
        """Return who calls by a key whose secret was right, or None where it is good no more."""
        try:
            key = self._store.opened(found.key)
        except SealBroken:
            LOG.warning("API key %s was changed in the key store, and is not accepted", found.key.id)
            return None
        return (found.caller or caller_by(key)) if key.state(self._clock()) == "good" else None

    def _held(self, age: float) -> dict[str, Known]:
        """Return the keys as they were at most so many seconds ago."""
        if self._ticks() - self._read >= age:
            with self._lock:
                if self._ticks() - self._read >= age:
                    self._look()
        return self._known

    def _look(self) -> None:
        """Take in what was made and revoked since the last look."""
        now = self._ticks()
        if now - self._failed < PAUSE:
            raise LedgerUnavailable("the key store did not answer just now")
        try:
            changes = self._store.changed(self._seen)
        except LedgerUnavailable:
            self._failed = self._ticks()
            raise
        if changes:
            self._known = {**self._known, **{one.id: _known(one) for one in changes}}
            self._seen = changes[-1].change
        self._read = now


def _known(change: Changed) -> Known:
    """Return what is held of a key; of one that is good no more, nothing."""
    if change.key is None:
        LOG.warning("API key %s is good for what only a newer Leeway knows, and is not accepted", change.id)
    if change.key is None or change.key.revoked is not None:
        return NOBODY
    return Known(change.key, None if isinstance(change.key, BoundKey) else caller_by(change.key))


def caller_by(key: KeptKey) -> Caller:
    """Return who calls by a key."""
    grant = key.grant
    return Caller(
        id=f"key:{key.id}",
        scopes=frozenset(grant.scopes),
        roles=frozenset(grant.roles),
        packs=None if grant.packs is None else frozenset(grant.packs),
        customer=grant.customer,
        agent=Agent(id=grant.agent, team=grant.team),
    )
