"""What each arithmetic operation, comparison and function gives on whole columns; null where it has no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from engine.backends import operations
from engine.backends.columnar import clocks, dates, money, numeric, spans, strings
from engine.backends.columnar.cell import Inline, Kernel, Operand, Operation
from engine.backends.columnar.comparing import compare, extreme
from engine.backends.columnar.unique import by_unique
from engine.backends.times import DAY, HOUR, MINUTE
from engine.program.nodes import Comparison, Operator
from engine.program.types import MONEY, Kind, Type, kind_of

__all__ = ["arithmetic", "by_unique", "compare", "function"]


def arithmetic(op: Operator, left: Operand, right: Operand, gives: Type) -> Operation:
    """Return an arithmetic operator for its operands, lists apart."""
    match kind_of(gives), kind_of(left.type), kind_of(right.type):
        case Kind.TEXT, _, _:
            return Inline(lambda first, second: first + second)
        case Kind.NUMBER, Kind.MONEY, _:
            return money.share(left, right)
        case Kind.NUMBER, _, _:
            return numeric.on_numbers(op, left, right)
        case Kind.DURATION, Kind.DATE, _:
            return dates.apart(left, right)
        case Kind.DATE, Kind.DATE, _:
            return dates.shifted(op, left, right)
        case Kind.DATE, _, _:
            return _turned(dates.shifted(op, right, left))
        case _:
            return _of_ints(op, left, right, gives)


def _of_ints(op: Operator, left: Operand, right: Operand, gives: Type) -> Operation:
    """Return an arithmetic operator that gives ints, money, timestamps or durations."""
    match op, kind_of(left.type), kind_of(right.type):
        case Operator.MOD, _, _:
            return numeric.remainder(left, right, gives)
        case Operator.DIV, _, _:
            return money.over(left, right)
        case Operator.MUL, _, Kind.NUMBER:
            return money.times(left, right)
        case Operator.MUL, Kind.NUMBER, _:
            return _turned(money.times(right, left))
        case _:
            return numeric.on_ints(op, left, right, gives)


def _turned(operation: Operation) -> Operation:
    """Return the operation for operands in the other order."""
    match operation:
        case Inline(build=build):
            return replace(operation, build=lambda first, second: build(second, first))
        case Kernel(run=run):
            return replace(operation, run=lambda first, second: run(second, first))


def _money_of_number(number: Operand, scale: Operand) -> Operation:
    """Return a number of whole currency units as money."""
    return _turned(money.times(scale, number))


def _money_of_int(number: Operand, scale: Operand) -> Operation:
    """Return an int of whole currency units as money."""
    return numeric.on_ints(Operator.MUL, number, scale, MONEY)


def function(name: str, args: Sequence[Operand], gives: Type) -> Operation:
    """Return a function of the closed set for its operands, those of lists and maps apart."""
    if name in EXPRESSIONS:
        return EXPRESSIONS[name]
    if name in FUNCTIONS:
        return FUNCTIONS[name](*args)
    return by_unique(operations.function(name, gives), gives)


EXPRESSIONS: Final[Mapping[str, Inline]] = {
    "size_text": Inline(strings.size, low=0),
    "contains": Inline(strings.contains),
    "starts_with": Inline(strings.starts_with),
    "ends_with": Inline(strings.ends_with),
    "lower_ascii": Inline(strings.lower_ascii),
    "upper_ascii": Inline(strings.upper_ascii),
    "trim": Inline(strings.trim),
    "text_of_int": Inline(numeric.text_of_int),
    "int_of_number": Inline(numeric.whole),
    "number_of_int": Inline(numeric.number_of_int),
    "floor": Inline(numeric.floor),
    "ceil": Inline(numeric.ceil),
}
FUNCTIONS: Final[Mapping[str, Callable[..., Operation]]] = {
    "money_of_number": _money_of_number,
    "money_of_int": _money_of_int,
    "number_of_money": money.share,
    "min": partial(extreme, Comparison.LT),
    "max": partial(extreme, Comparison.GT),
    "abs": numeric.absolute,
    "round_to": money.round_to,
    "days": partial(spans.so_many, DAY),
    "hours": partial(spans.so_many, HOUR),
    "minutes": partial(spans.so_many, MINUTE),
    "date_of": clocks.date_of,
    "add_months": dates.add_months,
    "add_months_time": clocks.add_months_time,
    "days_between": dates.days_between,
    "months_between": dates.months_between,
    "business_days_between": dates.business_days_between,
    "part": clocks.part,
    "duration_part": spans.part,
}
"""What depends on the operands' bounds or constants; the rest is done once for each distinct value."""
