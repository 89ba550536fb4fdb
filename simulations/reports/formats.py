"""Quantities as people read them, in one currency."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, assert_never

from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from schemas.study import Quantity, Unit

LOCALE: Final = "en"
MISSING: Final = "not enough data"
POINTS: Final = " points"
UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
JOINERS: Final = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Formats:
    """How a study writes quantities."""

    currency: str
    digits: int

    def quantity(self, value: Quantity, unit: Unit) -> str:
        """Return a quantity; money from a thousand on without its fraction."""
        if value is None:
            return MISSING
        number = exact(value)
        match unit:
            case "money":
                return self._money(number)
            case "count":
                return str(format_decimal(number, "#,##0.#", locale=LOCALE))
            case "share":
                return percent(number)
            case _ as never:
                assert_never(never)

    def difference(self, value: Quantity, unit: Unit) -> str:
        """Return a difference with its sign; of shares in percentage points."""
        if value is None:
            return MISSING
        if unit == "share":
            return f"{format_decimal(exact(value) * 100, '+#,##0.0#;-#,##0.0#', locale=LOCALE)}{POINTS}"
        return signed(self.quantity(value, unit), exact(value))

    def each(self, value: float, unit: Unit) -> str:
        """Return what a total comes to for the average customer: a count with its fraction."""
        if unit == "count":
            return str(format_decimal(value, "#,##0.###", locale=LOCALE))
        return self.quantity(value, unit)

    def tick(self, value: float, unit: Unit) -> str:
        """Return a number of an axis, short."""
        if unit == "money" and (abs(value) >= 1000 or not value):
            return str(format_compact_currency(value, self.currency, locale=LOCALE, fraction_digits=2))
        return self.quantity(round(value, 4), unit)

    def _money(self, number: Decimal) -> str:
        digits = 0 if abs(number) >= 1000 else self.digits
        pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
        return str(format_currency(number, self.currency, pattern, locale=LOCALE, currency_digits=False))


def exact(value: str | int | float) -> Decimal:
    """Return a quantity as a decimal, as it was written."""
    return Decimal(str(value))


def count(number: int) -> str:
    """Return a count with separators."""
    return str(format_decimal(number, locale=LOCALE))


def percent(share: Decimal | float) -> str:
    """Return a share as a percentage with one decimal, so that those below each other line up."""
    return str(format_percent(share, "#,##0.0%", locale=LOCALE))


def short_percent(share: Decimal | float) -> str:
    """Return a share as a percentage in running text."""
    return str(format_percent(share, "#,##0.#%", locale=LOCALE))


def signed(text: str, number: Decimal | float) -> str:
    """Return the text of a number with a plus where it is above 0."""
    return f"+{text}" if number > 0 else text


def plural(number: int, one: str, many: str) -> str:
    """Return so many of a thing."""
    return f"{count(number)} {one if number == 1 else many}"


def printable(text: str) -> str:
    """Return the text on one line and without characters that would steer a terminal or turn its direction."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    hidden = unicodedata.category(character) in UNPRINTABLE and character not in JOINERS
    return "\ufffd" if hidden else character
