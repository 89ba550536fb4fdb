"""Where answers stand, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from schemas.study import Position

Bits: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]

POSITIONS: Final[tuple[Position, ...]] = get_args(Position)
"""Positions in the order of their codes."""
APPROVE, COUNTER, ESCALATE, REFER, ASK, UNDECIDED, DECLINE = range(len(POSITIONS))
WORDS: Final = {"approve": APPROVE, "counter": COUNTER, "escalate": ESCALATE, "ask": ASK, "decline": DECLINE}
"""Where a verdict stands, before it is known whether a desk takes over and whether any fact could settle it."""
BUDGET, BEYOND = -1, -2
"""In place of a cap among what cuts an ask: that a budget does, and that more than budgets does."""
DESKS: Final = 2**16
"""More than there are desks."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who asks, and where the answer stands."""

    position: Ints
    """Places in `POSITIONS`."""
    agent: Ints
    """The asking agent's place on the ladder."""
    desk: Ints
    """The desk that takes over, by its place in the pack; -1 for none."""

    def word(self, row: int) -> tuple[str, bool]:
        """Return the verdict of an answer, and whether it is undecided."""
        position = int(self.position[row])
        verdict = "escalate" if position in (REFER, UNDECIDED) else POSITIONS[position]
        return verdict, position == UNDECIDED


@dataclass(frozen=True, slots=True)
class Signs:
    """Which rules of an action hold."""

    hits: Sequence[Bits]
    """Of each rule that decides, in order: whether it is known to apply."""
    cuts: Mapping[int, Bits]
    """Of caps, by their place among the rules: whether it would cut what was asked for."""
