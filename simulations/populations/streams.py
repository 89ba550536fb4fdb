"""Random numbers that belong to a seed, a purpose and a number, whatever else is drawn and in whatever order."""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Uniforms: TypeAlias = npt.NDArray[np.float64]

SPAN: Final = 1 << 18
"""Numbers farther apart than this are not drawn in one stretch."""
LANES: Final = 4
"""How many numbers Philox makes of one counter."""
LEAST: Final = 2.0**-54


def uniforms(seed: int, purpose: str, numbers: npt.NDArray[np.int64]) -> Uniforms:
    """Return a number above 0 and below 1 for each of `numbers` (from 0, in any order), always the same for the same.

    Numbers of different seeds or purposes have nothing to do with each other. A purpose says what is drawn, such as
    `customer.since` or `accepts`; a number is whose draw it is.
    """
    if len(numbers) == 0:
        return np.empty(0)
    first, last = int(numbers.min()), int(numbers.max())
    if last - first < SPAN:
        return stretch(seed, purpose, first, last + 1)[numbers - first]
    drawn = np.empty(len(numbers))
    spans = numbers // SPAN
    for span in np.unique(spans):
        here = spans == span
        drawn[here] = uniforms(seed, purpose, numbers[here])
    return drawn


def stretch(seed: int, purpose: str, first: int, last: int) -> Uniforms:
    """Return what `uniforms` gives for each number from `first` up to `last`, which is excluded."""
    counter, skipped = divmod(first, LANES)
    key = int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:16], "little")
    generator = np.random.Generator(np.random.Philox(counter=counter, key=key))
    drawn = generator.random(skipped + last - first)
    np.maximum(drawn, LEAST, out=drawn)
    return drawn[skipped:]
