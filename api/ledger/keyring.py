"""Customers' keys in memory: few, for a short time, and none that was destroyed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MOST: Final = 10_000
LIFE: Final = 5.0
"""Seconds that a key is used without looking whether it is still there: so long another process may use one more."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One customer's reference and key; the key is None where it was destroyed."""

    lookup: bytes
    reference: str
    cipher: AESGCM | None = field(repr=False)
    until: float = 0.0


class Keyring:
    """Keys by the keyed hash of a customer's id, and by reference."""

    def __init__(self, clock: Callable[[], float], most: int = MOST, life: float = LIFE) -> None:
        """Keep the limits; `clock` gives seconds."""
        self._clock, self._most, self._life = clock, most, life
        self._lock = threading.Lock()
        self._references: OrderedDict[str, Held] = OrderedDict()
        self._lookups: dict[bytes, str] = {}
        self._turn = 0

    @property
    def turn(self) -> int:
        """Return what changes whenever a key is destroyed; read it before the store is read."""
        return self._turn

    @property
    def until(self) -> float:
        """Return until when a key read now may be used."""
        return self._clock() + self._life

    def __len__(self) -> int:
        return len(self._references)

    def by_lookup(self, lookup: bytes) -> Held | None:
        """Return the customer of this keyed hash, or None where the store has to be asked."""
        with self._lock:
            reference = self._lookups.get(lookup)
            return None if reference is None else self._fresh(reference)

    def by_reference(self, reference: str) -> Held | None:
        """Return the customer of this reference, or None where the store has to be asked."""
        with self._lock:
            return self._fresh(reference)

    def put(self, held: Held, turn: int) -> Held:
        """Keep what was read from the store, unless a key was destroyed since; return it."""
        with self._lock:
            if turn == self._turn:
                self._drop(held.reference)
                self._references[held.reference] = held
                self._lookups[held.lookup] = held.reference
                while len(self._references) > self._most:
                    self._drop(next(iter(self._references)))
        return held

    def forget(self, reference: str) -> None:
        """Let go of a key that is being destroyed."""
        with self._lock:
            self._turn += 1
            self._drop(reference)

    def _fresh(self, reference: str) -> Held | None:
        held = self._references.get(reference)
        if held is None or self._clock() >= held.until:
            return None
        self._references.move_to_end(reference)
        return held

    def _drop(self, reference: str) -> None:
        held = self._references.pop(reference, None)
        if held is not None and self._lookups.get(held.lookup) == reference:
            del self._lookups[held.lookup]
