"""Ints of 64 bits, finite doubles, and money as exact minor units."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from engine.backends.failed import Failed

LOWEST: Final = -(2**63)
HIGHEST: Final = 2**63 - 1

INT_TEXT: Final = re.compile(r"[+-]?[0-9]{1,30}")
NUMBER_TEXT: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,5})?")


def wide(value: int) -> int:
    """Return an int that fits 64 bits."""
    if LOWEST <= value <= HIGHEST:
        return value
    raise Failed


def finite(value: float) -> float:
    """Return a number that is neither infinite nor undefined."""
    if math.isfinite(value):
        return value
    raise Failed


@lru_cache(maxsize=4096)
def ratio(number: float) -> tuple[int, int]:
    """Return the shortest decimal that gives the number, as numerator and denominator."""
    return Decimal(repr(number)).as_integer_ratio()


def half_even(numerator: int, denominator: int) -> int:
    """Return the fraction rounded to the nearest int, a tie to the even one, within 64 bits."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole & 1):
        whole += 1
    return wide(whole)


def money_times(money: int, factor: int | float) -> int:
    """Return money times a number or int, rounded once."""
    if isinstance(factor, int):
        return wide(money * factor)
    numerator, denominator = ratio(factor)
    return half_even(money * numerator, denominator)


def times_money(factor: int | float, money: int) -> int:
    """Return a number or int times money, rounded once."""
    return money_times(money, factor)


def money_over(money: int, divisor: int | float) -> int:
    """Return money divided by a number or int, rounded once."""
    if not divisor:
        raise Failed
    numerator, denominator = (divisor, 1) if isinstance(divisor, int) else ratio(divisor)
    return half_even(money * denominator, numerator)


def money_share(money: int, other: int) -> float:
    """Return how many times the other money goes into the first, as a number."""
    if other == 0:
        raise Failed
    return money / other


def number_over(number: float, divisor: float) -> float:
    """Return the quotient of two numbers."""
    if not divisor:
        raise Failed
    return finite(number / divisor)


def remainder(left: int, right: int) -> int:
    """Return what is left of a division towards zero; it has the sign of the left operand."""
    if right == 0:
        raise Failed
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def money_of_number(number: float, scale: int) -> int:
    """Return a number of whole currency units as money; `scale` is the minor units in one."""
    return money_times(scale, number)


def money_of_int(number: int, scale: int) -> int:
    """Return an int of whole currency units as money."""
    return wide(number * scale)


def number_of_money(money: int, scale: int) -> float:
    """Return money in whole currency units, as the nearest number."""
    return money / scale


def round_to(money: int, unit: int) -> int:
    """Return the multiple of the unit that is nearest to the money, a tie to the even multiple."""
    if unit <= 0:
        raise Failed
    return wide(half_even(money, unit) * unit)


def whole(number: float) -> int:
    """Return the number without its fraction."""
    return wide(int(number))


def floor(number: float) -> int:
    """Return the largest int not above the number."""
    return wide(math.floor(number))


def ceil(number: float) -> int:
    """Return the smallest int not below the number."""
    return wide(math.ceil(number))


def number_of_int(value: int) -> float:
    """Return the nearest number."""
    return float(value)


def int_of_text(text: str) -> int:
    """Return the int that the whole text writes in decimal."""
    if INT_TEXT.fullmatch(text):
        return wide(int(text))
    raise Failed


def number_of_text(text: str) -> float:
    """Return the finite number that the whole text writes in decimal."""
    if NUMBER_TEXT.fullmatch(text):
        return finite(float(text))
    raise Failed


def absolute(value: int | float) -> int | float:
    """Return the value without its sign."""
    return wide(abs(value)) if isinstance(value, int) else abs(value)


def sum_ints(items: Sequence[int]) -> int:
    """Return the sum of ints (money and durations are ints here)."""
    return wide(sum(items))


def sum_numbers(items: Sequence[float]) -> float:
    """Return the sum of numbers, added in order (`sum` of Python 3.12 compensates: another result)."""
    total = 0.0
    for item in items:
        total += item
    return finite(total)
