"""How sure a figure is: the paired bootstrap, which draws whole blocks of customers again.

Both policies are seen on the same customers, so a block's sums are drawn together, or their difference is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Formula: TypeAlias = Callable[[Floats], Floats]
"""Sums (along the last axis) to statistics (along the last axis)."""

EXACT: Final = 2.0**53
"""Below this, doubles hold every whole number."""
LOW_BITS: Final = 26
SLICE: Final = 2**22
"""Weights that are held at a time."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Statistics of the customers as they are, of each resample, and with each block left out."""

    seen: Floats
    """(statistics,)"""
    drawn: Floats
    """(resamples, statistics)"""
    left_out: Floats
    """(blocks, statistics)"""


@dataclass(frozen=True, slots=True)
class Resampled:
    """Sums of blocks, and what they come to in each resample."""

    values: Ints
    """(sums, blocks)"""
    drawn: Floats
    """(resamples, sums), exact"""

    def estimate(self, sums: Sequence[int], formula: Formula) -> Estimate:
        """Return statistics of some of the sums."""
        values = self.values[list(sums)].T
        whole = values.sum(axis=0)
        left_out = (whole - values).astype(np.float64)
        return Estimate(formula(whole.astype(np.float64)), formula(self.drawn[:, list(sums)]), formula(left_out))


def resampled(values: Ints, resamples: int, seed: int) -> Resampled:
    """Return sums (sums, blocks) with their resamples: as many blocks, each drawn with equal chance, by the seed."""
    drawn = [weighted(weights, values) for weights in _weights(values.shape[1], resamples, seed)]
    return Resampled(values, np.concatenate(drawn))


def _weights(blocks: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield how often each block is drawn, (resamples, blocks), a slice of the resamples at a time."""
    chance = np.random.Generator(np.random.Philox(seed))
    size = max(1, SLICE // blocks)
    for start in range(0, resamples, size):
        rows = min(size, resamples - start)
        places = chance.integers(0, blocks, (rows, blocks)) + np.arange(rows)[:, None] * blocks
        yield np.bincount(places.ravel(), minlength=rows * blocks).reshape(rows, blocks).astype(np.float64)


def weighted(weights: Floats, values: Ints) -> Floats:
    """Return the weighted sums (rows, sums), added without an error that would depend on the order."""
    if weights.max() * np.abs(values.astype(np.float64)).sum(axis=1).max() < EXACT:
        return weights @ values.T.astype(np.float64)
    high, low = np.divmod(values.T, 2**LOW_BITS)
    return (weights @ high.astype(np.float64)) * 2.0**LOW_BITS + weights @ low.astype(np.float64)


def scaled(number: int) -> Formula:
    """Return the formula of what sums come to for so many of what the last sum counts; 0 where it counts none.

    With customers as the last sum: totals over that many customers, or of 1, the mean of a customer. With asks: of 1, a
    share of asks.
    """

    def formula(sums: Floats) -> Floats:
        above, counted = sums[..., :-1] * number, sums[..., -1:]
        each: Floats = np.divide(above, counted, out=np.zeros_like(above), where=counted > 0)
        return each

    return formula


def bca(estimate: Estimate, confidence: float) -> Floats:
    """Return the bias-corrected and accelerated interval (2, statistics), after Efron (1987)."""
    tails = ndtri(np.array([[(1 - confidence) / 2], [(1 + confidence) / 2]]))
    bias = ndtri(_below(estimate))
    shifted = bias + tails
    stretch = 1 - _acceleration(estimate.left_out) * shifted
    levels = ndtr(np.where(stretch > 0, bias + shifted / np.where(stretch > 0, stretch, 1), tails))
    return _quantiles(estimate.drawn, levels)


def _below(estimate: Estimate) -> Floats:
    """Return the share of resamples below what was seen, ties by half, never all or none of them."""
    resamples = estimate.drawn.shape[0]
    under = (estimate.drawn < estimate.seen).sum(axis=0) + (estimate.drawn == estimate.seen).sum(axis=0) / 2
    share: Floats = np.clip(under, 0.5, resamples - 0.5) / resamples
    return share


def _acceleration(left_out: Floats) -> Floats:
    """Return how the spread of each statistic changes with its value, by the jackknife; 0 where it has no spread."""
    apart = left_out.mean(axis=0) - left_out
    squares = (apart**2).sum(axis=0)
    speed: Floats = np.divide((apart**3).sum(axis=0), 6 * squares**1.5, out=np.zeros_like(squares), where=squares > 0)
    return speed


def _quantiles(drawn: Floats, levels: Floats) -> Floats:
    """Return the quantiles (levels, statistics) of resamples, each statistic at levels of its own."""
    ordered = np.sort(drawn, axis=0)
    place = levels * (ordered.shape[0] - 1)
    below = np.floor(place).astype(np.int64)
    above = np.ceil(place).astype(np.int64)
    low, high = np.take_along_axis(ordered, below, axis=0), np.take_along_axis(ordered, above, axis=0)
    between: Floats = low + (high - low) * (place - below)
    return between
