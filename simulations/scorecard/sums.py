"""Exact sums and shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

STEPS: Final = 10_000
"""A share is written in ten-thousandths."""


NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,6})?")


@dataclass(slots=True)
class Total:
    """Money added up, in units of the last decimal that was seen."""

    units: int = 0
    digits: int = 0

    def add(self, amount: Decimal) -> None:
        """Add an amount that `number` gave."""
        digits = max(self.digits, decimals(amount))
        self.units = self.units * 10 ** (digits - self.digits) + int(amount.scaleb(digits))
        self.digits = digits

    def __str__(self) -> str:
        """Return it as a decimal text."""
        return text_of(self.units, self.digits)


def number(amount: str | int | None) -> Decimal | None:
    """Return an amount, exactly; None where there is none, or it cannot be one of money or units."""
    written = str(amount)
    return Decimal(written) if NUMBER.fullmatch(written) else None


def decimals(amount: Decimal) -> int:
    """Return how many decimals an amount is written with."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def text_of(units: int, digits: int) -> str:
    """Return units of the last decimal as a decimal text."""
    whole, rest = divmod(abs(units), 10**digits)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"


def share(numerator: int, denominator: int) -> str | None:
    """Return a share with four decimals, rounded half to even; None of nothing."""
    if denominator == 0:
        return None
    steps, left = divmod(numerator * STEPS, denominator)
    if 2 * left > denominator or (2 * left == denominator and steps % 2):
        steps += 1
    return text_of(steps, 4)
