"""Numbers that people would choose, near those that a search found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

STEPS: Final = (Decimal(5), Decimal("2.5"), Decimal(2), Decimal(1))
"""Multiples that people count in, coarsest first, times a power of ten."""
LARGEST, SMALLEST = 9, -6
"""The powers of ten that are tried."""


def human(value: Decimal, low: Decimal, high: Decimal, unit: Decimal | None = None) -> Decimal:
    """Return the coarsest number that people would choose within a twentieth of the range, from low to high.

    With a unit, the nearest multiple of it, kept within the range; the value itself where nothing is near enough. A
    whole number stays one.
    """
    if unit is not None:
        return min(max(multiple(value, unit), low), high)
    near = (high - low) / 20
    for step in _steps():
        rounded = multiple(value, step)
        if low <= rounded <= high and abs(rounded - value) <= near and (whole(rounded) or not whole(value)):
            return rounded
    return value


def whole(value: Decimal) -> bool:
    """Return whether a number has no fraction."""
    return value == value.to_integral_value()


def multiple(value: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of a step that is nearest to the value, without trailing zeros."""
    rounded = (value / step).to_integral_value(ROUND_HALF_EVEN) * step
    return plain(rounded)


def plain(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros and without an exponent."""
    return Decimal(format(value.normalize(), "f"))


def _steps() -> Iterator[Decimal]:
    """Yield steps from the coarsest to the finest."""
    for power in range(LARGEST, SMALLEST - 1, -1):
        for step in STEPS:
            yield step.scaleb(power)
