"""Correlated draws: a Gaussian copula over the numbers that facts are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from simulations.populations.streams import LEAST, Uniforms

MARGIN: Final = 1e-9
MOST: Final = 1 - 2.0**-53


@dataclass(frozen=True)
class Correlation:
    """Two facts (by their places in a copula) and the correlation of their normal scores."""

    first: int
    second: int
    coefficient: float


@dataclass(frozen=True)
class Copula:
    """Facts of one level, by their paths there, and how they are correlated."""

    paths: tuple[str, ...]
    correlations: tuple[Correlation, ...]

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The correlations of every two facts."""
        return matrix(len(self.paths), self.correlations)

    def joined(self, uniforms: dict[str, Uniforms]) -> dict[str, Uniforms]:
        """Return the numbers of each fact, made to depend on those of the facts before it."""
        scores = [ndtri(uniforms[path]) for path in self.paths]
        joined = {}
        for path, weights in zip(self.paths, np.linalg.cholesky(self.matrix), strict=True):
            # Added one by one, for a matrix product rounds differently in batches of other sizes.
            score = sum(weight * each for weight, each in zip(weights, scores, strict=True) if weight)
            joined[path] = np.clip(ndtr(score), LEAST, MOST)
        return joined


def matrix(size: int, correlations: tuple[Correlation, ...]) -> npt.NDArray[np.float64]:
    """Return the correlations of every two of so many facts."""
    made = np.eye(size)
    for one in correlations:
        made[one.first, one.second] = made[one.second, one.first] = one.coefficient
    return made


def impossible(size: int, correlations: tuple[Correlation, ...]) -> Correlation | None:
    """Return the correlation that contradicts the others most, where no facts could be correlated so."""
    values, vectors = np.linalg.eigh(matrix(size, correlations))
    if values[0] >= MARGIN:
        return None
    worst = vectors[:, 0]
    return min(correlations, key=lambda one: float(one.coefficient * worst[one.first] * worst[one.second]))
