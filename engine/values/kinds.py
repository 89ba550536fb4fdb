"""Plain values as JSON holds them to the engine's own: exact, and of the declared kind alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeAlias, assert_never

from engine.backends.failed import Failed
from engine.backends.numeric import HIGHEST, LOWEST
from engine.backends.spans import duration_of_iso
from engine.backends.times import date_of_text, moment_of_text
from engine.program.types import Kind
from engine.values.problem import wrong

Read: TypeAlias = Callable[[Any], Any]

AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,19}(?:\.[0-9]{1,20})?")
PLAIN: Final = 10.0**10
"""Up to here a number of up to 5 decimals is told from its neighbours by `round`."""

LONG: Final = 400
"""Digits, or powers of ten, beyond which a decimal is no sensible number."""


def kind_reader(kind: Kind, digits: int, zone: str) -> Read:
    """Return the reader of a plain kind; it raises `ValueProblem`."""
    match kind:
        case Kind.BOOL:
            return bool_of
        case Kind.INT:
            return int_of
        case Kind.NUMBER:
            return number_of
        case Kind.TEXT:
            return text_of
        case Kind.MONEY:
            return money_reader(digits)
        case Kind.DATE:
            return _written(date_of_text, "a day such as 2026-03-01")
        case Kind.TIMESTAMP:
            return _written(lambda text: moment_of_text(text, zone), "a time such as 2026-03-01T09:00:00Z")
        case Kind.DURATION:
            return _written(duration_of_iso, "a span such as P7D or PT36H")
        case Kind.NULL:
            return nothing
        case _ as never:
            assert_never(never)


def bool_of(value: Any) -> Any:
    """Return true or false."""
    if value is True or value is False:
        return value
    raise wrong("this is not true or false")


def int_of(value: Any) -> Any:
    """Return a whole number of 64 bits; a decimal without a fraction is one."""
    if value.__class__ is int and LOWEST <= value <= HIGHEST:
        return value
    if _decimal(value) and LOWEST <= value <= HIGHEST and value == int(value):
        return int(value)
    raise wrong("this is not a whole number" + " of 64 bits" * (value.__class__ is int))


def number_of(value: Any) -> Any:
    """Return a finite number."""
    if value.__class__ is float and math.isfinite(value):
        return value
    if value.__class__ is int and LOWEST <= value <= HIGHEST:
        return float(value)
    if _decimal(value) and math.isfinite(float(value)):
        return float(value)
    raise wrong("this is not a finite number" if value.__class__ in (int, float, Decimal) else "this is not a number")


def _decimal(value: Any) -> bool:
    """Return whether a value is a finite decimal of a length that can be reckoned with."""
    if value.__class__ is Decimal:
        return bool(value.is_finite() and len(value.as_tuple().digits) <= LONG and abs(value.adjusted()) <= LONG)
    return value.__class__ is float and math.isfinite(value)


def text_of(value: Any) -> Any:
    """Return a text that can be written in UTF-8."""
    if value.__class__ is str and (value.isascii() or encodable(value)):
        return value
    raise wrong("this is not a text")


def encodable(text: str) -> bool:
    """Return whether a text has no lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def nothing(value: Any) -> object:
    """Refuse any value: null alone is of this kind."""
    raise wrong("this is not null")


def money_reader(digits: int) -> Callable[[Any], int]:
    """Return the reader of money: a number, or a decimal text, in whole units of the currency."""
    unit = 10**digits

    def money_of(value: Any) -> int:
        if value.__class__ is int:
            minor: int = value * unit
        elif value.__class__ is float and -PLAIN < value < PLAIN and (near := round(value * unit)) / unit == value:
            minor = near
        elif value.__class__ is str:
            minor = _amount(value, digits)
        elif _decimal(value):
            minor = _minor(f"{value if value.__class__ is Decimal else Decimal(repr(value)):f}", digits)
        else:
            raise wrong("this is not an amount of money")
        if LOWEST <= minor <= HIGHEST:
            return minor
        raise wrong("this is not an amount of money of 64 bits")

    return money_of


@lru_cache(maxsize=4096)
def _amount(text: str, digits: int) -> int:
    """Return the minor units that a decimal text writes."""
    if AMOUNT.fullmatch(text):
        return _minor(text, digits)
    raise wrong("this is not an amount of money")


def _minor(text: str, digits: int) -> int:
    """Return an amount in minor units, where it has no more decimals than the currency."""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > digits:
        raise wrong(f"money has at most {digits} decimals here", "money-decimals")
    return int(whole + fraction.ljust(digits, "0"))


def _written(read: Callable[[str], int], example: str) -> Read:
    """Return the reader of a text of a certain form."""

    def read_text(value: Any) -> int:
        if value.__class__ is str:
            try:
                return read(value)
            except Failed:
                pass
        raise wrong(f"this is not {example}")

    return read_text
