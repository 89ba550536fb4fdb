"""Money times and over numbers as columns: exact, rounded once, half-even."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any, Final, TypeAlias

import numpy as np

from engine.backends import numeric
from engine.backends.columnar.attempts import Attempt, Flags, Ints, Numbers, attempted
from engine.backends.columnar.cell import Kernel, Operand
from engine.backends.columnar.intervals import EXACT_NUMBERS, INT64, Interval, bounded, interval_of
from engine.program.types import MONEY, NUMBER, Kind, kind_of

SLACK: Final = 2.0**-50
"""A product or quotient of doubles is off by less than this part of itself.

The money as a double, the double against the decimal that it stands for, and the result are each off by 2**-53 at most.
"""
TOO_MUCH: Final = 2.0**64
MILLION: Final = 10**6
FEW_DIGITS: Final = 10**15
"""A decimal of at most 15 digits is the shortest one of its double."""
ROOM: Final = Interval(-(2**61), 2**61)
"""Numerators and denominators in here are doubled and added within 64 bits."""

Fractions: TypeAlias = Callable[[Any, Any], tuple[Any, Any]]
"""The numerators and denominators for money and millionths."""


def times(money: Operand, factor: Operand) -> Kernel:
    """Return money times a number."""
    by = _fraction(factor)
    at_once = _scaled(money, by) or _product
    return bounded(attempted(at_once, numeric.money_times, MONEY, (money, factor)), _multiples(money, by))


def over(money: Operand, divisor: Operand) -> Kernel:
    """Return money divided by a number or int."""
    fraction = _fraction(divisor)
    by = 1 / fraction if fraction else None
    general = _quotient if kind_of(divisor.type) is Kind.NUMBER else _in_parts(money, divisor)
    at_once = _scaled(money, by) or general
    return bounded(attempted(at_once, numeric.money_over, MONEY, (money, divisor)), _multiples(money, by))


def round_to(money: Operand, unit: Operand) -> Kernel:
    """Return the multiple of the unit that is nearest to the money, a tie to the even multiple."""

    def at_once(first: Ints, second: Ints) -> Attempt:
        failed = second <= 0
        step = np.where(failed, 1, second)
        return Attempt(_half_even(first, step) * step, failed, _outside(ROOM, (money, first), (unit, second)))

    return attempted(at_once, numeric.round_to, MONEY, (money, unit))


def share(money: Operand, other: Operand) -> Kernel:
    """Return how many times the other money goes into the first, as a number."""

    def at_once(first: Ints, second: Ints) -> Attempt:
        beyond = _outside(EXACT_NUMBERS, (money, first), (other, second))
        return Attempt(np.divide(first, second), np.equal(second, 0), beyond)

    return attempted(at_once, numeric.money_share, NUMBER, (money, other))


def _fraction(operand: Operand) -> Fraction | None:
    """Return the decimal that a constant stands for."""
    match operand.constant:
        case int() as whole:
            return Fraction(whole)
        case float() as number:
            return Fraction(*numeric.ratio(number))
        case _:
            return None


def _multiples(money: Operand, by: Fraction | None) -> Interval:
    """Return what the money can be times a constant, if it is one."""
    if by is None:
        return INT64
    products = interval_of(money) * Interval(by.numerator, by.numerator)
    return Interval(products.low // by.denominator, -(-products.high // by.denominator)).cut(INT64)


def _scaled(money: Operand, by: Fraction | None) -> Callable[[Ints, object], Attempt] | None:
    """Return money times a constant in ints, where those fit 64 bits."""
    if by is None or by.denominator > ROOM.high:
        return None
    numerator, denominator = by.as_integer_ratio()
    if not (interval_of(money) * Interval(numerator, numerator)).inside(ROOM):
        return None
    return lambda values, _: Attempt(_half_even(values * numerator, denominator))


def _half_even(numerators: Ints, denominators: Ints | int) -> Ints:
    """Return the fractions rounded to the nearest int, a tie to the even one; denominators are above 0."""
    doubled, twice = 2 * numerators + denominators, 2 * denominators
    rounded = doubled // twice
    ties = np.flatnonzero(doubled == rounded * twice)
    rounded[ties] -= rounded[ties] & 1
    return rounded


def _in_parts(money: Operand, divisor: Operand) -> Callable[[Ints, Ints], Attempt]:
    """Return the division of money by ints."""

    def at_once(first: Ints, second: Ints) -> Attempt:
        failed = np.equal(second, 0)
        rounded = _half_even(first * np.sign(second), np.where(failed, 1, np.abs(second)))
        return Attempt(rounded, failed, _outside(ROOM, (money, first), (divisor, second)))

    return at_once


def _product(money: Ints, factor: Numbers) -> Attempt:
    """Return money times numbers, unsure near a tie that few decimals do not settle."""
    attempt = _nearest(money * factor)
    return _settled(attempt, money, factor, lambda cents, millionths: (cents * millionths, np.int64(MILLION)))


def _quotient(money: Ints, divisor: Numbers) -> Attempt:
    """Return money over numbers, unsure near a tie that few decimals do not settle."""
    attempt = _nearest(np.divide(money, divisor))
    return _settled(attempt, money, divisor, lambda cents, millionths: (cents * MILLION, millionths))


def _nearest(approximate: Numbers) -> Attempt:
    """Return the nearest ints, unsure where the true value may be nearer to another one."""
    size, nearest = np.abs(approximate), np.rint(approximate)
    failed = ~(size < TOO_MUCH)
    unsure = 0.5 - np.abs(approximate - nearest) <= size * SLACK
    return Attempt(nearest.astype(np.int64), failed, unsure & ~failed)


def _settled(attempt: Attempt, money: Ints, number: Numbers, fractions: Fractions) -> Attempt:
    """Return the attempt with what it is unsure of done in ints, where the number is a count of millionths."""
    if attempt.unsure is None or not attempt.unsure.any():
        return attempt
    rows = np.flatnonzero(attempt.unsure)
    cents, near = (np.broadcast_to(each, attempt.values.shape)[rows] for each in (money, number))
    millionths = np.rint(near * MILLION)
    is_decimal = (millionths / MILLION == near) & (np.abs(millionths) < FEW_DIGITS)
    sure = is_decimal & (np.abs(fractions(cents.astype(np.float64), millionths)[0]) < ROOM.high)
    numerators, denominators = fractions(cents[sure], millionths[sure].astype(np.int64))
    attempt.values[rows[sure]] = _half_even(numerators * np.sign(denominators), np.abs(denominators))
    attempt.unsure[rows[sure]] = False
    return attempt


def _outside(limit: Interval, *operands: tuple[Operand, Ints]) -> Flags | None:
    """Return where values are outside of a limit that they may leave."""
    loose = [values for operand, values in operands if not interval_of(operand).inside(limit)]
    return reduce(or_, ((values < limit.low) | (values > limit.high) for values in loose)) if loose else None
