"""Exact sums as reports hold them: money as decimal text, counts as whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.values.json import money_json
from schemas.study import Unit


@dataclass(frozen=True, slots=True)
class Currency:
    """The currency of a study, and its decimals."""

    code: str
    digits: int

    def money(self, minor: int) -> str:
        """Return an amount of minor units as a decimal text."""
        return money_json(minor, self.digits)

    def quantity(self, value: int, unit: Unit) -> str | int:
        """Return a sum in its unit."""
        return self.money(value) if unit == "money" else value

    def amount(self, value: float, unit: Unit) -> float:
        """Return a sum, or a part of one, as a number, money in whole units of the currency."""
        return value / 10**self.digits if unit == "money" else value

    def words(self, value: int, unit: Unit, sign: str = "") -> str:
        """Return a sum as people read it; `sign` is `+` where it is a change."""
        if unit == "money":
            return f"{Decimal(value).scaleb(-self.digits):{sign},.{self.digits}f} {self.code}"
        return f"{value:{sign},}"
