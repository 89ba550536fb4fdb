"""What each edit of a change contributes to a difference, whatever order the edits are made in: its Shapley value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import floor
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Edits: TypeAlias = frozenset[int]
Worth: TypeAlias = Callable[[Edits], npt.NDArray[np.int64]]
"""What some of the edits come to, by measure."""
Feasible: TypeAlias = Callable[[Edits], bool]
"""Whether the pack can be loaded with some of the edits: one may need another."""

MOST_EXACT: Final = 8
PAIRS: Final = 64
"""Sampled orders come in pairs, an order and its reverse, whose errors tend to cancel."""
TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Division:
    """How a difference divides over edits."""

    shares: tuple[tuple[Fraction, ...], ...]
    """By edit, then by measure; over all edits they come to the whole difference exactly."""
    exact: bool
    """Over every order of the edits; else over sampled ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """An edit that is made on top of others, and in how many orders it is."""

    edit: int
    upon: Edits
    orders: int


def shapley(edits: int, worth: Worth, feasible: Feasible, seed: int) -> Division | None:
    """Return each edit's share, over the orders in which every step is a pack; None where there is no such order."""
    exact = edits <= MOST_EXACT
    steps = _all_steps(edits, feasible) if exact else _some_steps(edits, cache(feasible), seed)
    if not steps:
        return None
    worth = cache(worth)
    whole = sum(step.orders for step in steps if not step.upon)
    shares = [[Fraction(0)] * len(worth(Edits())) for _ in range(edits)]
    for step in steps:
        gained = (worth(step.upon | {step.edit}) - worth(step.upon)).tolist()
        shares[step.edit] = [
            share + Fraction(step.orders * gain, whole) for share, gain in zip(shares[step.edit], gained, strict=True)
        ]
    return Division(tuple(map(tuple, shares)), exact)


def _all_steps(edits: int, feasible: Feasible) -> list[Step]:
    """Return every step of every order, each once, counted by the orders that lead to it and on from it."""
    sets = [Edits(some) for size in range(edits + 1) for some in combinations(range(edits), size)]
    before = {sets[0]: 1}
    for some in sets[1:]:
        before[some] = sum(before[some - {last}] for last in some) if feasible(some) else 0
    after = {sets[-1]: min(before[sets[-1]], 1)}
    for some in sets[-2::-1]:
        after[some] = sum(after[some | {edit}] for edit in sets[-1] - some) if before[some] else 0
    steps = (Step(edit, some, before[some] * after[some | {edit}]) for some in sets for edit in sets[-1] - some)
    return [step for step in steps if step.orders]


def _some_steps(edits: int, feasible: Feasible, seed: int) -> list[Step]:
    """Return the steps of sampled orders."""
    chance = np.random.Generator(np.random.Philox(seed))
    drawn = (order for _ in range(PAIRS) if (order := _order(edits, feasible, chance)))
    both = (order for one in drawn for order in (one, one[::-1]))
    whole = [order for order in both if all(feasible(Edits(order[: place + 1])) for place in range(edits))]
    return [Step(edit, Edits(order[:place]), 1) for order in whole for place, edit in enumerate(order)]


def _order(edits: int, feasible: Feasible, chance: np.random.Generator) -> list[int]:
    """Return an order in which every step is a pack, each edit drawn from those that can be next, or none."""
    for _ in range(TRIES):
        order: list[int] = []
        while following := [edit for edit in range(edits) if edit not in order and feasible(Edits((*order, edit)))]:
            order.append(int(chance.choice(following)))
        if len(order) == edits:
            return order
    return []


def apportioned(parts: Sequence[Fraction]) -> list[int]:
    """Return parts of a whole number as whole numbers that still come to it, by largest remainders."""
    whole = [floor(part) for part in parts]
    left = int(sum(parts)) - sum(whole)
    largest = sorted(range(len(parts)), key=lambda place: (whole[place] - parts[place], place))
    return [number + (place in largest[:left]) for place, number in enumerate(whole)]
