"""Distributions as a spec writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from scipy.special import ndtri

from engine.language.packs.building import as_mapping, as_scalar
from engine.language.reading.tree import Mapping as Tree
from engine.language.reading.tree import Scalar, Sequence
from engine.language.reading.tree import Tree as AnyTree
from simulations.populations.drawing.marginals import (
    Beta,
    Lognormal,
    Marginal,
    Normal,
    Poisson,
    Quantiles,
    Uniform,
    Weighted,
)

Figures = Mapping[str, float]
PERCENTILES: Final = {"p75": 0.75, "p90": 0.90, "p95": 0.95, "p99": 0.99}
ENOUGH: Final = 1e-6
"""How far shares may be from 1 together."""


class Contradiction(Exception):
    """Figures of a distribution that do not go together: what is wrong, and what to do."""

    def __init__(self, message: str, help: str, code: str = "bad-distribution") -> None:
        """Keep both."""
        super().__init__(message)
        self.help, self.code = help, code


def marginal_of(name: str, tree: AnyTree) -> Marginal:
    """Return the distribution of that name; raise `Contradiction` where its figures contradict each other."""
    if name == "poisson":
        return Poisson(number(tree))
    if name == "empirical":
        return _empirical(as_mapping(tree))
    figures = {key.text: number(value) for key, value in as_mapping(tree)}
    return MADE[name](figures)


def number(tree: AnyTree) -> float:
    """Return the number that a scalar writes."""
    return float(as_scalar(tree).text)


def _normal(figures: Figures) -> Marginal:
    return Normal(figures["mean"], figures["sd"])


def _lognormal(figures: Figures) -> Marginal:
    if "mean" in figures:
        sigma = math.sqrt(math.log1p((figures["sd"] / figures["mean"]) ** 2))
        return Lognormal(figures["mean"] / math.exp(sigma**2 / 2), sigma)
    name = next(name for name in figures if name in PERCENTILES)
    if figures[name] <= figures["median"]:
        raise Contradiction(f"`{name}` is not above the median", "write a larger one")
    sigma = math.log(figures[name] / figures["median"]) / float(ndtri(PERCENTILES[name]))
    return Lognormal(figures["median"], sigma)


def _beta(figures: Figures) -> Marginal:
    made = Beta(**figures)
    if not made.low < made.mean < made.high:
        raise Contradiction("the mean does not lie between `low` and `high`", "write one that does")
    if made.weight <= 0:
        raise Contradiction("`sd` is larger than it can be between `low` and `high`", "write a smaller one")
    return made


def _uniform(figures: Figures) -> Marginal:
    if figures["low"] > figures["high"]:
        raise Contradiction("`low` is above `high`", "exchange them")
    return Uniform(figures["low"], figures["high"])


MADE: Final[dict[str, Callable[[Figures], Marginal]]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "uniform": _uniform,
}
MARGINALS: Final = (*MADE, "poisson", "empirical")


def _empirical(tree: Tree) -> Marginal:
    if (quantiles := tree.get("quantiles")) is not None:
        values = _numbers(quantiles)
        if list(values) != sorted(values):
            raise Contradiction("quantiles come from the least to the largest", "put them in order")
        return Quantiles(values)
    values, weights = _numbers(tree.get("values")), _numbers(tree.get("weights"))
    weights = weights or (1.0,) * len(values)
    if len(weights) != len(values) or not sum(weights):
        raise Contradiction("every value has one weight, and some weight is above 0", "write a weight for each value")
    pairs = sorted(zip(values, weights, strict=True))
    return Weighted(tuple(value for value, _ in pairs), tuple(weight / sum(weights) for _, weight in pairs))


def _numbers(tree: AnyTree | None) -> tuple[float, ...]:
    return tuple(map(number, tree)) if isinstance(tree, Sequence) else ()


def shares_of(tree: Tree) -> tuple[tuple[Scalar, float], ...]:
    """Return each key with its share of all; raise `Contradiction` where they do not add up."""
    shares = tuple((key, number(value)) for key, value in tree)
    total = sum(share for _, share in shares)
    if abs(total - 1) > ENOUGH:
        raise Contradiction(f"the shares add up to {total:.6g}", "make them add up to 1", "shares-total")
    return shares
