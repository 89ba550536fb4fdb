"""How far take-up may fall before a change stops paying, or must rise for it to pay."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from schemas.study import BreakEven
from simulations.comparing.quantities import Currency
from simulations.measuring.sums import Tally

ASSUMED: Final = 100
"""The take-up that is assumed, in hundredths of it."""
SHOWN: Final = 5
"""Every so many hundredths the difference is shown."""


def break_even(tally: Tally, candidate: int, currency: Currency) -> BreakEven:
    """Return at which take-up the difference of the paying measure, which is money, is 0."""
    points = _differences(tally, candidate)
    pays = points[ASSUMED] >= 0
    return BreakEven(
        measure=tally.paying,
        pays=pays,
        factor=_falling(points) if pays else _rising(points),
        points=tuple((k / ASSUMED, currency.money(points[k])) for k in range(0, len(points), SHOWN)),
    )


def _differences(tally: Tally, candidate: int) -> list[int]:
    """Return the difference at 0, 1, 2... hundredths of the assumed take-up."""
    before, after = tally.policies[0], tally.policies[candidate]
    taken = (after.taking - before.taking).tolist()
    return list(accumulate(taken, initial=after.without - before.without))[1:]


def _falling(points: list[int]) -> float | None:
    """Return the take-up below which a change that pays no longer does; None where it always does."""
    below = next((k for k in range(ASSUMED - 1, -1, -1) if points[k] < 0), None)
    return None if below is None else _zero(points, below)


def _rising(points: list[int]) -> float | None:
    """Return the take-up from which on a change that does not pay does; None where that is out of sight."""
    above = next((k for k in range(ASSUMED + 1, len(points)) if points[k] >= 0), None)
    return None if above is None else _zero(points, above - 1)


def _zero(points: list[int], place: int) -> float:
    """Return the take-up at which the line between two neighbouring points, below 0 and not below, is 0."""
    low, high = points[place], points[place + 1]
    return (place + low / (low - high)) / ASSUMED
