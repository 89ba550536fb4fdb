"""Distributions of a single figure, drawn by their quantiles: a larger uniform number never gives a smaller figure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, pdtr, pdtrik

Figures: TypeAlias = npt.NDArray[np.float64]
Marginal: TypeAlias = "Normal | Lognormal | Poisson | Beta | Uniform | Weighted | Quantiles"

POINTS: Final = 4096
"""Between so many quantiles of a beta distribution lie straight lines."""
FEW: Final = 16
ALMOST_ALL: Final = 1 - 2.0**-53


@dataclass(frozen=True)
class Normal:
    """The normal distribution."""

    mean: float
    sd: float

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (-math.inf, math.inf) if self.sd else (self.mean, self.mean)

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        found: Figures = self.mean + self.sd * ndtri(uniforms)
        return found


@dataclass(frozen=True)
class Lognormal:
    """Figures above 0 whose logarithm is normal: half of them lie below the median."""

    median: float
    sigma: float
    """The standard deviation of the logarithm."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (0.0, math.inf)

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        found: Figures = self.median * np.exp(self.sigma * ndtri(uniforms))
        return found


@dataclass(frozen=True)
class Poisson:
    """How often something happens that happens so often on average."""

    mean: float

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (0.0, math.inf)

    @cached_property
    def shares(self) -> Figures:
        """The share of all that lies at or below each count from 0."""
        most = int(pdtrik(ALMOST_ALL, self.mean)) + 2 if self.mean else 1
        shares: Figures = pdtr(np.arange(most), self.mean)
        return shares

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        return steps(uniforms, self.shares).astype(np.float64)


@dataclass(frozen=True)
class Beta:
    """Figures between two ends, by their mean and standard deviation."""

    mean: float
    sd: float
    low: float = 0.0
    high: float = 1.0

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (self.low, self.high)

    @property
    def weight(self) -> float:
        """The sum of the two shape parameters; there is no such distribution unless it is above 0."""
        width = self.high - self.low
        mean, sd = (self.mean - self.low) / width, self.sd / width
        return mean * (1 - mean) / sd**2 - 1

    @cached_property
    def curve(self) -> Figures:
        """The figures at equal steps of the share."""
        mean = (self.mean - self.low) / (self.high - self.low)
        shares = np.linspace(0.0, 1.0, POINTS + 1)
        curve: Figures = betaincinv(mean * self.weight, (1 - mean) * self.weight, shares)
        return self.low + (self.high - self.low) * curve

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        return along(uniforms, self.curve)


@dataclass(frozen=True)
class Uniform:
    """Any figure between two ends, each as likely."""

    low: float
    high: float

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (self.low, self.high)

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        return self.low + (self.high - self.low) * uniforms


@dataclass(frozen=True)
class Weighted:
    """One of some figures, ascending, each with its share of all."""

    values: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (self.values[0], self.values[-1])

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        found: Figures = np.asarray(self.values)[steps(uniforms, np.cumsum(self.shares))]
        return found


@dataclass(frozen=True)
class Quantiles:
    """Figures at equal steps of the share, ascending from the least to the largest; between them, straight lines."""

    values: tuple[float, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest figure."""
        return (self.values[0], self.values[-1])

    def quantile(self, uniforms: Figures) -> Figures:
        """Return the figures at these shares of all."""
        return along(uniforms, np.asarray(self.values))


def steps(uniforms: Figures, shares: Figures) -> npt.NDArray[np.integer]:
    """Return how many of the ascending shares lie below each number; never past the last."""
    inner = shares[:-1]
    if len(inner) > FEW:
        return np.searchsorted(inner, uniforms)
    counts = np.zeros(len(uniforms), np.uint8)
    for share in inner:
        counts += uniforms > share
    return counts


def along(uniforms: Figures, curve: Figures) -> Figures:
    """Return where each number lies on a curve whose points are at equal steps."""
    places = uniforms * (len(curve) - 1)
    before = np.minimum(places.astype(np.intp), len(curve) - 2)
    found: Figures = curve[before] + (places - before) * (curve[before + 1] - curve[before])
    return found


def poisson_counts(uniforms: Figures, means: Figures) -> npt.NDArray[np.int64]:
    """Return the Poisson quantile of each number, where every row has a mean of its own."""
    counts = np.zeros(len(uniforms), np.int64)
    open_ = np.arange(len(uniforms))
    term = np.exp(-means)
    total = term.copy()
    for count in range(1, COUNT_MOST + 1):
        beyond = uniforms[open_] > total
        open_, term, total = open_[beyond], term[beyond], total[beyond]
        if len(open_) == 0:
            break
        counts[open_] = count
        term = term * means[open_] / count
        total = total + term
    return counts


COUNT_MOST: Final = 100
"""More than this of anything is not drawn for one customer."""
